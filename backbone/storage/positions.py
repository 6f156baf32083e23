"""Where a consumer group stands: rows in PostgreSQL, claimed with an epoch and moved in the batch's own transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backbone.bus.port import BusRecord, TopicPartition
from backbone.errors import Fenced, Rewound
from backbone.storage.database import Connection, Database
from backbone.storage.statement import Statement, columns

_MOVE = """
    UPDATE consumer_positions p SET next_offset = v.o, updated_at = now()
    FROM unnest($3::text[], $4::int[], $5::bigint[], $6::bigint[], $7::bigint[]) AS v (t, n, o, e, l)
    WHERE p.consumer_group = $1 AND p.owner = $2 AND p.topic = v.t AND p.partition = v.n AND p.epoch = v.e
        AND coalesce(p.next_offset, 0) >= v.l
    RETURNING 1
"""


@dataclass(frozen=True, slots=True)
class _Mark:
    """`kept` was committed for certain; `tried` was asked for last, and nobody may know whether it was committed."""

    kept: int
    tried: int


class Positions:
    """The positions of one member of a group. A takeover raises the epoch, so a zombie's batch is refused whole.

    A database that stands before what this member wrote (a promoted standby, a restored backup) is found out by the next
    batch: to move on from there would skip for ever what it lost.
    """

    def __init__(self, database: Database, group: str, member: str) -> None:
        self._database = database
        self._group = group
        self._member = member
        self._epochs: dict[TopicPartition, int] = {}
        self._marks: dict[TopicPartition, _Mark] = {}

    async def claim(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int | None]:
        """Takes these partitions over and answers where to read on; None is the oldest record kept."""
        ordered = sorted(partitions)
        async with self._database.transaction() as connection:
            rows = await connection.fetch(
                """
                INSERT INTO consumer_positions AS p (consumer_group, topic, partition, next_offset, owner, epoch)
                SELECT $1, t, n, NULL, $4, 1 FROM unnest($2::text[], $3::int[]) AS v (t, n)
                ON CONFLICT (consumer_group, topic, partition)
                DO UPDATE SET owner = $4, epoch = p.epoch + 1, updated_at = now()
                RETURNING topic, partition, next_offset, epoch
                """,
                self._group,
                [p.topic for p in ordered],
                [p.partition for p in ordered],
                self._member,
            )
        found = {TopicPartition(row["topic"], row["partition"]): row for row in rows}
        self._epochs.update({partition: row["epoch"] for partition, row in found.items()})
        for partition, row in found.items():
            self._marks[partition] = _Mark(row["next_offset"] or 0, row["next_offset"] or 0)
        return {partition: row["next_offset"] for partition, row in found.items()}

    def forget(self, partitions: Sequence[TopicPartition]) -> None:
        """Drops partitions that were revoked."""
        for partition in partitions:
            self._epochs.pop(partition, None)
            self._marks.pop(partition, None)

    def owns(self, record: BusRecord) -> bool:
        return TopicPartition(record.topic, record.partition) in self._epochs

    def moving(self, records: Sequence[BusRecord]) -> Statement:
        """Moves past `records`, answering a row for each partition that is still ours: `confirm` must see their number."""
        ends = ends_of(records)
        ordered = sorted(ends)
        least = self._least(records, ends)
        values = ((p.topic, p.partition, ends[p], self._epochs.get(p, -1), least[p]) for p in ordered)
        return Statement(_MOVE, (self._group, self._member, *columns(values)))

    def _least(self, records: Sequence[BusRecord], ends: Mapping[TopicPartition, int]) -> dict[TopicPartition, int]:
        """Where each partition stands at least: a batch that begins where the last one ended shows that it was committed."""
        begins: dict[TopicPartition, int] = {}
        for record in records:
            begins.setdefault(TopicPartition(record.topic, record.partition), record.offset)
        for partition, begin in begins.items():
            mark = self._marks.get(partition, _Mark(0, 0))
            self._marks[partition] = _Mark(mark.tried if begin >= mark.tried else mark.kept, ends[partition])
        return {partition: self._marks[partition].kept for partition in begins}

    async def confirm(self, connection: Connection, moved: int, records: Sequence[BusRecord]) -> None:
        """Must follow `moving` in its transaction, with the number of its rows.

        Raises `Fenced` if a partition has another owner now, `Rewound` if the database lost a position of ours: then the
        partitions must be claimed again.
        """
        partitions = sorted(ends_of(records))
        if moved == len(partitions):
            return
        stored = await self._stored(connection, partitions)
        if any(self._is_anothers(partition, row) for partition, row in stored.items()):
            raise Fenced("a partition of this batch has another owner now")
        raise Rewound("the database stands before a position that was stored")

    async def lost(self) -> list[TopicPartition]:
        """Partitions of ours of whose positions the database lost some: for those without a next batch to find it out.

        To be asked between two batches.
        """
        ours = sorted(self._epochs)
        if not ours:
            return []
        async with self._database.transaction(read_only=True) as connection:
            stored = await self._stored(connection, ours)
        return [p for p in ours if p not in stored or self._is_behind(p, stored[p])]

    async def _stored(
        self, connection: Connection, partitions: Sequence[TopicPartition]
    ) -> Mapping[TopicPartition, Mapping[str, Any]]:
        rows = await connection.fetch(
            """
            SELECT topic, partition, owner, epoch, coalesce(next_offset, 0) AS next_offset FROM consumer_positions
            WHERE consumer_group = $1 AND (topic, partition) IN (SELECT * FROM unnest($2::text[], $3::int[]))
            """,
            self._group,
            [p.topic for p in partitions],
            [p.partition for p in partitions],
        )
        return {TopicPartition(row["topic"], row["partition"]): row for row in rows}

    def _is_anothers(self, partition: TopicPartition, row: Mapping[str, Any]) -> bool:
        ours = self._epochs.get(partition, -1)
        return bool(row["epoch"] > ours or (row["epoch"] == ours and row["owner"] != self._member))

    def _is_behind(self, partition: TopicPartition, row: Mapping[str, Any]) -> bool:
        if partition not in self._epochs or self._is_anothers(partition, row):
            return False
        return bool(row["epoch"] < self._epochs[partition] or row["next_offset"] < self._marks[partition].tried)

    async def advance(self, connection: Connection, records: Sequence[BusRecord]) -> None:
        """Moves past `records` in the caller's transaction. Raises as `confirm` does."""
        statement = self.moving(records)
        await self.confirm(connection, len(await connection.fetch(statement.sql, *statement.args)), records)


def ends_of(records: Sequence[BusRecord]) -> dict[TopicPartition, int]:
    """The offset after the last of `records`, for each partition."""
    ends: dict[TopicPartition, int] = {}
    for record in records:
        ends[TopicPartition(record.topic, record.partition)] = record.offset + 1
    return ends
