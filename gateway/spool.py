"""The local spool: what providers sent while the bus was away, fsynced before it is acknowledged and drained in order."""

import asyncio
import fcntl
import os
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Self, TypeVar

from backbone.clock import Clock
from backbone.errors import ConfigurationInvalid, Overloaded, Retriable, Unavailable
from backbone.storage.crypto import MasterKey
from backbone.telemetry.logs import get_logger
from backbone.telemetry.metrics import Metric, Metrics
from gateway import spool_segments as segments
from gateway.spool_segments import Chunk, Segment

log = get_logger(__name__)

SEGMENT_BYTES = 16 * 1024 * 1024
BATCH = 500
FIRST_PAUSE = timedelta(milliseconds=200)
LONGEST_PAUSE = timedelta(seconds=3)

T = TypeVar("T")
Sink = Callable[[Sequence[bytes]], Awaitable[int]]
"""Makes records durable elsewhere, in order; returns how many of them it could not read. Raises `Retriable` to be asked
again with the same records."""


@dataclass(frozen=True, slots=True)
class SpoolState:
    """For `doctor` and metrics. `oldest` is the age of what waits longest; `set_aside` counts files with damage."""

    records: int
    size_bytes: int
    most_bytes: int
    oldest: timedelta
    damaged: int
    set_aside: int


@dataclass(slots=True)
class _Stored:
    """A segment with waiting records. `size` counts bytes that are on the disk for certain."""

    segment: Segment
    size: int
    offset: int
    records: int
    damaged: int = 0


@dataclass(slots=True)
class _Writer:
    """The segment being written; touched by the file thread only."""

    segment: Segment
    descriptor: int
    size: int


@dataclass(slots=True)
class _Pending:
    records: Sequence[bytes]
    size: int
    done: "asyncio.Future[None]"


class Spool:
    """Append-only files in a folder that one process owns. `open` before use, `close` after.

    `append` returns once the records survive a crash; callers that come at once share one fsync. While `active`, every
    new record must go through here too, so that none overtakes one that waits: `must_take` says so. A record is drained at least once: a crash
    in the middle drains the segment again. Holds no plain text. It is not a queue between processes.
    """

    def __init__(
        self,
        folder: Path,
        master: MasterKey,
        clock: Clock,
        *,
        most_bytes: int,
        segment_bytes: int = SEGMENT_BYTES,
        metrics: Metrics | None = None,
    ) -> None:
        self._folder = folder
        self._master = master
        self._clock = clock
        self._most_bytes = most_bytes
        self._segment_bytes = segment_bytes
        self._metrics = metrics
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="spool")
        self._lock: int | None = None
        self._stored: deque[_Stored] = deque()
        self._pending: list[_Pending] = []
        self._pending_bytes = 0
        self._flushing: asyncio.Task[None] | None = None
        self._writer: _Writer | None = None
        self._next_number = 1
        self._waiting = asyncio.Event()
        self._emptying: asyncio.Event | None = None
        self._damaged = 0
        self._set_aside = 0

    async def open(self) -> Self:
        """Takes the folder and finds what a former process left. Raises `ConfigurationInvalid` if another one has it."""
        await self._in_thread(self._take_folder)
        for stored in await self._in_thread(self._recover):
            self._stored.append(stored)
        if self._stored:
            log.info("spool recovered", records=self.state().records, size=self.state().size_bytes)
            self._waiting.set()
        if self._metrics is not None:
            self._metrics.gauge(Metric.GATEWAY_SPOOL_RECORDS).set_function(lambda: self.state().records)
            self._metrics.gauge(Metric.GATEWAY_SPOOL_BYTES).set_function(lambda: self.state().size_bytes)
            self._metrics.gauge(Metric.GATEWAY_SPOOL_AGE).set_function(self._oldest_seconds)
        return self

    async def close(self) -> None:
        """Waits for appends under way; what still waits stays on the disk for the next process. Safe to call again."""
        if self._lock is None:
            return
        if self._flushing is not None:
            await asyncio.wait({self._flushing})
        await self._in_thread(self._leave_folder)
        self._thread.shutdown()

    @property
    def active(self) -> bool:
        """Whether anything waits or is being written: then nothing may go past the spool."""
        return bool(self._stored or self._pending or self._flushing)

    def state(self) -> SpoolState:
        oldest = timedelta(0)
        if self._stored:
            now = self._clock.now().timestamp() * 1000
            oldest = timedelta(milliseconds=max(0.0, now - self._stored[0].segment.made_at))
        return SpoolState(
            records=sum(stored.records for stored in self._stored),
            size_bytes=sum(stored.size for stored in self._stored) + self._pending_bytes,
            most_bytes=self._most_bytes,
            oldest=oldest,
            damaged=self._damaged,
            set_aside=self._set_aside,
        )

    def _oldest_seconds(self) -> float:
        return self.state().oldest.total_seconds()

    async def must_take(self) -> bool:
        """Whether a new record has to be appended here. Waits while the last ones are handed over (milliseconds).

        Without that pause a steady stream would go through the spool for ever: there would always be one more.
        """
        while self._emptying is not None:
            await self._emptying.wait()
        return self.active

    async def append(self, records: Sequence[bytes]) -> None:
        """Returns once all of `records` are on the disk. Raises `Overloaded` when full, `Unavailable` if it can't be written.

        After an error none, some or all of them may be drained later.
        """
        size = sum(len(record) + segments.OVERHEAD for record in records)
        held = sum(stored.size for stored in self._stored) + self._pending_bytes
        if held + size > self._most_bytes:
            raise Overloaded("the spool is full")
        pending = _Pending(records, size, asyncio.get_running_loop().create_future())
        self._pending.append(pending)
        self._pending_bytes += size
        if self._flushing is None:
            self._flushing = asyncio.create_task(self._flush(), name="spool flush")
        await pending.done

    async def _flush(self) -> None:
        try:
            while self._pending:
                batch, self._pending = self._pending, []
                records = [record for pending in batch for record in pending.records]
                error: Exception | None = None
                try:
                    self._note(*await self._in_thread(partial(self._write, records)), len(records))
                except Exception as reason:
                    # Whatever it is, callers wait for an answer.
                    log.error("spool can't be written", exc_info=reason)
                    error = Unavailable("the spool can't be written")
                self._answer(batch, error)
        finally:
            self._flushing = None
            self._waiting.set()

    def _answer(self, batch: Sequence[_Pending], error: Exception | None) -> None:
        for pending in batch:
            self._pending_bytes -= pending.size
            if pending.done.done():
                continue
            if error is None:
                pending.done.set_result(None)
            else:
                pending.done.set_exception(error)

    def _note(self, segment: Segment, size: int, records: int) -> None:
        last = self._stored[-1] if self._stored else None
        if last is None or last.segment is not segment:
            last = _Stored(segment, segment.first, segment.first, 0)
            self._stored.append(last)
        last.size = size
        last.records += records
        if self._metrics is not None:
            self._metrics.inc(Metric.GATEWAY_SPOOLED, by=records)
        self._waiting.set()

    async def run(self, sink: Sink) -> None:
        """Drains whenever something waits, until cancelled; pauses longer and longer while the sink is away."""
        pause = FIRST_PAUSE
        while True:
            await self._waiting.wait()
            try:
                await self.drain(sink)
            except (Retriable, OSError) as error:
                log.warning("spool waits", error=type(error).__name__, records=self.state().records)
                await self._clock.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            else:
                pause = FIRST_PAUSE

    async def drain(self, sink: Sink) -> int:
        """Hands everything over in order and removes it; returns how many records. Raises what `sink` raises."""
        drained = 0
        try:
            while self.active:
                stored = self._stored[0] if self._stored else None
                if stored is not None and stored.offset < stored.size:
                    drained += await self._drain_some(stored, sink)
                elif stored is not None and (len(self._stored) > 1 or self._flushing is None):
                    # Removed before the file thread is asked: whatever is appended from now on begins a new segment.
                    self._stored.popleft()
                    await self._in_thread(partial(self._retire, stored))
                else:
                    self._emptying = self._emptying or asyncio.Event()
                    self._waiting.clear()
                    await self._waiting.wait()
            self._waiting.clear()
        finally:
            if self._emptying is not None:
                self._emptying.set()
                self._emptying = None
        return drained

    async def _drain_some(self, stored: _Stored, sink: Sink) -> int:
        chunk: Chunk = await self._in_thread(
            partial(segments.read, stored.segment, stored.offset, stored.size, most=BATCH)
        )
        unreadable = await sink(chunk.records) if chunk.records else 0
        stored.offset = chunk.next_offset
        stored.records = max(0, stored.records - len(chunk.records))
        self._count(stored, len(chunk.records) - unreadable, chunk.damaged + unreadable)
        return len(chunk.records)

    def _count(self, stored: _Stored, drained: int, damaged: int) -> None:
        stored.damaged += damaged
        self._damaged += damaged
        if damaged:
            log.error("spooled records damaged", records=damaged, segment=stored.segment.number)
        if self._metrics is not None:
            self._metrics.inc(Metric.GATEWAY_SPOOL_DRAINED, by=drained)
            self._metrics.inc(Metric.GATEWAY_SPOOL_CORRUPT, by=damaged)

    # What follows runs in the file thread, one call at a time.

    def _take_folder(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(descriptor)
            raise ConfigurationInvalid("another process uses this spool folder: each needs its own") from error
        self._lock = descriptor

    def _recover(self) -> list[_Stored]:
        found = []
        self._set_aside = len(list(self._folder.glob(f"*{segments.SET_ASIDE}")))
        for path in sorted(self._folder.glob(f"*{segments.SUFFIX}")):
            self._next_number = max(self._next_number, int(path.stem) + 1)
            segment = segments.open_segment(path, self._master)
            if segment is None:
                self._set_aside_or_remove(path)
                continue
            size = path.stat().st_size
            found.append(_Stored(segment, size, segment.first, segments.count(segment, size)))
        return found

    def _set_aside_or_remove(self, path: Path) -> None:
        if segments.is_torn_header(path):
            path.unlink()
            return
        self._damaged += 1
        self._set_aside += 1
        log.error("spool segment without a header", segment=path.stem)
        path.rename(path.with_suffix(segments.SET_ASIDE))

    def _write(self, records: Sequence[bytes]) -> tuple[Segment, int]:
        writer = self._writer
        if writer is None or writer.size >= self._segment_bytes:
            writer = self._roll()
        try:
            data = segments.frames(writer.segment, writer.size, records)
            _write_all(writer.descriptor, data)
            os.fdatasync(writer.descriptor)
        except OSError:
            # After a failed write or sync nobody knows what the disk holds: this file gets no more records.
            self._close_writer()
            raise
        writer.size += len(data)
        return writer.segment, writer.size

    def _roll(self) -> _Writer:
        self._close_writer()
        number, self._next_number = self._next_number, self._next_number + 1
        made_at = int(self._clock.now().timestamp() * 1000)
        segment, header = segments.create(self._folder, number, made_at, self._master)
        descriptor = os.open(segment.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        self._writer = _Writer(segment, descriptor, len(header))
        _write_all(descriptor, header)
        os.fdatasync(descriptor)
        self._sync_folder()
        return self._writer

    def _close_writer(self) -> None:
        if self._writer is not None:
            os.close(self._writer.descriptor)
            self._writer = None

    def _retire(self, stored: _Stored) -> None:
        if self._writer is not None and self._writer.segment is stored.segment:
            self._close_writer()
        path = stored.segment.path
        try:
            if stored.damaged:
                self._set_aside += 1
                path.rename(path.with_suffix(segments.SET_ASIDE))
            else:
                path.unlink(missing_ok=True)
        except OSError as error:
            # Everything in it is published: at worst the next process publishes it again.
            log.error("spool segment can't be removed", segment=stored.segment.number, errno=error.errno)

    def _sync_folder(self) -> None:
        descriptor = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _leave_folder(self) -> None:
        self._close_writer()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
