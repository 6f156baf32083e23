"""Every operation for every role, on one's own things, another team's and another tenant's: over REST, the live stream,
files and webhooks. What a role lacks is 403, what is not one's own is 404, and neither tells anything.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr

from agent_api.attachments.links import make_link, open_link
from agent_api.http.middleware import CUSTOMERS
from agent_api.permissions import MATRIX, Permission
from backbone.channel.visitor import make_token
from backbone.errors import NotFound
from backbone.ids import new_id
from backbone.storage.database import Database
from gateway.partners.fanout import FanOut
from tests.support.api import MASTER, PATIENCE, TEXT, Api, add_conversation, add_key, serving_api
from tests.support.desk import Desk, make_desk, rows
from tests.support.fills import fill, fill_call
from tests.support.operations import Operation, operations
from tests.support.stream import Follower, numbering, until_numbered, write_events

pytestmark = [pytest.mark.database, pytest.mark.timeout(240)]

OWN = frozenset(
    {Permission.CONVERSATIONS_READ, Permission.MESSAGES_READ, Permission.NOTES_WRITE, Permission.EVENTS_READ}
)
ROLES: Mapping[str, frozenset[Permission]] = {"own role": OWN} | {str(role): may for role, may in MATRIX.items()}
OPEN = {
    "getMe",
    "startCustomerSession",
    "getFile",
    "startSession",
    "endSession",
    "getSession",
    "changePassword",
    "createOffer",
    "reportOfferOutcome",
    "searchKnowledgeAsCustomer",
    "openKnowledgeAsCustomer",
    "readKnowledgeAsCustomer",
    "judgeKnowledgeAsCustomer",
    "listLoginProviders",
}
ENDLESS = {"streamEvents"}
CASE = frozenset({"conversation_id", "message_id", "call_id"})


@dataclass(frozen=True)
class Scene:
    """One's own tenant with a team of one's own and another, and the ids of what is where."""

    desk: Desk
    far_team: str
    own: Mapping[str, str]
    far: Mapping[str, str]


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with serving_api(database_url) as api, numbering(database_url, api.bus):
        yield api


async def scene(api: Api) -> Scene:
    desk, far_team = await make_desk(api.url), new_id("tea")
    await rows(api.url, "INSERT INTO teams (id, tenant_id, name) VALUES ($1, $2, 'Far')", far_team, desk.tenant_id)
    own = await fill(api.url, desk)
    far = await add_conversation(api.url, desk, team_id=far_team, subject=TEXT, preview=TEXT)
    [message] = await rows(api.url, "SELECT id FROM messages WHERE conversation_id = $1", far)
    call_id = await fill_call(api.url, desk, far)
    return Scene(desk, far_team, own, own | {"conversation_id": far, "message_id": message["id"], "call_id": call_id})


async def key_of(api: Api, desk: Desk, role: str) -> str:
    agent_id = None if role == "partner" else desk.agent_ids[0]
    if role in MATRIX:
        return (await add_key(api.url, desk.tenant_id, role, agent_id))[0]
    role_id = new_id("rol")
    await rows(
        api.url,
        "INSERT INTO roles (id, tenant_id, name, permissions) VALUES ($1, $2, 'Own', $3)",
        role_id,
        desk.tenant_id,
        sorted(OWN),
    )
    # An admin's key: what the role of the tenant's own lists counts, and nothing else.
    return (await add_key(api.url, desk.tenant_id, "admin", agent_id, role_id))[0]


def verdict(operation: Operation, role: str, place: str) -> int | None:
    """The only right answer; None where the caller may, and it is the operation's own."""
    may = ROLES[role]
    if operation.permission not in may:
        return 403
    if operation.id == "setPresence" and place == "tenant" and Permission.PRESENCE_ANY not in may:
        return 403  # of anybody but oneself, whether there is such an agent or not
    if place == "tenant" or (place == "team" and Permission.CONVERSATIONS_READ_ALL not in may):
        return 404
    return None


def is_wrong(answer: httpx2.Response, right: int | None) -> bool:
    if right is None:
        return answer.status_code in {401, 403} or answer.status_code >= 500
    return answer.status_code != right or TEXT in answer.text


@pytest.mark.parametrize("role", sorted(ROLES))
async def test_every_operation_answers_every_role_by_what_is_whose(api: Api, role: str) -> None:
    ours, theirs = await scene(api), await make_desk(api.url)
    foreign = await fill(api.url, theirs)
    places = {"tenant": foreign, "team": ours.far, "own": ours.own}
    secret = set(foreign.values()) - set(ours.own.values()) - {"x"}
    if Permission.CONVERSATIONS_READ_ALL not in ROLES[role]:
        secret |= {ours.far["conversation_id"], ours.far["message_id"]}
    wrong: list[object] = []
    tried = 0
    async with api.client(await key_of(api, ours.desk, role)) as client:
        for place, ids in places.items():
            for operation in operations():
                names = operation.ids if place == "tenant" else operation.ids & CASE
                right = verdict(operation, role, place)
                if operation.permission is None or operation.id in ENDLESS or (place != "own" and not names):
                    continue
                answer = await operation.call(client, ids)
                told = sorted(
                    found for found in secret if found in answer.text and found not in str(answer.request.url)
                )
                tried += 1
                if is_wrong(answer, right) or told:
                    wrong.append((place, operation.id, answer.status_code, right, told, answer.text[:200]))
    assert wrong == []
    assert tried > 150
    kept = await rows(
        api.url, "SELECT version, status, agent_id FROM conversations WHERE id = $1", foreign["conversation_id"]
    )
    assert tuple(kept[0]) == (1, "open", None)


async def test_whoever_brings_no_key_is_told_nothing(api: Api) -> None:
    """Neither a stranger nor a customer, whose token opens their own conversation on their own socket only."""
    ids = (await scene(api)).own
    visitor = make_token(new_id("vis"), datetime.now(UTC) + timedelta(hours=1), SecretStr("s" * 32))
    wrong = []
    for credential in ("", visitor):
        # Each request comes from an address of its own, else the limit on wrong keys would answer.
        for number, operation in enumerate(operations()):
            if operation.permission is None and operation.id != "getMe":
                continue
            transport = httpx2.ASGITransport(app=api.agent.app, client=(f"192.0.2.{number}", 1))
            headers = {"Authorization": f"Bearer {credential}"} if credential else {}
            async with httpx2.AsyncClient(transport=transport, base_url="http://testserver", headers=headers) as client:
                answer = await operation.call(client, ids)
            if answer.status_code != 401 or TEXT in answer.text:
                wrong.append((operation.id, answer.status_code, answer.text[:200]))
    assert wrong == []


async def test_every_operation_names_its_permission() -> None:
    unnamed = [operation for operation in operations() if operation.permission is None]
    assert {operation.id for operation in unnamed if not operation.customers} == OPEN
    assert [
        operation.path for operation in unnamed if operation.customers and not operation.path.startswith(CUSTOMERS)
    ] == []


async def test_the_stream_shows_every_role_what_rest_would(api: Api) -> None:
    """The same scope on a socket, page by page, and for another tenant: one event each, and who is told of which."""
    ours, theirs = await scene(api), await make_desk(api.url)
    foreign = await add_conversation(api.url, theirs)
    own, far = ours.own["conversation_id"], ours.far["conversation_id"]
    followers = {role: Follower(api, await key_of(api, ours.desk, role)) for role in ROLES}
    for role, follower in followers.items():
        async with follower.connected():
            hello = await follower.read()
            assert hello["type"] == "hello", role
    await events_in(api, theirs, {foreign: theirs.team_id})
    await events_in(api, ours.desk, {far: ours.far_team, own: ours.desk.team_id})
    await until_numbered(api, ours.desk, 2)
    seen, listed = {}, {}
    for role, follower in followers.items():
        async with follower.connected():
            async with asyncio.timeout(PATIENCE):
                while own not in cases(follower.frames):
                    await follower.read()
        async with api.client(follower.key) as client:
            page = (await client.get("/v1/events", params={"after": 0})).json()
        seen[role], listed[role] = cases(follower.frames), cases(page["items"])
    everything, scoped = {own, far}, {own}
    right = {role: everything if Permission.CONVERSATIONS_READ_ALL in may else scoped for role, may in ROLES.items()}
    assert seen == right
    assert listed == right


async def events_in(api: Api, desk: Desk, places: Mapping[str, str]) -> None:
    for conversation_id, team_id in places.items():
        where = Desk(desk.tenant_id, team_id, desk.account_id, (new_id("agt"),))
        await write_events(api.url, where, 1, conversation_id)


def cases(frames: list[dict[str, Any]]) -> set[str]:
    return {frame["data"]["conversation"]["id"] for frame in frames if "conversation" in frame["data"]}


async def test_the_socket_of_a_role_without_events_is_closed(api: Api) -> None:
    desk, role_id = await make_desk(api.url), new_id("rol")
    await rows(
        api.url,
        "INSERT INTO roles (id, tenant_id, name, permissions) VALUES ($1, $2, 'Blind', '{contacts:read}')",
        role_id,
        desk.tenant_id,
    )
    key, _ = await add_key(api.url, desk.tenant_id, "admin", None, role_id)
    follower = Follower(api, key)
    async with follower.connected() as socket:
        await asyncio.wait_for(socket.wait_closed(), 10)
    assert socket.close_code == 4403


async def test_a_link_to_a_file_can_be_neither_guessed_nor_bent(api: Api) -> None:
    now = datetime.now(UTC)
    link = make_link(MASTER, "", "ten_a", "att_a", now).rpartition("/")[2]
    opened = 0
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for number in range(10_000):
        place, letter = number % len(link), alphabet[number // len(link) % len(alphabet)]
        bent = link[:place] + letter + link[place + 1 :]
        # The last letter may hold bits that no byte uses: those say the same.
        if bent == link or place == len(link) - 1:
            continue
        try:
            open_link(MASTER, bent, now)
            opened += 1
        except NotFound:
            pass
    assert opened == 0
    assert open_link(MASTER, link, now) == ("ten_a", "att_a")
    async with api.client() as client:
        assert (await client.get(f"/v1/files/{link[:-9]}AAAAAAAAA")).status_code == 404


async def test_webhooks_carry_the_events_of_their_own_tenant_only(api: Api) -> None:
    ours, theirs = await scene(api), await make_desk(api.url)
    foreign = await add_conversation(api.url, theirs)
    await events_in(api, theirs, {foreign: theirs.team_id})
    await events_in(api, ours.desk, {ours.own["conversation_id"]: ours.desk.team_id})
    await until_numbered(api, ours.desk, 1)
    await until_numbered(api, theirs, 1)
    narrowed = json.dumps({"conversation_ids": [foreign]})
    for filters in ("{}", narrowed):
        await rows(
            api.url,
            "INSERT INTO webhook_endpoints (id, tenant_id, name, url, secrets, filter) "
            "VALUES ($1, $2, 'x', 'https://partner.example', '', $3::jsonb)",
            new_id("whe"),
            ours.desk.tenant_id,
            filters,
        )
    gateway = Database(api.url, role="frontdesk_gateway", name="test-fan-out", most=2)
    await gateway.start()
    try:
        while await FanOut(gateway).round(datetime.now(UTC)):
            pass
    finally:
        await gateway.stop()
    sent = await rows(api.url, "SELECT conversation_id FROM webhook_deliveries WHERE seq IS NOT NULL")
    assert {row["conversation_id"] for row in sent} == {ours.own["conversation_id"]}
