"""Words that end and renew consent, from the message to the refused send, against a real PostgreSQL."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from backbone.errors import ContactOptedOut
from backbone.storage.database import Database
from router.config import TenantConfig
from router.domain.consent import Allowed, Refused, Wait, confirmation
from router.repositories import conversations
from router.repositories.consents import Said, append
from router.usecases import consents, messages
from router.usecases.types import SYSTEM, Author
from schemas.content import Content
from tests.support.desk import NOW, Desk, Feed, make_desk, rows
from tests.support.router import Workers

pytestmark = pytest.mark.database
AGENT = Author("agent", "agt_x")


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, role="frontdesk_api", name="test-api")
    await database.start()
    yield database
    await database.stop()


@pytest.fixture
async def desk(database_url: str) -> Desk:
    return await make_desk(database_url, channel="telegram")


@pytest.fixture
def feed(desk: Desk) -> Feed:
    return Feed(desk, "telegram")


async def say(workers: Workers, feed: Feed, text: str, minutes: int) -> None:
    """The provider says when each was written, so that later ones are later."""
    await workers.take(feed.message(text, key=f"{minutes}", provider_at=NOW + timedelta(minutes=minutes)))


async def send(api: Database, desk: Desk, url: str, author: Author) -> None:
    [found] = await rows(url, "SELECT id FROM conversations")
    async with api.transaction([desk.tenant_id]) as connection:
        await messages.reply(
            connection, tenant_id=desk.tenant_id, conversation_id=found["id"], author=author,
            content=Content(text="but wait"), now=NOW + timedelta(hours=1),
        )  # fmt: skip


async def texts_sent(url: str) -> list[str]:
    found = await rows(url, "SELECT content FROM messages WHERE direction = 'out' ORDER BY id")
    return [json.loads(row["content"])["text"] for row in found]


async def verdict(api: Database, desk: Desk, url: str, **settings: Any) -> Allowed | Refused | Wait:
    [found] = await rows(url, "SELECT id FROM conversations")
    async with api.transaction([desk.tenant_id]) as connection:
        [current] = await conversations.lock_many(connection, [found["id"]])
        config = TenantConfig(desk.tenant_id, NOW, settings=settings)
        return await consents.may_write(connection, config, current, "proactive", NOW)


async def test_a_word_alone_ends_consent_and_is_confirmed_once_in_its_language(
    workers: Workers, desk: Desk, feed: Feed, database_url: str
) -> None:
    await say(workers, feed, "AFMELDEN", 1)
    await say(workers, feed, "afmelden!", 2)
    assert await texts_sent(database_url) == [confirmation("nl")]


async def test_the_word_is_kept_as_proof_with_its_message(
    workers: Workers, desk: Desk, feed: Feed, database_url: str
) -> None:
    await say(workers, feed, "Stop.", 1)
    [proof] = await rows(database_url, "SELECT * FROM consents")
    [message] = await rows(database_url, "SELECT id FROM messages WHERE direction = 'in'")
    kept = [proof[name] for name in ("purpose", "state", "how", "word", "message_id", "at")]
    assert kept == ["all", "withdrawn", "word", "Stop.", message["id"], NOW + timedelta(minutes=1)]


async def test_a_word_among_others_changes_nothing(workers: Workers, desk: Desk, feed: Feed, database_url: str) -> None:
    await say(workers, feed, "please stop calling it a parcel", 1)
    assert await rows(database_url, "SELECT 1 FROM contact_points WHERE opted_out_at IS NOT NULL") == []


async def test_after_the_word_a_send_is_refused(
    workers: Workers, api: Database, desk: Desk, feed: Feed, database_url: str
) -> None:
    await say(workers, feed, "STOP", 1)
    with pytest.raises(ContactOptedOut):
        await send(api, desk, database_url, AGENT)


async def test_who_writes_again_after_the_word_is_answered_by_people(
    workers: Workers, api: Database, desk: Desk, feed: Feed, database_url: str
) -> None:
    await say(workers, feed, "STOP", 1)
    await say(workers, feed, "where is my parcel?", 2)
    await send(api, desk, database_url, AGENT)
    assert (await texts_sent(database_url))[-1] == "but wait"


async def test_who_writes_again_after_the_word_still_gets_nothing_by_rule(
    workers: Workers, api: Database, desk: Desk, feed: Feed, database_url: str
) -> None:
    await say(workers, feed, "STOP", 1)
    await say(workers, feed, "where is my parcel?", 2)
    with pytest.raises(ContactOptedOut):
        await send(api, desk, database_url, SYSTEM)


async def test_start_renews_consent(workers: Workers, api: Database, desk: Desk, feed: Feed, database_url: str) -> None:
    await say(workers, feed, "STOP", 1)
    await say(workers, feed, "start", 2)
    assert await verdict(api, desk, database_url) == Allowed()


async def test_carriers_confirm_by_themselves_and_let_no_answer_through(
    workers: Workers, api: Database, database_url: str
) -> None:
    desk = await make_desk(database_url, channel="plivo")
    feed = Feed(desk, "plivo")
    await say(workers, feed, "STOP", 1)
    await say(workers, feed, "where is my parcel?", 2)
    with pytest.raises(ContactOptedOut):
        await send(api, desk, database_url, AGENT)
    assert await texts_sent(database_url) == []


async def test_the_history_cannot_be_changed_by_the_router(
    workers: Workers, desk: Desk, feed: Feed, database_url: str
) -> None:
    await say(workers, feed, "STOP", 1)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with workers.database.transaction([desk.tenant_id]) as connection:
            await connection.execute("UPDATE consents SET state = 'given'")


async def test_the_last_word_for_a_purpose_holds(
    workers: Workers, api: Database, desk: Desk, feed: Feed, database_url: str
) -> None:
    await say(workers, feed, "hello", 1)
    [point] = await rows(database_url, "SELECT contact_id FROM contact_points")
    async with api.transaction([desk.tenant_id]) as connection:
        for state, hours in (("withdrawn", 0), ("given", -1)):
            at = NOW + timedelta(hours=hours)
            await append(connection, Said(desk.tenant_id, point["contact_id"], "proactive", state, "agent", at))  # type: ignore[arg-type]
    assert await verdict(api, desk, database_url) == Refused("withdrawn")


async def test_at_night_writing_first_waits_for_the_morning_of_the_tenants_zone(
    workers: Workers, api: Database, desk: Desk, feed: Feed, database_url: str
) -> None:
    await say(workers, feed, "hello", 1)
    start, end = (NOW - timedelta(hours=1)).strftime("%H:%M"), (NOW + timedelta(hours=1)).strftime("%H:%M")
    found = await verdict(api, desk, database_url, quiet_hours={"start": start, "end": end, "zone": "UTC"})
    assert isinstance(found, Wait)
