"""Channel offers over the API: what visitors and sites are told, what is learnt, and who may not."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from backbone.clock import SystemClock
from backbone.storage.account_config import seal_config
from backbone.storage.database import Database
from backbone.storage.leases import acquire
from router.housekeeping import Housekeeping
from router.leadership import SPAN
from tests.support.api import MASTER, Api, add_key, running_api
from tests.support.desk import Desk, make_desk, rows
from tests.support.time import manual_clock

pytestmark = pytest.mark.database


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with running_api(database_url) as api:
        yield api


@pytest.fixture
async def desk(database_url: str) -> Desk:
    """A chat that visitors reach, and a mail account of a team without anybody online."""
    desk = await make_desk(database_url)
    sealed = seal_config(MASTER, desk.account_id, {"visitor_secrets": ["s" * 32]})
    await rows(database_url, "UPDATE channel_accounts SET config = $2 WHERE id = $1", desk.account_id, sealed)
    await rows(database_url, "INSERT INTO teams (id, tenant_id, name) VALUES ('tea_far', $1, 'Far')", desk.tenant_id)
    await rows(
        database_url,
        "INSERT INTO channel_accounts (id, tenant_id, channel, name, external_id, config, team_id) "
        "VALUES ('acc_mail', $1, 'email', 'Mail', 'm', '', 'tea_far')",
        desk.tenant_id,
    )
    return desk


async def offer(api: Api, desk: Desk, key: str = "", **body: Any) -> dict[str, Any]:
    site = {} if key else {"site_account_id": desk.account_id}
    async with api.client(key) as client:
        answer = await client.post("/v1/offers", json=site | body)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found


async def outcome(api: Api, desk: Desk, offer_id: str, key: str = "", **body: Any) -> Any:
    async with api.client(key) as client:
        body = body if key else {"site_account_id": desk.account_id} | body
        return await client.post(f"/v1/offers/{offer_id}/outcome", json=body)


async def put_settings(api: Api, key: str, **body: Any) -> None:
    async with api.client(key) as client:
        version = (await client.get("/v1/offers/settings")).headers["ETag"]
        answer = await client.put("/v1/offers/settings", json=body, headers={"If-Match": version})
        assert answer.status_code == 200, answer.text


async def test_a_visitor_is_shown_staffed_channels_only_and_a_site_also_why_not_the_others(
    api: Api, desk: Desk
) -> None:
    key, _ = await add_key(api.url, desk.tenant_id, "partner")
    seen = await offer(api, desk, page="/phones", device="phone")
    told = await offer(api, desk, key)
    assert [(c["account_id"], c["expected_wait_seconds"], c["by"], c["reason"]) for c in seen["channels"]] == [
        (desk.account_id, 0, "agent", "new")
    ]
    assert seen["hidden"] == []
    assert told["hidden"] == [{"account_id": "acc_mail", "reason": "not_staffed"}]


async def test_a_team_that_is_full_is_offered_with_its_wait_and_a_bot_makes_a_channel_answer(
    api: Api, desk: Desk
) -> None:
    await rows(api.url, "UPDATE agents SET used = capacity WHERE tenant_id = $1", desk.tenant_id)
    await rows(
        api.url,
        "INSERT INTO agents (id, tenant_id, name, email, role, presence) VALUES ('agt_bot', $1, 'Bot', 'b@x.example', 'bot', 'online')",
        desk.tenant_id,
    )
    await rows(
        api.url,
        "INSERT INTO team_members (tenant_id, team_id, agent_id) VALUES ($1, 'tea_far', 'agt_bot')",
        desk.tenant_id,
    )
    found = {c["account_id"]: c for c in (await offer(api, desk))["channels"]}
    assert (found[desk.account_id]["expected_wait_seconds"], found["acc_mail"]["by"]) == (60, "bot")


async def test_an_outcome_is_learnt_once_under_each_key_of_the_visit(api: Api, desk: Desk) -> None:
    made = await offer(api, desk, page="/phones", device="phone")
    said = {"result": "helped", "account_id": desk.account_id}
    statuses = [(await outcome(api, desk, made["id"], **said)).status_code for _ in range(2)]
    other = await outcome(api, desk, made["id"], result="left")
    learnt = await rows(api.url, "SELECT key, good, bad FROM offer_outcomes ORDER BY key")
    assert (statuses, other.status_code) == ([204, 204], 409)
    assert [tuple(row) for row in learnt] == [
        ("", 1.0, 0.0),
        ("device=phone", 1.0, 0.0),
        ("page=/phones", 1.0, 0.0),
        ("page=/phones&device=phone", 1.0, 0.0),
    ]


async def test_who_leaves_counts_against_the_channel_shown_first(api: Api, desk: Desk) -> None:
    made = await offer(api, desk)
    assert (await outcome(api, desk, made["id"], result="left")).status_code == 204
    [row] = await rows(api.url, "SELECT account_id, good, bad FROM offer_outcomes")
    assert tuple(row) == (desk.account_id, 0.0, 1.0)


async def test_claims_that_can_not_be_believed_are_refused(api: Api, desk: Desk) -> None:
    key, _ = await add_key(api.url, desk.tenant_id)
    made = await offer(api, desk)
    bought = {"result": "bought", "account_id": desk.account_id}
    refused = [
        (await outcome(api, desk, made["id"], **bought)).status_code,
        (await outcome(api, desk, made["id"], result="helped", account_id="acc_mail")).status_code,
        (await outcome(api, desk, made["id"], result="helped")).status_code,
        (await outcome(api, desk, "off_unknown", result="left")).status_code,
    ]
    assert refused == [403, 422, 422, 404]
    assert (await outcome(api, desk, made["id"], key, **bought)).status_code == 204


async def test_another_tenants_offer_is_not_found_and_nobody_is_let_in_without_key_or_chat(
    api: Api, desk: Desk, database_url: str
) -> None:
    stranger = await make_desk(database_url)
    sealed = seal_config(MASTER, stranger.account_id, {})
    await rows(database_url, "UPDATE channel_accounts SET config = $2 WHERE id = $1", stranger.account_id, sealed)
    key, _ = await add_key(api.url, stranger.tenant_id)
    agent, _ = await add_key(api.url, desk.tenant_id, "agent", desk.agent_ids[0])
    made = await offer(api, desk)
    assert (await outcome(api, desk, made["id"], key, result="left")).status_code == 404
    async with api.client() as client:
        nobody = await client.post("/v1/offers", json={})
        unreachable = await client.post("/v1/offers", json={"site_account_id": stranger.account_id})
    async with api.client(agent) as client:
        forbidden = await client.post("/v1/offers", json={})
    assert (nobody.status_code, unreachable.status_code, forbidden.status_code) == (401, 404, 403)


async def test_visitors_of_one_address_are_limited(desk: Desk, database_url: str) -> None:
    async with running_api(database_url, clock=manual_clock()) as api, api.client() as client:
        statuses = [
            (await client.post("/v1/offers", json={"site_account_id": desk.account_id})).status_code for _ in range(61)
        ]
    assert (statuses[:60], statuses[60]) == ([201] * 60, 429)


async def test_the_switch_and_the_caps_hold_from_the_next_offer_on(api: Api, desk: Desk) -> None:
    key, _ = await add_key(api.url, desk.tenant_id)
    await put_settings(api, key, channels={desk.account_id: {"per_hour": 2}})
    counts = [len((await offer(api, desk))["channels"]) for _ in range(3)]
    await put_settings(api, key, enabled=False)
    off = await offer(api, desk, key)
    async with api.client(key) as client:
        stale = await client.put("/v1/offers/settings", json={}, headers={"If-Match": '"1"'})
    assert counts == [1, 1, 0]
    assert (off["channels"], {h["reason"] for h in off["hidden"]}) == ([], {"switched_off"})
    assert stale.status_code == 412


async def test_old_offers_and_forgotten_outcomes_are_removed(api: Api, desk: Desk) -> None:
    made = await offer(api, desk)
    await outcome(api, desk, made["id"], result="left")
    kept = await offer(api, desk)
    await rows(api.url, "UPDATE offers SET at = now() - interval '8 days' WHERE id = $1", made["id"])
    await rows(api.url, "UPDATE offer_outcomes SET at = now() - interval '91 days'")
    database = Database(api.url, role="frontdesk_router", name="test")
    await database.start()
    try:
        async with database.transaction() as connection:
            lease = await acquire(connection, "housekeeping/0", "me", SPAN)
        assert lease is not None
        await Housekeeping(database, SystemClock(), timedelta(days=30)).round(lease)
    finally:
        await database.stop()
    assert [row["id"] for row in await rows(api.url, "SELECT id FROM offers")] == [kept["id"]]
    assert await rows(api.url, "SELECT 1 FROM offer_outcomes") == []


async def test_a_page_that_could_name_a_person_is_refused(api: Api, desk: Desk) -> None:
    async with api.client() as client:
        body = {"site_account_id": desk.account_id, "page": "/account?mail=ann@example.org"}
        assert (await client.post("/v1/offers", json=body)).status_code == 422


async def test_an_offer_says_what_opens_each_channel_and_its_name(api: Api, desk: Desk) -> None:
    key, _ = await add_key(api.url, desk.tenant_id, "admin")
    for name, channel, external_id in (
        ("acc_call", "twilio_voice", "+31201234567"),
        ("acc_wa", "whatsapp", "106540352242922"),
    ):
        await rows(
            api.url,
            "INSERT INTO channel_accounts (id, tenant_id, channel, name, external_id, config, team_id) "
            "VALUES ($1, $2, $3, 'Other', $4, '', $5)",
            name, desk.tenant_id, channel, external_id, desk.team_id,
        )  # fmt: skip
    await put_settings(api, key, channels={"acc_wa": {"address": "+31201234568"}})
    shown = {one["account_id"]: (one["title"], one["open"]) for one in (await offer(api, desk))["channels"]}
    assert shown == {
        desk.account_id: ("Web chat", None),
        "acc_call": ("Telephone (Twilio Voice)", "tel:+31201234567"),
        "acc_wa": ("WhatsApp", "https://wa.me/31201234568"),
    }


async def test_an_address_that_opens_nothing_is_refused_where_it_stands(api: Api, desk: Desk) -> None:
    key, _ = await add_key(api.url, desk.tenant_id, "admin")
    async with api.client(key) as client:
        body = {"channels": {"acc_mail": {"address": "https://evil.example"}, desk.account_id: {"address": "x"}}}
        answer = await client.put("/v1/offers/settings", json=body, headers={"If-Match": "*"})
    assert answer.status_code == 422, answer.text
    found = {error["pointer"] for error in answer.json()["errors"]}
    assert found == {"/channels/acc_mail/address", f"/channels/{desk.account_id}/address"}


async def test_a_page_of_a_strange_origin_is_offered_nothing(api: Api, desk: Desk) -> None:
    async with api.client("") as client:
        body = {"site_account_id": desk.account_id}
        answer = await client.post("/v1/offers", json=body, headers={"Origin": "https://strange.example"})
    assert answer.status_code == 403
