"""What a full desk needs beside reading and answering: labels, views, canned replies, macros, many at once."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from tests.support.api import Api, add_conversation, add_key, running_api
from tests.support.desk import Desk, make_desk, rows

pytestmark = pytest.mark.database


@dataclass
class Office:
    """A supervisor and an agent of one desk."""

    api: Api
    desk: Desk
    boss: httpx2.AsyncClient
    kim: httpx2.AsyncClient

    async def label(self, conversation: str, **body: Any) -> httpx2.Response:
        return await self.kim.post(f"/v1/conversations/{conversation}/labels", json=body)


@pytest.fixture
async def office(database_url: str) -> AsyncIterator[Office]:
    desk = await make_desk(database_url)
    async with running_api(database_url) as api:
        boss, _ = await add_key(database_url, desk.tenant_id, "supervisor", desk.agent_ids[1])
        kim, _ = await add_key(database_url, desk.tenant_id, "agent", desk.agent_ids[0])
        async with api.client(boss) as first, api.client(kim) as second:
            yield Office(api, desk, first, second)


async def test_tags_and_fields_are_added_and_taken_away_and_the_stream_tells_names_only(office: Office) -> None:
    conversation = await add_conversation(office.api.url, office.desk)
    await office.label(conversation, add_tags=["refund", "new"], fields={"order": "4711", "count": 2})
    changed = await office.label(conversation, remove_tags=["new"], fields={"count": None, "secret": "canary"})
    assert changed.json() == {"tags": ["refund"], "fields": {"order": "4711", "secret": "canary"}}
    facts = await rows(
        office.api.url, "SELECT data FROM events_pending WHERE type = 'conversation.updated' ORDER BY position"
    )
    assert len(facts) == 2
    assert all("canary" not in fact["data"] and "4711" not in fact["data"] for fact in facts)
    again = await office.label(conversation, add_tags=["refund"])
    assert again.json()["tags"] == ["refund"]
    assert len(await rows(office.api.url, "SELECT 1 FROM events_pending WHERE type = 'conversation.updated'")) == 2


async def test_conversations_are_found_by_tag_and_tags_are_counted(office: Office) -> None:
    found = [await add_conversation(office.api.url, office.desk) for _ in range(3)]
    for conversation in found[:2]:
        await office.label(conversation, add_tags=["refund"])
    await office.label(found[2], add_tags=["a-first"])
    listed = (await office.kim.get("/v1/conversations?tag=refund")).json()["items"]
    assert {item["id"] for item in listed} == set(found[:2])
    tags = (await office.kim.get("/v1/tags")).json()["items"]
    assert tags == [{"tag": "a-first", "count": 1}, {"tag": "refund", "count": 2}]


async def test_a_conversation_has_a_bounded_number_of_labels(office: Office) -> None:
    conversation = await add_conversation(office.api.url, office.desk)
    for start in (0, 20):
        await office.label(conversation, add_tags=[f"t{start + number}" for number in range(20)])
    refused = await office.label(conversation, add_tags=[f"u{number}" for number in range(20)])
    assert refused.status_code == 409


async def test_a_canned_reply_is_filled_with_what_is_known(office: Office) -> None:
    conversation = await add_conversation(office.api.url, office.desk)
    await office.label(conversation, fields={"order": "4711"})
    body = {
        "shortcut": "way",
        "title": "On its way",
        "body": "Dear {{contact.name}}: {{field.order}} {{field.eta}}. {{agent.name}}",
    }
    assert (await office.kim.post("/v1/canned-replies", json=body)).status_code == 403
    made = await office.boss.post("/v1/canned-replies", json=body)
    assert made.status_code == 201, made.text
    canned = made.json()["id"]
    shown = (await office.kim.get(f"/v1/conversations/{conversation}/canned-replies/{canned}")).json()
    assert shown == {"text": "Dear Ann: 4711 . Agent 0", "missing": ["field.eta"]}
    assert (await office.boss.post("/v1/canned-replies", json=body)).status_code == 409
    gone = await office.boss.delete(f"/v1/canned-replies/{canned}", headers={"If-Match": made.headers["ETag"]})
    assert gone.status_code == 204
    assert (await office.kim.get("/v1/canned-replies")).json() == {"items": []}


async def test_a_macro_does_all_of_its_steps_or_none(office: Office) -> None:
    conversation = await add_conversation(office.api.url, office.desk)
    steps = [
        {"type": "assign", "agent_id": "me"},
        {"type": "reply", "text": "Dear {{contact.name}}, order {{field.order}} is paid back."},
        {"type": "tags", "add": ["refund"]},
        {"type": "status", "status": "resolved"},
    ]
    made = await office.boss.post("/v1/macros", json={"name": "Refund", "steps": steps})
    assert made.status_code == 201, made.text
    path = f"/v1/conversations/{conversation}/macros/{made.json()['id']}"
    refused = await office.kim.post(path)
    assert (refused.status_code, "field.order" in refused.json()["detail"]) == (409, True)
    untouched = await rows(office.api.url, "SELECT agent_id, status FROM conversations WHERE id = $1", conversation)
    assert tuple(untouched[0]) == (None, "open")
    await office.label(conversation, fields={"order": "4711"})
    done = await office.kim.post(path)
    assert (done.status_code, done.json()["status"]) == (200, "resolved"), done.text
    [sent] = await rows(office.api.url, "SELECT content FROM messages WHERE direction = 'out'")
    assert "Dear Ann, order 4711 is paid back." in sent["content"]
    assert (await office.kim.get(f"/v1/conversations/{conversation}/labels")).json()["tags"] == ["refund"]


async def test_bulk_actions_tell_for_each_conversation_how_it_went(office: Office) -> None:
    good = [await add_conversation(office.api.url, office.desk) for _ in range(3)]
    [other] = await rows(
        office.api.url,
        "INSERT INTO teams (id, tenant_id, name) VALUES ('tea_other', $1, 'Other') RETURNING id",
        office.desk.tenant_id,
    )
    hidden = await add_conversation(office.api.url, office.desk, team_id=other["id"])
    resolved = await add_conversation(office.api.url, office.desk, status="resolved")
    wanted = [good[2], hidden, good[0], resolved, good[1]]
    steps = [{"type": "priority", "priority": 5}, {"type": "assign", "agent_id": "me"}]
    answer = await office.kim.post("/v1/bulk-actions", json={"conversation_ids": wanted, "steps": steps})
    items = answer.json()["items"]
    assert [item["conversation_id"] for item in items] == wanted
    assert [item["code"] for item in items] == [None, "not_found", None, "conflict", None]
    found = await rows(
        office.api.url, "SELECT id FROM conversations WHERE agent_id = $1 AND priority = 5", office.desk.agent_ids[0]
    )
    assert {row["id"] for row in found} == set(good)


async def test_a_step_needs_what_it_needs_alone(office: Office) -> None:
    conversation = await add_conversation(office.api.url, office.desk)
    body = {"conversation_ids": [conversation], "steps": [{"type": "assign", "agent_id": "agt_nobody"}]}
    [item] = (await office.kim.post("/v1/bulk-actions", json=body)).json()["items"]
    assert item["code"] == "not_found"


async def test_views_count_what_the_looker_would_see(office: Office) -> None:
    [other] = await rows(
        office.api.url,
        "INSERT INTO teams (id, tenant_id, name) VALUES ('tea_far', $1, 'Far') RETURNING id",
        office.desk.tenant_id,
    )
    mine = await add_conversation(office.api.url, office.desk, agent_id=office.desk.agent_ids[0])
    await add_conversation(office.api.url, office.desk)
    await add_conversation(office.api.url, office.desk, team_id=other["id"])
    shared = {"name": "Open", "filters": {"status": ["open"]}, "shared": True}
    assert (await office.kim.post("/v1/views", json=shared)).status_code == 403
    assert (await office.boss.post("/v1/views", json=shared)).json()["count"] == 3
    own = await office.kim.post("/v1/views", json={"name": "Mine", "filters": {"mine": True}})
    assert own.status_code == 201, own.text
    seen = (await office.kim.get("/v1/views")).json()["items"]
    assert [(view["name"], view["count"], view["yours"]) for view in seen] == [("Mine", 1, True), ("Open", 2, False)]
    inside = (await office.kim.get(f"/v1/views/{own.json()['id']}/conversations")).json()["items"]
    assert [item["id"] for item in inside] == [mine]
    assert [view["name"] for view in (await office.boss.get("/v1/views")).json()["items"]] == ["Open"]
    assert (await office.boss.get(f"/v1/views/{own.json()['id']}/conversations")).status_code == 404
