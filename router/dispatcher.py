"""Gives waiting work to agents: one fenced leader looks at the tenants that changed, decides with `assign`, and writes.

Each tenant is one transaction: lease check, what is due put in order (see `upkeep`), waiting work and agents read in bounded
sets, all decisions written by one statement that compares and sets.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from backbone.channel.registry import manifests
from backbone.clock import Clock
from backbone.errors import Conflict, InputInvalid
from backbone.storage.database import Connection, Database
from backbone.storage.leases import Lease, guard
from backbone.telemetry.metrics import Metric, Metrics
from router.config import ConfigCache, TenantConfig, hours_from
from router.demand import Demand
from router.domain.assignment import assign
from router.domain.conversation import Conversation
from router.domain.notices import away_notice
from router.domain.teamwork import on_shift, reachable, with_team_skills
from router.domain.work import Candidate, Decision, Waiting
from router.repositories import conversations, events, routing
from router.signals import Signals
from router.upkeep import tend
from router.usecases.messages import send
from router.usecases.types import SYSTEM
from schemas.content import Content

LEASE = "dispatcher/0"
_TENANTS = 200
_AT_ONCE = 4
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
        self._past = ""

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
        """Those with work behind the last ones of the sweep before, and from the beginning again behind all."""
        async with self._database.transaction(read_only=True) as connection:
            rows = await connection.fetch(
                "SELECT tenant_id FROM tenants_with_work_to_dispatch($1, $2)", self._past, _TENANTS
            )
        self._past = rows[-1]["tenant_id"] if len(rows) == _TENANTS else ""
        return {row["tenant_id"] for row in rows}

    async def _dispatch(self, connection: Connection, lease: Lease, tenant_id: str) -> _Round:
        await guard(connection, lease)
        now = self._clock.now()
        config = (await self._configs.get(connection, [tenant_id])).get(tenant_id) or TenantConfig(tenant_id, now)
        tended = await tend(connection, tenant_id, config, now)
        await events.append(connection, tended.facts)
        for ending in tended.ended:
            self._metrics.inc(Metric.ROUTER_RESERVATIONS, ending)
        queued = {q.work.conversation_id: q for q in await routing.queue(connection, tenant_id, now)}
        if not queued:
            return _Round(0, len(tended.facts), 0, more=tended.more)
        waiting = [config.work_of(q.work.team_id).shape(q.work, q.last_agent_id) for q in queued.values()]
        agents = await self._agents(connection, config, waiting, now)
        forecast = await self._demand.forecast(connection, config, agents, now)
        decisions = assign(waiting, agents, _closed(config, now), now=now, forecast=forecast)
        for decision in decisions:
            decision.explanation["policy_version"] = config.policy_version
        chosen = [d for d in decisions if d.agent_id is not None]
        none = [d for d in decisions if d.agent_id is None]
        given = await self._write(connection, config, chosen, {w.conversation_id: w.team_id for w in waiting}, now)
        await routing.note(connection, tenant_id, none, {i: q.reason for i, q in queued.items()}, now)
        away = [d.conversation_id for d in none if d.outcome in _AWAY and not queued[d.conversation_id].told]
        notices = await self._tell(connection, away, config, now)
        lost = len(chosen) - given
        self._metrics.inc(Metric.ROUTER_ASSIGNMENTS, "lost", by=lost)
        more = bool(lost) or tended.more or (len(waiting) >= routing.ON_TIME and bool(given))
        return _Round(given, len(tended.facts) + given + notices, notices, more=more)

    async def _agents(
        self, connection: Connection, config: TenantConfig, waiting: Sequence[Waiting], now: datetime
    ) -> list[Candidate]:
        """Whoever this work may go to, as their team and their working hours make them."""
        teams, named = reachable(config.teamwork, sorted({w.team_id for w in waiting if w.team_id}))
        meant = {w.direct for w in waiting if w.direct} | {w.preferred_agent for w in waiting if w.preferred_agent}
        found = await routing.agents(connection, config.tenant_id, teams, sorted(meant.union(named)))
        skilled = [(with_team_skills(agent, config.teamwork), hours) for agent, hours in found]
        return [on_shift(agent, hours_from(hours) if hours else None, now) for agent, hours in skilled]

    async def _write(
        self,
        connection: Connection,
        config: TenantConfig,
        chosen: Sequence[Decision],
        teams: Mapping[str, str | None],
        now: datetime,
    ) -> int:
        """Gives what is given and offers what is offered; answers how many conversations that was."""
        given = await routing.give(
            connection, config.tenant_id, [d for d in chosen if d.outcome == "assigned"], teams, now
        )
        offers = [d for d in chosen if d.outcome == "offered"]
        until = {d.conversation_id: now + config.work_of(teams[d.conversation_id]).ring for d in offers}
        offered = await routing.offer(connection, config.tenant_id, offers, teams, until, now)
        self._metrics.inc(Metric.ROUTER_ASSIGNMENTS, "assigned", by=len(given))
        self._metrics.inc(Metric.ROUTER_ASSIGNMENTS, "offered", by=len(offered))
        return len(given) + len(offered)

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
