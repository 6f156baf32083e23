"""What a dispatcher's round puts in order before it assigns: one look finds all of it, and most rounds find nothing.

Offers whose time is over or that somebody else's decision has overtaken; work of agents who went offline; idle
conversations, which give their units back; those that wake and want them again; agents who said when they go.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from backbone.storage.database import Connection
from router.config import TenantConfig
from router.domain.conversation import Conversation, Fact
from router.domain.teamwork import DECLINED_FOR
from router.repositories import conversations, reservations
from router.repositories.conversations import Saving
from router.repositories.events import EventRow, event_row
from router.repositories.reservations import Ending, Reservation
from router.usecases import agents
from router.usecases.capacity import let_go, try_admit

_MOST = 100
"""Of each kind in one round; the next round follows at once while there is more."""
MISSED = "missed_offer"

_DUE = f"""
    (SELECT 'gone' AS what, c.id, NULL AS agent_id FROM agents a JOIN conversations c ON c.agent_id = a.id
        WHERE a.tenant_id = $1 AND a.presence = 'offline' AND a.used + a.interruptible_used > 0 AND c.status = 'open'
        AND c.waiting_since IS NOT NULL AND (c.assigned_at IS NULL OR a.presence_changed_at >= c.assigned_at)
        ORDER BY c.due_at LIMIT {_MOST})
    UNION ALL
    (SELECT 'waking', c.id, c.agent_id FROM conversations c WHERE c.tenant_id = $1 AND c.held_units = 0 AND c.agent_id IS NOT NULL
        AND c.status = 'open' AND c.waiting_since IS NOT NULL ORDER BY c.due_at LIMIT {_MOST})
    UNION ALL
    (SELECT 'idle', c.id, NULL FROM unnest($3::text[], $4::timestamptz[]) AS t (id, since) JOIN conversations c ON c.team_id = t.id
        WHERE c.held_units > 0 AND c.waiting_since IS NULL AND c.last_message_at < t.since LIMIT {_MOST})
    UNION ALL
    (SELECT 'offer', c.id, r.agent_id FROM reservations r JOIN conversations c ON c.id = r.conversation_id JOIN agents a ON a.id = r.agent_id
        WHERE r.tenant_id = $1 AND r.state = 'offered' AND (r.expires_at <= $2 OR a.presence <> 'online' OR c.agent_id IS NOT NULL
        OR c.status <> 'open' OR c.waiting_since IS NULL OR c.team_id IS DISTINCT FROM r.team_id) ORDER BY r.expires_at LIMIT {_MOST})
    UNION ALL
    (SELECT 'leaves', NULL, a.id FROM agents a WHERE a.tenant_id = $1 AND a.presence = 'draining' AND a.offline_at <= $2 LIMIT {_MOST})
"""


@dataclass(slots=True)
class Tended:
    """What came of it: facts to announce, how offers ended, and whether the round should come again at once."""

    facts: list[EventRow] = field(default_factory=list)
    ended: list[Ending] = field(default_factory=list)
    more: bool = False


async def tend(connection: Connection, tenant_id: str, config: TenantConfig, now: datetime) -> Tended:
    """Does what is due of one tenant, under the locks of its conversations; who holds one of them now keeps it till later."""
    idle = [(team, work.idle_after) for team, work in config.teamwork.items() if work.idle_after is not None]
    due = await connection.fetch(_DUE, tenant_id, now, [team for team, _ in idle], [now - after for _, after in idle])
    if not due:
        return Tended()
    ids = sorted({row["id"] for row in due if row["id"] is not None})
    held = {c.id: c for c in await conversations.lock_many(connection, ids, skip_locked=True)}
    work = _Upkeep(connection, tenant_id, config, held, now)
    await work.end_offers(_of(due, "offer"))
    await work.free_idle(_of(due, "idle"))
    await work.wake(_of(due, "waking"))
    await work.release(_of(due, "gone"), "agent_offline")
    await work.leave(_of(due, "leaves"))
    await conversations.save(connection, [Saving(held[i]) for i in sorted(work.changed)])
    work.done.more = len(due) >= _MOST or any(row["what"] == "leaves" for row in due)
    return work.done


def _of(due: Sequence[Any], what: str) -> list[Any]:
    return [row for row in due if row["what"] == what]


class _Upkeep:
    def __init__(
        self,
        connection: Connection,
        tenant_id: str,
        config: TenantConfig,
        held: Mapping[str, Conversation],
        now: datetime,
    ) -> None:
        self._connection = connection
        self._tenant_id = tenant_id
        self._config = config
        self._held = held
        self._now = now
        self.changed: set[str] = set()
        self.done = Tended()

    async def end_offers(self, due: Sequence[Any]) -> None:
        """Offers that ran out, and those that mean nothing any more. Who let one pass is set away where the team wants so."""
        asked = {(row["id"], row["agent_id"]) for row in due if row["id"] in self._held}
        if not asked:
            return
        live = await reservations.offered(self._connection, sorted({case for case, _ in asked}))
        live = [one for one in live if (one.conversation_id, one.agent_id) in asked]
        endings = {one.id: self._ending(one) for one in live}
        ended = await reservations.end(self._connection, endings, self._now, self._now - DECLINED_FOR)
        over = [one for one in live if one.id in ended]
        self.done.facts += reservations.told(self._tenant_id, over, endings, self._now)
        self.done.ended += [endings[one.id][0] for one in over]
        for one in over:
            if endings[one.id][0] == "timed_out" and self._config.work_of(one.team_id).missed_away:
                await self._set_away(one.agent_id)

    def _ending(self, one: Reservation) -> tuple[Ending, str | None]:
        current = self._held[one.conversation_id]
        waits = current.agent_id is None and current.status == "open" and current.waiting_since is not None
        if not waits or current.team_id != one.team_id:
            return "withdrawn", "no_longer_waits"
        return ("timed_out", None) if one.expires_at <= self._now else ("withdrawn", "agent_not_online")

    async def _set_away(self, agent_id: str) -> None:
        online = await self._connection.fetchval(
            "SELECT 1 FROM agents WHERE id = $1 AND presence = 'online' FOR NO KEY UPDATE", agent_id
        )
        if online is not None:
            await self._set_presence(agent_id, "away", MISSED)

    async def _set_presence(self, agent_id: str, presence: str, reason: str) -> None:
        await agents.set_presence(
            self._connection,
            tenant_id=self._tenant_id,
            agent_id=agent_id,
            presence=presence,
            reason=reason,
            now=self._now,
        )

    async def free_idle(self, due: Sequence[Any]) -> None:
        """Nobody waits there: the agent has room for others until the customer writes again."""
        idle = [self._held[row["id"]] for row in due if row["id"] in self._held]
        await let_go(self._connection, [c for c in idle if c.held_units and c.waiting_since is None])

    async def wake(self, due: Sequence[Any]) -> None:
        """The customer of an idle conversation has written. Its owner has it on if there is room; else it is offered anew,
        with its age and deadline, so that a night's conversations don't come back to one agent all at once.
        """
        for row in sorted(due, key=lambda r: r["agent_id"]):
            current = self._held.get(row["id"])
            if current is None or current.held_units or current.agent_id != row["agent_id"] or not _waits(current):
                continue
            if not await self._resume(current):
                self._unassign(current, "owner_has_no_room")

    async def _resume(self, current: Conversation) -> bool:
        agent_id = current.agent_id or ""
        online = await self._connection.fetchval(
            "SELECT 1 FROM agents WHERE id = $1 AND presence = 'online' FOR NO KEY UPDATE", agent_id
        )
        taken = await try_admit(self._connection, current, agent_id, self._now) if online else None
        if taken is None:
            return False
        current.held_units, current.held_interruptible = taken.units, taken.interruptible
        await self._connection.execute(
            "UPDATE conversations SET held_units = $2, held_interruptible = $3 WHERE id = $1",
            current.id,
            taken.units,
            taken.interruptible,
        )
        return True

    async def release(self, due: Sequence[Any], reason: str) -> None:
        """Customers waiting for somebody who went offline go back to the queue, with their age and deadline."""
        found = [self._held[row["id"]] for row in due if row["id"] in self._held]
        gone = [c for c in found if c.agent_id is not None and _waits(c)]
        await let_go(self._connection, gone)
        for current in gone:
            self._unassign(current, reason)

    def _unassign(self, current: Conversation, reason: str) -> None:
        before, current.agent_id = current.agent_id, None
        data = current.base() | {"from_agent_id": before, "reason": reason}
        self.done.facts.append(event_row(self._tenant_id, Fact("conversation.unassigned", data), self._now))
        self.changed.add(current.id)

    async def leave(self, due: Sequence[Any]) -> None:
        """Who said when they go is gone; what waits for them is released in the round that follows."""
        for row in sorted(due, key=lambda r: r["agent_id"]):
            await self._set_presence(row["agent_id"], "offline", "drained")


def _waits(current: Conversation) -> bool:
    return current.status == "open" and current.waiting_since is not None
