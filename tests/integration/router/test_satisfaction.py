"""Questions after a case and their answers, from the resolution to the rating, against a real PostgreSQL."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from backbone.bus.port import BusRecord
from backbone.storage.database import Database
from router.satisfaction import LEASE, Settling
from router.usecases import conversations
from router.usecases.types import Author
from schemas.content import Choice, Content
from schemas.inbound import MessageReceived, Sender
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
    made = await make_desk(database_url, channel="telegram")
    settings = {"satisfaction": {"enabled": True, "after_seconds": 60}}
    await rows(database_url, "UPDATE tenants SET settings = $2 WHERE id = $1", made.tenant_id, json.dumps(settings))
    return made


@pytest.fixture
def feed(desk: Desk) -> Feed:
    return Feed(desk, "telegram")


def says(feed: Feed, text: str, *, at: timedelta, choice: str | None = None, sender: str = "ann") -> BusRecord:
    content = Content(choice=Choice(id=choice, title=text)) if choice else Content(text=text)
    event = MessageReceived(
        thread_key=sender, dedup_key=f"{at}{text}", sender=Sender(address=sender), content=content,
        provider_message_id=f"{at}{text}",
    )  # fmt: skip
    return feed.event(event, received_at=NOW + at)


async def resolve(api: Database, desk: Desk, url: str, at: timedelta = timedelta(0), sender: str = "ann") -> str:
    [found] = await rows(url, "SELECT id FROM conversations WHERE thread_key = $1 AND status <> 'resolved'", sender)
    async with api.transaction([desk.tenant_id]) as connection:
        await conversations.change_status(
            connection, tenant_id=desk.tenant_id, conversation_id=found["id"], status="resolved", snoozed_until=None,
            actor=AGENT, now=NOW + at,
        )  # fmt: skip
    return str(found["id"])


async def ask(workers: Workers, url: str) -> None:
    await rows(url, "UPDATE timers SET due_at = now() - interval '1 second' WHERE kind = 'satisfaction'")
    await workers.timers.fire_due()


async def asked(workers: Workers, api: Database, desk: Desk, feed: Feed, url: str) -> str:
    await workers.take(says(feed, "hello", at=timedelta(0)))
    conversation = await resolve(api, desk, url)
    await ask(workers, url)
    return conversation


async def ratings(url: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await rows(url, "SELECT score, comment FROM ratings")]


async def sent(url: str) -> list[str]:
    found = await rows(url, "SELECT content ->> 'text' AS text FROM messages WHERE direction = 'out' ORDER BY id")
    return [row["text"] for row in found]


async def statuses(url: str) -> list[str]:
    return [row["status"] for row in await rows(url, "SELECT status FROM conversations ORDER BY id")]


async def test_who_had_a_case_is_asked_on_the_same_channel(
    workers: Workers, api: Database, desk: Desk, feed: Feed, database_url: str
) -> None:
    await asked(workers, api, desk, feed, database_url)
    assert await sent(database_url) == ["How satisfied are you with our help?"]


async def test_a_case_that_was_opened_again_is_not_asked_about(
    workers: Workers, api: Database, desk: Desk, feed: Feed, database_url: str
) -> None:
    await workers.take(says(feed, "hello", at=timedelta(0)))
    await resolve(api, desk, database_url)
    await workers.take(says(feed, "one more thing", at=timedelta(seconds=5)))
    await ask(workers, database_url)
    assert await sent(database_url) == []


async def test_a_pressed_button_is_the_rating_and_opens_nothing(
    workers: Workers, api: Database, desk: Desk, feed: Feed, database_url: str
) -> None:
    await asked(workers, api, desk, feed, database_url)
    await workers.take(says(feed, "5 – very good", at=timedelta(minutes=2), choice="csat:5"))
    assert (await ratings(database_url), await statuses(database_url)) == ([(5, None)], ["resolved"])


async def test_a_text_after_the_rating_is_kept_with_it(
    workers: Workers, api: Database, desk: Desk, feed: Feed, database_url: str
) -> None:
    await asked(workers, api, desk, feed, database_url)
    await workers.take(says(feed, "4", at=timedelta(minutes=2)), says(feed, "Quick and kind.", at=timedelta(minutes=3)))
    assert (await ratings(database_url), await statuses(database_url)) == ([(4, "Quick and kind.")], ["resolved"])


async def test_a_text_after_a_poor_rating_opens_the_case_again(
    workers: Workers, api: Database, desk: Desk, feed: Feed, database_url: str
) -> None:
    await asked(workers, api, desk, feed, database_url)
    await workers.take(says(feed, "1", at=timedelta(minutes=2)))
    await workers.take(says(feed, "Nothing works.", at=timedelta(minutes=3)))
    assert (await ratings(database_url), await statuses(database_url)) == ([(1, "Nothing works.")], ["open"])


async def test_anything_but_a_rating_is_an_ordinary_message(
    workers: Workers, api: Database, desk: Desk, feed: Feed, database_url: str
) -> None:
    await asked(workers, api, desk, feed, database_url)
    await workers.take(says(feed, "5 parcels are missing", at=timedelta(minutes=2)))
    assert (await ratings(database_url), await statuses(database_url)) == ([], ["open"])


async def test_a_digit_that_nobody_asked_for_is_an_ordinary_message(
    workers: Workers, api: Database, desk: Desk, feed: Feed, database_url: str
) -> None:
    await workers.take(says(feed, "hello", at=timedelta(0)))
    await resolve(api, desk, database_url)
    await workers.take(says(feed, "5", at=timedelta(minutes=1)))
    assert (await ratings(database_url), await statuses(database_url)) == ([], ["open"])


async def test_a_customer_is_asked_once_within_the_tenants_time(
    workers: Workers, api: Database, desk: Desk, feed: Feed, database_url: str
) -> None:
    await asked(workers, api, desk, feed, database_url)
    await workers.take(says(feed, "another matter", at=timedelta(minutes=5)))
    await resolve(api, desk, database_url, timedelta(minutes=6))
    await ask(workers, database_url)
    assert len(await sent(database_url)) == 1


async def test_a_customer_who_opted_out_is_not_asked(
    workers: Workers, api: Database, desk: Desk, feed: Feed, database_url: str
) -> None:
    await workers.take(says(feed, "hello", at=timedelta(0)))
    await resolve(api, desk, database_url)
    await rows(database_url, "UPDATE contact_points SET opted_out_at = now()")
    await ask(workers, database_url)
    assert await rows(database_url, "SELECT 1 FROM satisfaction_asks") == []


async def settled(workers: Workers, url: str) -> list[tuple[Any, ...]]:
    workers.clock.advance(timedelta(hours=80))
    await rows(url, "UPDATE resolutions SET at = at - interval '300 days'")
    await rows(
        url,
        "UPDATE messages SET received_at = received_at - interval '300 days', sort_at = sort_at - interval '300 days'",
    )
    await Settling(workers.database, workers.clock).round(await workers.lease(LEASE))
    found = await rows(url, "SELECT settled_at IS NOT NULL, again_at IS NOT NULL FROM resolutions ORDER BY at")
    return [tuple(row) for row in found]


async def test_a_case_whose_customer_stays_quiet_for_72_hours_counts_as_resolved(
    workers: Workers, api: Database, desk: Desk, feed: Feed, database_url: str
) -> None:
    await asked(workers, api, desk, feed, database_url)
    await workers.take(says(feed, "5", at=timedelta(minutes=2)))
    assert await settled(workers, database_url) == [(True, False)]


async def test_a_case_whose_customer_writes_again_within_72_hours_does_not(
    workers: Workers, api: Database, desk: Desk, feed: Feed, database_url: str
) -> None:
    await workers.take(says(feed, "hello", at=timedelta(0)))
    await resolve(api, desk, database_url)
    await workers.take(says(feed, "it is broken again", at=timedelta(hours=71)))
    assert await settled(workers, database_url) == [(True, True)]


async def test_a_message_after_72_hours_is_another_matter(
    workers: Workers, api: Database, desk: Desk, feed: Feed, database_url: str
) -> None:
    await workers.take(says(feed, "hello", at=timedelta(0)))
    await resolve(api, desk, database_url)
    await workers.take(says(feed, "something else", at=timedelta(hours=73)))
    assert await settled(workers, database_url) == [(True, False)]
