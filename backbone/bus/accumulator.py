"""What publishers hand in while the batch before is under way: one batch in flight, no timer, no linger."""

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from backbone.bus.port import Message
from backbone.errors import FrontdeskError, Overloaded, PayloadTooLarge, Unavailable

# What a record costs beside its bytes: lengths, time and offset, on the wire and in the queue.
OVERHEAD = 64

Flush = Callable[[Sequence[Message]], Awaitable[None]]


class Report(Protocol):
    """Told of each batch for the metrics: its records by topic, the longest wait in it, and the error's code if it failed."""

    def __call__(self, topic: str, records: int, seconds: float, failed: str | None) -> None: ...


@dataclass(slots=True)
class Limits:
    """Bounds of one bus, shared by its accumulators. Sizes are in bytes of keys, values and headers.

    `deadline` counts from the call of `publish`. The counters are the present use.
    """

    deadline: timedelta = timedelta(seconds=10)
    batch_records: int = 2000
    batch_bytes: int = 512 * 1024
    message_bytes: int = 1_000_000
    waiting_records: int = 20_000
    waiting_bytes: int = 64 * 1024 * 1024
    records: int = field(default=0, init=False)
    bytes: int = field(default=0, init=False)

    def admit(self, records: int, size: int, largest: int) -> None:
        """Counts them in. Raises `PayloadTooLarge`, or `Overloaded` where they don't fit any more.

        One call always fits when nothing else waits, however many its records are.
        """
        if largest > self.message_bytes:
            raise PayloadTooLarge(f"a record is {largest} bytes, the bus takes {self.message_bytes}")
        if self.records and (self.records + records > self.waiting_records or self.bytes + size > self.waiting_bytes):
            raise Overloaded("too much waits for the bus", retry_after=timedelta(seconds=1))
        self.records += records
        self.bytes += size

    def release(self, size: int) -> None:
        self.records -= 1
        self.bytes -= size


def size_of(message: Message) -> int:
    size = OVERHEAD + len(message.key) + len(message.value)
    for name, value in message.headers:
        size += len(name) + len(value)
    return size


@dataclass(slots=True)
class _Entry:
    message: Message
    size: int
    since: float
    future: "asyncio.Future[None]"
    # Only the last record of a call resolves its future; those before it are acknowledged earlier, being first in line.
    last: bool


class Accumulator:
    """The waiting records of one ordered log (a partition, or a whole bus that writes in one transaction).

    Callers await a future each. The first call starts a flush in the next turn of the loop; what comes meanwhile goes
    with the next flush. A caller's deadline passes even while a flush hangs; what it waited for may then still be taken.
    """

    def __init__(self, flush: Flush, limits: Limits, *, report: Report | None = None) -> None:
        self._flush = flush
        self._limits = limits
        self._report = report
        self._loop = asyncio.get_running_loop()
        self._deadline = limits.deadline.total_seconds()
        self._queue: deque[_Entry] = deque()
        self._in_flight: list[_Entry] = []
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def put(self, message: Message) -> "asyncio.Future[None]":
        """A future of its acknowledgement. Raises `Overloaded` and `PayloadTooLarge` at once."""
        size = size_of(message)
        self._limits.admit(1, size, size)
        future: asyncio.Future[None] = self._loop.create_future()
        self._queue.append(_Entry(message, size, self._loop.time(), future, True))
        if self._task is None or self._timer is None:
            self._wake()
        return future

    def put_many(self, messages: Sequence[Message]) -> "asyncio.Future[None]":
        """As `put`, one future for all of them; they stay in order."""
        sizes = [size_of(message) for message in messages]
        self._limits.admit(len(sizes), sum(sizes), max(sizes))
        future: asyncio.Future[None] = self._loop.create_future()
        now, end = self._loop.time(), len(sizes) - 1
        for place, (message, size) in enumerate(zip(messages, sizes, strict=True)):
            self._queue.append(_Entry(message, size, now, future, place == end))
        if self._task is None or self._timer is None:
            self._wake()
        return future

    def _wake(self) -> None:
        if self._task is None:
            self._task = self._loop.create_task(self._run())
        if self._timer is None:
            self._timer = self._loop.call_later(self._deadline, self._expire)

    async def close(self, patience: timedelta) -> None:
        """Waits for what is under way; then cancels it and fails who still waits with `Unavailable`."""
        if self._task is not None:
            _, pending = await asyncio.wait([self._task], timeout=patience.total_seconds())
            for task in pending:
                task.cancel()
            await asyncio.gather(*pending, return_exceptions=True)
        for entry in (*self._in_flight, *self._queue):
            _fail(entry, Unavailable("the bus is being stopped"))
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def _run(self) -> None:
        try:
            while batch := self._take():
                self._in_flight = batch
                await self._send(batch)
                for entry in batch:
                    self._limits.release(entry.size)
                self._in_flight = []
        finally:
            self._task = None

    async def _send(self, batch: list[_Entry]) -> None:
        error: FrontdeskError | None = None
        try:
            await self._flush([entry.message for entry in batch])
        except FrontdeskError as failed:
            error = failed
        except Exception as failed:  # noqa: BLE001  a defect must reach the callers and not stop the line for good
            error = Unavailable("the bus failed in a way it should not", context={"error": repr(failed)})
            error.__cause__ = failed
        for entry in batch:
            if error is not None:
                _fail(entry, error)
            elif entry.last and not entry.future.done():
                entry.future.set_result(None)
        if self._report is not None:
            waited, code = self._loop.time() - batch[0].since, error.code if error else None
            for topic, records in _by_topic(batch).items():
                self._report(topic, records, waited, code)

    def _take(self) -> list[_Entry]:
        """The head of the queue, as much as one batch may hold, without those whose callers have left."""
        batch: list[_Entry] = []
        room = self._limits.batch_bytes
        queue, most = self._queue, self._limits.batch_records
        while queue and len(batch) < most:
            entry = queue[0]
            if entry.future.done():
                self._limits.release(queue.popleft().size)
                continue
            if batch and entry.size > room:
                break
            room -= entry.size
            batch.append(queue.popleft())
        return batch

    def _expire(self) -> None:
        """Fails who has waited past the deadline; wakes again for the one who is next."""
        self._timer = None
        due = self._loop.time() - self._deadline
        for entry in (*self._in_flight, *self._queue):
            if entry.since > due:
                self._timer = self._loop.call_at(entry.since + self._deadline, self._expire)
                break
            _fail(entry, Unavailable("the bus did not acknowledge in time"))
        while self._queue and self._queue[0].future.done():
            self._limits.release(self._queue.popleft().size)


def _by_topic(batch: list[_Entry]) -> dict[str, int]:
    topic = batch[0].message.topic
    # A line of Kafka has one topic only, and most batches of it are small.
    if all(entry.message.topic == topic for entry in batch):
        return {topic: len(batch)}
    return Counter(entry.message.topic for entry in batch)


def _fail(entry: _Entry, error: FrontdeskError) -> None:
    """Each caller gets an error of its own: one shared by many would gather all their tracebacks."""
    if not entry.future.done():
        told = type(error)(error.detail, retry_after=error.retry_after, context=error.context)
        told.__cause__ = error.__cause__
        entry.future.set_exception(told)
