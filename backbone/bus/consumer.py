"""The batch loop every consumer shares: a batch a transaction, retried in halves until the poison stands alone."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Protocol

from backbone.bus.lanes import lanes_of
from backbone.bus.poison import PoisonCounter, PoisonLimits, Verdict, account_of
from backbone.bus.port import Bus, BusRecord, Consumer, TopicPartition
from backbone.clock import Clock
from backbone.errors import AskHuman, DeadLetter, Fenced, Overloaded, Retriable, Rewound
from backbone.telemetry.bus import ConsumerReport
from backbone.telemetry.logs import get_logger
from backbone.telemetry.metrics import Metrics

_POLL = timedelta(milliseconds=500)
_PAUSES = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0)
# A record that takes too long by itself as often as this, and then again, is poison: at 15 s a statement after some 5 min.
_SLOW_TRIES = 10
# A partition without new records is looked after so often; with some, the next batch finds the same out.
_LOOK_BACK = timedelta(seconds=5)


class BatchHandler(Protocol):
    """What to do with records. Every method that writes does so in one transaction that also moves the position."""

    async def claim(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int | None]: ...

    def forget(self, partitions: Sequence[TopicPartition]) -> None: ...

    async def lost(self) -> Sequence[TopicPartition]:
        """Partitions whose positions the database lost, as a standby does that lagged. Raises `Retriable`."""
        ...

    async def process(self, records: Sequence[BusRecord]) -> None:
        """All of `records` and their positions, or nothing. Must be safe to repeat (an unknown commit is), and side by side
        for records of other partitions where the consumer has several lanes.

        Raises `Retriable` to be called again, `Overloaded` if it takes too long, `Fenced` if a partition has another
        owner, `Rewound` if the database lost a position so that they must be claimed again; anything else counts as poison.
        """
        ...

    async def bury(self, record: BusRecord, error: BaseException) -> None:
        """Keeps one poisoned record in the dead letters with its reason, and moves past it."""
        ...


class TooMuchPoison(AskHuman):
    code = "too_much_poison"
    title = "Records of several accounts fail: the consumer stops before it parks everything. Look at the dead letters."


class BatchConsumer:
    """One member of a consumer group, run by `run` until cancelled. Dies loudly on too much poison.

    With several `lanes` the partitions of a large batch are taken side by side, a transaction each: while one waits for
    the database, another is worked out. Order within a partition is kept, and the next batch begins when all have ended.
    """

    def __init__(
        self,
        bus: Bus,
        topics: Sequence[str],
        *,
        group: str,
        member: str,
        handler: BatchHandler,
        clock: Clock,
        max_records: int = 500,
        lanes: int = 1,
        limits: PoisonLimits | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        self._handler = handler
        self._clock = clock
        self._max_records = max_records
        self._lanes = lanes
        self._poison = PoisonCounter(limits or PoisonLimits())
        self._consumer: Consumer = bus.consumer(topics, group=group, member=member, listener=self)
        self._owned: set[TopicPartition] = set()
        self._busy = asyncio.Lock()
        self._done = 0
        self._refused_at: int | None = None
        self._looked_back_at = clock.monotonic()
        self._report = ConsumerReport(metrics or Metrics(), clock, group)
        self._log = get_logger("consumer").bind(group=group)

    async def assigned(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int | None]:
        positions = await self._handler.claim(partitions)
        self._report.assigned(len(set(partitions) - self._owned))
        self._owned.update(partitions)
        self._refused_at = None
        return positions

    async def revoked(self, partitions: Sequence[TopicPartition]) -> None:
        self._report.assigned(-len(self._owned.intersection(partitions)))
        self._owned.difference_update(partitions)
        # The batch in hand ends first: its commit is either ours or refused by the epoch.
        async with self._busy:
            self._handler.forget(partitions)

    def progress(self) -> int:
        """Grows while the loop lives and its batches are taken; a watchdog compares it.

        It stands still while every batch is refused: for the bus the partitions are ours, for the database another's, and
        if no rebalance settles that, only a new start will.
        """
        polled = self._consumer.progress() if self._refused_at is None else self._refused_at
        return polled + self._done

    async def lag(self) -> Mapping[TopicPartition, int]:
        return await self._consumer.lag()

    async def run(self) -> None:
        await self._start()
        try:
            while True:
                await self._step()
        finally:
            await self._consumer.stop()

    async def _start(self) -> None:
        for pause in (*_PAUSES, *([5.0] * 20)):
            try:
                await self._consumer.start()
            except Retriable:
                await asyncio.sleep(pause)
            else:
                return
        await self._consumer.start()

    async def _step(self) -> None:
        try:
            records = await self._consumer.poll(max_records=self._max_records, timeout=_POLL)
        except Retriable:
            # The bus says itself that it is away: that is not the stall a watchdog looks for.
            self._done += 1
            await asyncio.sleep(_PAUSES[-1])
            return
        self._report.polled()
        await self._tell_lag()
        async with self._busy:
            mine = [r for r in records if TopicPartition(r.topic, r.partition) in self._owned]
            if not mine:
                await self._look_back()
                return
            self._report.took(mine)
            try:
                await self._side_by_side(lanes_of(mine, self._lanes))
            except Rewound:
                await self._read_again({TopicPartition(r.topic, r.partition) for r in mine})
                return
            except Fenced:
                self._refused_at = self._consumer.progress() if self._refused_at is None else self._refused_at
                self._log.warning("batch_fenced", records=len(mine))
                return
            finally:
                self._report.finished()
            self._done += len(mine)
            self._refused_at = None
        await self._consumer.note_positions({TopicPartition(r.topic, r.partition): r.offset + 1 for r in mine})

    async def _look_back(self) -> None:
        now = self._clock.monotonic()
        if now - self._looked_back_at < _LOOK_BACK.total_seconds():
            return
        self._looked_back_at = now
        try:
            lost = await self._handler.lost()
        except Retriable:
            return
        if lost:
            await self._read_again(set(lost))

    async def _read_again(self, partitions: set[TopicPartition]) -> None:
        """Claims partitions anew and reads on from where the database stands: the bus still has what that lost."""
        while ours := sorted(partitions & self._owned):
            try:
                positions = await self._handler.claim(ours)
            except Retriable:
                await asyncio.sleep(_PAUSES[-1])
                continue
            self._log.error("positions_rewound", partitions=len(ours))
            for partition in ours:
                await self._consumer.seek(partition, positions[partition] or 0)
            return

    async def _tell_lag(self) -> None:
        if not self._report.lag_is_due():
            return
        try:
            self._report.lag(await self._consumer.lag())
        except Retriable as error:
            self._log.info("lag_not_known", code=error.code)

    async def _side_by_side(self, lanes: Sequence[Sequence[BusRecord]]) -> None:
        """All lanes end before this does, whatever one of them raises; then the gravest of their errors goes on."""
        if len(lanes) == 1:
            await self._halve(lanes[0])
            return
        outcomes = await asyncio.gather(*(self._halve(lane) for lane in lanes), return_exceptions=True)
        errors = [outcome for outcome in outcomes if outcome is not None]
        if errors:
            raise min(errors, key=_mildness)

    async def _halve(self, records: Sequence[BusRecord]) -> None:
        """Processes `records` in order; what fails is cut in halves until the poison stands alone."""
        quarantined = [r for r in records if self._poison.is_quarantined(account_of(r.key))]
        if quarantined and len(records) > 1:
            await self._around(records)
            return
        try:
            if quarantined:
                raise DeadLetter("the account is quarantined after too much poison")
            await self._until_possible(records)
        except Fenced:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a record raises, it must not block the others
            if len(records) > 1:
                middle = len(records) // 2
                await self._halve(records[:middle])
                await self._halve(records[middle:])
                return
            await self._bury(records[0], error, again=not quarantined)

    async def _around(self, records: Sequence[BusRecord]) -> None:
        """Keeps the order of each partition while quarantined records leave the batch one by one."""
        clean: list[BusRecord] = []
        for record in records:
            if not self._poison.is_quarantined(account_of(record.key)):
                clean.append(record)
                continue
            if clean:
                await self._halve(clean)
                clean = []
            await self._halve([record])
        if clean:
            await self._halve(clean)

    async def _until_possible(self, records: Sequence[BusRecord]) -> None:
        """Again and again while the world is away; that is never the record's fault.

        What takes too long is tried in halves, since it may be too much at once; alone it is tried for minutes.
        """
        tries = 0
        while True:
            try:
                await self._handler.process(records)
            except Fenced:
                raise
            except Retriable as error:
                if isinstance(error, Overloaded) and (len(records) > 1 or tries >= _SLOW_TRIES):
                    raise
                pause = _PAUSES[min(tries, len(_PAUSES) - 1)]
                tries += 1
                self._log.warning("batch_waits", records=len(records), code=error.code, tries=tries)
                await asyncio.sleep(pause)
                self._done += 1
                if not all(TopicPartition(r.topic, r.partition) in self._owned for r in records):
                    raise Fenced("a partition of this batch was revoked while it waited") from error
            else:
                return

    async def _bury(self, record: BusRecord, error: Exception, *, again: bool) -> None:
        """A record that stands alone gets one more try, then the dead letters."""
        if again and not isinstance(error, DeadLetter):
            try:
                await self._until_possible([record])
            except Fenced:
                raise
            except Exception as second:  # noqa: BLE001 - as above
                error = second
            else:
                return
        self._log.error(
            "record_buried",
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            error=type(error).__name__,
        )
        while True:
            try:
                await self._handler.bury(record, error)
            except Fenced:
                raise
            except Retriable:
                await asyncio.sleep(_PAUSES[-1])
            else:
                break
        if again:
            account = account_of(record.key)
            verdict = self._poison.count(account, self._clock.now())
            self._report.quarantined(len(self._poison.quarantined))
            if verdict is Verdict.QUARANTINE:
                self._log.error("account_quarantined", account_id=account)
            elif verdict is Verdict.STOP:
                raise TooMuchPoison(context={"accounts": sorted(self._poison.quarantined)})


def _mildness(error: BaseException) -> int:
    """A lost partition is read by its owner; a lost position must be read again here; all else ends the consumer."""
    return isinstance(error, Fenced) + (isinstance(error, Fenced) and not isinstance(error, Rewound))
