"""Keeps the days of tenants' calendars up to date: once a day, feeds after an hour if they could not be had."""

import asyncio
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from backbone.clock import Clock
from backbone.errors import AnswerUnreadable, CallFailed, OutcomeUnknown, UrlRefused
from backbone.storage.database import Connection, Database
from backbone.storage.leases import Lease, guard
from backbone.storage.wake import notify
from backbone.telemetry.logs import get_logger
from backbone.web.fetcher import Fetcher
from router.holidays import FEED_MOST, Day, FeedInvalid, country_days, feed_days
from router.usecases import recompute

LEASE = "calendars/0"
_EVERY, _RETRY = timedelta(hours=24), timedelta(hours=1)
_DEADLINE = timedelta(seconds=20)
_OK = 200


class Calendars:
    """One calendar a round, the one that is due longest."""

    def __init__(self, database: Database, fetcher: Fetcher, clock: Clock) -> None:
        self._database = database
        self._fetcher = fetcher
        self._clock = clock
        self._log = get_logger("calendars")

    async def round(self, lease: Lease) -> bool:
        async with self._database.transaction(read_only=True) as connection:
            row = await connection.fetchrow(
                "SELECT id, tenant_id, source FROM calendars WHERE next_at <= clock_timestamp() ORDER BY next_at LIMIT 1"
            )
        if row is None:
            return False
        days: list[Day] | None = None
        error: str | None = None
        try:
            days = await self._look(row["source"], self._clock.now().date())
        except (FeedInvalid, ValueError) as wrong:
            error = str(wrong)
        except (CallFailed, OutcomeUnknown, AnswerUnreadable, UrlRefused) as wrong:
            error = wrong.detail
        if error is not None:
            self._log.warning("calendar_not_read", calendar_id=row["id"])
        await self._database.run(
            lambda connection: self._keep(connection, lease, row["tenant_id"], row["id"], days, error),
            [row["tenant_id"]],
        )
        return True

    async def _look(self, source: Mapping[str, Any], today: date) -> list[Day]:
        if source["kind"] == "country":
            return country_days(source["country"], source.get("subdivision"), today)
        if source["kind"] == "days":
            return [Day(date.fromisoformat(day["date"]), day["name"]) for day in source["days"]]
        answer = await self._fetcher.call("GET", source["url"], deadline=_DEADLINE, most=FEED_MOST)
        if answer.status != _OK:
            raise FeedInvalid(f"its server answered {answer.status}")
        # Expanding repetitions takes a while, during which messages go on.
        return await asyncio.to_thread(feed_days, answer.body, today)

    async def _keep(
        self,
        connection: Connection,
        lease: Lease,
        tenant_id: str,
        calendar_id: str,
        days: list[Day] | None,
        error: str | None,
    ) -> None:
        """Writes what came of it. Deadlines are computed anew where days have changed; those known stay if it failed."""
        await guard(connection, lease)
        if days is None:
            await connection.execute(
                "UPDATE calendars SET error = $2, next_at = clock_timestamp() + $3 WHERE id = $1",
                calendar_id,
                error,
                _RETRY,
            )
            return
        document = [{"date": day.date.isoformat(), "name": day.name} for day in days]
        changed = await connection.fetchval(
            """
            UPDATE calendars c SET days = $2, error = NULL, refreshed_at = clock_timestamp(), next_at = clock_timestamp() + $3,
                version = CASE WHEN o.days IS DISTINCT FROM $2 THEN c.version + 1 ELSE c.version END
            FROM (SELECT id, days FROM calendars WHERE id = $1 FOR UPDATE) o WHERE c.id = o.id RETURNING o.days IS DISTINCT FROM $2
            """,
            calendar_id,
            document,
            _EVERY,
        )
        if changed:
            await notify(connection, "config", tenant_id)
            await recompute.ask(connection, tenant_id, "holidays_changed")
