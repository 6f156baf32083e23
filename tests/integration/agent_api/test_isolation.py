"""Nobody reaches what is another tenant's: by the schema's own rules, by ids in bodies, and by connections that are shared."""

import asyncio
import os
import random
from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy import ARRAY

from backbone.ids import new_id
from backbone.storage.database import Database
from backbone.storage.models.tables import METADATA
from tests.support.api import TEXT, Api, add_conversation, add_key, running_api
from tests.support.desk import make_desk, rows
from tests.support.fills import fill
from tests.support.operations import call

pytestmark = pytest.mark.database
# A release interleaves ten thousand.
INTERLEAVED = int(os.environ.get("INTERLEAVED", "2000"))


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with running_api(database_url) as api:
        yield api


async def test_every_table_with_a_tenant_is_secured_and_forced(database_url: str) -> None:
    found = await rows(
        database_url,
        "SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
        "WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace AND a.attname = 'tenant_id'",
    )
    assert len(found) > 20
    assert [row["relname"] for row in found if not (row["relrowsecurity"] and row["relforcerowsecurity"])] == []


async def test_no_process_may_step_over_row_security(database_url: str) -> None:
    found = await rows(
        database_url,
        "SELECT rolname FROM pg_roles WHERE rolname LIKE 'frontdesk%' AND (rolbypassrls OR rolsuper OR rolcreaterole)",
    )
    assert found == []


async def test_without_a_tenant_the_api_sees_nothing(api: Api) -> None:
    desk = await make_desk(api.url)
    await add_conversation(api.url, desk)
    tables = await rows(
        api.url,
        "SELECT table_name FROM information_schema.role_table_grants WHERE grantee = 'frontdesk_api' AND privilege_type = 'SELECT' "
        "AND table_schema = 'public' AND table_name IN (SELECT c.relname FROM pg_class c WHERE c.relrowsecurity)",
    )
    seen = {}
    async with api.database.transaction(read_only=True) as connection:
        for row in tables:
            seen[row["table_name"]] = await connection.fetchval(f"SELECT count(*) FROM {row['table_name']}")
    assert len(seen) > 15
    assert {name: count for name, count in seen.items() if count} == {}


async def test_the_api_cannot_write_rows_of_another_tenant(api: Api) -> None:
    ours, theirs = await make_desk(api.url), await make_desk(api.url)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with api.database.transaction([ours.tenant_id]) as connection:
            await connection.execute(
                "INSERT INTO teams (id, tenant_id, name) VALUES ($1, $2, 'x')", new_id("tea"), theirs.tenant_id
            )
    async with api.database.transaction([ours.tenant_id]) as connection:
        done = await connection.execute("UPDATE teams SET name = 'x' WHERE id = $1", theirs.team_id)
    assert done == "UPDATE 0"


async def test_definer_functions_tell_only_what_was_named(api: Api) -> None:
    ours, theirs = await make_desk(api.url), await make_desk(api.url)
    for desk in (ours, theirs):
        await rows(api.url, "INSERT INTO streams (tenant_id, last_seq) VALUES ($1, 3)", desk.tenant_id)
    _, our_key = await add_key(api.url, ours.tenant_id)
    await add_key(api.url, theirs.tenant_id)
    async with api.database.transaction(read_only=True) as connection:
        heads = await connection.fetch("SELECT tenant_id FROM stream_heads($1::text[])", [ours.tenant_id])
        keys = await connection.fetch("SELECT id FROM live_callers($1::text[])", [our_key])
        account = await connection.fetch("SELECT id FROM account_by_id($1)", ours.account_id)
    assert [row["tenant_id"] for row in heads] == [ours.tenant_id]
    assert [row["id"] for row in keys] == [our_key]
    assert [row["id"] for row in account] == [ours.account_id]


async def test_declared_columns_are_those_of_the_database(database_url: str) -> None:
    found = await rows(
        database_url,
        "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public'",
    )
    real = {(row["table_name"], row["column_name"]): row["data_type"] for row in found}
    names = {
        "TEXT": "text",
        "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
        "JSONB": "jsonb",
        "INTEGER": "integer",
        "BIGINT": "bigint",
        "BOOLEAN": "boolean",
        "BLOB": "bytea",
        "ARRAY": "ARRAY",
    }
    declared = {
        (table.name, column.name): names["ARRAY" if isinstance(column.type, ARRAY) else str(column.type.compile())]
        if str(column.type) != "TIMESTAMP"
        else names["TIMESTAMP WITH TIME ZONE"]
        for table in METADATA.tables.values()
        for column in table.columns
    }
    assert {key: (kind, real.get(key)) for key, kind in declared.items() if real.get(key) != kind} == {}


async def test_foreign_ids_inside_bodies_and_filters_lead_nowhere(api: Api) -> None:
    ours, theirs = await make_desk(api.url), await make_desk(api.url)
    foreign = await fill(api.url, theirs)
    own = await fill(api.url, ours)
    key, _ = await add_key(api.url, ours.tenant_id)
    base = f"/v1/conversations/{own['conversation_id']}"
    async with api.client(key) as client:
        refused = [
            await call(client, "post", f"{base}/assign", {"agent_id": foreign["agent_id"]}),
            await call(client, "post", f"{base}/transfer", {"team_id": foreign["team_id"]}),
            await call(client, "put", f"/v1/agents/{own['agent_id']}/teams", {"team_ids": [foreign["team_id"]]}),
            await call(client, "post", "/v1/api-keys", {"name": "x", "role": "agent", "agent_id": foreign["agent_id"]}),
            await call(client, "patch", f"/v1/channel-accounts/{own['account_id']}", {"team_id": foreign["team_id"]}),
        ]
        empty = [
            await client.get("/v1/conversations", params={name: foreign[f"{name}_id"]})
            for name in ("agent", "team", "contact", "account")
        ]
    assert [answer.status_code for answer in refused] == [404, 404, 422, 422, 422]
    assert [answer.json()["items"] for answer in empty] == [[], [], [], []]


async def test_an_agent_sees_its_own_its_teams_and_what_has_no_team(api: Api) -> None:
    desk = await make_desk(api.url)
    [other] = await rows(
        api.url,
        "INSERT INTO teams (id, tenant_id, name) VALUES ($1, $2, 'Other') RETURNING id",
        new_id("tea"),
        desk.tenant_id,
    )
    me = desk.agent_ids[0]
    seen = {
        await add_conversation(api.url, desk),
        await add_conversation(api.url, desk, team_id=None),
        await add_conversation(api.url, desk, team_id=other["id"], agent_id=me),
    }
    hidden = await add_conversation(api.url, desk, team_id=other["id"])
    key, _ = await add_key(api.url, desk.tenant_id, "agent", me)
    async with api.client(key) as client:
        listed = (await client.get("/v1/conversations")).json()["items"]
        answers = [
            (await call(client, method, f"/v1/conversations/{hidden}{path}", body)).status_code
            for method, path, body in (
                ("get", "", None),
                ("get", "/messages", None),
                ("get", "/routing", None),
                ("post", "/messages", {"content": {"type": "text", "text": "x"}}),
                ("post", "/notes", {"text": "x"}),
                ("post", "/assign", {"agent_id": me}),
                ("post", "/status", {"status": "resolved"}),
            )
        ]
    assert {item["id"] for item in listed} == seen
    assert answers == [404] * 7


async def test_a_bulk_action_does_nothing_with_what_is_another_teams(api: Api) -> None:
    desk = await make_desk(api.url)
    await rows(api.url, "INSERT INTO teams (id, tenant_id, name) VALUES ('tea_far', $1, 'Far')", desk.tenant_id)
    ids = await fill(api.url, desk)
    await rows(api.url, "UPDATE conversations SET team_id = 'tea_far' WHERE id = $1", ids["conversation_id"])
    key, _ = await add_key(api.url, desk.tenant_id, "agent", desk.agent_ids[0])
    body = {"conversation_ids": [ids["conversation_id"]], "steps": [{"type": "priority", "priority": 9}]}
    async with api.client(key) as client:
        [item] = (await client.post("/v1/bulk-actions", json=body)).json()["items"]
        found = await client.get("/v1/search/messages", params={"q": TEXT})
    assert (item["done"], item["code"]) == (False, "not_found")
    assert found.json()["items"] == []


async def test_requests_of_many_tenants_on_few_connections_never_mix(api: Api, database_url: str) -> None:
    desks = [await make_desk(database_url, agents=1) for _ in range(20)]
    keys = {}
    for desk in desks:
        for _ in range(2):
            await add_conversation(database_url, desk)
        keys[desk.tenant_id] = (await add_key(database_url, desk.tenant_id))[0]
    dice = random.Random(3)
    database = Database(database_url, role="frontdesk_api", name="few", most=4)
    await database.start()
    foreign = 0
    seen = 0

    async def one(number: int) -> None:
        nonlocal foreign, seen
        desk = desks[number % 20]
        async with database.transaction([desk.tenant_id], read_only=True) as connection:
            found = await connection.fetch("SELECT tenant_id FROM conversations")
        seen += len(found)
        foreign += sum(row["tenant_id"] != desk.tenant_id for row in found)

    for batch in range(INTERLEAVED // 20):
        tasks = [asyncio.create_task(one(batch * 20 + number)) for number in range(20)]
        for task in tasks:
            if dice.random() < 0.2:
                await asyncio.sleep(dice.random() / 500)
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    await database.stop()
    assert foreign == 0
    assert seen > INTERLEAVED // 2
