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
