"""What one plain text message costs each channel's codec: verified and parsed, as the door does it.

The message is the one that the channel's simulator makes. Time is the processor's, so that others on the machine take none
of it. Beside it runs the least that any webhook costs (one HMAC, one JSON, one event): the ratio to it holds on every
machine. The limit is for the recorded machine, so each round is scaled by what this one's processor takes meanwhile for the
fixed loop of the calibration.
"""

import argparse
import gc
import hashlib
import hmac
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from time import process_time_ns

from backbone.channel.port import Context, Request, SimulatedMessage
from backbone.channel.registry import Channel
from bench.calibration import calibrate, processor
from bench.support import Report, median, number, print_table, quantiles
from schemas.content import Content
from schemas.inbound import MessageReceived, Sender
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


@dataclass(slots=True)
class Taken:
    """Of one subject: microseconds of each run, and for each round its median over the bare one and at recorded speed."""

    runs: list[float] = field(default_factory=list)
    ratios: list[float] = field(default_factory=list)
    scaled: list[float] = field(default_factory=list)


def subject(name: str) -> Subject:
    account = channels.account(name)
    channel = channels.load(name)
    message = SimulatedMessage(sender="5550001", text=TEXT, message_id="bench-1", name="Ann Lee")
    request = channel.simulator.inbound(message, account, channels.NOW)
    return Subject(name, channel, request, channels.context(account, name))


def bare() -> None:
    """The least that a signed webhook with one message costs."""
    body = _BARE
    hmac.new(b"k" * 32, body, hashlib.sha256).hexdigest()
    found = json.loads(body)
    sender = Sender(address=found["from"], name=found["name"])
    MessageReceived(
        thread_key=found["from"],
        dedup_key=found["id"],
        sender=sender,
        content=Content(text=found["text"]),
        provider_message_id=found["id"],
    )


_BARE = json.dumps({"id": "bench-1", "from": "5550001", "name": "Ann Lee", "text": TEXT, "pad": "x" * 300}).encode()


def measure(work: Callable[[], None], seconds: float) -> list[float]:
    """Microseconds of the processor for each run, for so long, without the collector's pauses."""
    for _ in range(WARM):
        work()
    gc.collect()
    gc.disable()
    try:
        taken: list[float] = []
        ends = process_time_ns() + int(seconds * 1e9)
        while len(taken) < MOST:
            began = process_time_ns()
            work()
            ended = process_time_ns()
            taken.append((ended - began) / 1000)
            if ended >= ends:
                break
        return taken
    finally:
        gc.enable()


def measure_beside(one: Subject, taken: Taken, bares: list[float], recorded_cpu: float, seconds: float) -> None:
    """One round of a subject, with the bare reference and the machine's speed right before and after it."""
    speeds = [processor()]
    floor = measure(bare, seconds / 4)
    runs = measure(one.once, seconds)
    floor += measure(bare, seconds / 4)
    speeds.append(processor())
    taken.runs += runs
    bares += floor
    taken.ratios.append(median(runs) / median(floor))
    taken.scaled.append(median(runs) * recorded_cpu / median(speeds))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=0.3)
    parser.add_argument("--channels", nargs="+", metavar="NAME", help="only these")
    options = parser.parse_args()
    calibration = calibrate()
    report = Report("codec", calibration)
    subjects = [subject(name) for name in options.channels or channels.names()]
    found = {one.name: Taken() for one in subjects}
    bares: list[float] = []
    for _ in range(options.rounds):
        for one in subjects:
            measure_beside(one, found[one.name], bares, calibration.recorded.cpu, options.seconds)
    rows = []
    for name, taken in found.items():
        p50, p99 = quantiles(taken.runs)
        scaled, ratio = median(taken.scaled), median(taken.ratios)
        rows.append([name, number(p50), number(p99), number(scaled), number(ratio), f"{len(taken.runs):,}"])
        report.add("codec", f"{name}: p50 at the recorded machine's speed", scaled, LIMIT_MICROSECONDS, unit="µs")
        report.add("codec", f"{name}: p50 over the bare one", ratio)
    print_table(["channel", "p50 µs", "p99 µs", "at recorded speed", "over bare", "runs"], rows)
    print(f"bare: one HMAC, one JSON, one event: p50 {number(median(bares))} µs")
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
