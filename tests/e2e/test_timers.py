"""2,000 timers while both routers that fire them are killed: each fires once, and none early (L1 in small)."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from tests.support.desk import rows
from tests.support.ports import answers
from tests.support.stack import Stack
from tests.support.waiting import until

pytestmark = [pytest.mark.database, pytest.mark.chaos, pytest.mark.timeout(300)]
MANY = 2000
ROUTERS = ("router", "router2")
# Half of them end a snooze; the other half warn of a deadline an hour ahead.
SETTING = """
    WITH due AS (
        SELECT n, $2::timestamptz + n * interval '3 milliseconds' AS at, n % 2 = 0 AS snoozes FROM generate_series(1, $1::int) AS n
    ), cases AS (
        INSERT INTO conversations (id, tenant_id, account_id, channel, channel_class, thread_key, status, contact_id,
            contact_address, team_id, opened_at, last_message_at, waiting_since, due_at, sla_state, snoozed_until)
        SELECT 'cnv_' || n, $3, $4, 'whatsapp', 'messaging', 'thread-' || n, CASE WHEN snoozes THEN 'snoozed' ELSE 'open' END,
            'con_' || n, 'address-' || n, $5, now(), now(), now(), now() + interval '1 hour', 'ok',
            CASE WHEN snoozes THEN at END
        FROM due
    )
    INSERT INTO timers (tenant_id, conversation_id, kind, due_at, step)
    SELECT $3, 'cnv_' || n, CASE WHEN snoozes THEN 'snooze' ELSE 'sla' END, at, CASE WHEN snoozes THEN '' ELSE 'warning:0' END
    FROM due
"""
FIRED = """
    SELECT conversation_id, type, at FROM events
    WHERE type = 'sla.warning' OR (type = 'conversation.status_changed' AND data ->> 'reason' = 'snooze_ended')
"""


@pytest.fixture
async def stack(database_url: str, tmp_path: Path) -> AsyncIterator[Stack]:
    stack = Stack(tmp_path, database_url)
    stack.seed()
    for name in ROUTERS:
        await asyncio.to_thread(stack.start, name)
    yield stack
    await asyncio.to_thread(stack.stop)


async def set_timers(stack: Stack) -> dict[str, datetime]:
    """Due from in two seconds on, for six seconds; answers when each conversation's timer is."""
    account = stack.account("whatsapp")["account_id"]
    connection = await asyncpg.connect(stack.database_url)
    try:
        begin = await connection.fetchval("SELECT clock_timestamp()") + timedelta(seconds=2)
        demo = stack.demo
        await connection.execute(SETTING, MANY, begin, demo["tenant_id"], account, demo["team_id"])
        found = await connection.fetch("SELECT conversation_id, due_at FROM timers")
    finally:
        await connection.close()
    return {row["conversation_id"]: row["due_at"] for row in found}


async def left(stack: Stack) -> int:
    """Timers that were set and have not fired; not those of the clocks that go on when a snooze ends."""
    (row,) = await rows(
        stack.database_url,
        "SELECT count(*) AS many FROM timers WHERE kind = 'snooze' OR (step = 'warning:0' AND substr(conversation_id, 5)::int % 2 = 1)",
    )
    return int(row["many"])


async def kill_once_fired(stack: Stack, name: str, share: float) -> int:
    """Kills a router in the middle of the firing, and starts it again; answers how many timers were left then."""

    async def fired_enough() -> bool:
        return await left(stack) <= MANY * (1 - share)

    await until(fired_enough, within=60)
    port = stack.port_of(name)
    await asyncio.to_thread(stack.kill, name)
    assert not answers(port)
    remaining = await left(stack)
    await asyncio.to_thread(stack.start, name, wait=False)
    return remaining


async def test_two_thousand_timers_fire_once_and_never_early_while_both_routers_are_killed(stack: Stack) -> None:
    due = await set_timers(stack)
    assert len(due) == MANY
    assert await left(stack) == MANY, "some fired while they were being set"
    pids = [stack.pid(name) for name in ROUTERS]
    remaining = [await kill_once_fired(stack, name, share) for name, share in zip(ROUTERS, (0.1, 0.4), strict=True)]
    assert all(0 < many < MANY for many in remaining), f"not killed in the middle: {remaining}"

    async def all_through() -> bool:
        (row,) = await rows(stack.database_url, "SELECT count(*) AS many FROM events_pending")
        return await left(stack) == 0 and row["many"] == 0

    await until(all_through, within=90, what="all timers have fired and are on the stream")
    fired = await rows(stack.database_url, FIRED)
    assert {*Counter(row["conversation_id"] for row in fired).values()} == {1}
    assert {row["conversation_id"] for row in fired} == set(due)
    early = [row for row in fired if row["at"] < due[row["conversation_id"]]]
    assert early == []
    kinds = Counter(row["type"] for row in fired)
    assert kinds == {"sla.warning": MANY // 2, "conversation.status_changed": MANY // 2}
    following = await rows(stack.database_url, "SELECT kind, step, count(*) AS many FROM timers GROUP BY 1, 2")
    # A breach follows each warning; the clock of a conversation that was asleep goes on, and will warn.
    assert {tuple(row) for row in following} == {("sla", "breach:0", MANY // 2), ("sla", "warning:0", MANY // 2)}
    assert not set(pids) & {stack.pid(name) for name in ROUTERS}
