"""How fast this machine is right now: a fixed loop of CPU, fsync and loopback, beside the figure recorded for the goals.

`python -m bench.calibration` prints it; with `--record` it becomes the recorded one, which is what absolute goals mean.
"""

import argparse
import hashlib
import json
import os
import socket
import statistics
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

RECORDED = Path(__file__).with_name("calibration.json")
TOLERANCE = 1.5
TRIES = 5


@dataclass(frozen=True, slots=True)
class Probe:
    """Milliseconds that the parts take: hashing and dictionary work, 768 fsyncs of 4 KB, 8,000 round trips over loopback."""

    cpu: float
    fsync: float
    loopback: float

    @property
    def total(self) -> float:
        return self.cpu + self.fsync + self.loopback


@dataclass(frozen=True, slots=True)
class Calibration:
    """This run beside the recorded one. `comparable`: near enough for absolute figures to count."""

    measured: Probe
    recorded: Probe
    ratio: float
    comparable: bool

    def describe(self) -> str:
        one, other = self.measured, self.recorded
        word = "count" if self.comparable else f"don't count (beyond {TOLERANCE}x), their ratios do"
        return (
            f"calibration {one.total:.0f} ms beside {other.total:.0f} recorded: {self.ratio:.2f}x "
            f"(cpu {one.cpu:.0f}/{other.cpu:.0f}, fsync {one.fsync:.0f}/{other.fsync:.0f}, "
            f"loopback {one.loopback:.0f}/{other.loopback:.0f}); absolute figures {word}"
        )


def calibrate() -> Calibration:
    """The median of five probes; takes about 1 s."""
    measured = probe()
    recorded = Probe(**json.loads(RECORDED.read_text())) if RECORDED.exists() else measured
    ratio = measured.total / recorded.total
    return Calibration(measured, recorded, ratio, ratio <= TOLERANCE)


def probe(tries: int = TRIES) -> Probe:
    found = [Probe(_cpu(), _fsync(), _loopback()) for _ in range(tries)]
    return Probe(*(statistics.median(getattr(one, part) for one in found) for part in Probe.__slots__))


def processor() -> float:
    """Milliseconds that the CPU's part of the probe takes of the processor itself, whoever else runs."""
    started = time.process_time()
    _hashing()
    return (time.process_time() - started) * 1000


def _cpu() -> float:
    started = time.perf_counter()
    _hashing()
    return (time.perf_counter() - started) * 1000


def _hashing() -> None:
    block, seen = b"x" * 1024, {}
    for count in range(40_000):
        seen[hashlib.blake2b(block, digest_size=8, key=count.to_bytes(4)).digest()] = {"n": count, "text": str(count)}


def _fsync() -> float:
    with tempfile.NamedTemporaryFile() as file:
        started = time.perf_counter()
        for _ in range(768):
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())
        return (time.perf_counter() - started) * 1000


def _loopback() -> float:
    """Between two threads of one process, as a request and its answer."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_echo, args=(server,))
        thread.start()
        with socket.create_connection(server.getsockname()) as client:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            started = time.perf_counter()
            for _ in range(8000):
                client.sendall(b"x" * 512)
                client.recv(1024)
            took = (time.perf_counter() - started) * 1000
        thread.join()
    return took


def _echo(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while data := connection.recv(1024):
            connection.sendall(data)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--record", action="store_true", help="Write what is measured as the recorded figure.")
    options = parser.parse_args()
    if options.record:
        RECORDED.write_text(json.dumps(asdict(probe(3 * TRIES)), indent=1) + "\n")
    print(calibrate().describe())
    return 0


if __name__ == "__main__":
    sys.exit(main())
