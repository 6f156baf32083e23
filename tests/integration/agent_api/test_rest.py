"""REST over a real database: lists, versions, idempotency and what each operation changes."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx2
import pytest

from backbone.ids import new_id
from tests.support.api import CONFIG, Api, add_conversation, add_key, running_api
from tests.support.desk import Desk, make_desk, rows

pytestmark = pytest.mark.database


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with running_api(database_url) as api:
        yield api


@pytest.fixture
async def desk(database_url: str) -> Desk:
    return await make_desk(database_url)


@pytest.fixture
async def admin(api: Api, desk: Desk) -> AsyncIterator[httpx2.AsyncClient]:
    key, _ = await add_key(api.url, desk.tenant_id, "admin")
    async with api.client(key) as client:
        yield client


async def test_a_caller_learns_who_it_is(admin: httpx2.AsyncClient, desk: Desk) -> None:
    answer = await admin.get("/v1/me")
    assert answer.status_code == 200, answer.text
    assert answer.json()["tenant_id"] == desk.tenant_id
    assert answer.headers["RateLimit"].startswith('"default";r=')
    assert answer.headers["X-Request-Id"].startswith("req_")


async def test_a_conversation_is_read_with_its_version_and_not_sent_twice(
    api: Api, admin: httpx2.AsyncClient, desk: Desk
) -> None:
    conversation_id = await add_conversation(api.url, desk)
    answer = await admin.get(f"/v1/conversations/{conversation_id}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["ETag"] == '"1"'
    again = await admin.get(f"/v1/conversations/{conversation_id}", headers={"If-None-Match": '"1"'})
    assert again.status_code == 304
    assert again.content == b""


async def test_a_reply_is_stored_once_however_often_it_is_sent(api: Api, admin: httpx2.AsyncClient, desk: Desk) -> None:
    conversation_id = await add_conversation(api.url, desk)
    body = {"content": {"type": "text", "text": "On its way."}}
    headers = {"Idempotency-Key": "reply-1"}
    path = f"/v1/conversations/{conversation_id}/messages"
    first = await admin.post(path, json=body, headers=headers)
    second = await admin.post(path, json=body, headers=headers)
    assert first.status_code == 201, first.text
    assert second.content == first.content
    assert second.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    stored = await rows(
        api.url, "SELECT 1 FROM messages WHERE conversation_id = $1 AND direction = 'out'", conversation_id
    )
    assert len(stored) == 1


async def test_an_assignment_needs_the_version_it_was_made_from(
    api: Api, admin: httpx2.AsyncClient, desk: Desk
) -> None:
    conversation_id = await add_conversation(api.url, desk)
    path, body = f"/v1/conversations/{conversation_id}/assign", {"agent_id": desk.agent_ids[0]}
    missing = await admin.post(path, json=body)
    stale = await admin.post(path, json=body, headers={"If-Match": '"7"'})
    good = await admin.post(path, json=body, headers={"If-Match": '"1"'})
    assert (missing.status_code, stale.status_code) == (428, 412)
    assert good.status_code == 200, good.text
    assert good.json()["agent_id"] == desk.agent_ids[0]
    assert good.headers["ETag"] == f'"{good.json()["version"]}"'


async def test_a_post_without_an_idempotency_key_is_refused(admin: httpx2.AsyncClient) -> None:
    request = admin.build_request("POST", "/v1/teams", json={"name": "Night"})
    admin.event_hooks = {"request": []}
    answer = await admin.send(request)
    assert answer.status_code == 400
    assert answer.json()["code"] == "idempotency_key_missing"


async def test_a_key_is_shown_once_and_stored_as_a_hash_only(api: Api, admin: httpx2.AsyncClient, desk: Desk) -> None:
    made = await admin.post("/v1/api-keys", json={"name": "x", "role": "agent", "agent_id": desk.agent_ids[0]})
    assert made.status_code == 201, made.text
    key = made.json()["key"]
    async with api.client(key) as client:
        assert (await client.get("/v1/me")).json()["agent_id"] == desk.agent_ids[0]
    listed = await admin.get("/v1/api-keys")
    assert key not in listed.text
    dump = await rows(api.url, "SELECT t::text FROM api_keys t UNION ALL SELECT i::text FROM idempotency_keys i")
    assert dump
    assert all(key not in row[0] and key.encode().hex() not in row[0] for row in dump)


async def test_unknown_paths_methods_and_ids_are_problems(admin: httpx2.AsyncClient) -> None:
    for method, path, status, code in (
        ("GET", "/v1/nothing", 404, "not_found"),
        ("PUT", "/v1/me", 405, "method_not_allowed"),
        ("GET", f"/v1/conversations/{new_id('cnv')}", 404, "not_found"),
        ("GET", "/v1/conversations/1", 422, "input_invalid"),
    ):
        answer = await admin.request(method, path)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == code
        assert answer.json()["request_id"] == answer.headers["X-Request-Id"]


async def test_a_defect_is_a_problem_that_tells_nothing(
    admin: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError("canary-in-an-exception")

    monkeypatch.setattr("agent_api.account.service.get_me", broken)
    answer = await admin.get("/v1/me")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "canary" not in answer.text


async def test_the_database_away_is_503_with_a_problem(api: Api, admin: httpx2.AsyncClient) -> None:
    assert (await admin.get("/v1/me")).status_code == 200
    await api.database.stop()
    answer = await admin.get("/v1/me")
    assert (answer.status_code, answer.json()["next_step"]) == (503, "retry")


async def test_bodies_that_are_too_large_not_json_or_not_said_to_be_json_are_refused(admin: httpx2.AsyncClient) -> None:
    path = "/v1/teams"
    large = await admin.post(path, content=b"{" + b" " * 2_000_000, headers={"Content-Type": "application/json"})
    plain = await admin.post(path, content=b'{"name":"x"}', headers={"Content-Type": "text/plain"})
    broken = await admin.post(path, content=b"{", headers={"Content-Type": "application/json"})
    smuggled = await admin.post(path, json={"name": "x", "tenant_id": "ten_other", "version": 9})
    found = [(answer.status_code, answer.json()["code"]) for answer in (large, plain, broken, smuggled)]
    assert found == [
        (413, "payload_too_large"),
        (415, "unsupported_media_type"),
        (400, "payload_invalid"),
        (422, "input_invalid"),
    ]
    assert [fault["pointer"] for fault in smuggled.json()["errors"]] == ["/tenant_id", "/version"]


async def test_chunks_are_counted_too(admin: httpx2.AsyncClient) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * 65_536

    answer = await admin.post("/v1/teams", content=chunks(), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")


async def test_pages_hold_each_conversation_once_while_new_ones_come(
    api: Api, admin: httpx2.AsyncClient, desk: Desk
) -> None:
    old = [await add_conversation(api.url, desk) for _ in range(25)]
    seen: list[str] = []
    path: str | None = "/v1/conversations?limit=4&status=open"
    while path is not None:
        answer = await admin.get(path)
        assert answer.status_code == 200, answer.text
        seen += [item["id"] for item in answer.json()["items"]]
        await add_conversation(api.url, desk)
        path = answer.links["next"]["url"] if "next" in answer.links else None
    assert seen == list(reversed(old))


async def test_a_cursor_of_another_list_is_refused(api: Api, admin: httpx2.AsyncClient, desk: Desk) -> None:
    for _ in range(3):
        await add_conversation(api.url, desk)
    cursor = (await admin.get("/v1/conversations", params={"limit": 1})).json()["next_cursor"]
    other = await admin.get("/v1/conversations", params={"limit": 1, "cursor": cursor, "status": "pending"})
    forged = await admin.get("/v1/conversations", params={"cursor": cursor[:-4] + "AAAA"})
    assert [other.status_code, forged.status_code] == [422, 422]
    assert other.json()["errors"][0]["pointer"] == "query/cursor"


async def test_a_key_that_is_at_work_is_409_and_another_body_422(
    api: Api, admin: httpx2.AsyncClient, desk: Desk
) -> None:
    answers = await asyncio.gather(
        *(admin.post("/v1/teams", json={"name": "Race"}, headers={"Idempotency-Key": "race"}) for _ in range(12))
    )
    codes = sorted(answer.status_code for answer in answers)
    other = await admin.post("/v1/teams", json={"name": "Other"}, headers={"Idempotency-Key": "race"})
    stored = await rows(api.url, "SELECT 1 FROM teams WHERE tenant_id = $1 AND name = 'Race'", desk.tenant_id)
    assert set(codes) <= {201, 409}
    assert codes[0] == 201
    assert len(stored) == 1
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert all("Retry-After" in answer.headers for answer in answers if answer.status_code == 409)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_mismatch")


async def test_only_listed_origins_may_read_answers(database_url: str, desk: Desk) -> None:
    config = replace(CONFIG, origins=frozenset({"https://desk.example"}))
    async with running_api(database_url, config=config) as api:
        key, _ = await add_key(database_url, desk.tenant_id)
        async with api.client(key) as client:
            good = await client.get("/v1/me", headers={"Origin": "https://desk.example"})
            foreign = await client.get("/v1/me", headers={"Origin": "https://desk.example.evil.example"})
            asked = {"Origin": "https://desk.example", "Access-Control-Request-Method": "POST"}
            preflight = await client.options("/v1/teams", headers=asked)
    assert good.headers["Access-Control-Allow-Origin"] == "https://desk.example"
    assert "Access-Control-Allow-Origin" not in foreign.headers
    assert preflight.status_code == 204
    assert "Idempotency-Key" in preflight.headers["Access-Control-Allow-Headers"]


async def test_a_caller_beyond_its_quota_is_told_when_to_come_back(database_url: str, desk: Desk) -> None:
    async with running_api(database_url, config=replace(CONFIG, quota=3)) as api:
        key, _ = await add_key(database_url, desk.tenant_id)
        async with api.client(key) as client:
            answers = [await client.get("/v1/me") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[3].json()["code"] == "rate_limited"
    assert int(answers[3].headers["Retry-After"]) >= 1


async def test_guessing_keys_is_slowed_down_and_nobody_else_is(api: Api, admin: httpx2.AsyncClient) -> None:
    async with api.client("fd_test_" + "0" * 43) as client:
        codes = [(await client.get("/v1/me")).status_code for _ in range(25)]
    assert codes[:20] == [401] * 20
    assert codes[-1] == 429
    assert (await admin.get("/v1/me")).status_code == 200


async def test_a_file_is_a_download_and_never_another_tenants(api: Api, admin: httpx2.AsyncClient, desk: Desk) -> None:
    conversation_id = await add_conversation(api.url, desk)
    own = await api.agent.parts.blobs.put(desk.tenant_id, b"<svg onload=alert(1)>")
    foreign = await api.agent.parts.blobs.put("ten_other", b"secret")
    content = {
        "media": [
            {"kind": "image", "blob": own, "url": "https://provider.example/?token=x"},
            {"kind": "file", "blob": foreign},
        ]
    }
    [message] = await rows(
        api.url,
        "UPDATE messages SET content = $2::jsonb WHERE conversation_id = $1 RETURNING id",
        conversation_id,
        json.dumps(content),
    )
    shown = await admin.get(f"/v1/messages/{message['id']}")
    first, second, third = [await admin.get(f"/v1/messages/{message['id']}/media/{index}") for index in range(3)]
    assert shown.json()["content"]["media"][0]["url"] is None
    assert "provider.example" not in shown.text
    assert first.content == b"<svg onload=alert(1)>"
    assert first.headers["Content-Disposition"].startswith("attachment")
    assert first.headers["Content-Type"] == "application/octet-stream"
    assert (second.status_code, third.status_code) == (404, 404)


async def test_each_error_code_has_a_page(admin: httpx2.AsyncClient) -> None:
    index = await admin.get("/docs/errors")
    codes = re.findall(r'href="/docs/errors/(\w+)"', index.text)
    pages = [await admin.get(f"/docs/errors/{code}") for code in codes]
    assert len(codes) > 25
    assert {page.status_code for page in pages} == {200}
    assert (await admin.get("/docs/errors/nothing")).status_code == 404
