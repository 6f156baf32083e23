"""Fires what is due: SLA warnings, breaches and escalations, the end of a snooze, of waiting for the customer, of ringing, questions after a case. Once, never early, after restarts too."""

from datetime import datetime, timedelta

import asyncpg

from backbone.clock import Clock
from backbone.errors import Retriable
from backbone.storage.database import Connection, Database
from backbone.telemetry.logs import get_logger
from backbone.telemetry.metrics import Metric, Metrics
from router.config import ConfigCache, TenantConfig
from router.domain import conversation as rules
from router.domain import firing, sla
from router.domain.clocks import decode_step
from router.domain.conversation import Conversation
from router.repositories import conversations, events, timers
from router.repositories.conversations import Saving
from router.repositories.events import EventRow, event_row
from router.repositories.timers import ADVOCATE, CALL, HELD, RESOLVE, SATISFACTION, SLA, SNOOZE, TimerRow
from router.signals import Signals
from router.usecases import advocates, call_backs, calls, escalations, satisfaction
from router.usecases import held as held_replies
from router.usecases.common import timer_rows

_BATCH = 200
_LOOK = timedelta(seconds=1)
_SHORT = timedelta(milliseconds=10)
"""The pause when something due is locked by somebody else just now."""


class Timers:
    """Any number of these may run: rows are claimed with SKIP LOCKED, and the effect commits with the row's deletion."""

    def __init__(
        self,
        database: Database,
        configs: ConfigCache,
        signals: Signals,
        clock: Clock,
        metrics: Metrics,
        *,
        public_url: str,
    ) -> None:
        """`public_url` is where customers reach us: links in messages begin with it."""
        self._public_url = public_url.rstrip("/")
        self._database = database
        self._configs = configs
        self._signals = signals
        self._clock = clock
        self._metrics = metrics
        self._rounds = 0
        self._log = get_logger("timers")

    @property
    def rounds(self) -> int:
        """Grows while this lives; a watchdog compares it."""
        return self._rounds

    async def fire_due(self) -> int:
        """Fires one batch of what is due by the database's clock; answers how many."""
        async with self._database.transaction() as connection:
            due = await connection.fetch(
                "SELECT conversation_id, tenant_id FROM timers WHERE due_at <= clock_timestamp() ORDER BY due_at LIMIT $1",
                _BATCH,
            )
        if not due:
            return 0
        tenants = sorted({row["tenant_id"] for row in due})
        ids = sorted({row["conversation_id"] for row in due})
        fired = await self._database.run(lambda connection: self._fire(connection, tenants, ids), tenants)
        if fired:
            self._signals.events.set()
            for tenant_id in tenants:
                self._signals.wake_dispatch(tenant_id)
        return fired

    async def _fire(self, connection: Connection, tenants: list[str], ids: list[str]) -> int:
        """The conversation is locked before its timers, in the order everybody uses; a reply that won has deleted them."""
        held = {c.id: c for c in await conversations.lock_many(connection, ids, skip_locked=True)}
        rows = await connection.fetch(
            "DELETE FROM timers WHERE conversation_id = ANY($1::text[]) AND due_at <= clock_timestamp() "
            "RETURNING conversation_id, kind, due_at, step, clock_timestamp() - due_at AS late",
            sorted(held),
        )
        configs = await self._configs.get(connection, tenants)
        now = self._clock.now()
        following: list[TimerRow] = []
        facts: list[EventRow] = []
        for row in sorted(rows, key=lambda r: (r["due_at"], r["conversation_id"])):
            current = held[row["conversation_id"]]
            config = configs.get(current.tenant_id) or TenantConfig(current.tenant_id, now)
            if row["kind"] == HELD:
                told, again = await held_replies.expire(connection, current, now, config.held_for)
                facts.extend(event_row(current.tenant_id, fact, now) for fact in told)
                following += [TimerRow(current.tenant_id, current.id, HELD, again, row["step"])] if again else []
            if row["kind"] == CALL:
                told, again = await calls.look(connection, current, now)
                facts.extend(event_row(current.tenant_id, fact, now) for fact in told)
                following += [TimerRow(current.tenant_id, current.id, CALL, again, row["step"])] if again else []
            if row["kind"] == SATISFACTION and await satisfaction.ask(connection, config, current, now):
                self._signals.outbox.set()
            if row["kind"] == ADVOCATE and await advocates.invite(connection, config, current, self._public_url, now):
                self._signals.outbox.set()
            change = self._effect(current, row["kind"], row["step"], now, config)
            facts.extend(event_row(current.tenant_id, fact, now) for fact in change.facts)
            following.extend(timer_rows(current, change))
            if change.escalation is not None:
                told = await escalations.carry_out(connection, current, change.escalation, config, now)
                facts.extend(event_row(current.tenant_id, fact, now) for fact in told)
            self._metrics.inc(Metric.ROUTER_TIMERS_FIRED, row["kind"])
            self._metrics.observe(Metric.ROUTER_TIMER_LATE, row["late"].total_seconds(), row["kind"])
        await timers.put(connection, following)
        await conversations.save(connection, [Saving(held[i]) for i in sorted({r["conversation_id"] for r in rows})])
        await events.append(connection, facts)
        return len(rows)

    def _effect(self, current: Conversation, kind: str, step: str, now: datetime, config: TenantConfig) -> rules.Change:
        terms = rules.Rules(config.policies, config.hours_of(current.team_id))
        if kind in {SLA, RESOLVE}:
            decoded, number = decode_step(step)
            fire = firing.fire if kind == SLA else firing.fire_resolution
            change = fire(current, decoded, number, terms)
            if decoded is sla.Step.BREACH and change.facts:
                target = str(change.facts[0].data["clock"])
                self._metrics.inc(Metric.ROUTER_SLA_BREACHES, target, current.channel_class)
            return change
        if kind == SNOOZE and current.status == "snoozed":
            if step == call_backs.STEP:
                return rules.keep_promise(current, now, terms)
            return rules.wake(current, now, terms, "snooze_ended")
        return rules.Change()

    async def run(self) -> None:
        """Until cancelled. Sleeps until the next due time, at most a second: another process may have set an earlier one."""
        while True:
            try:
                if await self.fire_due() == _BATCH:
                    continue
                pause = await self._pause()
            except (Retriable, asyncpg.PostgresError) as error:
                self._log.warning("timers_failed", error=type(error).__name__)
                pause = _LOOK
            self._rounds += 1
            await self._signals.timers.wait(pause)

    async def _pause(self) -> timedelta:
        async with self._database.transaction(read_only=True) as connection:
            row = await connection.fetchrow(
                "SELECT min(due_at) AS next, min(due_at) - clock_timestamp() AS left FROM timers"
            )
        self._signals.sleeping_until(row["next"])
        return _LOOK if row["left"] is None else max(_SHORT, min(_LOOK, row["left"]))
