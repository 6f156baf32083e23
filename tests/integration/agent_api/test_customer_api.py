"""What customers reach over REST: sessions of all kinds, their own history, files, ratings, and who answers."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from backbone.ids import new_id
from schemas.inbound import InboundRecord, MessageReceived, ReceiptReceived
from schemas.topics import INBOUND
from tests.support.api import Api, add_conversation, add_key, running_api
from tests.support.chat import identity_of, make_chat, token_of
from tests.support.desk import Desk, rows
from tests.support.push import fcm_config

pytestmark = pytest.mark.database
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with running_api(database_url) as api:
        yield api


@pytest.fixture
async def desk(database_url: str) -> Desk:
    return await make_chat(database_url)


def visiting(api: Api, desk: Desk, token: str, **more: Any) -> httpx2.AsyncClient:
    return api.client(token, params={"account": desk.account_id}, **more)


async def session(api: Api, desk: Desk, **body: Any) -> httpx2.Response:
    async with api.client() as client:
        return await client.post("/v1/customer/sessions", json={"account_id": desk.account_id} | body)


async def resolve(api: Api, conversation_id: str) -> None:
    await rows(
        api.url, "UPDATE conversations SET status = 'resolved', resolved_at = now() WHERE id = $1", conversation_id
    )


async def test_a_visitor_who_comes_back_stays_the_same(api: Api, desk: Desk) -> None:
    first = (await session(api, desk)).json()
    again = await session(api, desk, token=first["token"])
    assert (again.status_code, again.json()["visitor_id"]) == (201, first["visitor_id"])


async def test_a_signed_in_customer_has_the_same_conversations_on_every_device(api: Api, desk: Desk) -> None:
    on_phone = (await session(api, desk, identity=identity_of("c-42", name="Mia", cohort="gen_z"))).json()
    conversation_id = await add_conversation(
        api.url,
        desk,
        contact_address=on_phone["visitor_id"],
        contact_id=(await rows(api.url, "SELECT id FROM contacts WHERE tenant_id = $1", desk.tenant_id))[0]["id"],
    )
    on_laptop = (await session(api, desk, identity=identity_of("c-42"))).json()
    async with visiting(api, desk, on_laptop["token"]) as client:
        listed = (await client.get("/v1/customer/conversations")).json()["items"]
    [contact] = await rows(
        api.url, "SELECT name, cohort, cohort_source FROM contacts WHERE tenant_id = $1", desk.tenant_id
    )
    assert (on_phone["signed_in"], on_laptop["visitor_id"]) == (True, on_phone["visitor_id"])
    assert [item["id"] for item in listed] == [conversation_id]
    assert tuple(contact) == ("Mia", "gen_z", "signed identify call")


async def test_who_signs_in_takes_along_what_they_said_and_their_old_token_reads_nothing_more(
    api: Api, desk: Desk
) -> None:
    visitor = (await session(api, desk)).json()
    conversation_id = await add_conversation(api.url, desk, contact_address=visitor["visitor_id"])
    known = (await session(api, desk, token=visitor["token"], identity=identity_of("c-42"))).json()
    async with visiting(api, desk, known["token"]) as client:
        listed = (await client.get("/v1/customer/conversations")).json()["items"]
    async with visiting(api, desk, visitor["token"]) as client:
        refused = await client.get("/v1/customer/messages")
    renewed = await session(api, desk, token=visitor["token"])
    [row] = await rows(api.url, "SELECT thread_key FROM conversations WHERE id = $1", conversation_id)
    assert [item["id"] for item in listed] == [conversation_id]
    assert (refused.status_code, renewed.status_code) == (401, 401)
    assert row["thread_key"] == known["visitor_id"]


async def test_what_somebody_else_said_in_this_browser_is_not_taken_along_by_the_next(api: Api, desk: Desk) -> None:
    visitor = (await session(api, desk)).json()
    await add_conversation(api.url, desk, contact_address=visitor["visitor_id"])
    await session(api, desk, token=visitor["token"], identity=identity_of("first"))
    second = (await session(api, desk, token=visitor["token"], identity=identity_of("second"))).json()
    async with visiting(api, desk, second["token"]) as client:
        assert (await client.get("/v1/customer/conversations")).json()["items"] == []


async def test_beside_an_open_conversation_the_one_taken_along_is_read_but_not_written_into(
    api: Api, desk: Desk
) -> None:
    known = (await session(api, desk, identity=identity_of("c-42"))).json()
    [contact] = await rows(api.url, "SELECT id FROM contacts WHERE tenant_id = $1", desk.tenant_id)
    own = await add_conversation(api.url, desk, contact_address=known["visitor_id"], contact_id=contact["id"])
    visitor = (await session(api, desk)).json()
    other = await add_conversation(api.url, desk, contact_address=visitor["visitor_id"])
    await session(api, desk, token=visitor["token"], identity=identity_of("c-42"))
    async with visiting(api, desk, known["token"]) as client:
        listed = (await client.get("/v1/customer/conversations")).json()["items"]
    threads = await rows(api.url, "SELECT thread_key FROM conversations WHERE id = ANY($1::text[])", [own, other])
    assert {item["id"] for item in listed} == {own, other}
    assert {row["thread_key"] for row in threads} == {
        known["visitor_id"],
        f"{known['visitor_id']}/{visitor['visitor_id']}",
    }


@pytest.mark.parametrize(
    "body",
    [
        {"identity": identity_of("c-42", secret="x" * 32)},
        {"identity": identity_of("c-42", exp=1)},
        {"identity": "a.b.c"},
        {"token": token_of("vis_1", secret="x" * 32)},
        {"token": token_of("usr_1")},
    ],
    ids=["another secret", "over", "no token", "a forged visitor", "a known customer without identity"],
)
async def test_sessions_on_no_good_word_are_refused(api: Api, desk: Desk, body: dict[str, str]) -> None:
    answer = await session(api, desk, **body)
    assert answer.status_code == 401


async def test_pages_that_are_not_listed_begin_no_session_and_apps_without_a_page_do(
    api: Api, database_url: str
) -> None:
    desk = await make_chat(database_url, origins=["https://shop.example"])
    async with api.client() as client:
        found = {
            origin: await client.post(
                "/v1/customer/sessions",
                json={"account_id": desk.account_id},
                headers={"Origin": origin} if origin else {},
            )
            for origin in ("https://shop.example", "https://shop.example.evil.example", "null", "")
        }
    assert {origin: answer.status_code for origin, answer in found.items()} == {
        "https://shop.example": 201,
        "https://shop.example.evil.example": 403,
        "null": 403,
        "": 201,
    }
    assert found["https://shop.example"].headers["Access-Control-Allow-Origin"] == "https://shop.example"


async def test_a_customer_reads_pages_of_their_own_history_and_nothing_else(api: Api, desk: Desk) -> None:
    key, _ = await add_key(api.url, desk.tenant_id, "agent", desk.agent_ids[0])
    mine = await add_conversation(api.url, desk, contact_address="vis_me")
    theirs = await add_conversation(api.url, desk, contact_address="vis_other")
    async with api.client(key) as agent:
        for conversation_id, text in ((mine, "one"), (mine, "two"), (theirs, "canary")):
            body = {"content": {"type": "text", "text": text}}
            await agent.post(f"/v1/conversations/{conversation_id}/messages", json=body)
        await agent.post(f"/v1/conversations/{mine}/notes", json={"text": "canary-note"})
    async with visiting(api, desk, token_of("vis_me")) as client:
        first = (await client.get("/v1/customer/messages", params={"limit": 2})).json()
        second = (await client.get("/v1/customer/messages", params={"limit": 2, "cursor": first["next_cursor"]})).json()
        foreign = await client.get("/v1/customer/messages", params={"conversation_id": theirs})
        [listed] = (await client.get("/v1/customer/conversations")).json()["items"]
    assert [item["text"] for item in first["items"]] == ["two", "one"]
    assert [item["text"] for item in second["items"]] == ["Where is my parcel?"]
    assert second["next_cursor"] is None
    assert foreign.status_code == 404
    assert (listed["preview"], listed["unread"], listed["status"]) == ("two", 2, "open")
    assert "canary" not in str([first, second, listed])


async def test_messages_and_receipts_over_rest_become_the_visitors_own_events(api: Api, desk: Desk) -> None:
    async with visiting(api, desk, token_of("vis_1")) as client:
        said = await client.post(
            "/v1/customer/messages", json={"id": "m1", "text": "Hello", "name": "Mia", "email": "mia@mail.example"}
        )
        read = await client.post("/v1/customer/reads", json={"message_id": "msg_1"})
    events = [InboundRecord.model_validate_json(found.value).event for found in api.bus.records(INBOUND)]
    assert (said.status_code, said.json(), read.status_code) == (202, {"id": "m1"}, 202)
    message, receipt = events
    assert isinstance(message, MessageReceived)
    assert (message.thread_key, message.content.text) == ("vis_1", "Hello")
    assert message.content.cards[0].emails == ("mia@mail.example",)
    assert message.sender.aliases == ()
    assert isinstance(receipt, ReceiptReceived)
    assert (receipt.thread_key, receipt.provider_message_id) == ("vis_1", "msg_1")


async def test_an_upload_travels_with_its_owners_message_only(api: Api, desk: Desk) -> None:
    octets = {"Content-Type": "application/octet-stream"}
    asked = {"filename": "broken.png", "mime": "image/png", "kind": "image"}
    async with visiting(api, desk, token_of("vis_1")) as client:
        made = await client.post("/v1/customer/uploads", params=asked, content=PNG, headers=octets)
        media = [{"upload": made.json()["upload"], "kind": "image", "caption": "the left one"}]
        sent = await client.post("/v1/customer/messages", json={"id": "m1", "media": media})
        fetched = await client.get(made.json()["url"].removeprefix("http://127.0.0.1:8080"))
    async with visiting(api, desk, token_of("vis_2")) as client:
        stolen = await client.post("/v1/customer/messages", json={"id": "m1", "media": media})
    [record] = [InboundRecord.model_validate_json(found.value) for found in api.bus.records(INBOUND)]
    assert isinstance(record.event, MessageReceived)
    [item] = record.event.content.media
    assert (made.status_code, sent.status_code, stolen.status_code) == (201, 202, 422)
    assert (item.kind, item.mime, item.size, item.caption) == ("image", "image/png", len(PNG), "the left one")
    assert item.blob is not None
    assert item.blob.startswith(f"{desk.tenant_id}/")
    assert fetched.content == PNG
    assert fetched.headers["Content-Disposition"].startswith("attachment")
    assert fetched.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


async def test_a_page_in_the_place_of_a_picture_is_refused_and_leaves_no_bytes(api: Api, desk: Desk) -> None:
    async with visiting(api, desk, token_of("vis_1")) as client:
        answer = await client.post(
            "/v1/customer/uploads",
            params={"filename": "x.png", "mime": "image/png", "kind": "image"},
            content=b"<html><script>alert(1)</script>",
            headers={"Content-Type": "application/octet-stream"},
        )
    assert answer.status_code == 422
    assert await rows(api.url, "SELECT 1 FROM attachments WHERE tenant_id = $1", desk.tenant_id) == []


async def test_a_resolved_conversation_is_rated_by_its_customer_alone(api: Api, desk: Desk) -> None:
    mine = await add_conversation(api.url, desk, contact_address="vis_1", agent_id=desk.agent_ids[0])
    body = {"conversation_id": mine, "score": 4, "comment": "Quick."}
    async with visiting(api, desk, token_of("vis_1")) as client:
        early = await client.put("/v1/customer/rating", json=body)
        await resolve(api, mine)
        rated = await client.put("/v1/customer/rating", json=body)
        changed = await client.put("/v1/customer/rating", json=body | {"score": 5})
        [listed] = (await client.get("/v1/customer/conversations")).json()["items"]
    async with visiting(api, desk, token_of("vis_2")) as client:
        stranger = await client.put("/v1/customer/rating", json=body)
    told = await rows(
        api.url, "SELECT data FROM events_pending WHERE type = 'conversation.rated' AND tenant_id = $1", desk.tenant_id
    )
    assert (early.status_code, rated.status_code, changed.json()["score"], stranger.status_code) == (409, 200, 5, 404)
    assert (listed["score"], listed["status"]) == (5, "resolved")
    assert len(told) == 2
    assert "Quick" not in str(told)


async def test_the_desk_says_who_is_there_and_how_long_it_will_be(api: Api, desk: Desk) -> None:
    before = await ask_desk(api, desk)
    await rows(
        api.url,
        "INSERT INTO team_waits (tenant_id, team_id, channel_class, at, online, slots, free, waiting, position, seconds, low, high, "
        "answer_seconds, handling_seconds, measured) VALUES ($1, $2, 'live', now(), 2, 6, 0, 7, 4, 140, 60, 260.4, 165, 380, 0)",
        desk.tenant_id,
        desk.team_id,
    )
    after = await ask_desk(api, desk)
    await rows(api.url, "UPDATE team_waits SET at = now() - interval '2 min' WHERE team_id = $1", desk.team_id)
    stale = await ask_desk(api, desk)
    assert (before["state"], sorted(before["agents"]), before["wait"]) == ("online", ["Agent 0", "Agent 1"], None)
    assert after["wait"] == {"low_seconds": 60, "high_seconds": 260, "position": 4}
    assert stale["wait"] is None


async def test_out_of_hours_the_desk_says_when_it_opens(api: Api, desk: Desk) -> None:
    await rows(
        api.url,
        'UPDATE teams SET hours = \'{"zone": "Europe/Amsterdam", "spans": []}\'::jsonb WHERE id = $1',
        desk.team_id,
    )
    closed = await ask_desk(api, desk)
    await rows(api.url, "UPDATE teams SET hours = NULL WHERE id = $1", desk.team_id)
    await rows(api.url, "UPDATE agents SET presence = 'away' WHERE tenant_id = $1", desk.tenant_id)
    away = await ask_desk(api, desk)
    assert (closed["state"], closed["opens_at"], closed["agents"]) == ("closed", None, [])
    assert (away["state"], away["agents"]) == ("away", [])


async def ask_desk(api: Api, desk: Desk) -> dict[str, Any]:
    async with api.client() as client:
        answer = await client.get("/v1/customer/desk", params={"account": desk.account_id})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_visitor_who_writes_too_much_is_slowed_down_alone(api: Api, desk: Desk) -> None:
    body = {"id": new_id("m"), "text": "x"}
    async with visiting(api, desk, token_of("vis_1")) as client:
        codes = [(await client.post("/v1/customer/messages", json=body)).status_code for _ in range(62)]
    async with visiting(api, desk, token_of("vis_2")) as client:
        other = await client.post("/v1/customer/messages", json=body)
    assert set(codes[:60]) == {202}
    assert codes[-1] == 429
    assert other.status_code == 202


async def test_a_device_is_registered_for_its_customer_and_what_was_read_rings_no_more(database_url: str) -> None:
    settings = {"fcm": fcm_config("http://127.0.0.1:9")}
    desk = await make_chat(database_url, push=settings)
    async with running_api(database_url) as api:
        token = identity_of("c1")
        mine = (await session(api, desk, identity=token)).json()
        theirs = (await session(api, desk, identity=identity_of("c2"))).json()
        phone = {"provider": "fcm", "token": "phone-token"}
        async with visiting(api, desk, mine["token"]) as me, visiting(api, desk, theirs["token"]) as other:
            kept = await me.put("/v1/customer/devices", json=phone)
            assert kept.status_code == 200
            again = await me.put("/v1/customer/devices", json=phone)
            assert again.json() == kept.json()
            refused = await me.put("/v1/customer/devices", json={"provider": "apns", "token": "ab" * 32})
            assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
            wrong = await me.put("/v1/customer/devices", json={"provider": "apns", "token": "no-hex-digits"})
            assert wrong.status_code == 422
            device = kept.json()["id"]
            assert (await other.delete(f"/v1/customer/devices/{device}")).status_code == 404
            case = await add_conversation(
                database_url, desk, contact_address=mine["visitor_id"], account_id=desk.account_id
            )
            [row] = await rows(database_url, "SELECT id FROM messages WHERE conversation_id = $1", case)
            later = new_id("msg")
            for message_id in (row["id"], later):
                await rows(
                    database_url,
                    "INSERT INTO push_jobs (device_id, message_id, tenant_id, account_id, address, conversation_id, channel, "
                    "next_at) VALUES ($1, $2, $3, $4, $5, $6, 'webchat', now())",
                    device, message_id, desk.tenant_id, desk.account_id, mine["visitor_id"], case,
                )  # fmt: skip
            read = {"message_id": row["id"]}
            assert (await other.post("/v1/customer/reads", json=read)).status_code == 202
            assert len(await rows(database_url, "SELECT 1 FROM push_jobs")) == 2
            assert (await me.post("/v1/customer/reads", json=read | {"status": "delivered"})).status_code == 202
            assert len(await rows(database_url, "SELECT 1 FROM push_jobs")) == 2
            assert (await me.post("/v1/customer/reads", json=read)).status_code == 202
            assert [r["message_id"] for r in await rows(database_url, "SELECT message_id FROM push_jobs")] == [later]
            assert (await me.delete(f"/v1/customer/devices/{device}")).status_code == 204
            assert await rows(database_url, "SELECT 1 FROM customer_devices") == []
