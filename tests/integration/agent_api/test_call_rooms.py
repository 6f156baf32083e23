"""Calls through rooms of a LiveKit server: who may enter, and what the server tells of them."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from agent_api.calls.config import CallConfig
from agent_api.calls.livekit import room_of
from backbone.channel import jwt
from schemas.event_data import read as read_data
from tests.support.api import CONFIG, Api, add_conversation, add_key, running_api, serving_api
from tests.support.calls import agent_side, customer_side, make_visited_desk
from tests.support.desk import Desk, rows
from tests.support.livekit import ROOMS, webhook
from tests.support.stream import numbering

pytestmark = pytest.mark.database
PATH = "/v1/livekit"


@pytest.fixture
async def desk(database_url: str) -> Desk:
    return await make_visited_desk(database_url)


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    config = replace(CONFIG, calls=CallConfig(room=ROOMS))
    async with serving_api(database_url, config=config) as api, numbering(database_url, api.bus):
        yield api


async def say(api: Api, event: str, room: str, identity: str | None = None) -> int:
    headers, body = webhook(event, room, datetime.now(UTC), identity=identity)
    async with api.client() as client:
        return int((await client.post(PATH, content=body, headers=headers)).status_code)


def grant(answer: dict[str, Any]) -> tuple[str, str]:
    """Whose token it is, and for which room."""
    claims = jwt.read(answer["connection"]["room"]["token"]).claims
    return str(claims["sub"]), str(claims["video"]["room"])


async def test_both_sides_enter_their_room_and_its_webhooks_stand_on_the_conversation(api: Api, desk: Desk) -> None:
    await add_conversation(api.url, desk, contact_address="vis_1", agent_id=desk.agent_ids[0])
    key, _ = await add_key(api.url, desk.tenant_id, "agent", desk.agent_ids[0])
    supervisor, _ = await add_key(api.url, desk.tenant_id, "supervisor", desk.agent_ids[1])
    async with agent_side(api, key) as agent, customer_side(api, desk, "vis_1") as customer:
        rang = await customer.ask("call.start", kind="video", via="room", device=customer.device)
        call_id = rang["call"]["id"]
        room = room_of(desk.tenant_id, call_id)
        answered = await agent.ask("call.answer", call_id=call_id, device=agent.device)
        async with api.client(supervisor) as other:
            seen = (await other.get(f"/v1/calls/{call_id}/connection")).json()
        codes = [
            await say(api, "room_started", room),
            await say(api, "participant_joined", room, "customer"),
            await say(api, "participant_joined", room, "customer"),
            await say(api, "participant_joined", room, "agent"),
            await say(api, "participant_joined", room, "recorder"),
            await say(api, "participant_left", room, "customer"),
            await say(api, "participant_joined", "velvet-hammer", "u1"),
            await say(api, "room_finished", room_of("ten_another", call_id)),
            await say(api, "room_finished", room),
            await say(api, "room_finished", room),
        ]
        told = [(await agent.read("call.participant_changed"))["data"] for _ in range(3)]
        ended = (await agent.read("call.ended"))["data"]
        after = await customer.join(call_id)
    assert (grant(rang), grant(answered)) == (("customer", room), ("agent", room))
    assert rang["connection"]["room"]["url"] == "wss://rooms.example"
    assert seen["room"] is None
    assert set(codes) == {204}
    assert [(one["side"], one["state"]) for one in told] == [
        ("customer", "joined"),
        ("agent", "joined"),
        ("customer", "left"),
    ]
    assert (ended["cause"], ended["ended_by"]) == ("hung_up", None)
    assert after["code"] == "conflict"
    written = await rows(api.url, "SELECT data FROM events WHERE type = 'call.participant_changed'")
    assert len(written) == 3
    joined = {name: value for name, value in told[0].items() if name not in {"conversation", "message"}}
    assert not read_data("call.participant_changed", joined).model_extra


async def test_a_forged_webhook_changes_nothing_and_without_a_server_there_is_none(
    api: Api, desk: Desk, database_url: str
) -> None:
    await add_conversation(api.url, desk, contact_address="vis_1")
    key, _ = await add_key(api.url, desk.tenant_id, "agent", desk.agent_ids[0])
    async with customer_side(api, desk, "vis_1") as customer, agent_side(api, key) as agent:
        call = (await customer.ask("call.start", kind="audio", via="room", device=customer.device))["call"]
        await agent.ask("call.answer", call_id=call["id"], device=agent.device)
    headers, body = webhook("room_finished", room_of(desk.tenant_id, call["id"]), datetime.now(UTC))
    async with api.client() as client:
        forged = await client.post(PATH, content=body.replace(b"room_finished", b"room_finish3d"), headers=headers)
        unsigned = await client.post(PATH, content=body, headers={"Content-Type": headers["Content-Type"]})
        other_type = await client.post(PATH, content=body, headers=headers | {"Content-Type": "text/plain"})
    async with running_api(database_url) as without, without.client() as client:
        nothing = await client.post(PATH, content=body, headers=headers)
    assert [one.status_code for one in (forged, unsigned, other_type, nothing)] == [401, 401, 415, 404]
    assert forged.json()["code"] == "signature_invalid"
    [row] = await rows(api.url, "SELECT state FROM calls WHERE id = $1", call["id"])
    assert row["state"] == "active"
