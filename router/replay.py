"""Reading inbound records again: the router's positions are set back, as a restored database would have them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from backbone.bus.port import Bus, TopicPartition
from backbone.storage.database import Database
from router.main import GROUP
from schemas.topics import INBOUND


@dataclass(frozen=True, slots=True)
class Step:
    """One partition. `stands` is None where nothing was ever read of it; `records` is how many are read again at most."""

    partition: int
    stands: int | None
    begins: int

    @property
    def records(self) -> int:
        return max(0, (self.stands or 0) - self.begins)


class Replay:
    """Routers find within seconds that their positions went back, and read on from there (decision 7).

    What was taken before is dropped by its key for 35 days, so only what is missing has an effect.
    """

    def __init__(self, database: Database, bus: Bus) -> None:
        self._database = database
        self._bus = bus

    async def plan(self, at: datetime) -> Sequence[Step]:
        """What would be read again, by partition; nothing changes. Raises `Unavailable`."""
        begins = await self._bus.offsets_since(INBOUND, at)
        stands = await self._stands()
        return [Step(place.partition, stands.get(place), begins[place]) for place in sorted(begins)]

    async def apply(self, steps: Sequence[Step]) -> int:
        """Sets positions back, never forth; answers for how many partitions. Raises `Unavailable`."""
        async with self._database.transaction() as connection:
            rows = await connection.fetch(
                """
                UPDATE consumer_positions p SET next_offset = v.o, updated_at = now()
                FROM unnest($3::int[], $4::bigint[]) AS v (n, o)
                WHERE p.consumer_group = $1 AND p.topic = $2 AND p.partition = v.n AND p.next_offset > v.o
                RETURNING p.partition
                """,
                GROUP,
                INBOUND,
                [step.partition for step in steps],
                [step.begins for step in steps],
            )
        return len(rows)

    async def _stands(self) -> Mapping[TopicPartition, int | None]:
        async with self._database.transaction(read_only=True) as connection:
            rows = await connection.fetch(
                "SELECT partition, next_offset FROM consumer_positions WHERE consumer_group = $1 AND topic = $2 LIMIT 1024",
                GROUP,
                INBOUND,
            )
        return {TopicPartition(INBOUND, row["partition"]): row["next_offset"] for row in rows}
