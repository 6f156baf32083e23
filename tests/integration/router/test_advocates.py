"""Invitations after good ratings, from the rating to the opened page and the used code, against a real PostgreSQL."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from backbone.ids import new_id
from tests.support.api import Api, add_conversation, add_key, running_api
from tests.support.desk import Desk, make_desk, rows
from tests.support.router import Workers

pytestmark = pytest.mark.database
PAGE = "https://reviews.example/shop"


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with running_api(database_url) as api:
        yield api


@pytest.fixture
async def desk(database_url: str) -> Desk:
    made = await make_desk(database_url, channel="telegram")
    await set_up(database_url, made, review_link=PAGE)
    return made


@pytest.fixture
async def admin(api: Api, desk: Desk) -> AsyncIterator[httpx2.AsyncClient]:
    key, _ = await add_key(api.url, desk.tenant_id)
    async with api.client(key) as client:
        yield client


async def set_up(url: str, desk: Desk, **values: object) -> None:
    settings = {"advocates": {"enabled": True, **values}}
    await rows(url, "UPDATE tenants SET settings = $2 WHERE id = $1", desk.tenant_id, json.dumps(settings))


async def rated(admin: httpx2.AsyncClient, desk: Desk, url: str, score: int = 5, **values: object) -> str:
    case = await add_conversation(url, desk, **({"status": "resolved", "channel": "telegram"} | values))
    path = f"/v1/conversations/{case}/rating"
    answer = await admin.post(path, json={"score": score}, headers={"Idempotency-Key": new_id("k")})
    assert answer.status_code == 200
    return case


async def invite(workers: Workers, url: str) -> None:
    await rows(url, "UPDATE timers SET due_at = now() - interval '1 second' WHERE kind = 'advocate'")
    await workers.timers.fire_due()


async def invitations(url: str) -> list[Any]:
    return list(await rows(url, "SELECT * FROM advocate_invitations ORDER BY id"))


async def test_who_rated_well_gets_a_link_that_leads_to_the_tenants_page(
    workers: Workers, desk: Desk, api: Api, admin: httpx2.AsyncClient
) -> None:
    await rated(admin, desk, api.url)
    await invite(workers, api.url)
    [sent] = await rows(api.url, "SELECT content ->> 'text' AS text FROM messages WHERE author_kind = 'system'")
    address = sent["text"].rpartition(" ")[2]
    assert address.startswith("https://desk.example/v1/customer/invitations/")
    opened = await admin.get(address.removeprefix("https://desk.example"), follow_redirects=False)
    [invited] = await invitations(api.url)
    assert (opened.status_code, opened.headers["Location"], invited["opened_at"] is None) == (303, PAGE, False)


async def test_a_code_that_nobody_has_leads_nowhere(api: Api, admin: httpx2.AsyncClient) -> None:
    for code in ("A" * 16, "x", "%00"):
        assert (await admin.get(f"/v1/customer/invitations/{code}", follow_redirects=False)).status_code == 404


async def test_who_rated_worse_is_not_invited(
    workers: Workers, desk: Desk, api: Api, admin: httpx2.AsyncClient
) -> None:
    await rated(admin, desk, api.url, 4)
    await invite(workers, api.url)
    assert await invitations(api.url) == []


async def test_a_rating_that_was_taken_back_meanwhile_does_not_count(
    workers: Workers, desk: Desk, api: Api, admin: httpx2.AsyncClient
) -> None:
    await rated(admin, desk, api.url)
    await rows(api.url, "UPDATE ratings SET score = 1")
    await invite(workers, api.url)
    assert await invitations(api.url) == []


async def test_a_case_that_was_opened_again_brings_no_invitation(
    workers: Workers, desk: Desk, api: Api, admin: httpx2.AsyncClient
) -> None:
    await rated(admin, desk, api.url, status="open")
    await invite(workers, api.url)
    assert await invitations(api.url) == []


async def test_a_customer_is_invited_once_in_the_tenants_time(
    workers: Workers, desk: Desk, api: Api, admin: httpx2.AsyncClient
) -> None:
    await rated(admin, desk, api.url, contact_id="con_ann")
    await invite(workers, api.url)
    await rated(admin, desk, api.url, contact_id="con_ann")
    await invite(workers, api.url)
    assert len(await invitations(api.url)) == 1


async def test_the_tenants_cap_is_never_passed(
    workers: Workers, desk: Desk, api: Api, admin: httpx2.AsyncClient
) -> None:
    await set_up(api.url, desk, review_link=PAGE, per_day=2)
    for _ in range(4):
        await rated(admin, desk, api.url)
    await invite(workers, api.url)
    assert len(await invitations(api.url)) == 2


async def allow_marketing(url: str) -> None:
    await rows(
        url,
        "INSERT INTO consents (id, tenant_id, contact_id, purpose, state, how, at) "
        "SELECT 'cns_' || id, tenant_id, contact_id, 'marketing', 'given', 'form', now() FROM conversations",
    )


async def test_without_consent_to_marketing_nobody_gets_a_code(
    workers: Workers, desk: Desk, api: Api, admin: httpx2.AsyncClient
) -> None:
    await set_up(api.url, desk, referral=True)
    await rated(admin, desk, api.url)
    await invite(workers, api.url)
    assert await invitations(api.url) == []


async def test_a_friend_who_comes_with_a_code_is_counted_and_reported(
    workers: Workers, desk: Desk, api: Api, admin: httpx2.AsyncClient
) -> None:
    await set_up(api.url, desk, referral=True)
    await rated(admin, desk, api.url)
    await allow_marketing(api.url)
    await invite(workers, api.url)
    [invited] = await invitations(api.url)
    for key in ("order-1", "order-1", "order-2"):
        await admin.post("/v1/advocates/uses", json={"code": invited["code"]}, headers={"Idempotency-Key": key})
    span = {"since": "2026-11-01T00:00:00Z", "until": "2027-01-01T00:00:00Z"}
    [line] = (await admin.get("/v1/reports/advocates", params=span)).json()["items"]
    assert line == {"channel": "telegram", "kind": "referral", "invited": 1, "opened": 0, "used": 1, "uses": 2}
