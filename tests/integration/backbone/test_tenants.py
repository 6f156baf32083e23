import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from backbone.errors import Conflict, NotFound
from backbone.storage.account_config import store_account
from backbone.storage.blobs import FolderBlobs
from backbone.storage.crypto import MasterKey
from backbone.storage.database import Database
from backbone.tenants import work
from backbone.tenants.certificate import Signer, is_signed
from backbone.tenants.export import export
from backbone.tenants.tables import tables
from tests.support.desk import Desk, make_desk

pytestmark = pytest.mark.database
KEY = "cd" * 32
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


@dataclass
class House:
    """Two tenants with a message, a blob and secrets each."""

    url: str
    connection: Any
    blobs: FolderBlobs
    one: Desk
    other: Desk
    account: str
    blob: str

    async def counts(self, tenant_id: str) -> dict[str, int]:
        found = {}
        for table in await tables(self.connection):
            query = f'SELECT count(*) FROM "{table.name}" WHERE {table.key} = $1'
            found[table.name] = await self.connection.fetchval(query, tenant_id)
        return {name: many for name, many in found.items() if many}


async def furnish(connection: Any, blobs: FolderBlobs, desk: Desk) -> tuple[str, str]:
    account = await store_account(
        connection, MasterKey(KEY), tenant_id=desk.tenant_id, channel="telegram", name="Bot", external_id="7",
        config={"bot_token": "canary-token", "webhook_secrets": ["canary-secret"]}, team_id=desk.team_id,
    )  # fmt: skip
    blob = await blobs.put(desk.tenant_id, b"canary picture")
    await connection.execute(
        """
        INSERT INTO messages (id, tenant_id, conversation_id, account_id, direction, author_kind, content, received_at, sort_at)
        VALUES ('msg_' || $1::text, $1, 'cnv_1', $2, 'in', 'contact', $3::jsonb, now(), now())
        """,
        desk.tenant_id,
        account,
        json.dumps({"text": "where is my parcel", "media": [{"blob": blob}]}),
    )
    await connection.execute(
        "INSERT INTO agent_passwords (agent_id, tenant_id, hash, changed_at) VALUES ($1, $2, 'canary-hash', now())",
        desk.agent_ids[0],
        desk.tenant_id,
    )
    return account, blob


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    one, other = await make_desk(database_url), await make_desk(database_url)
    connection = await asyncpg.connect(database_url)
    blobs = FolderBlobs(tmp_path / "blobs")
    account, blob = await furnish(connection, blobs, one)
    await furnish(connection, blobs, other)
    yield House(database_url, connection, blobs, one, other, account, blob)
    await connection.close()


async def test_an_export_holds_every_row_and_blob_and_no_credential(house: House) -> None:
    lines = [json.loads(line) async for line in export(house.connection, house.blobs, house.one.tenant_id, NOW)]
    rows = [line for line in lines if "row" in line]
    text = json.dumps(lines)
    assert "where is my parcel" in text
    assert "canary" not in text
    assert house.other.tenant_id not in text
    there = await house.counts(house.one.tenant_id)
    kept = {name: many for name, many in there.items() if name not in lines[0]["left_out_tables"]}
    assert {name: sum(row["table"] == name for row in rows) for name in kept} == kept
    assert [line["blob"] for line in lines if "blob" in line] == [house.blob]
    assert lines[-1] == {"end": True, "rows": len(rows), "blobs": 1}


async def test_a_removal_leaves_nothing_of_one_tenant_and_everything_of_the_other(house: House) -> None:
    before, others = await house.counts(house.one.tenant_id), await house.counts(house.other.tenant_id)
    claim = await work.remove(house.connection, house.blobs, house.one.tenant_id, NOW, settle=0.01)
    assert await house.counts(house.one.tenant_id) == {}
    assert await house.counts(house.other.tenant_id) == others
    assert claim["rows"] == before | {"tenant_suspensions": 1}
    assert claim["blobs"] == 1
    with pytest.raises(NotFound):
        await house.blobs.get(house.blob)
    again = await work.remove(house.connection, house.blobs, house.one.tenant_id, NOW, settle=0.01)
    assert (again["rows"], again["blobs"]) == ({}, 0)


async def test_a_certificate_holds_until_a_figure_of_it_is_changed() -> None:
    signer = Signer(KEY)
    certificate = json.loads(json.dumps(signer.sign({"tenant_id": "ten_1", "rows": {"messages": 3}})))
    assert signer.holds(certificate)
    assert is_signed(certificate)
    assert not Signer("ab" * 32).holds(certificate)
    certificate["claim"]["rows"]["messages"] = 2
    assert not is_signed(certificate)
    assert not is_signed({"claim": {}, "public_key": "x", "signature": 7})


async def test_a_suspended_tenants_accounts_stay_paused_and_a_resume_opens_those_that_were_open(house: House) -> None:
    tenant = house.one.tenant_id
    await house.connection.execute("UPDATE channel_accounts SET state = 'paused' WHERE id = $1", house.one.account_id)
    assert await work.suspend(house.connection, tenant, "unpaid", NOW) == 1
    assert await work.suspend(house.connection, tenant, "again", NOW) == 0
    database = Database(house.url, role="frontdesk_api", name="test", most=1)
    await database.start()
    try:
        async with database.transaction([tenant]) as connection:
            await connection.execute("UPDATE channel_accounts SET state = 'active' WHERE id = $1", house.account)
            assert (
                await connection.fetchval("SELECT state FROM channel_accounts WHERE id = $1", house.account) == "paused"
            )
    finally:
        await database.stop()
    [listed] = [row for row in await work.listed(house.connection, 10) if row["id"] == tenant]
    assert listed["reason"] == "unpaid"
    assert await work.resume(house.connection, tenant, NOW) == 1
    assert await work.resume(house.connection, tenant, NOW) == 0
    states = await house.connection.fetch("SELECT id, state FROM channel_accounts WHERE tenant_id = $1", tenant)
    assert {row["id"]: row["state"] for row in states} == {house.account: "active", house.one.account_id: "paused"}


async def test_making_a_tenant_twice_makes_one(house: House) -> None:
    assert await work.create(house.connection, "New", "ten_new") == await work.create(
        house.connection, "New", "ten_new"
    )
    with pytest.raises(Conflict):
        await work.create(house.connection, "Other", "ten_new")
    assert (await work.usage(house.connection, "ten_new", NOW))["conversations"] == 0
    with pytest.raises(NotFound):
        await work.usage(house.connection, "ten_none", NOW)
