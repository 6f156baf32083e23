"""How much waits, asked of a real PostgreSQL by the router's own role."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from backbone.clock import ManualClock
from backbone.storage.database import Database
from backbone.telemetry.metrics import Metric, Metrics
from router.vitals import Vitals
from tests.support.desk import make_desk

pytestmark = pytest.mark.database
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, role="frontdesk_router", name="test-vitals", most=2)
    await database.start()
    yield database
    await database.stop()


async def fill(url: str) -> None:
    """Two tenants, each with everything that can wait: oldest a minute ago, and a timer that is not due."""
    connection = await asyncpg.connect(url)
    for desk in (await make_desk(url), await make_desk(url)):
        tenant = desk.tenant_id
        await connection.execute(
            "INSERT INTO events_pending (tenant_id, id, type, at, data) VALUES ($1, $1 || 'e', 't', now() - interval '1 min', '{}')",
            tenant,
        )
        await connection.execute(
            "INSERT INTO outbox (tenant_id, topic, key, value, created_at) VALUES ($1, 't', '', '', now() - interval '1 min')",
            tenant,
        )
        await connection.execute(
            "INSERT INTO timers (conversation_id, kind, tenant_id, due_at, step) VALUES"
            " ($1 || '1', 'sla', $1, now() - interval '1 min', ''), ($1 || '2', 'sla', $1, now() + interval '1 h', '')",
            tenant,
        )
        await connection.execute(
            "INSERT INTO dead_letters (id, tenant_id, account_id, channel, source, reason, raw, raw_day, state, created_at) VALUES"
            " ($1 || '1', $1, 'a', 'email', 'router', 'r', '', current_date, 'open', now() - interval '1 min'),"
            " ($1 || '2', $1, 'a', 'email', 'router', 'r', '', current_date, 'replayed', now() - interval '1 day')",
            tenant,
        )
        await connection.execute(
            "INSERT INTO contacts (id, tenant_id) VALUES ($1 || 'c', $1)",
            tenant,
        )
        await connection.execute(
            "INSERT INTO conversations (id, tenant_id, account_id, channel, channel_class, thread_key, status, contact_id,"
            " contact_address, last_message_at, opened_at, waiting_since, agent_id)"
            " SELECT $1 || n, $1, $2, 'webchat', 'live', n, 'open', $1 || 'c', 'x', now(), now(), now() - interval '1 min',"
            " CASE n WHEN '2' THEN $3 END FROM unnest(ARRAY['1', '2']) AS n",
            tenant,
            desk.account_id,
            desk.agent_ids[0],
        )
    await connection.close()


async def test_what_waits_is_told_over_all_tenants_with_its_age(database: Database, database_url: str) -> None:
    await fill(database_url)
    metrics, clock = Metrics(), ManualClock(datetime.now(UTC))
    await Vitals(database, clock, metrics).look()
    waiting = {
        metric: metrics.value(metric)
        for metric in (
            Metric.ROUTER_SEQUENCER_LAG,
            Metric.ROUTER_OUTBOX_DEPTH,
            Metric.ROUTER_TIMERS_DUE,
            Metric.ROUTER_DEAD_LETTERS,
        )
    }
    assert set(waiting.values()) == {2}
    assert metrics.value(Metric.ROUTER_WAITING, "live") == 2
    assert metrics.value(Metric.ROUTER_WAITING, "mail") == 0
    for age in (Metric.ROUTER_SEQUENCER_AGE, Metric.ROUTER_OUTBOX_AGE, Metric.ROUTER_DEAD_LETTER_AGE):
        assert 50 < metrics.value(age) < 90
    before = metrics.value(Metric.ROUTER_WAITING_AGE, "live")
    clock.advance(MINUTE)
    assert metrics.value(Metric.ROUTER_WAITING_AGE, "live") == pytest.approx(before + 60)


async def test_nothing_waits_in_an_empty_database(database: Database) -> None:
    metrics = Metrics()
    await Vitals(database, ManualClock(datetime.now(UTC)), metrics).look()
    assert metrics.value(Metric.ROUTER_OUTBOX_DEPTH) == 0
    assert metrics.value(Metric.ROUTER_OUTBOX_AGE) == 0


@pytest.mark.parametrize("role", ["frontdesk_api", "frontdesk_gateway"])
async def test_only_the_router_may_ask(database_url: str, role: str) -> None:
    connection = await asyncpg.connect(database_url, server_settings={"role": role})
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch("SELECT * FROM waiting_work()")
    finally:
        await connection.close()
