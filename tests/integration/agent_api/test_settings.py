"""The tenant's settings over the API: defaults, versions, who may, and that the router goes by them."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from backbone.clock import ManualClock
from backbone.storage.database import Database
from router.config import ConfigCache, TenantConfig
from tests.support.api import Api, add_key, running_api
from tests.support.desk import NOW, Desk, make_desk, rows

pytestmark = pytest.mark.database


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with running_api(database_url) as api:
        yield api


@pytest.fixture
async def desk(database_url: str) -> Desk:
    return await make_desk(database_url)


async def read_by_the_router(url: str, tenant_id: str) -> TenantConfig:
    database = Database(url, role="frontdesk_router", name="test")
    await database.start()
    try:
        async with database.transaction([tenant_id]) as connection:
            return (await ConfigCache(ManualClock(NOW)).get(connection, [tenant_id]))[tenant_id]
    finally:
        await database.stop()


async def test_settings_are_read_with_their_defaults_changed_whole_and_held_by_the_router(api: Api, desk: Desk) -> None:
    await rows(
        api.url,
        """UPDATE tenants SET settings = '{"routing": {"keep_slots_free": true}}' WHERE id = $1""",
        desk.tenant_id,
    )
    admin, _ = await add_key(api.url, desk.tenant_id)
    wanted: dict[str, Any] = {
        "outside_window": "queue",
        "held_reply_hours": 5,
        "flood_per_minute": 7,
        "bots": {"words": {"asked": ["chef"]}, "handover_texts": {"default": "A person comes."}},
        "masking": {"payment_cards": False, "labels": ["club number"]},
    }
    async with api.client(admin) as client:
        first = await client.get("/v1/settings")
        same = await client.get("/v1/settings", headers={"If-None-Match": first.headers["ETag"]})
        bare = await client.put("/v1/settings", json=wanted)
        put = await client.put("/v1/settings", json=wanted, headers={"If-Match": first.headers["ETag"]})
        late = await client.put("/v1/settings", json={}, headers={"If-Match": first.headers["ETag"]})
    usual = first.json()
    assert (usual["version"], usual["masking"]["payment_cards"], usual["bots"]["disclose"]) == (1, True, True)
    assert (same.status_code, bare.status_code, put.status_code, late.status_code) == (304, 428, 200, 412)
    assert put.json()["bots"]["answer_within_seconds"] == 30
    config = await read_by_the_router(api.url, desk.tenant_id)
    assert (config.flood.messages, config.held_for.total_seconds()) == (7, 5 * 3600)
    assert (config.masking.payment_cards, config.masking.labels) == (False, ("club number",))
    assert config.settings["routing"] == {"keep_slots_free": True}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"away_notice_texts": {"English": "x"}}, "/away_notice_texts/English"),
        ({"held_reply_hours": 0}, "/held_reply_hours"),
        ({"bots": {"disclose": "yes"}}, "/bots/disclose"),
        ({"masking": {"labels": [" "]}}, "/masking/labels/0"),
        ({"routing": {}}, "/routing"),
    ],
)
async def test_what_is_wrong_is_named(api: Api, desk: Desk, body: dict[str, Any], pointer: str) -> None:
    admin, _ = await add_key(api.url, desk.tenant_id)
    async with api.client(admin) as client:
        answer = await client.put("/v1/settings", json=body, headers={"If-Match": "*"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_what_was_stored_in_another_shape_reads_as_the_default(api: Api, desk: Desk) -> None:
    await rows(
        api.url,
        """UPDATE tenants SET settings = '{"flood_per_minute": "many", "own": 1}' WHERE id = $1""",
        desk.tenant_id,
    )
    admin, _ = await add_key(api.url, desk.tenant_id)
    async with api.client(admin) as client:
        assert (await client.get("/v1/settings")).json()["flood_per_minute"] == 120


async def test_supervisors_read_and_agents_do_not(api: Api, desk: Desk) -> None:
    supervisor, _ = await add_key(api.url, desk.tenant_id, role="supervisor")
    agent, _ = await add_key(api.url, desk.tenant_id, role="agent", agent_id=desk.agent_ids[0])
    async with api.client(supervisor) as client, api.client(agent) as other:
        read, put = (
            await client.get("/v1/settings"),
            await client.put("/v1/settings", json={}, headers={"If-Match": "*"}),
        )
        refused = await other.get("/v1/settings")
    assert (read.status_code, put.status_code, refused.status_code) == (200, 403, 403)
