"""Messages are found by their words, by those who may see them, and soon after they were written."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from agent_api.search.indexer import SearchIndexer
from backbone.clock import SystemClock
from backbone.ids import new_id
from tests.support.api import Api, add_conversation, add_key, running_api
from tests.support.desk import Desk, make_desk, rows
from tests.support.webhooks import add_events

pytestmark = pytest.mark.database


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with running_api(database_url) as api:
        yield api


async def write(
    api: Api, desk: Desk, conversation: str, text: str, *, note: bool = False, ago: timedelta = timedelta(0)
) -> str:
    """A message and its event, as the router leaves them."""
    message_id = new_id("msg")
    at = datetime.now(UTC) - ago
    connection = await asyncpg.connect(api.url)
    await connection.execute(
        "INSERT INTO messages (id, tenant_id, conversation_id, account_id, direction, author_kind, content, received_at, sort_at) "
        "VALUES ($1, $2, $3, $4, $5, 'contact', $6::jsonb, $7, $7)",
        message_id, desk.tenant_id, conversation, desk.account_id, "note" if note else "in", json.dumps({"text": text}), at,
    )  # fmt: skip
    await connection.close()
    kind = "note.added" if note else "message.received"
    await add_events(api.url, desk, [(kind, conversation)], at=at, data={"message_id": message_id})
    return message_id


async def indexed(api: Api) -> None:
    indexer = SearchIndexer(api.database, SystemClock())
    while await indexer.round():
        pass


async def search(api: Api, key: str, q: str) -> list[str]:
    async with api.client(key) as client:
        answer = await client.get("/v1/search/messages", params={"q": q})
        assert answer.status_code == 200, answer.text
        return [item["id"] for item in answer.json()["items"]]


async def test_words_are_found_in_any_order_without_accents_and_case(api: Api) -> None:
    desk = await make_desk(api.url)
    key, _ = await add_key(api.url, desk.tenant_id)
    conversation = await add_conversation(api.url, desk)
    old = await write(api, desk, conversation, "Où est mon colis commandé à Genève?", ago=timedelta(hours=1))
    new = await write(api, desk, conversation, "mon colis est arrivé")
    await indexed(api)
    assert await search(api, key, "COLIS mon") == [new, old]
    assert await search(api, key, "geneve commande") == [old]
    assert await search(api, key, "colis perdu") == []
    for odd in ("' OR 1=1 --", "a & ! | (", "tenant " + desk.tenant_id, r"\\", "'''"):
        await search(api, key, odd)


async def test_one_finds_what_one_may_see_and_nothing_of_another_tenant(api: Api) -> None:
    ours, theirs = await make_desk(api.url), await make_desk(api.url)
    [other] = await rows(
        api.url, "INSERT INTO teams (id, tenant_id, name) VALUES ('tea_o', $1, 'Other') RETURNING id", ours.tenant_id
    )
    seen, hidden = await add_conversation(api.url, ours), await add_conversation(api.url, ours, team_id=other["id"])
    foreign = await add_conversation(api.url, theirs)
    mine = await write(api, ours, seen, "the secret parcel")
    secret = await write(api, ours, hidden, "the secret parcel")
    await write(api, theirs, foreign, "the secret parcel")
    note = await write(api, ours, seen, "secret: a difficult customer", note=True)
    await indexed(api)
    agent, _ = await add_key(api.url, ours.tenant_id, "agent", ours.agent_ids[0])
    partner, _ = await add_key(api.url, ours.tenant_id, "partner")
    assert await search(api, agent, "secret") == [note, mine]
    assert set(await search(api, partner, "secret")) == {mine, secret}
    async with api.database.transaction([ours.tenant_id], read_only=True) as connection:
        stolen = await connection.fetch(
            "SELECT * FROM search_messages($1, 'secret', true, NULL, NULL, 10)", theirs.tenant_id
        )
    assert stolen == []


async def test_what_was_changed_or_taken_back_is_found_as_it_is_now(api: Api) -> None:
    desk = await make_desk(api.url)
    key, _ = await add_key(api.url, desk.tenant_id)
    conversation = await add_conversation(api.url, desk)
    changed, gone = (
        await write(api, desk, conversation, "first words"),
        await write(api, desk, conversation, "first words"),
    )
    await indexed(api)
    await rows(api.url, """UPDATE messages SET content = '{"text": "other words"}' WHERE id = $1""", changed)
    await rows(api.url, "UPDATE messages SET deleted_at = now() WHERE id = $1", gone)
    for kind, message_id in (("message.edited", changed), ("message.deleted", gone)):
        await add_events(api.url, desk, [(kind, conversation)], at=datetime.now(UTC), data={"message_id": message_id})
    await indexed(api)
    assert await search(api, key, "first") == []
    assert await search(api, key, "words") == [changed]
    assert len(await rows(api.url, "SELECT 1 FROM message_search")) == 1


async def test_pages_give_every_match_once(api: Api) -> None:
    desk = await make_desk(api.url)
    key, _ = await add_key(api.url, desk.tenant_id)
    conversation = await add_conversation(api.url, desk)
    wanted = [await write(api, desk, conversation, f"parcel {number}") for number in range(7)]
    await indexed(api)
    found: list[str] = []
    async with api.client(key) as client:
        params: dict[str, str | int] = {"q": "parcel", "limit": 3}
        while True:
            page = (await client.get("/v1/search/messages", params=params)).json()
            found += [item["id"] for item in page["items"]]
            if page["next_cursor"] is None:
                break
            params["cursor"] = page["next_cursor"]
    assert found == wanted[::-1]


async def test_two_indexers_read_everything_once(api: Api) -> None:
    desk = await make_desk(api.url)
    conversation = await add_conversation(api.url, desk)
    for number in range(20):
        await write(api, desk, conversation, f"word{number}")
    one, other = SearchIndexer(api.database, SystemClock()), SearchIndexer(api.database, SystemClock())
    for _ in range(3):
        await one.round()
        await other.round()
    [position] = await rows(api.url, "SELECT read_seq FROM search_positions")
    assert position["read_seq"] == 20
    assert len(await rows(api.url, "SELECT 1 FROM message_search")) == 20
