"""A crash at any byte of any segment: what was acknowledged comes out in order, and never something else."""

import asyncio
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from backbone.clock import SystemClock
from backbone.storage.crypto import MasterKey
from gateway.spool import Spool
from gateway.spool_segments import SUFFIX

MASTER = MasterKey("a5" * 32)
batches = st.lists(st.lists(st.binary(max_size=200), min_size=1, max_size=4), min_size=1, max_size=12)


def spool(folder: Path) -> Spool:
    return Spool(folder, MASTER, SystemClock(), most_bytes=1 << 24, segment_bytes=600)


def segments(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"*{SUFFIX}"))


async def write(folder: Path, work: Sequence[Sequence[bytes]]) -> list[tuple[int, int]]:
    """Appends each batch; answers, after each acknowledgement, the bytes on the disk and the records in them."""
    one = await spool(folder).open()
    done = []
    records = 0
    for batch in work:
        await one.append(batch)
        records += len(batch)
        done.append((sum(path.stat().st_size for path in segments(folder)), records))
    await one.close()
    return done


def crash(folder: Path, at: int, rubbish: bytes) -> None:
    """Leaves the first `at` bytes that were written, over all segments, and rubbish where the disk was just writing."""
    left = at
    torn = False
    for path in segments(folder):
        size = path.stat().st_size
        if torn or left <= 0:
            path.unlink()
            continue
        if left < size:
            path.write_bytes(path.read_bytes()[:left] + rubbish)
            torn = True
        left -= size


async def drain(folder: Path) -> list[bytes]:
    got: list[bytes] = []

    async def sink(records: Sequence[bytes]) -> int:
        got.extend(records)
        return 0

    one = await spool(folder).open()
    await one.append([b"after the crash"])
    await one.drain(sink)
    assert not one.active
    assert segments(folder) == []
    await one.close()
    return got


@settings(max_examples=150, deadline=None)
@given(work=batches, where=st.floats(0, 1), rubbish=st.binary(max_size=64))
def test_a_crash_at_any_byte_loses_nothing_that_was_acknowledged(
    work: list[list[bytes]], where: float, rubbish: bytes
) -> None:
    folder = Path(tempfile.mkdtemp(prefix="spool"))
    try:
        done = asyncio.run(write(folder, work))
        at = round(where * done[-1][0])
        acknowledged = max((records for size, records in done if size <= at), default=0)
        crash(folder, at, rubbish)
        got = asyncio.run(drain(folder))
    finally:
        shutil.rmtree(folder)
    everything = [record for batch in work for record in batch]
    assert got[-1] == b"after the crash"
    assert got[:-1] == everything[: len(got) - 1]
    assert len(got) - 1 >= acknowledged


@settings(max_examples=60, deadline=None)
@given(work=batches, stop_after=st.integers(0, 40))
def test_a_crash_while_draining_repeats_but_never_skips_or_reorders(work: list[list[bytes]], stop_after: int) -> None:
    folder = Path(tempfile.mkdtemp(prefix="spool"))
    got: list[bytes] = []

    class Killed(Exception):
        pass

    async def sink(records: Sequence[bytes]) -> int:
        if len(got) >= stop_after:
            raise Killed
        got.extend(records)
        return 0

    async def first_life() -> None:
        one = await spool(folder).open()
        with suppress(Killed):
            await one.drain(sink)
        await one.close()

    try:
        asyncio.run(write(folder, work))
        asyncio.run(first_life())
        again = asyncio.run(drain(folder))[:-1]
    finally:
        shutil.rmtree(folder)
    everything = [record for batch in work for record in batch]
    assert got == everything[: len(got)]
    assert again == everything[len(everything) - len(again) :]
    assert len(got) + len(again) >= len(everything)
