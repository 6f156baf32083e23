"""Where a consumer group stands: rows in PostgreSQL, claimed with an epoch and moved in the batch's own transaction."""

from collections.abc import Mapping, Sequence

from backbone.bus.port import BusRecord, TopicPartition
from backbone.errors import Fenced
from backbone.storage.database import Connection, Database
from backbone.storage.statement import Statement, columns

_MOVE = """
    UPDATE consumer_positions p SET next_offset = v.o, updated_at = now()
    FROM unnest($2::text[], $3::int[], $4::bigint[], $5::bigint[]) AS v (t, n, o, e)
    WHERE p.consumer_group = $1 AND p.topic = v.t AND p.partition = v.n AND p.epoch = v.e
    RETURNING 1
"""


class Positions:
    """The positions of one member of a group. A takeover raises the epoch, so a zombie's batch is refused whole."""

    def __init__(self, database: Database, group: str, member: str) -> None:
        self._database = database
        self._group = group
        self._member = member
        self._epochs: dict[TopicPartition, int] = {}

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
        return {partition: row["next_offset"] for partition, row in found.items()}

    def forget(self, partitions: Sequence[TopicPartition]) -> None:
        """Drops partitions that were revoked."""
        for partition in partitions:
            self._epochs.pop(partition, None)

    def owns(self, record: BusRecord) -> bool:
        return TopicPartition(record.topic, record.partition) in self._epochs

    def moving(self, records: Sequence[BusRecord]) -> Statement:
        """Moves past `records`, answering a row for each partition that is still ours: `confirm` must see their number."""
        ends = ends_of(records)
        ordered = sorted(ends)
        values = ((p.topic, p.partition, ends[p], self._epochs.get(p, -1)) for p in ordered)
        return Statement(_MOVE, (self._group, *columns(values)))

    def confirm(self, moved: int, records: Sequence[BusRecord]) -> None:
        """Raises `Fenced` unless every partition of `records` was moved: any other has a new owner."""
        if moved != len(ends_of(records)):
            raise Fenced("a partition of this batch has another owner now")

    async def advance(self, connection: Connection, records: Sequence[BusRecord]) -> None:
        """Moves past `records` in the caller's transaction; raises `Fenced` if any partition has a new owner."""
        statement = self.moving(records)
        self.confirm(len(await connection.fetch(statement.sql, *statement.args)), records)


def ends_of(records: Sequence[BusRecord]) -> dict[TopicPartition, int]:
    """The offset after the last of `records`, for each partition."""
    ends: dict[TopicPartition, int] = {}
    for record in records:
        ends[TopicPartition(record.topic, record.partition)] = record.offset + 1
    return ends
