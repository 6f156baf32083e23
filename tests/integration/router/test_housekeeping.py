"""What age removes, over all tenants, and what it leaves."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from router.housekeeping import LEASE, Housekeeping
from tests.support.desk import rows
from tests.support.router import Workers, make_workers

pytestmark = pytest.mark.database


@pytest.fixture
async def workers(database_url: str, tmp_path: Path) -> AsyncIterator[Workers]:
    workers = await make_workers(database_url, tmp_path)
    yield workers
    await workers.database.stop()


async def test_old_hashes_orphans_and_counts_go_and_young_ones_stay(workers: Workers, database_url: str) -> None:
    for tenant in ("ten_1", "ten_2"):
        for name, days in (("old", 36), ("young", 1)):
            await rows(
                database_url,
                "INSERT INTO inbox (account_id, key_hash, tenant_id, seen_at) VALUES ($1, $2, $1, now() - $3::interval)",
                tenant,
                name.encode(),
                timedelta(days=days),
            )
            await rows(
                database_url,
                "INSERT INTO account_traffic (account_id, hour, tenant_id) VALUES ($1, now() - $2::interval, $1)",
                tenant,
                timedelta(days=days),
            )
            await rows(
                database_url,
                "INSERT INTO orphans (account_id, provider_message_id, key_hash, tenant_id, record, created_at) "
                "VALUES ($1, $2, '', $1, '', now() - $3::interval)",
                tenant,
                name,
                timedelta(hours=days),
            )
    await Housekeeping(workers.database, workers.clock, timedelta(days=30)).round(await workers.lease(LEASE))
    left = {
        table: len(await rows(database_url, f"SELECT 1 FROM {table}"))
        for table in ("inbox", "account_traffic", "orphans")
    }
    assert left == {"inbox": 2, "account_traffic": 2, "orphans": 2}


_AGED = {
    "wait_forecasts": (
        (
            "INSERT INTO wait_forecasts (conversation_id, waiting_since, tenant_id, team_id, channel_class, at, position, model, seconds, low, high) "
            "VALUES ($1, now(), 'ten_1', 'tea_1', 'live', now() - $2::interval, 1, 1, 1, 1, 1)"
        ),
        timedelta(days=36),
    ),
    "call_backs": (
        "INSERT INTO call_backs (conversation_id, tenant_id, team_id, at, created_at) VALUES ($1, 'ten_1', 'tea_1', now() - $2::interval, now())",
        timedelta(days=2),
    ),
    "bot_turns": (
        (
            "INSERT INTO bot_turns (conversation_id, tenant_id, agent_id, waiting_since, until) "
            "VALUES ($1, 'ten_1', 'agt_1', now(), now() - $2::interval)"
        ),
        timedelta(days=2),
    ),
    "offers": (
        "INSERT INTO offers (id, tenant_id, at, shown) VALUES ($1, 'ten_1', now() - $2::interval, '{}')",
        timedelta(days=8),
    ),
}


@pytest.mark.parametrize("table", _AGED)
async def test_rows_of_any_tenant_that_are_too_old_are_seen_and_go(
    workers: Workers, database_url: str, table: str
) -> None:
    """A row that no policy shows is not removed either, and nobody is told."""
    insert, old = _AGED[table]
    await rows(database_url, insert, "old", old)
    await rows(database_url, insert, "young", timedelta(hours=1))
    await Housekeeping(workers.database, workers.clock, timedelta(days=30)).round(await workers.lease(LEASE))
    key = "id" if table == "offers" else "conversation_id"
    assert [row[key] for row in await rows(database_url, f"SELECT {key} FROM {table}")] == ["young"]


_LETTER = (
    "INSERT INTO dead_letters (id, tenant_id, account_id, channel, source, reason, raw, raw_day, state, created_at, resolved_at) "
    "VALUES ($1, $2, 'acc_1', 'sms', 'router', 'why', 'x', (now() - $3::interval)::date, $4, now() - $3::interval, "
    "now() - $5::interval)"
)


async def test_letters_end_a_day_after_they_were_settled_or_after_ninety_and_their_key_with_them(
    workers: Workers, database_url: str
) -> None:
    day, hour = timedelta(days=1), timedelta(hours=1)
    letters = {
        "open": ("open", 89 * day, None),
        "too old": ("open", 91 * day, None),
        "just settled": ("replayed", 5 * day, hour),
        "settled": ("dropped", 5 * day, 25 * hour),
    }
    for number, (name, (state, age, settled)) in enumerate(letters.items()):
        await rows(database_url, _LETTER, name, f"ten_{number}", age, state, settled)
    for days in (1, 91, 95):
        await rows(
            database_url,
            "INSERT INTO data_keys (day, wrapped) VALUES ((now() - $1::interval)::date, 'k')",
            days * day,
        )
    await Housekeeping(workers.database, workers.clock, timedelta(days=30)).round(await workers.lease(LEASE))
    left = {row["id"] for row in await rows(database_url, "SELECT id FROM dead_letters")}
    assert left == {"open", "just settled"}
    ages = await rows(database_url, "SELECT (now()::date - day) AS age FROM data_keys ORDER BY 1")
    assert [row["age"] for row in ages] == [1, 91]
