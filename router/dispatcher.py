"""Gives waiting work to agents: one fenced leader looks at the tenants that changed, decides with `assign`, and writes.

Each tenant is one transaction: lease check, waiting work and agents read in bounded sets, decisions by compare-and-set.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from backbone.channel.registry import manifests
from backbone.clock import Clock
from backbone.errors import Conflict, InputInvalid
from backbone.ids import new_id
from backbone.storage.database import Connection, Database
from backbone.storage.leases import Lease, guard
from backbone.telemetry.metrics import Metric, Metrics
from router.config import ConfigCache, TenantConfig
from router.domain.assignment import Candidate, Decision, Waiting, assign
from router.domain.conversation import Conversation, Fact
from router.domain.notices import away_notice
from router.repositories import conversations, events
from router.repositories.conversations import Saving
from router.repositories.events import EventRow, event_row
from router.signals import Signals
from router.usecases.messages import send
from router.usecases.types import SYSTEM
from schemas.content import Content

LEASE = "dispatcher/0"
_WAITING = 200
_AGENTS = 500
_TENANTS = 200
_RELEASED = 100
_SWEEP = timedelta(seconds=1)
_AWAY = frozenset({"nobody_online", "team_closed", "no_team_members"})


@dataclass(frozen=True, slots=True)
class _Round:
    """What one tenant's transaction did. `more` asks for another at once."""

    assigned: int
    facts: int
    notices: int
    more: bool


class Dispatcher:
    """The work of whoever holds the dispatcher's lease; keeps no state that a successor would miss."""

    def __init__(
        self, database: Database, configs: ConfigCache, signals: Signals, clock: Clock, metrics: Metrics
    ) -> None:
        self._database = database
        self._configs = configs
        self._signals = signals
        self._clock = clock
        self._metrics = metrics
        self._swept = -_SWEEP.total_seconds()

    async def round(self, lease: Lease) -> bool:
        """One turn over the tenants that changed, and every second over all that have waiting work."""
        tenants = self._signals.take_tenants()
        if self._clock.monotonic() - self._swept >= _SWEEP.total_seconds():
            self._swept = self._clock.monotonic()
            tenants |= await self._unattended()
        again = False
        for tenant_id in sorted(tenants):
            started = self._clock.monotonic()
            done = await self._database.run(lambda c, t=tenant_id: self._dispatch(c, lease, t), [tenant_id])  # type: ignore[misc]
            self._metrics.observe(Metric.ROUTER_DISPATCH_SECONDS, self._clock.monotonic() - started)
            if done.facts:
                self._signals.events.set()
            if done.notices:
                self._signals.outbox.set()
            if done.more:
                self._signals.wake_dispatch(tenant_id)
                again = True
        return again

    async def _unattended(self) -> set[str]:
        async with self._database.transaction(read_only=True) as connection:
            rows = await connection.fetch("SELECT tenant_id FROM tenants_with_work_to_dispatch($1)", _TENANTS)
        return {row["tenant_id"] for row in rows}

    async def _dispatch(self, connection: Connection, lease: Lease, tenant_id: str) -> _Round:
        await guard(connection, lease)
        now = self._clock.now()
        config = (await self._configs.get(connection, [tenant_id])).get(tenant_id) or TenantConfig(tenant_id, now)
        facts = await self._release_offline(connection, tenant_id, now)
        waiting = await self._waiting(connection, tenant_id)
        if not waiting:
            await events.append(connection, facts)
            return _Round(0, len(facts), 0, more=False)
        agents = await _agents(connection, tenant_id, sorted({w.team_id for w in waiting.values() if w.team_id}))
        decisions = assign(_as_work(waiting), agents, _closed(config, now))
        assigned, lost = await self._admit(connection, decisions, waiting, now)
        for decision in assigned:
            facts.append(_assigned(waiting[decision.conversation_id], decision, now))
        await conversations.save(connection, [Saving(waiting[d.conversation_id]) for d in assigned])
        notices = await self._explain(connection, decisions, assigned, waiting, config, now)
        await events.append(connection, facts)
        self._metrics.inc(Metric.ROUTER_ASSIGNMENTS, "assigned", by=len(assigned))
        self._metrics.inc(Metric.ROUTER_ASSIGNMENTS, "lost", by=lost)
        full = len(waiting) >= _WAITING and bool(assigned)
        return _Round(len(assigned), len(facts) + notices, notices, more=bool(lost) or full)

    async def _waiting(self, connection: Connection, tenant_id: str) -> dict[str, Conversation]:
        """The front of the queue, locked; what somebody writes to right now comes back when they have committed."""
        rows = await connection.fetch(
            "SELECT id FROM conversations WHERE tenant_id = $1 AND agent_id IS NULL AND status = 'open' AND waiting_since IS NOT NULL "
            "ORDER BY priority DESC, due_at, id LIMIT $2",
            tenant_id,
            _WAITING,
        )
        if not rows:
            return {}
        held = await conversations.lock_many(connection, [row["id"] for row in rows], skip_locked=True)
        return {c.id: c for c in held if c.agent_id is None and c.status == "open" and c.waiting_since is not None}

    async def _release_offline(self, connection: Connection, tenant_id: str, now: datetime) -> list[EventRow]:
        """Customers waiting for somebody who went offline go back to the queue, with their age and deadline."""
        rows = await connection.fetch(
            "SELECT c.id FROM agents a JOIN conversations c ON c.agent_id = a.id WHERE a.tenant_id = $1 AND a.presence = 'offline' "
            "AND a.used > 0 AND c.status = 'open' AND c.waiting_since IS NOT NULL ORDER BY c.due_at LIMIT $2",
            tenant_id,
            _RELEASED,
        )
        if not rows:
            return []
        held = await conversations.lock_many(connection, [row["id"] for row in rows], skip_locked=True)
        held = [c for c in held if c.agent_id is not None and c.status == "open" and c.waiting_since is not None]
        freed: dict[str, int] = {}
        facts = []
        for current in held:
            assert current.agent_id is not None
            before, current.agent_id = current.agent_id, None
            freed[before] = freed.get(before, 0) + current.units
            data = current.base() | {"from_agent_id": before, "reason": "agent_offline"}
            facts.append(event_row(tenant_id, Fact("conversation.unassigned", data), now))
        await connection.execute(
            "UPDATE agents a SET used = greatest(0, a.used - v.u) FROM unnest($1::text[], $2::int[]) AS v (id, u) WHERE a.id = v.id",
            sorted(freed),
            [freed[agent] for agent in sorted(freed)],
        )
        await conversations.save(connection, [Saving(current) for current in held])
        return facts

    async def _admit(
        self, connection: Connection, decisions: Sequence[Decision], waiting: dict[str, Conversation], now: datetime
    ) -> tuple[list[Decision], int]:
        """Takes the agents' units by compare-and-set; an agent who changed meanwhile gets nothing this time."""
        units: dict[str, int] = {}
        for decision in decisions:
            if decision.agent_id is not None:
                units[decision.agent_id] = units.get(decision.agent_id, 0) + waiting[decision.conversation_id].units
        if not units:
            return [], 0
        names = sorted(units)
        await connection.fetch("SELECT 1 FROM agents WHERE id = ANY($1::text[]) ORDER BY id FOR NO KEY UPDATE", names)
        rows = await connection.fetch(
            "UPDATE agents a SET used = a.used + v.u, last_assigned_at = $3 FROM unnest($1::text[], $2::int[]) AS v (id, u) "
            "WHERE a.id = v.id AND a.presence = 'online' AND a.used + v.u <= a.capacity + a.capacity_override RETURNING a.id",
            names,
            [units[name] for name in names],
            now,
        )
        admitted = {row["id"] for row in rows}
        won = [d for d in decisions if d.agent_id in admitted]
        for decision in won:
            waiting[decision.conversation_id].agent_id = decision.agent_id
        return won, sum(1 for d in decisions if d.agent_id is not None) - len(won)

    async def _explain(
        self,
        connection: Connection,
        decisions: Sequence[Decision],
        assigned: Sequence[Decision],
        waiting: dict[str, Conversation],
        config: TenantConfig,
        now: datetime,
    ) -> int:
        """Stores why, for assignments and for reasons that changed; tells customers whom nobody can answer now."""
        won = {d.conversation_id for d in assigned}
        none = [d for d in decisions if d.agent_id is None]
        changed = await _note_reasons(connection, none)
        await _store(connection, config.tenant_id, [*assigned, *(d for d in none if d.conversation_id in changed)], now)
        await connection.execute(
            "UPDATE conversations SET assigned_at = $2, unassigned_reason = NULL WHERE id = ANY($1::text[])",
            sorted(won),
            now,
        )
        notices = 0
        for decision in none:
            current = waiting[decision.conversation_id]
            if decision.outcome in _AWAY and current.auto_replied_at is None:
                notices += await self._notify(connection, current, config, now)
        return notices

    async def _notify(self, connection: Connection, current: Conversation, config: TenantConfig, now: datetime) -> int:
        row = await connection.fetchrow(
            "SELECT v.channel, c.language FROM conversations v LEFT JOIN contacts c ON c.id = v.contact_id WHERE v.id = $1",
            current.id,
        )
        manifest = manifests().get(row["channel"])
        if manifest is None or not manifest.outbound or config.settings.get("away_notice") is False:
            return 0
        hours = config.hours_of(current.team_id)
        opening = hours.next_opening(now) if hours and not hours.is_open(now) else None
        text = away_notice(
            row["language"], opening, hours.zone if hours else "UTC", config.settings.get("away_notice_texts")
        )
        try:
            await send(connection, current, author=SYSTEM, content=Content(text=text), now=now, automatic=True)
        except (Conflict, InputInvalid):
            return 0
        return 1


def _as_work(waiting: dict[str, Conversation]) -> list[Waiting]:
    return [Waiting(c.id, c.team_id, c.units, c.priority, c.due_at, c.waiting_since) for c in waiting.values()]


def _closed(config: TenantConfig, now: datetime) -> frozenset[str]:
    return frozenset(
        team.id for team in config.teams.values() if team.hours is not None and not team.hours.is_open(now)
    )


def _assigned(current: Conversation, decision: Decision, now: datetime) -> EventRow:
    data = current.base() | {
        "from_agent_id": None,
        "by": None,
        "reason": "routed",
        "due_at": decision.explanation["due_at"],
    }
    return event_row(current.tenant_id, Fact("conversation.assigned", data), now)


async def _agents(connection: Connection, tenant_id: str, teams: Sequence[str]) -> list[Candidate]:
    """Members of these teams, the likeliest first: online, least loaded; at most 500."""
    rows = await connection.fetch(
        """
        SELECT a.id, array_agg(m.team_id) AS teams, a.presence, a.capacity + a.capacity_override AS capacity, a.used, a.last_assigned_at
        FROM agents a JOIN team_members m ON m.agent_id = a.id
        WHERE a.tenant_id = $1 AND m.team_id = ANY($2::text[])
        GROUP BY a.id ORDER BY a.presence = 'online' DESC, a.used::float / greatest(1, a.capacity), a.id LIMIT $3
        """,
        tenant_id,
        list(teams),
        _AGENTS,
    )
    return [
        Candidate(r["id"], frozenset(r["teams"]), r["presence"], r["capacity"], r["used"], r["last_assigned_at"])
        for r in rows
    ]


async def _note_reasons(connection: Connection, decisions: Sequence[Decision]) -> set[str]:
    """Writes why work is not assigned where the reason is a new one; answers those conversations."""
    if not decisions:
        return set()
    rows = await connection.fetch(
        "UPDATE conversations c SET unassigned_reason = v.r FROM unnest($1::text[], $2::text[]) AS v (id, r) "
        "WHERE c.id = v.id AND c.unassigned_reason IS DISTINCT FROM v.r RETURNING c.id",
        [d.conversation_id for d in decisions],
        [d.outcome for d in decisions],
    )
    return {row["id"] for row in rows}


async def _store(connection: Connection, tenant_id: str, decisions: Sequence[Decision], now: datetime) -> None:
    if decisions:
        await connection.execute(
            "INSERT INTO routing_decisions (id, tenant_id, conversation_id, at, outcome, agent_id, explanation) "
            "SELECT i, $2, c, $3, o, a, e::jsonb FROM unnest($1::text[], $4::text[], $5::text[], $6::text[], $7::text[]) AS v (i, c, o, a, e)",
            [new_id("dec") for _ in decisions],
            tenant_id,
            now,
            [d.conversation_id for d in decisions],
            [d.outcome for d in decisions],
            [d.agent_id for d in decisions],
            [json.dumps(d.explanation) for d in decisions],
        )
