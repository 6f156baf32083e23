"""What one plain text message costs each channel's codec: verified and parsed, as the door does it.

The message is the one that the channel's simulator makes. Figures count on a machine like the recorded one.
"""

import argparse
import gc
import sys
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter_ns

from backbone.channel.port import Context, Request, SimulatedMessage
from backbone.channel.registry import Channel
from bench.calibration import calibrate
from bench.support import Report, number, print_table, quantiles
from tests.support import channels

LIMIT_MICROSECONDS = 150
WARM = 50
MOST = 20_000
TEXT = "Hello, where is my parcel? I ordered it two weeks ago and nothing has come yet."


@dataclass(frozen=True, slots=True)
class Subject:
    """A channel with a signed request that holds one message, ready to be measured."""

    name: str
    channel: Channel
    request: Request
    context: Context

    def once(self) -> None:
        self.channel.codec.verify(self.request, self.context)
        parsed = self.channel.codec.parse(self.request, self.context)
        assert any(event.kind == "message" for event in parsed.events), self.name


def subject(name: str) -> Subject:
    account = channels.account(name)
    channel = channels.load(name)
    message = SimulatedMessage(sender="5550001", text=TEXT, message_id="bench-1", name="Ann Lee")
    request = channel.simulator.inbound(message, account, channels.NOW)
    return Subject(name, channel, request, channels.context(account, name))


def measure(work: Callable[[], None], seconds: float) -> list[float]:
    """Microseconds of each run, for so long, without the collector's pauses."""
    for _ in range(WARM):
        work()
    gc.collect()
    gc.disable()
    try:
        taken: list[float] = []
        ends = perf_counter_ns() + int(seconds * 1e9)
        while len(taken) < MOST:
            began = perf_counter_ns()
            work()
            ended = perf_counter_ns()
            taken.append((ended - began) / 1000)
            if ended >= ends:
                break
        return taken
    finally:
        gc.enable()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=0.3)
    parser.add_argument("--channels", nargs="+", metavar="NAME", help="only these")
    options = parser.parse_args()
    report = Report("codec", calibrate())
    subjects = [subject(name) for name in options.channels or channels.names()]
    found: dict[str, list[float]] = {one.name: [] for one in subjects}
    for _ in range(options.rounds):
        for one in subjects:
            found[one.name] += measure(one.once, options.seconds)
    rows = []
    for name, taken in found.items():
        p50, p99 = quantiles(taken)
        rows.append([name, "verify and parse", number(p50), number(p99), f"{len(taken):,}"])
        report.add("codec", f"{name}: p50 of a plain text", p50, LIMIT_MICROSECONDS, unit="µs", absolute=True)
    print_table(["channel", "", "p50 µs", "p99 µs", "runs"], rows)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
