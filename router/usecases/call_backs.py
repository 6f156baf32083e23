"""Promises to contact a customer at a time, in place of waiting: the case sleeps until then and goes first when its time comes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from backbone.errors import Conflict, InputInvalid, NotFound
from backbone.storage.database import Connection
from router.config import TenantConfig
from router.domain import conversation as rules
from router.domain.conversation import Rules
from router.domain.slots import Plan, Slot, begin, slots
from router.repositories import timers
from router.repositories.timers import SNOOZE, TimerRow
from router.usecases.common import finish, lock
from router.usecases.types import Author

STEP = "call_back"
"""What a snooze's timer says where it ends in a promise."""
SHOWN_MOST = 40


@dataclass(frozen=True, slots=True)
class Promise:
    """What was promised: the start of the slot, by whom (None: the customer chose it), and when."""

    at: datetime
    booked_by: str | None
    created_at: datetime


def plan_of(settings: Mapping[str, Any]) -> Plan:
    """The setting `routing.call_backs`: `{minutes, each, days}`, else four slots an hour, two promises each, a week ahead."""
    asked = (settings.get("routing") or {}).get("call_backs") or {}
    return Plan(timedelta(minutes=asked.get("minutes", 15)), asked.get("each", 2), timedelta(days=asked.get("days", 7)))


async def offered(
    connection: Connection, config: TenantConfig, team_id: str, now: datetime, most: int = SHOWN_MOST
) -> list[Slot]:
    """The team's next slots with room. Raises `NotFound`."""
    if team_id not in config.teams:
        raise NotFound("There is no such team.")
    plan = plan_of(config.settings)
    rows = await connection.fetch(
        "SELECT at, count(*) AS many FROM call_backs WHERE team_id = $1 AND at > $2 AND at <= $3 GROUP BY at",
        team_id,
        now,
        now + plan.ahead + plan.width,
    )
    return slots(plan, config.hours_of(team_id), {row["at"]: row["many"] for row in rows}, now, most)


async def book(
    connection: Connection,
    config: TenantConfig,
    *,
    conversation_id: str,
    at: datetime,
    actor: Author,
    now: datetime,
    expected_version: int | None = None,
) -> int:
    """Promises a slot that starts at `at`. The case sleeps until then, and its clock with it; a promise before is given up.

    Raises `NotFound`, `PreconditionFailed`, `InputInvalid` (no slot begins then) and `Conflict` (resolved, without a team, or full).
    """
    current = await lock(connection, config.tenant_id, conversation_id, expected_version)
    if current.status == "resolved" or current.team_id is None:
        raise Conflict("only an open conversation of a team can be called back")
    plan = plan_of(config.settings)
    if begin(plan, at) != at:
        raise InputInvalid("no slot begins then", pointers={"/at": "is not the start of a slot"})
    # One after another for each team: of two who want the last place, one is told.
    await connection.execute("SELECT 1 FROM teams WHERE id = $1 FOR UPDATE", current.team_id)
    await connection.execute("DELETE FROM call_backs WHERE conversation_id = $1", current.id)
    free = await offered(connection, config, current.team_id, now, most=10_000)
    if at not in {slot.start for slot in free}:
        raise Conflict("this slot is taken or not offered: ask for those that are")
    await connection.execute(
        "INSERT INTO call_backs (conversation_id, tenant_id, team_id, at, booked_by, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
        current.id,
        current.tenant_id,
        current.team_id,
        at,
        actor.id,
        now,
    )
    change = rules.promise(current, at, now, Rules(config.policies, config.hours_of(current.team_id)), actor.id)
    await timers.put(connection, [TimerRow(current.tenant_id, current.id, SNOOZE, at, STEP)])
    return await finish(connection, current, now, change=change)


async def promised(connection: Connection, conversation_id: str) -> Promise | None:
    """The promise of a conversation; None without one, or once it was kept, or a day after its time."""
    row = await connection.fetchrow(
        "SELECT at, booked_by, created_at FROM call_backs WHERE conversation_id = $1", conversation_id
    )
    return None if row is None else Promise(row["at"], row["booked_by"], row["created_at"])


async def keep(
    connection: Connection,
    config: TenantConfig,
    *,
    conversation_id: str,
    now: datetime,
    expected_version: int | None = None,
) -> int:
    """The customer was contacted, or wishes it no more: the promise is over, and a case that sleeps for it is awake.

    Raises `NotFound` (also where nothing is promised) and `PreconditionFailed`.
    """
    current = await lock(connection, config.tenant_id, conversation_id, expected_version)
    at = await connection.fetchval("DELETE FROM call_backs WHERE conversation_id = $1 RETURNING at", current.id)
    if at is None:
        raise NotFound("Nothing is promised here.")
    change = rules.Change()
    if current.status == "snoozed" and current.snoozed_until == at:
        await timers.cancel(connection, [current.id], SNOOZE)
        change = rules.wake(current, now, Rules(config.policies, config.hours_of(current.team_id)), "call_back_kept")
    return await finish(connection, current, now, change=change)
