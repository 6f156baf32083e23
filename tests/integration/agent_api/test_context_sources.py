"""Sources that are asked about a customer: over real sockets, hanging, broken and hostile."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from backbone.web.addresses import Guard
from backbone.web.fetcher import Fetcher
from tests.support.api import Api, add_key, running_api
from tests.support.context import add_customer
from tests.support.desk import Desk, make_desk, rows
from tests.support.loopback import Loopback, always, answer, serving
from tests.support.ports import HOST
from tests.support.waiting import until

pytestmark = pytest.mark.database
ORDERS = answer(json.dumps({"orders": [{"no": 17, "status": "packed"}]}).encode())


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with running_api(database_url, fetcher=Fetcher(Guard(HOST))) as api:
        yield api


@pytest.fixture
async def desk(database_url: str) -> Desk:
    return await make_desk(database_url)


@pytest.fixture
async def admin(api: Api, desk: Desk) -> AsyncIterator[httpx2.AsyncClient]:
    key, _ = await add_key(api.url, desk.tenant_id, "admin")
    async with api.client(key) as client:
        yield client


def source(url: str, **more: Any) -> dict[str, Any]:
    fields = {"number": "/no", "state": "/status"}
    return {"name": "Shop", "url": url + "o/{customer_id}", "items": "/orders", "fields": fields} | more


async def add(client: httpx2.AsyncClient, body: dict[str, Any]) -> dict[str, Any]:
    answered = await client.post("/v1/context-sources", json=body)
    assert answered.status_code == 201, answered.text
    found: dict[str, Any] = answered.json()
    return found


async def ask(client: httpx2.AsyncClient, contact_id: str) -> dict[str, Any]:
    answered = await client.get(f"/v1/contacts/{contact_id}/context")
    assert answered.status_code == 200, answered.text
    [found] = answered.json()["sources"]["items"]
    return dict(found)


async def test_a_source_is_asked_with_its_secret_once_while_its_answer_is_fresh(
    api: Api, admin: httpx2.AsyncClient, desk: Desk
) -> None:
    contact_id = await add_customer(api.url, desk, "c/9", datetime.now(UTC))
    async with serving(always(ORDERS)) as shop:
        made = await add(admin, source(shop.url, header_name="Authorization", header_value="Bearer s3cret"))
        assert "s3cret" not in json.dumps(made) + (await admin.get("/v1/context-sources")).text
        first, again = await ask(admin, contact_id), await ask(admin, contact_id)
    assert (first["state"], first["items"]) == ("fresh", [{"number": "17", "state": "packed"}])
    assert again == first
    [request] = shop.requests
    assert request.startswith(b"GET /o/c%2F9 HTTP/1.1")
    assert b"Authorization: Bearer s3cret" in request
    [kept] = await rows(api.url, "SELECT header_value FROM context_sources")
    assert b"s3cret" not in kept["header_value"]


async def hang(_request: bytes, _writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


async def test_a_source_that_hangs_fails_alone_and_in_time_and_is_left_alone_after_a_while(
    api: Api, admin: httpx2.AsyncClient, desk: Desk
) -> None:
    contact_id = await add_customer(api.url, desk, "c-9", datetime.now(UTC))
    async with serving(hang) as shop:
        await add(admin, source(shop.url))
        took = []
        for _ in range(8):
            started = time.monotonic()
            found = await admin.get(f"/v1/contacts/{contact_id}/context")
            took.append(time.monotonic() - started)
            parts = {name: part["state"] for name, part in found.json().items() if isinstance(part, dict)}
            assert {name for name, state in parts.items() if state != "fresh"} == {"sources"}
            assert found.json()["sources"]["items"][0]["state"] == "failed"
            await asyncio.sleep(0.2)
        assert sorted(took)[4] < 0.3
        asked = len(shop.requests)
        assert asked == 5, "the circuit opens after five failures"
        await ask(admin, contact_id)
        assert len(shop.requests) == asked


async def test_what_was_known_is_shown_as_stale_while_a_source_fails(
    api: Api, admin: httpx2.AsyncClient, desk: Desk
) -> None:
    contact_id = await add_customer(api.url, desk, "c-9", datetime.now(UTC))
    replies = [ORDERS, answer(b"{", 200), answer(b"", 500), answer(b"", 302, "location: http://127.0.0.1/")]

    async def script(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(replies.pop(0))

    async with serving(script) as shop:
        await add(admin, source(shop.url))
        first = await ask(admin, contact_id)
        for _ in range(3):
            await rows(api.url, "UPDATE context_answers SET at = at - interval '1 hour'")
            later = await ask(admin, contact_id)
            assert (later["state"], later["items"]) == ("stale", first["items"])
    assert replies == []


async def test_an_answer_that_comes_too_late_is_there_the_next_time(
    api: Api, admin: httpx2.AsyncClient, desk: Desk
) -> None:
    contact_id = await add_customer(api.url, desk, "c-9", datetime.now(UTC))
    go = asyncio.Event()

    async def slow(_request: bytes, writer: asyncio.StreamWriter) -> None:
        await go.wait()
        writer.write(ORDERS)

    async with serving(slow) as shop:
        await add(admin, source(shop.url))
        asking = asyncio.create_task(ask(admin, contact_id))
        await until(lambda: len(shop.requests) == 1)
        await asyncio.sleep(0.16)
        go.set()
        first = await asking
        assert first["state"] in {"failed", "fresh"}

        async def kept() -> bool:
            return bool(await rows(api.url, "SELECT 1 FROM context_answers"))

        for _ in range(100):
            if await kept():
                break
            await asyncio.sleep(0.02)
        assert (await ask(admin, contact_id))["state"] == "fresh"
    assert len(shop.requests) == 1


async def test_a_source_is_not_asked_about_whom_the_company_does_not_know(
    api: Api, admin: httpx2.AsyncClient, desk: Desk
) -> None:
    contact_id = await add_customer(api.url, desk, "c-9", datetime.now(UTC))
    await rows(api.url, "DELETE FROM partner_customers")
    async with serving(always(ORDERS)) as shop:
        await add(admin, source(shop.url))
        found = await ask(admin, contact_id)
    assert (found["state"], found["items"], shop.requests) == ("fresh", [], [])


async def test_inside_addresses_are_not_asked(database_url: str, desk: Desk) -> None:
    async with running_api(database_url) as closed, serving(always(ORDERS)) as shop:
        key, _ = await add_key(closed.url, desk.tenant_id, "admin")
        contact_id = await add_customer(closed.url, desk, "c-9", datetime.now(UTC))
        async with closed.client(key) as client:
            await add(client, source(shop.url))
            assert (await ask(client, contact_id))["state"] == "failed"
        assert seen(shop) == (0, 0)


def seen(server: Loopback) -> tuple[int, int]:
    return server.connections, len(server.requests)


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"url": "https://{customer_id}.example/"}, "/url"),
        ({"url": "https://shop.example/all"}, "/url"),
        ({"url": "https://user:pw@shop.example/{customer_id}"}, "/url"),
        ({"header_name": "Authorization"}, "/header_name"),
        ({"header_name": "Host", "header_value": "evil.example"}, "/header_name"),
        ({"header_name": "X-Key", "header_value": "a\r\nHost: evil"}, "/header_value"),
        ({"ttl_seconds": 1}, "/ttl_seconds"),
        ({"fields": {}}, "/fields"),
    ],
)
async def test_what_could_never_be_asked_is_refused(
    admin: httpx2.AsyncClient, more: dict[str, Any], pointer: str
) -> None:
    answered = await admin.post("/v1/context-sources", json=source("https://shop.example/") | more)
    assert answered.status_code == 422
    assert [one["pointer"] for one in answered.json()["errors"]] == [pointer]


async def test_there_are_five_at_most_and_a_removed_one_makes_room(admin: httpx2.AsyncClient) -> None:
    made = [await add(admin, source("https://shop.example/", name=f"Shop {n}")) for n in range(5)]
    sixth = await admin.post("/v1/context-sources", json=source("https://shop.example/", name="Shop 6"))
    assert sixth.status_code == 409
    assert (await admin.delete(f"/v1/context-sources/{made[0]['id']}")).status_code == 204
    assert (await admin.delete(f"/v1/context-sources/{made[0]['id']}")).status_code == 404
    await add(admin, source("https://shop.example/", name="Shop 6"))


async def try_one(client: httpx2.AsyncClient, source_id: str, customer_id: str) -> dict[str, Any]:
    answered = await client.post(f"/v1/context-sources/{source_id}/try", json={"customer_id": customer_id})
    assert answered.status_code == 200, answered.text
    return dict(answered.json())


async def test_a_source_is_tried_and_nothing_of_it_is_kept(api: Api, admin: httpx2.AsyncClient, desk: Desk) -> None:
    async with serving(always(ORDERS)) as shop:
        made = await add(admin, source(shop.url, header_name="Authorization", header_value="Bearer s3cret"))
        told = await try_one(admin, made["id"], "c/9")
    assert (told["status"], told["fault"], told["in_time"]) == (200, None, True)
    assert told["items"] == [{"number": "17", "state": "packed"}]
    assert shop.requests[0].startswith(b"GET /o/c%2F9 HTTP/1.1")
    assert b"Authorization: Bearer s3cret" in shop.requests[0]
    assert await rows(api.url, "SELECT 1 FROM context_answers") == []


@pytest.mark.parametrize(
    ("answered", "status", "fault"),
    [
        (b"HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n", 500, "status"),
        (b"HTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n", 404, None),
        (answer(b"no json"), 200, "payload_invalid"),
    ],
)
async def test_why_a_tried_source_gave_nothing_is_told(
    admin: httpx2.AsyncClient, answered: bytes, status: int, fault: str | None
) -> None:
    async with serving(always(answered)) as shop:
        made = await add(admin, source(shop.url))
        told = await try_one(admin, made["id"], "c-9")
    assert (told["status"], told["fault"], told["items"]) == (status, fault, [])


async def test_a_circuit_that_opened_is_shown_and_trying_goes_past_it(
    api: Api, admin: httpx2.AsyncClient, desk: Desk
) -> None:
    contact_id = await add_customer(api.url, desk, "c-9", datetime.now(UTC))
    async with serving(always(b"HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n")) as shop:
        made = await add(admin, source(shop.url))
        for _ in range(20):
            await ask(admin, contact_id)
        [listed] = (await admin.get("/v1/context-sources")).json()["items"]
        before = len(shop.requests)
        await ask(admin, contact_id)
        assert len(shop.requests) == before
        told = await try_one(admin, made["id"], "c-9")
    assert (listed["circuit"], told["fault"]) == ("open", "status")
    assert len(shop.requests) == before + 1
