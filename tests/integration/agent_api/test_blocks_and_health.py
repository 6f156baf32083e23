"""The block list and the health of channel accounts, over REST and a real database."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from tests.support.api import Api, add_key, running_api
from tests.support.desk import Desk, make_desk, rows

pytestmark = pytest.mark.database


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with running_api(database_url) as api:
        yield api


@pytest.fixture
async def desk(database_url: str) -> Desk:
    return await make_desk(database_url, channel="whatsapp")


@pytest.fixture
async def client(api: Api, desk: Desk) -> AsyncIterator[httpx2.AsyncClient]:
    key, _ = await add_key(api.url, desk.tenant_id, "admin", desk.agent_ids[0])
    async with api.client(key) as client:
        yield client


def ago(**span: float) -> datetime:
    return datetime.now(UTC) - timedelta(**span)


async def test_an_address_is_blocked_once_and_lifted_with_a_note(
    api: Api, client: httpx2.AsyncClient, desk: Desk
) -> None:
    body = {"address": "15550100", "reason": "advertisements"}
    made = await client.post("/v1/blocks", json=body)
    assert made.status_code == 201, made.text
    assert (await client.post("/v1/blocks", json=body)).status_code == 409
    elsewhere = await client.post("/v1/blocks", json=body | {"account_id": desk.account_id})
    assert elsewhere.status_code == 201
    lift = f"/v1/blocks/{made.json()['id']}/lift"
    assert (await client.post(lift, json={})).status_code == 422
    lifted = await client.post(lift, json={"note": "it was their daughter"})
    assert (lifted.status_code, lifted.json()["lifted_note"]) == (200, "it was their daughter")
    assert lifted.json()["lifted_by"] == desk.agent_ids[0]
    assert (await client.post(lift, json={"note": "again"})).status_code == 409
    assert [item["id"] for item in (await client.get("/v1/blocks")).json()["items"]] == [elsewhere.json()["id"]]
    everything = (await client.get("/v1/blocks", params={"lifted": "true", "limit": 1})).json()
    assert everything["next_cursor"] is not None
    assert (await client.post("/v1/blocks", json=body)).status_code == 201


async def test_a_block_that_is_over_makes_room_for_another(api: Api, client: httpx2.AsyncClient) -> None:
    body = {"address": "15550100", "reason": "advertisements"}
    assert (await client.post("/v1/blocks", json=body | {"until": ago(hours=1).isoformat()})).status_code == 422
    first = await client.post("/v1/blocks", json=body | {"until": ago(hours=-1).isoformat()})
    assert first.status_code == 201
    await rows(api.url, "UPDATE blocked_addresses SET until = now() - interval '1 minute'")
    assert (await client.post("/v1/blocks", json=body)).status_code == 201


async def test_an_agent_blocks_and_a_supervisor_hears_the_appeal(api: Api, desk: Desk) -> None:
    agent, _ = await add_key(api.url, desk.tenant_id, "agent", desk.agent_ids[0])
    supervisor, _ = await add_key(api.url, desk.tenant_id, "supervisor", desk.agent_ids[1])
    async with api.client(agent) as client:
        made = await client.post("/v1/blocks", json={"address": "1", "reason": "x"})
        lift = f"/v1/blocks/{made.json()['id']}/lift"
        assert (await client.post(lift, json={"note": "x"})).status_code == 403
    async with api.client(supervisor) as client:
        assert (await client.post(lift, json={"note": "x"})).status_code == 200


async def test_a_healthy_account_says_so(client: httpx2.AsyncClient, desk: Desk) -> None:
    found = (await client.get(f"/v1/channels/{desk.account_id}")).json()
    assert (found["health"], found["reasons"], found["last_error"], found["traffic"]) == ("ok", [], None, [])
    assert found["counts"] == {"received": 0, "stored": 0, "doubled": 0, "refused": 0, "found_by_poll": 0}


async def test_health_shows_counts_tokens_polls_notices_and_what_failed_last(
    api: Api, client: httpx2.AsyncClient, desk: Desk
) -> None:
    ids = (desk.account_id, desk.tenant_id)
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    traffic = "INSERT INTO account_traffic (account_id, tenant_id, hour, received, stored, doubled, refused) VALUES ($1, $2, $3, 10, 7, 2, 1)"
    for at in (hour, hour - timedelta(hours=1), hour - timedelta(hours=30)):
        await rows(api.url, traffic, *ids, at)
    await rows(
        api.url,
        "INSERT INTO provider_tokens (account_id, tenant_id, expires_at, failures, last_error, updated_at) VALUES ($1, $2, $3, 3, 'busy', $4)",
        *ids,
        ago(hours=-1),
        ago(minutes=30),
    )
    await rows(
        api.url,
        "INSERT INTO poll_cursors (account_id, tenant_id, last_error, quota_used, updated_at) VALUES ($1, $2, 'unavailable: away', 7, $3)",
        *ids,
        ago(minutes=20),
    )
    await rows(
        api.url,
        "INSERT INTO account_notices (account_id, tenant_id, code, severity, detail, at) VALUES ($1, $2, 'banned', 'error', 'spam', $3)",
        *ids,
        ago(minutes=10),
    )
    await rows(
        api.url,
        "INSERT INTO deliveries (message_id, part, tenant_id, account_id, channel, conversation_id, body, state, error_code, error_detail, updated_at) "
        "VALUES ('m', 0, $2, $1, 'whatsapp', 'c', '{}', 'failed', '131026', 'not on WhatsApp', now())",
        *ids,
    )
    found = (await client.get(f"/v1/channels/{desk.account_id}")).json()
    assert found["health"] == "degraded"
    assert found["reasons"] == [
        "no new access token: busy",
        "the last poll failed: unavailable: away",
        "the provider says: banned",
    ]
    assert found["counts"] == {"received": 20, "stored": 14, "doubled": 4, "refused": 2, "found_by_poll": 0}
    assert len(found["traffic"]) == 2
    assert (found["last_error"]["source"], found["last_error"]["detail"]) == ("delivery", "131026: not on WhatsApp")
    assert found["deliveries"]["failed_last_day"] == 1
    await rows(api.url, "UPDATE provider_tokens SET expires_at = now() - interval '1 minute'")
    assert (await client.get(f"/v1/channels/{desk.account_id}")).json()["health"] == "down"
