"""Many timers set at once in a running system, and what came of them: once each, never early, how late."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from tests.support.desk import rows
from tests.support.ports import answers
from tests.support.stack import Stack
from tests.support.waiting import until

ROUTERS = ("router", "router2")
# Half of them end a snooze; the other half warn of a deadline hours ahead.
_SETTING = """
    WITH due AS (
        SELECT n, $2::timestamptz + n * $6::interval AS at, n % 2 = 0 AS snoozes FROM generate_series(1, $1::int) AS n
    ), cases AS (
        INSERT INTO conversations (id, tenant_id, account_id, channel, channel_class, thread_key, status, contact_id,
            contact_address, team_id, opened_at, last_message_at, waiting_since, due_at, sla_state, snoozed_until)
        SELECT 'cnv_' || n, $3, $4, 'whatsapp', 'messaging', 'thread-' || n, CASE WHEN snoozes THEN 'snoozed' ELSE 'open' END,
            'con_' || n, 'address-' || n, $5, now(), now(), CASE WHEN NOT snoozes THEN now() + interval '6 hours' END,
            CASE WHEN NOT snoozes THEN now() + interval '7 hours' END, CASE WHEN snoozes THEN 'none' ELSE 'ok' END,
            CASE WHEN snoozes THEN at END
        FROM due
    )
    INSERT INTO timers (tenant_id, conversation_id, kind, due_at, step)
    SELECT $3, 'cnv_' || n, CASE WHEN snoozes THEN 'snooze' ELSE 'sla' END, at, CASE WHEN snoozes THEN '' ELSE 'warning:0' END
    FROM due
"""
_FIRED = """
    SELECT conversation_id, type, at FROM events
    WHERE type = 'sla.warning' OR (type = 'conversation.status_changed' AND data ->> 'reason' = 'snooze_ended')
"""


@dataclass(frozen=True)
class Outcome:
    """What came of the timers: those that fired never or more than once, those that fired early, and how late each fired."""

    missing: int
    doubled: int
    early: int
    kinds: Counter[str]
    late: list[float]

    @property
    def p99(self) -> float:
        """Seconds after its time at which 99 of 100 have fired."""
        return sorted(self.late)[int(0.99 * (len(self.late) - 1))]


async def set_timers(stack: Stack, many: int, apart: timedelta, ahead: timedelta) -> dict[str, datetime]:
    """The first is due `ahead` from now, each next one `apart` later; answers when each conversation's timer is."""
    account = stack.account("whatsapp")["account_id"]
    connection = await asyncpg.connect(stack.database_url, command_timeout=120)
    try:
        begin = await connection.fetchval("SELECT clock_timestamp()") + ahead
        demo = stack.demo
        await connection.execute(_SETTING, many, begin, demo["tenant_id"], account, demo["team_id"], apart)
        found = await connection.fetch("SELECT conversation_id, due_at FROM timers")
    finally:
        await connection.close()
    return {row["conversation_id"]: row["due_at"] for row in found}


async def left(stack: Stack) -> int:
    """Timers that have not fired."""
    (row,) = await rows(stack.database_url, "SELECT count(*) AS many FROM timers WHERE step IN ('', 'warning:0')")
    return int(row["many"])


async def kill_when_left(stack: Stack, name: str, most: int, within: float) -> int:
    """Kills a router once at most so many timers are left, and starts it again; answers how many were left then."""

    async def fired_enough() -> bool:
        return await left(stack) <= most

    await until(fired_enough, within=within)
    port = stack.port_of(name)
    await asyncio.to_thread(stack.kill, name)
    assert not answers(port)
    remaining = await left(stack)
    await asyncio.to_thread(stack.start, name, wait=False)
    return remaining


async def outcome(stack: Stack, due: dict[str, datetime], within: float) -> Outcome:
    """Once all have fired and are on the stream."""

    async def all_through() -> bool:
        (row,) = await rows(stack.database_url, "SELECT count(*) AS many FROM events_pending")
        return await left(stack) == 0 and row["many"] == 0

    await until(all_through, within=within, what="all timers have fired and are on the stream")
    fired = await rows(stack.database_url, _FIRED)
    times = Counter(row["conversation_id"] for row in fired)
    late = [(row["at"] - due[row["conversation_id"]]).total_seconds() for row in fired]
    return Outcome(
        missing=len(due.keys() - times.keys()),
        doubled=sum(count > 1 for count in times.values()),
        early=sum(seconds < 0 for seconds in late),
        kinds=Counter(row["type"] for row in fired),
        late=late,
    )
