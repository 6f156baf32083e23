"""The live stream over real sockets: order, resume, epochs, filters, slow readers, revocation, and the end."""

import asyncio
import contextlib
import json
import os
import random
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from agent_api.live.frames import SUBPROTOCOL
from backbone.telemetry.metrics import Metric
from tests.support.api import PROTOCOLS, Api, add_conversation, add_key, serving_api, until
from tests.support.desk import Desk, make_desk, rows
from tests.support.stream import Follower, closed, numbering, until_numbered, write_events

pytestmark = pytest.mark.database
# A release cuts ten thousand times.
CUTS = int(os.environ.get("STREAM_CUTS", "200"))


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with serving_api(database_url) as api, numbering(database_url, api.bus):
        yield api


@pytest.fixture
async def desk(database_url: str) -> Desk:
    return await make_desk(database_url)


async def note(api: Api, key: str, conversation_id: str, text: str = "hm") -> None:
    async with api.client(key) as client:
        answer = await client.post(f"/v1/conversations/{conversation_id}/notes", json={"text": text})
        assert answer.status_code == 201, answer.text


async def test_a_note_reaches_a_subscriber_with_its_text(api: Api, desk: Desk) -> None:
    key, _ = await add_key(api.url, desk.tenant_id)
    conversation_id = await add_conversation(api.url, desk)
    follower = Follower(api, key)
    async with follower.connected() as socket:
        assert socket.subprotocol == SUBPROTOCOL
        await follower.read()
        await note(api, key, conversation_id, "call back on Monday")
        await follower.read_until(lambda: follower.frames)
    [frame] = follower.frames
    assert (frame["type"], frame["seq"], frame["prev"], follower.gaps) == ("note.added", 1, 0, 0)
    assert frame["data"]["message"]["content"]["text"] == "call back on Monday"
    assert frame["data"]["conversation"]["id"] == conversation_id


async def test_a_partner_is_not_shown_what_notes_say(api: Api, desk: Desk) -> None:
    admin, _ = await add_key(api.url, desk.tenant_id)
    partner, _ = await add_key(api.url, desk.tenant_id, "partner")
    conversation_id = await add_conversation(api.url, desk)
    follower = Follower(api, partner)
    async with follower.connected():
        await follower.read()
        await note(api, admin, conversation_id, "canary-of-a-note")
        await follower.read_until(lambda: follower.frames)
    assert "message" not in follower.frames[0]["data"]
    assert "canary-of-a-note" not in json.dumps(follower.frames)


async def test_cuts_at_any_moment_leave_no_gap_and_no_repeat(api: Api, desk: Desk) -> None:
    key, _ = await add_key(api.url, desk.tenant_id)
    follower = Follower(api, key)
    total, dice = 10 * CUTS, random.Random(7)
    async with follower.connected():
        await follower.read()

    async def write() -> None:
        for _ in range(total // 10):
            await write_events(api.url, desk, 10)

    writer = asyncio.create_task(write())
    cuts = 0
    while follower.last != total or cuts < CUTS:
        async with follower.connected() as socket:
            stay = dice.randint(0, 12) if cuts < CUTS else total
            try:
                async with asyncio.timeout(dice.uniform(0.001, 0.1) if cuts < CUTS else 10):
                    while stay > 0 and follower.last != total:
                        await follower.read()
                        stay -= 1
            except TimeoutError:
                pass
            socket.transport.abort()
            cuts += 1
    await writer
    stored = [
        row["id"]
        for row in await rows(api.url, "SELECT id FROM events WHERE tenant_id = $1 ORDER BY seq", desk.tenant_id)
    ]
    assert [frame["id"] for frame in follower.frames] == stored
    assert (len(stored), follower.gaps, follower.snapshots) == (total, 0, [])
    assert cuts >= CUTS


async def test_a_filtered_subscription_is_provably_whole(api: Api, desk: Desk) -> None:
    key, _ = await add_key(api.url, desk.tenant_id, "agent", desk.agent_ids[0])
    mine = await add_conversation(api.url, desk, agent_id=desk.agent_ids[0])
    other = await add_conversation(api.url, desk, agent_id=desk.agent_ids[1])
    admin, _ = await add_key(api.url, desk.tenant_id)
    follower = Follower(api, key, filter_="mine")
    async with follower.connected():
        await follower.read()
        for conversation_id in (other, mine, other, other, mine):
            await note(api, admin, conversation_id)
        await follower.read_until(lambda: len(follower.frames) == 2)
    assert [(frame["prev"], frame["seq"]) for frame in follower.frames] == [(0, 2), (2, 5)]
    assert {frame["data"]["conversation"]["id"] for frame in follower.frames} == {mine}


async def test_a_conversation_that_goes_to_another_leaves_with_its_id_only(api: Api, desk: Desk) -> None:
    key, _ = await add_key(api.url, desk.tenant_id, "agent", desk.agent_ids[0])
    admin, _ = await add_key(api.url, desk.tenant_id)
    conversation_id = await add_conversation(api.url, desk)
    follower = Follower(api, key, filter_="mine")
    async with follower.connected(), api.client(admin) as client:
        await follower.read()
        for number, agent_id in enumerate(desk.agent_ids[:2], start=1):
            path = f"/v1/conversations/{conversation_id}/assign"
            answer = await client.post(path, json={"agent_id": agent_id}, headers={"If-Match": "*"})
            assert answer.status_code == 200, answer.text
            await follower.read_frames(number)
    entered, left = follower.frames
    assert entered["data"]["conversation"]["agent_id"] == desk.agent_ids[0]
    assert left["data"] == {"conversation_id": conversation_id, "scope": "left"}


@pytest.mark.parametrize(("after", "epoch"), [(3, "0-00000009"), (4_000, None)])
async def test_another_epoch_or_a_number_from_the_future_orders_one_snapshot(
    api: Api, desk: Desk, after: int, epoch: str | None
) -> None:
    key, _ = await add_key(api.url, desk.tenant_id)
    await write_events(api.url, desk, 5)
    await until_numbered(api, desk, 5)
    follower = Follower(api, key)
    follower.last, follower.epoch = after, epoch
    async with follower.connected():
        await follower.read_until(lambda: follower.snapshots)
        await write_events(api.url, desk, 1)
        await follower.read_frames(1)
    assert (follower.snapshots, follower.gaps) == (["epoch"], 0)
    assert follower.frames[0]["seq"] == 6


async def test_what_retention_removed_orders_a_snapshot(api: Api, desk: Desk) -> None:
    key, _ = await add_key(api.url, desk.tenant_id)
    await write_events(api.url, desk, 20)
    await until_numbered(api, desk, 20)
    await rows(api.url, "DELETE FROM events WHERE tenant_id = $1 AND seq <= 10", desk.tenant_id)
    await rows(api.url, "UPDATE streams SET first_seq = 11 WHERE tenant_id = $1", desk.tenant_id)
    follower = Follower(api, key)
    follower.last, follower.epoch = 5, (await head_of(api, key))["epoch"]
    async with follower.connected():
        await follower.read_until(lambda: follower.snapshots)
    assert follower.snapshots == ["retention"]
    async with api.client(key) as client:
        gone = await client.get("/v1/events", params={"after": 5})
        kept = await client.get("/v1/events", params={"after": 10})
    assert (gone.status_code, gone.json()["code"]) == (410, "snapshot_required")
    assert [item["seq"] for item in kept.json()["items"]] == list(range(11, 21))


async def head_of(api: Api, key: str) -> dict[str, Any]:
    async with api.client(key) as client:
        found: dict[str, Any] = (await client.get("/v1/stream/head")).json()
        return found


async def test_a_revoked_key_loses_rest_and_socket_within_five_seconds(api: Api, desk: Desk) -> None:
    admin, _ = await add_key(api.url, desk.tenant_id)
    key, key_id = await add_key(api.url, desk.tenant_id, "agent", desk.agent_ids[0])
    follower = Follower(api, key)
    loop = asyncio.get_running_loop()
    async with follower.connected() as socket, api.client(admin) as client, api.client(key) as victim:
        await follower.read()
        assert (await victim.get("/v1/me")).status_code == 200
        began = loop.time()
        assert (await client.delete(f"/v1/api-keys/{key_id}")).status_code == 204
        code = await closed(socket, follower.take)
        while (await victim.get("/v1/me")).status_code == 200:
            await asyncio.sleep(0.05)
        assert loop.time() - began < 5
    assert code == 4401
    assert follower.control[-1]["retry"] is False


async def test_a_ticket_is_good_once_and_for_its_own_origin(api: Api, desk: Desk) -> None:
    key, _ = await add_key(api.url, desk.tenant_id)
    async with api.client(key) as client:
        plain = (await client.post("/v1/stream/tickets")).json()["ticket"]
        bound = (await client.post("/v1/stream/tickets", headers={"Origin": api.base})).json()["ticket"]
    codes = []
    for ticket, origin in ((plain, None), (plain, None), (bound, None), (bound, api.base)):
        url = api.socket_url(ticket=ticket)
        async with connect(url, subprotocols=PROTOCOLS, origin=origin) as socket:  # type: ignore[arg-type]
            first = json.loads(await socket.recv())
            codes.append(first.get("code", first["type"]))
    assert codes == ["hello", 4401, 4401, 4401]


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"subprotocols": [SUBPROTOCOL], "origin": "https://evil.example"}, 403),
        ({}, 400),
    ],
)
async def test_foreign_pages_and_other_protocols_are_refused_before_the_handshake(
    api: Api, options: dict[str, Any], status: int
) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with connect(api.socket_url(), **options):
            pass
    assert refused.value.response.status_code == status
    assert refused.value.response.headers["content-type"] == "application/problem+json"


async def test_silence_is_closed_after_five_seconds(api: Api) -> None:
    async with connect(api.socket_url(), subprotocols=PROTOCOLS) as socket:
        assert await closed(socket) == 4408


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        (["nonsense"], 4400),
        ([json.dumps({"type": "auth", "token": "fd_test_" + "0" * 43})], 4401),
        ([json.dumps([1])], 4400),
        (["x" * 1_000_000], 1009),
        ([b"\x00"], 4400),
    ],
)
async def test_bad_first_frames_are_closed_with_their_code(api: Api, frames: list[str | bytes], code: int) -> None:
    async with connect(api.socket_url(), subprotocols=PROTOCOLS) as socket:
        for frame in frames:
            await socket.send(frame)
        assert await closed(socket) == code


async def test_a_flood_of_tiny_frames_is_cut(api: Api, desk: Desk) -> None:
    key, _ = await add_key(api.url, desk.tenant_id)
    follower = Follower(api, key)
    async with follower.connected() as socket:
        await follower.read()
        with contextlib.suppress(ConnectionClosed):
            for _ in range(100_000):
                await socket.send('{"type":"pong"}')
        assert await closed(socket) == 4429


async def test_commands_are_answered_with_their_id(api: Api, desk: Desk) -> None:
    key, _ = await add_key(api.url, desk.tenant_id, "agent", desk.agent_ids[0])
    foreign = await make_desk(api.url)
    hidden = await add_conversation(api.url, foreign)
    follower = Follower(api, key)
    async with follower.connected() as socket:
        await follower.read()
        for command in (
            {"type": "presence.set", "id": "a", "presence": "away", "reason": "lunch"},
            {"type": "typing", "id": "b", "conversation_id": hidden},
            {"type": "dance", "id": "c"},
        ):
            await socket.send(json.dumps(command))
        await follower.read_until(lambda: len([frame for frame in follower.control if "id" in frame]) == 3)
    found = {frame["id"]: (frame["type"], frame.get("code")) for frame in follower.control if "id" in frame}
    assert found == {"a": ("ack", None), "b": ("error", "not_found"), "c": ("error", "input_invalid")}
    [agent] = await rows(api.url, "SELECT presence, presence_reason FROM agents WHERE id = $1", desk.agent_ids[0])
    assert tuple(agent) == ("away", "lunch")


async def test_an_agent_without_a_socket_is_away_after_the_grace_and_back_with_one(api: Api, desk: Desk) -> None:
    key, _ = await add_key(api.url, desk.tenant_id, "agent", desk.agent_ids[0])

    async def presence() -> str:
        [row] = await rows(api.url, "SELECT presence FROM agents WHERE id = $1", desk.agent_ids[0])
        return str(row["presence"])

    async def becomes(wanted: str) -> None:
        async with asyncio.timeout(6):
            while await presence() != wanted:
                await asyncio.sleep(0.05)

    follower = Follower(api, key)
    async with follower.connected():
        await follower.read()
        await asyncio.sleep(1.2)
        assert await presence() == "online"
    await becomes("away")
    async with follower.connected():
        await follower.read()
        await becomes("online")
    assert await presence() == "online"


async def test_a_reader_that_never_reads_is_cut_and_others_are_not_held_up(api: Api, desk: Desk) -> None:
    key, _ = await add_key(api.url, desk.tenant_id)
    conversation_id = await add_conversation(api.url, desk, subject="x" * 4000)
    lazy, brisk = Follower(api, key), Follower(api, key)
    async with lazy.connected() as sleeping, brisk.connected():
        await lazy.read()
        await brisk.read()
        sleeping.transport.pause_reading()
        metrics = api.agent.parts.metrics

        async def write() -> None:
            for _ in range(40):
                await write_events(api.url, desk, 50, conversation_id)

        writer = asyncio.create_task(write())
        await brisk.read_until(lambda: brisk.last == 2000, patience=30)
        await writer
        await until(lambda: metrics.value(Metric.API_SLOW_SOCKETS, "agent") == 1, patience=12)
        assert brisk.gaps == 0
        sleeping.transport.abort()


async def test_draining_sends_everybody_elsewhere(api: Api, desk: Desk) -> None:
    key, _ = await add_key(api.url, desk.tenant_id)
    followers = [Follower(api, key) for _ in range(10)]

    async def follow(follower: Follower) -> int | None:
        async with follower.connected() as socket:
            return await closed(socket, follower.take)

    following = [asyncio.create_task(follow(follower)) for follower in followers]
    await until(lambda: api.agent.parts.hub.connections == 10)
    await api.agent.parts.hub.drain(timedelta(seconds=0.5))
    assert await asyncio.gather(*following) == [1012] * 10
    waits = {follower.control[-1]["retry_after_ms"] for follower in followers}
    assert len(waits) > 1
    with pytest.raises(InvalidStatus) as refused:
        async with connect(api.socket_url(), subprotocols=PROTOCOLS):
            pass
    assert refused.value.response.status_code == 503
