"""Who consumes which partition: members that live by a lock of their session, partitions that only one can lock."""

from collections.abc import Collection, Mapping, Sequence

from backbone.bus.port import TopicPartition
from backbone.bus.postgres.log import HEADS
from backbone.bus.postgres.session import Session
from backbone.errors import Unavailable

CHANGED = "bus_members"
JOIN = """
WITH g AS (
    INSERT INTO bus.groups (name) VALUES ($1) ON CONFLICT (name) DO UPDATE SET name = EXCLUDED.name RETURNING name, id
), m AS (
    INSERT INTO bus.members (consumer_group, member, topics) SELECT name, $2, $3::text[] FROM g
    ON CONFLICT (consumer_group, member) DO UPDATE SET topics = EXCLUDED.topics, joined_at = now() RETURNING id
)
SELECT g.id AS group_id, m.id AS member_id FROM g, m
"""


class Membership:
    """One member of a group on its session. Everything held goes with the session: `join` starts anew after a loss.

    Partitions are shared out by what each member sees of the others, which may differ for a moment; the locks decide.
    """

    def __init__(self, session: Session, group: str, member: str, topics: Sequence[str]) -> None:
        self._session = session
        self._group = group
        self._member = member
        self._topics = list(topics)
        self._group_id = 0
        self._ids: dict[TopicPartition, int] = {}
        self._generation = -1
        self.share: frozenset[TopicPartition] = frozenset()
        self.held: set[TopicPartition] = set()

    @property
    def lost(self) -> bool:
        """The session is gone or another one: what is `held` may be held by others by now."""
        return not self._session.is_open or self._session.generation != self._generation

    async def join(self) -> None:
        """Raises `Unavailable`, also while another session uses this member's name."""
        self.held.clear()
        (row,) = await self._session.fetch(JOIN, self._group, self._member, self._topics)
        # A session that was reopened between two statements may hold locks that nobody counts.
        await self._session.fetch("SELECT pg_advisory_unlock_all()")
        (lock,) = await self._session.fetch(
            "SELECT pg_try_advisory_lock(-$1::int, $2::int) AS got", row["group_id"], row["member_id"]
        )
        if not lock["got"]:
            raise Unavailable(f"another session is the member {self._member} of {self._group}")
        self._group_id = row["group_id"]
        self._generation = self._session.generation
        await self._tell()
        await self.look()

    async def look(self) -> bool:
        """Reads who lives and which partitions there are; answers whether this member's share is another now."""
        members = await self._session.fetch("SELECT member, topics FROM bus.live_members($1)", self._group)
        wanted = sorted({topic for row in members for topic in row["topics"]} | set(self._topics))
        heads = await self._session.fetch(HEADS, wanted)
        self._ids = {TopicPartition(row["topic"], row["partition"]): row["id"] for row in heads}
        shares = share_out(self._ids, {row["member"]: row["topics"] for row in members})
        before, self.share = self.share, shares.get(self._member, frozenset())
        return before != self.share

    async def take(self, partitions: Collection[TopicPartition]) -> set[TopicPartition]:
        """Locks those that nobody holds; answers which."""
        ids = {self._ids[partition]: partition for partition in partitions if partition in self._ids}
        rows = await self._session.fetch(
            "SELECT id FROM unnest($2::int[]) AS v (id) WHERE pg_try_advisory_lock($1::int, id)",
            self._group_id,
            list(ids),
        )
        taken = {ids[row["id"]] for row in rows}
        self.held |= taken
        return taken

    async def free(self, partitions: Collection[TopicPartition]) -> None:
        """Unlocks them and wakes the other members."""
        self.held.difference_update(partitions)
        ids = [self._ids[partition] for partition in partitions if partition in self._ids]
        await self._session.fetch(
            "SELECT pg_advisory_unlock($1::int, id) FROM unnest($2::int[]) AS v (id)", self._group_id, ids
        )
        await self._tell()

    async def leave(self) -> None:
        """Ends the session, which frees everything, and wakes the other members."""
        self.held.clear()
        try:
            if not self.lost:
                await self._session.fetch("SELECT pg_advisory_unlock_all()")
                await self._tell()
        finally:
            await self._session.close()

    async def _tell(self) -> None:
        await self._session.fetch("SELECT pg_notify($1, $2)", CHANGED, self._group)


def share_out(
    partitions: Collection[TopicPartition], members: Mapping[str, Collection[str]]
) -> dict[str, frozenset[TopicPartition]]:
    """Each partition to one of the members that subscribe to its topic, in turn; the same for everyone who computes it."""
    shares: dict[str, set[TopicPartition]] = {member: set() for member in members}
    names = sorted(members)
    turn = 0
    for partition in sorted(partitions):
        takers = [name for name in names if partition.topic in members[name]]
        if takers:
            shares[takers[turn % len(takers)]].add(partition)
            turn += 1
    return {member: frozenset(share) for member, share in shares.items()}
