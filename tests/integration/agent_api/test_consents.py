"""Recording and reading consents over REST, up to the send that they refuse."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from backbone.ids import new_id
from tests.support.api import Api, add_conversation, add_key, running_api
from tests.support.desk import Desk, make_desk, rows

pytestmark = pytest.mark.database
SAID = {"purpose": "proactive", "state": "given", "how": "agent", "word": "Yes, tell me when it ships."}


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with running_api(database_url) as api:
        yield api


@pytest.fixture
async def desk(api: Api) -> Desk:
    return await make_desk(api.url)


@pytest.fixture
async def client(api: Api, desk: Desk) -> AsyncIterator[httpx2.AsyncClient]:
    key, _ = await add_key(api.url, desk.tenant_id)
    async with api.client(key) as client:
        yield client


@pytest.fixture
async def case(api: Api, desk: Desk) -> dict[str, Any]:
    """A conversation, and the address that its contact wrote from."""
    conversation_id = await add_conversation(api.url, desk)
    [row] = await rows(
        api.url, "SELECT contact_id, account_id, contact_address FROM conversations WHERE id = $1", conversation_id
    )
    await rows(
        api.url,
        "INSERT INTO contact_points (account_id, address, tenant_id, contact_id) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        row["account_id"],
        row["contact_address"],
        desk.tenant_id,
        row["contact_id"],
    )
    return {"id": conversation_id, "path": f"/v1/contacts/{row['contact_id']}/consents"} | dict(row)


async def record(client: httpx2.AsyncClient, case: dict[str, Any], **more: Any) -> httpx2.Response:
    return await client.post(case["path"], json=SAID | more, headers={"Idempotency-Key": new_id("k")})


def address(case: dict[str, Any]) -> dict[str, Any]:
    return {"account_id": case["account_id"], "address": case["contact_address"]}


async def test_what_was_recorded_is_read_with_its_proof(client: httpx2.AsyncClient, case: dict[str, Any]) -> None:
    made = await record(client, case)
    assert made.status_code == 201
    assert (await client.get(case["path"])).json()["items"] == [made.json()]


async def test_a_page_follows_the_one_before(client: httpx2.AsyncClient, case: dict[str, Any]) -> None:
    made = [(await record(client, case, state=state)).json()["id"] for state in ("given", "withdrawn", "given")]
    first = (await client.get(case["path"], params={"limit": 2})).json()
    second = (await client.get(case["path"], params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [one["id"] for one in first["items"] + second["items"]] == made[::-1]


async def test_everything_withdrawn_on_an_address_refuses_sends(
    client: httpx2.AsyncClient, case: dict[str, Any]
) -> None:
    assert (await record(client, case, purpose="all", state="withdrawn", **address(case))).status_code == 201
    refused = await client.post(
        f"/v1/conversations/{case['id']}/messages",
        json={"content": {"type": "text", "text": "but wait"}},
        headers={"Idempotency-Key": new_id("k")},
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "contact_opted_out")


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"purpose": "all"}, "/address"),
        ({"address": "ann"}, "/account_id"),
        ({"message_id": "msg_0190f3a87b3c7d5e8f9a0b1c2d3e4f55"}, "/message_id"),
        ({"account_id": "acc_0190f3a87b3c7d5e8f9a0b1c2d3e4f55", "address": "somebody"}, "/address"),
    ],
)
async def test_what_proves_nothing_of_this_contact_is_refused(
    client: httpx2.AsyncClient, case: dict[str, Any], more: dict[str, Any], pointer: str
) -> None:
    refused = await record(client, case, **more)
    assert refused.status_code == 422
    assert pointer in str(refused.json())


async def test_a_consent_shows_in_the_contacts_context(client: httpx2.AsyncClient, case: dict[str, Any]) -> None:
    await record(client, case)
    context = (await client.get(f"/v1/contacts/{case['contact_id']}/context")).json()
    assert [(one["purpose"], one["state"]) for one in context["consents"]["items"]] == [("proactive", "given")]
