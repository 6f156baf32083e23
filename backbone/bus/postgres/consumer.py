"""One member of a consumer group on the log in PostgreSQL."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta

from backbone.bus.port import AssignmentListener, BusRecord, TopicPartition
from backbone.bus.postgres.log import Bounds, bounds, ends, read
from backbone.bus.postgres.membership import CHANGED, Membership
from backbone.bus.postgres.session import Session
from backbone.clock import Clock
from backbone.errors import Unavailable
from backbone.telemetry.logs import get_logger

RECORDS = "bus_records"
# A wake-up can be lost with its connection: everyone also looks by itself so often.
LOOK_EVERY = 1.0
# A process that works on one batch for longer is taken for stuck, and its partitions go to the others.
POLL_WITHIN = 300.0
TRIM_EVERY = 60.0
TRIM_RECORDS = 5000


class PostgresConsumer:
    """As `Consumer`. Partitions change hands inside `poll` only; a task of its own keeps the session and looks around.

    It also deletes what is older than its topic's retention, as whichever member comes first does.
    """

    def __init__(
        self,
        session: Session,
        topics: Sequence[str],
        *,
        group: str,
        member: str,
        listener: AssignmentListener,
        clock: Clock,
    ) -> None:
        self._session = session
        self._topics = list(topics)
        self._membership = Membership(session, group, member, topics)
        self._listener = listener
        self._clock = clock
        self._group = group
        self._next: dict[TopicPartition, int] = {}
        self._wake = asyncio.Event()
        self._changed = True
        self._upkeep: asyncio.Task[None] | None = None
        self._polled_at = clock.monotonic()
        self._progress = 0
        self._log = get_logger("bus.postgres").bind(group=group, member=member)
        session.listen(RECORDS, self._heard_records)
        session.listen(CHANGED, self._heard_members)

    async def start(self) -> None:
        """Joins the group. Raises `Unavailable`; it may be called again then."""
        self._polled_at = self._clock.monotonic()
        try:
            await self._membership.join()
        except BaseException:
            await self._session.close()
            raise
        self._changed = True
        if self._upkeep is None:
            self._upkeep = asyncio.get_running_loop().create_task(self._keep_up())

    async def stop(self) -> None:
        """Tells the listener and frees its partitions at once."""
        upkeep, self._upkeep = self._upkeep, None
        if upkeep is not None:
            upkeep.cancel()
            await asyncio.gather(upkeep, return_exceptions=True)
        await self._lose()
        try:
            await self._membership.leave()
        except Unavailable:
            self._log.info("left_without_goodbye")

    async def poll(self, *, max_records: int, timeout: timedelta) -> Sequence[BusRecord]:
        if self._upkeep is not None and self._upkeep.done():
            self._upkeep.result()
        try:
            return await self._poll(max_records, timeout)
        except Unavailable:
            if self._membership.lost:
                await self._lose()
            raise

    async def _poll(self, max_records: int, timeout: timedelta) -> Sequence[BusRecord]:
        end = self._clock.monotonic() + timeout.total_seconds()
        while True:
            self._polled_at = self._clock.monotonic()
            if self._membership.lost:
                await self._lose()
                await self.start()
            self._wake.clear()
            await self._rebalance()
            records = await read(self._session, list(self._next.items()), max_records)
            if self._membership.lost:
                # Read on a new session: the partitions may be somebody else's by now.
                continue
            self._progress += 1
            left = end - self._clock.monotonic()
            if records or left <= 0:
                return self._passed(records)
            try:
                async with asyncio.timeout(min(left, LOOK_EVERY)):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def seek(self, partition: TopicPartition, offset: int) -> None:
        """Without effect on a partition that was revoked meanwhile."""
        if partition in self._next:
            self._next[partition] = offset

    async def note_positions(self, positions: Mapping[TopicPartition, int]) -> None:
        """Nothing to note: `lag` compares with what was polled, and positions live beside the log."""

    async def lag(self) -> Mapping[TopicPartition, int]:
        found = await ends(self._session, self._topics)
        return {partition: max(0, found.get(partition, 0) - position) for partition, position in self._next.items()}

    def progress(self) -> int:
        return self._progress

    def _passed(self, records: list[BusRecord]) -> list[BusRecord]:
        for record in records:
            self._next[TopicPartition(record.topic, record.partition)] = record.offset + 1
        if records:
            # The partition read last goes to the end of the line, so that a long one doesn't starve the others.
            last = TopicPartition(records[-1].topic, records[-1].partition)
            self._next[last] = self._next.pop(last)
        return records

    async def _rebalance(self) -> None:
        if not self._changed:
            return
        self._changed = False
        try:
            await self._membership.look()
            share = self._membership.share
            if surplus := sorted(self._membership.held - share):
                for partition in surplus:
                    self._next.pop(partition, None)
                await self._listener.revoked(surplus)
                await self._membership.free(surplus)
            if missing := share - self._membership.held:
                await self._gain(sorted(await self._membership.take(missing)))
        except BaseException:
            self._changed = True
            raise

    async def _gain(self, gained: Sequence[TopicPartition]) -> None:
        if not gained:
            return
        try:
            positions = await self._listener.assigned(gained)
            found = await bounds(self._session, self._topics)
        except BaseException:
            # Not ours in the listener's eyes either way: another try begins with the lock.
            await self._listener.revoked(gained)
            if not self._membership.lost:
                await self._membership.free(gained)
            raise
        for partition in gained:
            self._next[partition] = self._within(partition, positions.get(partition), found[partition])

    def _within(self, partition: TopicPartition, position: int | None, kept: Bounds) -> int:
        if position is None:
            return kept.oldest
        if kept.oldest <= position <= kept.end:
            return position
        self._log.error(
            "position_out_of_range",
            topic=partition.topic,
            partition=partition.partition,
            position=position,
            oldest=kept.oldest,
            newest=kept.end,
        )
        return kept.oldest

    async def _lose(self) -> None:
        lost = sorted(self._membership.held)
        self._membership.held.clear()
        self._next.clear()
        self._changed = True
        if lost:
            await self._listener.revoked(lost)

    async def _keep_up(self) -> None:
        trimmed_at = self._clock.monotonic()
        while True:
            await self._clock.sleep(timedelta(seconds=LOOK_EVERY))
            now = self._clock.monotonic()
            if self._membership.lost or now - self._polled_at > POLL_WITHIN:
                continue
            try:
                if await self._membership.look() or self._membership.share != self._membership.held:
                    self._heard_members(self._group)
                if now - trimmed_at > TRIM_EVERY:
                    (row,) = await self._session.fetch("SELECT bus.trim($1) AS gone", TRIM_RECORDS)
                    trimmed_at = now if row["gone"] < TRIM_RECORDS else trimmed_at
            except Unavailable:
                # The poller finds the session lost and joins anew.
                self._wake.set()

    def _heard_records(self, topics: str) -> None:
        if not set(topics.split(",")).isdisjoint(self._topics):
            self._wake.set()

    def _heard_members(self, group: str) -> None:
        if group == self._group:
            self._changed = True
            self._wake.set()
