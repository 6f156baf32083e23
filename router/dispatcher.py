"""Gives waiting work to agents: one fenced leader looks at the tenants that changed, decides with `assign`, and writes.

Each tenant is one transaction: lease check, waiting work and agents read in bounded sets, all decisions written by one
statement that compares and sets.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from backbone.channel.registry import manifests
from backbone.clock import Clock
from backbone.errors import Conflict, InputInvalid
from backbone.storage.database import Connection, Database
from backbone.storage.leases import Lease, guard
from backbone.telemetry.metrics import Metric, Metrics
from router.config import ConfigCache, TenantConfig
from router.demand import Demand
from router.domain.assignment import assign
from router.domain.conversation import Conversation, Fact
from router.domain.notices import away_notice
from router.repositories import conversations, events, routing
from router.repositories.conversations import Saving
from router.repositories.events import EventRow, event_row
from router.signals import Signals
from router.usecases.messages import send
from router.usecases.types import SYSTEM
from schemas.content import Content

LEASE = "dispatcher/0"
_TENANTS = 200
_AT_ONCE = 4
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


def _first(failed: BaseExceptionGroup[BaseException]) -> BaseException:
    inner = failed.exceptions[0]
    return _first(inner) if isinstance(inner, BaseExceptionGroup) else inner


class Dispatcher:
    """The work of whoever holds the dispatcher's lease; keeps no state that a successor could not count anew."""

    def __init__(
        self, database: Database, configs: ConfigCache, signals: Signals, clock: Clock, metrics: Metrics
    ) -> None:
        self._database = database
        self._configs = configs
        self._signals = signals
        self._clock = clock
        self._metrics = metrics
        self._demand = Demand()
        self._swept = -_SWEEP.total_seconds()

    async def round(self, lease: Lease) -> bool:
        """One turn over the tenants that changed, and every second over all that have waiting work."""
        tenants = self._signals.take_tenants()
        if self._clock.monotonic() - self._swept >= _SWEEP.total_seconds():
            self._swept = self._clock.monotonic()
            tenants |= await self._unattended()
        most = asyncio.Semaphore(_AT_ONCE)

        async def one(tenant_id: str) -> bool:
            async with most:
                return await self._tenant(lease, tenant_id)

        # In a group the first failure cancels the others, whose transactions then roll back: as if they were not begun.
        try:
            async with asyncio.TaskGroup() as group:
                turns = [group.create_task(one(tenant_id)) for tenant_id in sorted(tenants)]
        except BaseExceptionGroup as failed:
            raise _first(failed) from failed
        return any(turn.result() for turn in turns)

    async def _tenant(self, lease: Lease, tenant_id: str) -> bool:
        started = self._clock.monotonic()
        done = await self._database.run(lambda c: self._dispatch(c, lease, tenant_id), [tenant_id])
        self._metrics.observe(Metric.ROUTER_DISPATCH_SECONDS, self._clock.monotonic() - started)
        if done.facts:
            self._signals.events.set()
        if done.notices:
            self._signals.outbox.set()
        if done.more:
            self._signals.wake_dispatch(tenant_id)
        return done.more

    async def _unattended(self) -> set[str]:
        async with self._database.transaction(read_only=True) as connection:
            rows = await connection.fetch("SELECT tenant_id FROM tenants_with_work_to_dispatch($1)", _TENANTS)
        return {row["tenant_id"] for row in rows}

    async def _dispatch(self, connection: Connection, lease: Lease, tenant_id: str) -> _Round:
        await guard(connection, lease)
        now = self._clock.now()
        config = (await self._configs.get(connection, [tenant_id])).get(tenant_id) or TenantConfig(tenant_id, now)
        facts = await self._release_offline(connection, tenant_id, now)
        queued = {q.work.conversation_id: q for q in await routing.queue(connection, tenant_id, now)}
        if not queued:
            await events.append(connection, facts)
            return _Round(0, len(facts), 0, more=False)
        waiting = [q.work for q in queued.values()]
        agents = await routing.agents(connection, tenant_id, sorted({w.team_id for w in waiting if w.team_id}))
        forecast = await self._demand.forecast(connection, config, agents, now)
        decisions = assign(waiting, agents, _closed(config, now), now=now, forecast=forecast)
        chosen = [d for d in decisions if d.agent_id is not None]
        none = [d for d in decisions if d.agent_id is None]
        given = await routing.give(connection, tenant_id, chosen, {w.conversation_id: w.team_id for w in waiting}, now)
        await routing.note(connection, tenant_id, none, {i: q.reason for i, q in queued.items()}, now)
        away = [d.conversation_id for d in none if d.outcome in _AWAY and not queued[d.conversation_id].told]
        notices = await self._tell(connection, away, config, now)
        await events.append(connection, facts)
        lost = len(chosen) - len(given)
        self._metrics.inc(Metric.ROUTER_ASSIGNMENTS, "assigned", by=len(given))
        self._metrics.inc(Metric.ROUTER_ASSIGNMENTS, "lost", by=lost)
        full = len(waiting) >= routing.ON_TIME and bool(given)
        return _Round(len(given), len(facts) + len(given) + notices, notices, more=bool(lost) or full)

    async def _tell(self, connection: Connection, ids: Sequence[str], config: TenantConfig, now: datetime) -> int:
        """Tells customers whom nobody can answer now, once each."""
        if not ids:
            return 0
        held = await conversations.lock_many(connection, ids, skip_locked=True)
        notices = 0
        for current in held:
            if current.agent_id is None and current.auto_replied_at is None and current.waiting_since is not None:
                notices += await self._notify(connection, current, config, now)
        return notices

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


def _closed(config: TenantConfig, now: datetime) -> frozenset[str]:
    return frozenset(
        team.id for team in config.teams.values() if team.hours is not None and not team.hours.is_open(now)
    )
