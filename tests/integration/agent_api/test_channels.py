"""The reply window and actions on messages, over REST and a real database."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from backbone.channel import registry
from backbone.channel.manifest import Manifest
from schemas.inbound import DeliveryReported
from schemas.outbound import OutboundMessage
from tests.support.api import Api, add_conversation, add_key, running_api
from tests.support.desk import NOW, Desk, Feed, make_desk, rows
from tests.support.router import Workers

pytestmark = pytest.mark.database
TEXT = {"content": {"type": "text", "text": "On its way."}}
TEMPLATE = {"content": {"type": "template", "name": "hello", "language": "en"}}


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with running_api(database_url) as api:
        yield api


@pytest.fixture
async def desk(database_url: str) -> Desk:
    return await make_desk(database_url, channel="whatsapp")


@pytest.fixture
async def client(api: Api, desk: Desk) -> AsyncIterator[httpx2.AsyncClient]:
    key, _ = await add_key(api.url, desk.tenant_id, "admin", desk.agent_ids[0])
    async with api.client(key) as client:
        yield client


@pytest.fixture
def everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """WhatsApp as if it could do everything to a message, in public."""
    actions = ("edit", "delete", "hide", "unhide", "react", "unreact", "typing", "read", "private_reply")
    real = registry.manifests()
    values = real["whatsapp"].model_dump()
    values["capabilities"] |= {"actions": actions}
    changed = {**real, "whatsapp": Manifest.model_validate(values)}
    monkeypatch.setattr("router.usecases.actions.manifests", lambda: changed)


def ago(**span: float) -> datetime:
    return datetime.now(UTC) - timedelta(**span)


async def conversation(api: Api, desk: Desk, *, window: datetime | None, **values: object) -> str:
    return await add_conversation(
        api.url, desk, channel="whatsapp", channel_class="messaging", window_expires_at=window, **values
    )


async def sent(url: str) -> list[OutboundMessage]:
    found = await rows(url, "SELECT value FROM outbox ORDER BY position")
    return [OutboundMessage.model_validate_json(row["value"]) for row in found]


async def test_a_conversation_says_what_may_be_sent_now(api: Api, client: httpx2.AsyncClient, desk: Desk) -> None:
    found = {
        name: (await client.get(f"/v1/conversations/{await conversation(api, desk, window=window)}")).json()[
            "allowed_now"
        ]
        for name, window in (("open", ago(hours=-1)), ("closed", ago(hours=1)), ("none", None))
    }
    assert found == {"open": "anything", "closed": "template", "none": "anything"}


async def test_outside_the_window_a_reply_is_refused_with_what_is_allowed_and_a_template_goes(
    api: Api, client: httpx2.AsyncClient, desk: Desk
) -> None:
    path = f"/v1/conversations/{await conversation(api, desk, window=ago(hours=1))}/messages"
    refused = await client.post(path, json=TEXT)
    assert (refused.status_code, refused.json()["code"]) == (409, "window_closed")
    assert refused.json()["errors"] == [{"pointer": "/content", "detail": "allowed now: template"}]
    assert (await client.post(path, json=TEMPLATE)).status_code == 201
    assert len(await sent(api.url)) == 1


async def test_a_person_may_write_after_the_window_where_the_channel_has_a_tag_for_it_and_a_bot_may_not(
    api: Api, desk: Desk
) -> None:
    conversation_id = await add_conversation(
        api.url, desk, channel="messenger", channel_class="messaging", window_expires_at=ago(hours=1)
    )
    found = []
    for role in ("agent", "bot"):
        key, _ = await add_key(api.url, desk.tenant_id, role, desk.agent_ids[0])
        async with api.client(key) as client:
            found.append((await client.post(f"/v1/conversations/{conversation_id}/messages", json=TEXT)).status_code)
    assert found == [201, 409]


async def test_where_the_tenant_says_so_replies_wait_for_the_customer_and_go_in_order_when_they_write(
    api: Api, client: httpx2.AsyncClient, desk: Desk, workers: Workers
) -> None:
    await rows(api.url, """UPDATE tenants SET settings = '{"outside_window": "queue"}'""")
    conversation_id = await conversation(
        api, desk, window=NOW - timedelta(hours=1), thread_key="ann", contact_address="ann"
    )
    path = f"/v1/conversations/{conversation_id}/messages"
    held = [await client.post(path, json={"content": {"type": "text", "text": f"{number}"}}) for number in range(3)]
    assert [answer.json()["state"] for answer in held] == ["waiting_window"] * 3
    assert await sent(api.url) == []
    await workers.take(Feed(desk, "whatsapp").message("still there?", sender="ann"))
    out = await sent(api.url)
    assert [message.content.text for message in out] == ["0", "1", "2"]
    assert [message.message_id for message in out] == [answer.json()["id"] for answer in held]
    assert out[0].window_expires_at == NOW + timedelta(hours=24)
    assert (await client.get(f"/v1/messages/{held[0].json()['id']}")).json()["state"] == "queued"
    await workers.take(Feed(desk, "whatsapp").message("hello?", sender="ann"))
    assert len(await sent(api.url)) == 3
    assert await rows(api.url, "SELECT 1 FROM timers WHERE kind = 'held'") == []


async def test_replies_that_wait_too_long_are_given_up_and_say_so(
    api: Api, client: httpx2.AsyncClient, desk: Desk, workers: Workers
) -> None:
    await rows(api.url, """UPDATE tenants SET settings = '{"outside_window": "queue", "held_reply_hours": 2}'""")
    conversation_id = await conversation(api, desk, window=NOW - timedelta(hours=1))
    path = f"/v1/conversations/{conversation_id}/messages"
    old, young = [(await client.post(path, json=TEXT)).json()["id"] for _ in range(2)]
    await rows(api.url, "UPDATE messages SET received_at = $2 WHERE id = $1", old, NOW - timedelta(hours=3))
    await rows(api.url, "UPDATE messages SET received_at = $2 WHERE id = $1", young, NOW)
    await rows(api.url, "UPDATE timers SET due_at = now() - interval '1 second' WHERE kind = 'held'")
    assert await workers.timers.fire_due() == 1
    states = {
        row["id"]: row["state"] for row in await rows(api.url, "SELECT id, state FROM messages WHERE direction = 'out'")
    }
    assert states == {old: "failed", young: "waiting_window"}
    assert (await client.get(f"/v1/messages/{old}")).json()["error"]["code"] == "window_closed"
    [timer] = await rows(api.url, "SELECT due_at FROM timers WHERE kind = 'held'")
    assert timer["due_at"] == NOW + timedelta(hours=2)


async def test_who_opted_out_is_not_written_to(api: Api, client: httpx2.AsyncClient, desk: Desk) -> None:
    conversation_id = await conversation(api, desk, window=None)
    await rows(api.url, "UPDATE contact_points SET opted_out_at = now()")
    refused = await client.post(f"/v1/conversations/{conversation_id}/messages", json=TEXT)
    assert (refused.status_code, refused.json()["code"]) == (409, "contact_opted_out")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            {
                "type": "list",
                "text": "Which?",
                "button": "Choose",
                "sections": [{"rows": [{"id": "1", "title": "One"}]}],
            },
            {"text": "Which?", "choices": {"button": "Choose", "sections": [{"rows": [{"id": "1", "title": "One"}]}]}},
        ),
        (
            {"type": "carousel", "cards": [{"title": "Lamp", "buttons": [{"id": "b", "title": "Buy"}]}]},
            {"carousel": [{"title": "Lamp", "buttons": [{"id": "b", "title": "Buy"}]}]},
        ),
        (
            {"type": "location", "latitude": 52.5, "longitude": 13.4},
            {"location": {"latitude": 52.5, "longitude": 13.4}},
        ),
        ({"type": "text", "text": "**now**", "format": "light"}, {"text": "**now**", "text_format": "light"}),
    ],
)
async def test_rich_answers_reach_the_channel_as_they_were_written(
    api: Api, client: httpx2.AsyncClient, desk: Desk, content: dict[str, Any], expected: dict[str, Any]
) -> None:
    path = f"/v1/conversations/{await conversation(api, desk, window=None)}/messages"
    answer = await client.post(path, json={"content": content})
    assert answer.status_code == 201, answer.text
    [message] = await sent(api.url)
    assert message.content.model_dump(mode="json", exclude_defaults=True) == expected


async def said(api: Api, conversation_id: str, direction: str, provider: str | None = "wamid.1") -> str:
    [row] = await rows(
        api.url,
        "INSERT INTO messages (id, tenant_id, conversation_id, account_id, direction, author_kind, content, received_at, sort_at, "
        "state, provider_message_id) SELECT 'msg_' || $2 || '1', tenant_id, id, account_id, $2, 'agent', '{\"text\": \"before\"}', now(), "
        "now(), 'sent', $3 FROM conversations WHERE id = $1 RETURNING id",
        conversation_id,
        direction,
        provider,
    )
    return str(row["id"])


def report(desk: Desk, action_id: str, state: Any, **more: Any) -> Any:
    event = DeliveryReported(thread_key="", dedup_key=f"{action_id}:{state}", message_id=action_id, state=state, **more)
    return Feed(desk, "whatsapp").event(event)


@pytest.mark.usefixtures("everything")
async def test_an_edit_shows_once_the_provider_has_taken_it(
    api: Api, client: httpx2.AsyncClient, desk: Desk, workers: Workers
) -> None:
    message_id = await said(api, await conversation(api, desk, window=None), "out")
    asked = await client.post(f"/v1/messages/{message_id}/actions", json={"do": {"action": "edit", "text": "after"}})
    assert (asked.status_code, asked.json()["state"]) == (201, "queued")
    [out] = await sent(api.url)
    assert (out.action, out.target, out.content.text, out.message_id) == (
        "edit",
        "wamid.1",
        "after",
        asked.json()["id"],
    )
    assert (await client.get(f"/v1/messages/{message_id}")).json()["content"]["text"] == "before"
    await workers.take(report(desk, asked.json()["id"], "sent"))
    shown = (await client.get(f"/v1/messages/{message_id}")).json()
    assert (shown["content"]["text"], shown["edited_at"] is not None) == ("after", True)
    [done] = (await client.get(f"/v1/messages/{message_id}/actions")).json()["items"]
    assert (done["action"], done["state"]) == ("edit", "sent")


@pytest.mark.usefixtures("everything")
async def test_an_action_that_the_provider_refuses_changes_nothing_and_says_why(
    api: Api, client: httpx2.AsyncClient, desk: Desk, workers: Workers
) -> None:
    message_id = await said(api, await conversation(api, desk, window=None), "out")
    asked = await client.post(f"/v1/messages/{message_id}/actions", json={"do": {"action": "delete"}})
    await workers.take(report(desk, asked.json()["id"], "failed", error_code="too_old", error_detail="48 h"))
    shown = (await client.get(f"/v1/messages/{message_id}")).json()
    assert shown["deleted_at"] is None
    [done] = (await client.get(f"/v1/messages/{message_id}/actions")).json()["items"]
    assert (done["state"], done["error_code"]) == ("failed", "too_old")
    facts = await rows(
        api.url, "SELECT data FROM events_pending WHERE type = 'message.action_changed' ORDER BY position"
    )
    assert [json.loads(row["data"])["state"] for row in facts] == ["queued", "failed"]


@pytest.mark.usefixtures("everything")
async def test_reactions_hiding_and_deleting_take_effect_and_can_be_taken_back(
    api: Api, client: httpx2.AsyncClient, desk: Desk, workers: Workers
) -> None:
    message_id = await said(api, await conversation(api, desk, window=None, visibility="public"), "in")
    seen = []
    for do in (
        {"action": "react", "emoji": "👍"},
        {"action": "unreact"},
        {"action": "hide"},
        {"action": "unhide"},
        {"action": "delete"},
    ):
        asked = await client.post(f"/v1/messages/{message_id}/actions", json={"do": do})
        assert asked.status_code == 201, asked.text
        await workers.take(report(desk, asked.json()["id"], "sent"))
        shown = (await client.get(f"/v1/messages/{message_id}")).json()
        seen.append((shown["reactions"], shown["hidden_at"] is not None, shown["deleted_at"] is not None))
    assert seen == [
        ({"desk": "👍"}, False, False),
        ({}, False, False),
        ({}, True, False),
        ({}, False, False),
        ({}, False, True),
    ]
    gone = await client.post(f"/v1/messages/{message_id}/actions", json={"do": {"action": "hide"}})
    assert gone.status_code == 409


async def test_what_a_channel_cannot_do_is_refused_by_name(api: Api, client: httpx2.AsyncClient, desk: Desk) -> None:
    conversation_id = await add_conversation(api.url, desk, channel="twilio", channel_class="messaging")
    message_id = await said(api, conversation_id, "out")
    answers = [
        await client.post(f"/v1/messages/{message_id}/actions", json={"do": {"action": "edit", "text": "x"}}),
        await client.post(f"/v1/messages/{message_id}/private-reply", json={"text": "x", "consent": True}),
        await client.post(f"/v1/conversations/{conversation_id}/typing"),
        await client.post(f"/v1/conversations/{conversation_id}/read"),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(409, "action_unsupported")] * 4
    assert await sent(api.url) == []


@pytest.mark.usefixtures("everything")
@pytest.mark.parametrize(
    ("direction", "visibility", "do"),
    [
        ("in", "private", {"action": "edit", "text": "x"}),
        ("in", "private", {"action": "delete"}),
        ("in", "private", {"action": "hide"}),
        ("out", "public", {"action": "hide"}),
    ],
)
async def test_what_is_not_ours_to_change_is_refused(
    api: Api, client: httpx2.AsyncClient, desk: Desk, direction: str, visibility: str, do: dict[str, str]
) -> None:
    message_id = await said(api, await conversation(api, desk, window=None, visibility=visibility), direction)
    refused = await client.post(f"/v1/messages/{message_id}/actions", json={"do": do})
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")


@pytest.mark.usefixtures("everything")
async def test_a_message_the_provider_does_not_know_yet_cannot_be_acted_on(
    api: Api, client: httpx2.AsyncClient, desk: Desk
) -> None:
    message_id = await said(api, await conversation(api, desk, window=None), "out", None)
    refused = await client.post(f"/v1/messages/{message_id}/actions", json={"do": {"action": "delete"}})
    assert refused.status_code == 409


@pytest.mark.usefixtures("everything")
async def test_a_private_reply_needs_consent_and_goes_to_the_comment(
    api: Api, client: httpx2.AsyncClient, desk: Desk
) -> None:
    conversation_id = await conversation(api, desk, window=None, visibility="public", waiting_since=ago(minutes=1))
    message_id = await said(api, conversation_id, "in")
    path = f"/v1/messages/{message_id}/private-reply"
    for body in ({"text": "x"}, {"text": "x", "consent": False}):
        assert (await client.post(path, json=body)).status_code == 422
    answer = await client.post(path, json={"text": "Your order's number?", "consent": True})
    assert (answer.status_code, answer.json()["action"]) == (201, "private_reply")
    [out] = await sent(api.url)
    assert (out.action, out.target, out.message_id) == ("private_reply", "wamid.1", answer.json()["id"])
    shown = (await client.get(f"/v1/conversations/{conversation_id}")).json()
    assert shown["waiting_since"] is None


@pytest.mark.usefixtures("everything")
async def test_typing_and_read_go_out_and_leave_no_message(api: Api, client: httpx2.AsyncClient, desk: Desk) -> None:
    conversation_id = await conversation(api, desk, window=None)
    assert (await client.post(f"/v1/conversations/{conversation_id}/read")).status_code == 409
    await said(api, conversation_id, "in")
    for sign in ("typing", "read"):
        assert (await client.post(f"/v1/conversations/{conversation_id}/{sign}")).status_code == 204
    assert [(message.action, message.target) for message in await sent(api.url)] == [
        ("typing", "wamid.1"),
        ("read", "wamid.1"),
    ]
    assert await rows(api.url, "SELECT 1 FROM messages WHERE direction = 'out'") == []
