import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from backbone.clock import SystemClock
from backbone.errors import ConfigurationInvalid, Overloaded, Unavailable
from backbone.storage.crypto import MasterKey
from backbone.telemetry.metrics import Metric, Metrics
from gateway.spool import Spool
from gateway.spool_segments import SET_ASIDE, SUFFIX
from tests.support.time import advance, manual_clock
from tests.support.waiting import until

MASTER = MasterKey("5a" * 32)
MIB = 1024 * 1024


def spool(folder: Path, **options: object) -> Spool:
    values = {"most_bytes": 64 * MIB, **options}
    return Spool(folder, MASTER, SystemClock(), **values)  # type: ignore[arg-type]


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Spool]:
    one = await spool(tmp_path).open()
    yield one
    await one.close()


class Sink:
    """Keeps what it is given; fails so many times first."""

    def __init__(self, failures: int = 0) -> None:
        self.got: list[bytes] = []
        self.failures = failures

    async def __call__(self, records: Sequence[bytes]) -> int:
        if self.failures:
            self.failures -= 1
            raise Unavailable("not yet")
        self.got.extend(records)
        return 0


def watch_syncs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A list that grows with each fsync."""
    syncs: list[str] = []
    real = os.fdatasync

    def sync(descriptor: int) -> None:
        real(descriptor)
        syncs.append("synced")

    monkeypatch.setattr(os, "fdatasync", sync)
    return syncs


def numbered(count: int, start: int = 0) -> list[bytes]:
    return [b"record %d" % number for number in range(start, start + count)]


async def test_records_come_out_once_in_order_and_leave_nothing_on_the_disk(opened: Spool, tmp_path: Path) -> None:
    assert not opened.active
    for record in numbered(100):
        await opened.append([record])
    assert opened.active
    assert opened.state().records == 100
    sink = Sink()
    assert await opened.drain(sink) == 100
    assert sink.got == numbered(100)
    assert not opened.active
    assert not await opened.must_take()
    assert [path.name for path in tmp_path.iterdir()] == ["lock"]


async def test_what_is_on_the_disk_is_sealed_and_for_its_owner_only(opened: Spool, tmp_path: Path) -> None:
    await opened.append([b"canary canary canary"])
    [segment] = tmp_path.glob(f"*{SUFFIX}")
    assert b"canary" not in segment.read_bytes()
    assert segment.stat().st_mode & 0o777 == 0o600


async def test_callers_that_come_at_once_share_their_fsyncs(opened: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    syncs = watch_syncs(monkeypatch)
    await asyncio.gather(*(opened.append([record]) for record in numbered(500)))
    assert len(syncs) <= 4
    sink = Sink()
    await opened.drain(sink)
    assert sink.got == numbered(500)


async def test_an_append_returns_only_after_the_fsync(opened: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    log = watch_syncs(monkeypatch)
    await opened.append([b"x"])
    log.append("returned")
    assert log == ["synced", "synced", "returned"]  # the header of the first segment, then the record


async def test_a_full_spool_refuses_and_takes_again_once_drained(tmp_path: Path) -> None:
    small = await spool(tmp_path, most_bytes=10_000).open()
    for _ in range(70):
        await small.append([b"x" * 100])
    with pytest.raises(Overloaded):
        await small.append([b"x" * 100] * 10)
    assert small.state().size_bytes <= 10_000
    await small.drain(Sink())
    await small.append([b"x"])
    await small.close()


async def test_a_disk_that_fails_is_never_trusted_with_the_same_file_again(
    opened: Spool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await opened.append([b"before"])
    with monkeypatch.context() as patch:
        patch.setattr(os, "fdatasync", lambda _descriptor: (_ for _ in ()).throw(OSError(5, "the disk fails")))
        with pytest.raises(Unavailable):
            await opened.append([b"lost"])
    await opened.append([b"after"])
    assert len(list(tmp_path.glob(f"*{SUFFIX}"))) == 2
    sink = Sink()
    await opened.drain(sink)
    assert sink.got == [b"before", b"after"]


async def test_two_processes_never_share_a_folder(opened: Spool, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationInvalid):
        await spool(tmp_path).open()
    await opened.close()
    again = await spool(tmp_path).open()
    assert not again.active


async def test_the_next_process_finds_what_waits(opened: Spool, tmp_path: Path) -> None:
    await opened.append(numbered(10))
    await opened.close()
    second = await spool(tmp_path).open()
    assert second.active
    assert second.state().records == 10
    await second.append(numbered(5, start=10))
    sink = Sink()
    await second.drain(sink)
    assert sink.got == numbered(15)
    await second.close()


async def test_another_master_key_reads_nothing_and_destroys_nothing(opened: Spool, tmp_path: Path) -> None:
    await opened.append([b"sealed"])
    await opened.close()
    stranger = await Spool(tmp_path, MasterKey("00" * 32), SystemClock(), most_bytes=MIB).open()
    sink = Sink()
    await stranger.drain(sink)
    assert sink.got == []
    assert stranger.state().damaged == 1
    assert len(list(tmp_path.glob(f"*{SET_ASIDE}"))) == 1
    await stranger.close()


async def test_a_large_spool_is_split_and_drained_in_order(tmp_path: Path) -> None:
    many = await spool(tmp_path, segment_bytes=10_000).open()
    records = [b"%06d" % number + b"." * 500 for number in range(500)]
    for start in range(0, 500, 10):
        await many.append(records[start : start + 10])
    assert len(list(tmp_path.glob(f"*{SUFFIX}"))) > 20
    sink = Sink()
    await many.drain(sink)
    assert sink.got == records
    assert list(tmp_path.glob(f"*{SUFFIX}")) == []
    await many.close()


async def test_a_record_larger_than_what_is_read_at_once_comes_out_whole(opened: Spool) -> None:
    large = os.urandom(9 * MIB)
    await opened.append([b"first", large, b"last"])
    sink = Sink()
    await opened.drain(sink)
    assert sink.got == [b"first", large, b"last"]


async def test_one_damaged_record_is_set_aside_and_the_others_go_on(opened: Spool, tmp_path: Path) -> None:
    await opened.append(numbered(10))
    [segment] = tmp_path.glob(f"*{SUFFIX}")
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 1
    segment.write_bytes(data)
    sink = Sink()
    await opened.drain(sink)
    assert len(sink.got) == 9
    assert sink.got == [record for record in numbered(10) if record in sink.got]
    assert (opened.state().damaged, opened.state().set_aside) == (1, 1)


async def test_a_failing_sink_gets_the_same_records_again_in_order(tmp_path: Path) -> None:
    clock = manual_clock()
    metrics = Metrics()
    one = await Spool(tmp_path, MASTER, clock, most_bytes=MIB, metrics=metrics).open()
    await one.append(numbered(10))
    sink = Sink(failures=3)
    running = asyncio.create_task(one.run(sink))
    for _ in range(4):
        await until(lambda: len(clock._sleepers) > 0 or len(sink.got) == 10)
        await advance(clock, timedelta(seconds=5))
    await until(lambda: not one.active)
    assert sink.got == numbered(10)
    assert metrics.value(Metric.GATEWAY_SPOOLED) == 10
    assert metrics.value(Metric.GATEWAY_SPOOL_DRAINED) == 10
    assert metrics.value(Metric.GATEWAY_SPOOL_RECORDS) == 0
    running.cancel()
    await one.close()


async def test_a_steady_stream_leaves_the_spool_again_and_keeps_its_order(opened: Spool) -> None:
    """Eight senders write without a pause while it is drained; each sender's records must arrive in its order."""
    got: list[bytes] = []
    passed = asyncio.Event()

    async def sink(records: Sequence[bytes]) -> int:
        await asyncio.sleep(0.002)
        got.extend(records)
        return 0

    async def sender(name: int) -> None:
        for number in range(100_000):
            record = b"%d/%d" % (name, number)
            if await opened.must_take():
                await opened.append([record])
            else:
                got.append(record)
                passed.set()
                if number > 20:
                    return
                await asyncio.sleep(0)

    await opened.append(numbered(1000))
    draining = asyncio.create_task(opened.run(sink))
    async with asyncio.timeout(20):
        await asyncio.gather(*(sender(name) for name in range(8)))
        await until(lambda: not opened.active)
    draining.cancel()
    assert passed.is_set()
    assert got[:1000] == numbered(1000)
    for name in range(8):
        mine = [int(record.split(b"/")[1]) for record in got[1000:] if record.startswith(b"%d/" % name)]
        assert mine == list(range(len(mine)))


CHILD = """
import asyncio, sys
from pathlib import Path
from backbone.clock import SystemClock
from backbone.storage.crypto import MasterKey
from gateway.spool import Spool

async def main():
    spool = await Spool(Path(sys.argv[1]), MasterKey("5a" * 32), SystemClock(), most_bytes=1 << 30, segment_bytes=20_000).open()
    async def write(name):
        for number in range(1_000_000):
            await spool.append([b"%d/%d/" % (name, number) + b"." * 200])
            sys.stdout.write(f"{name}/{number}\\n")
            sys.stdout.flush()
    await asyncio.gather(*(write(name) for name in range(4)))

asyncio.run(main())
"""


@pytest.mark.chaos
@pytest.mark.parametrize("kill_after", [1, 40, 400])
async def test_what_a_process_acknowledged_survives_its_kill(tmp_path: Path, kill_after: int) -> None:
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    acknowledged = [child.stdout.readline().strip() for _ in range(kill_after)]
    child.send_signal(signal.SIGKILL)
    acknowledged += [line.strip() for line in child.stdout.read().splitlines() if line.strip().count("/") == 1]
    child.stdout.close()
    assert child.wait() == -signal.SIGKILL
    recovered = await spool(tmp_path).open()
    sink = Sink()
    await recovered.drain(sink)
    got = [b"/".join(record.split(b"/")[:2]).decode() for record in sink.got]
    # The last line may have been cut by the kill: what was said whole must be there.
    assert set(acknowledged[:-1]) <= set(got)
    assert len(got) == len(set(got))
    for name in range(4):
        mine = [int(place.split("/")[1]) for place in got if place.startswith(f"{name}/")]
        assert mine == list(range(len(mine)))
    assert recovered.state().damaged == 0
    await recovered.close()
