"""What channels bring besides messages, against a real PostgreSQL: consent, notices, public posts, people, blocks, floods."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from backbone.bus.port import BusRecord
from backbone.errors import ContactOptedOut
from backbone.storage.database import Database
from backbone.telemetry.metrics import Metric
from router.usecases import messages
from router.usecases.types import SYSTEM, Author
from schemas.content import Content
from schemas.inbound import (
    AccountNotice,
    ConsentChanged,
    MessageEchoed,
    Post,
    ReceiptReceived,
    ReceiptStatus,
    Sender,
    Visibility,
)
from schemas.topics import FOUND_BY_POLL
from tests.support.desk import NOW, Desk, Feed, make_desk, rows
from tests.support.router import Workers

pytestmark = pytest.mark.database
PERSON = Author("agent", "agt_x")


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, role="frontdesk_api", name="test-api")
    await database.start()
    yield database
    await database.stop()


@pytest.fixture
async def desk(database_url: str) -> Desk:
    return await make_desk(database_url)


def consent(feed: Feed, state: Any, key: str, sender: str = "ann") -> BusRecord:
    event = ConsentChanged(thread_key=sender, dedup_key=key, sender=Sender(address=sender), state=state, word="STOP")
    return feed.event(event)


async def conversation_of(url: str) -> Any:
    [found] = await rows(url, "SELECT * FROM conversations")
    return found


async def test_who_opts_out_gets_no_more_messages_until_they_opt_in(
    workers: Workers, api: Database, desk: Desk, database_url: str
) -> None:
    feed = Feed(desk)
    await workers.take(feed.message("stop that"), consent(feed, "opted_out", "c1"))
    [point] = await rows(database_url, "SELECT opted_out_at, opted_out_word FROM contact_points")
    assert (point["opted_out_at"], point["opted_out_word"]) == (NOW, "STOP")
    current = await conversation_of(database_url)

    async def reply(author: Author) -> None:
        async with api.transaction([desk.tenant_id]) as connection:
            await messages.reply(
                connection, tenant_id=desk.tenant_id, conversation_id=current["id"], author=author,
                content=Content(text="but wait"), now=NOW,
            )  # fmt: skip

    for author in (PERSON, SYSTEM):
        with pytest.raises(ContactOptedOut):
            await reply(author)
    await workers.take(consent(feed, "opted_in", "c2"))
    await reply(PERSON)
    told = await rows(database_url, "SELECT data FROM events_pending WHERE type = 'contact.consent_changed' ORDER BY 1")
    assert [json.loads(row["data"])["state"] for row in told] == ["opted_in", "opted_out"]


async def test_who_opts_out_before_ever_writing_is_remembered(workers: Workers, desk: Desk, database_url: str) -> None:
    await workers.take(consent(Feed(desk), "opted_out", "c1", "bob"))
    [point] = await rows(database_url, "SELECT address, opted_out_at FROM contact_points")
    assert (point["address"], point["opted_out_at"]) == ("bob", NOW)


async def test_the_last_word_of_a_provider_on_an_account_is_kept_for_each_code(
    workers: Workers, desk: Desk, database_url: str
) -> None:
    feed = Feed(desk)

    def notice(key: str, code: str, detail: str, minutes: int) -> BusRecord:
        at = NOW + timedelta(minutes=minutes)
        return feed.event(
            AccountNotice(thread_key="", dedup_key=key, code=code, severity="warning", detail=detail, provider_at=at)
        )

    await workers.take(
        notice("1", "quality", "green", 0), notice("2", "quality", "red", 5), notice("3", "limit", "1k", 1)
    )
    await workers.take(notice("4", "quality", "an older word\0", 2))
    found = await rows(database_url, "SELECT code, detail FROM account_notices ORDER BY code")
    assert [tuple(row) for row in found] == [("limit", "1k"), ("quality", "red")]
    assert await rows(database_url, "SELECT 1 FROM conversations") == []


async def test_public_posts_keep_their_newest_facts_and_make_the_conversation_public(
    workers: Workers, desk: Desk, database_url: str
) -> None:
    feed = Feed(desk)
    first = Post(kind="review", post_id="p1", permalink="https://shop.example/r/1", rating=1, reach=12)
    await workers.take(feed.message("bad", visibility=Visibility.PUBLIC, post=first))
    await workers.take(
        feed.message("better now", visibility=Visibility.PUBLIC, post=Post(kind="review", rating=5)),
        feed.message("thanks", visibility=Visibility.PUBLIC),
    )
    current = await conversation_of(database_url)
    assert current["visibility"] == "public"
    assert json.loads(current["public_post"]) == {
        "kind": "review",
        "post_id": "p1",
        "permalink": "https://shop.example/r/1",
        "rating": 5,
        "reach": 12,
    }


async def test_everybody_in_a_thread_is_a_participant_once(workers: Workers, desk: Desk, database_url: str) -> None:
    feed = Feed(desk)
    carol, dan = Sender(address="carol", name="Carol"), Sender(address="dan")
    await workers.take(feed.message("hi", participants=(carol, dan, Sender(address="ann"))))
    await workers.take(feed.message("me too", sender="dan", thread_key="ann"), feed.message("again", sender="ann"))
    found = await rows(database_url, "SELECT address, name, role FROM conversation_participants ORDER BY address")
    assert [tuple(row) for row in found] == [
        ("ann", "Ann", "requester"),
        ("carol", "Carol", "participant"),
        ("dan", "Dan", "sender"),
    ]


async def test_a_conversation_of_two_has_no_participants(workers: Workers, desk: Desk, database_url: str) -> None:
    await workers.take(Feed(desk).message("hi"))
    assert await rows(database_url, "SELECT 1 FROM conversation_participants") == []


async def test_a_room_has_a_bounded_number_of_participants(workers: Workers, desk: Desk, database_url: str) -> None:
    feed = Feed(desk)
    crowd = tuple(Sender(address=f"p{number}") for number in range(150))
    await workers.take(feed.message("hi", participants=crowd))
    more = tuple(Sender(address=f"q{number}") for number in range(150))
    await workers.take(feed.message("hi again", participants=more))
    await workers.take(feed.message("and again", participants=(Sender(address="z"),)))
    [found] = await rows(database_url, "SELECT count(*) AS many FROM conversation_participants")
    assert 200 <= found["many"] <= 400
    assert await rows(database_url, "SELECT 1 FROM conversation_participants WHERE address = 'z'") == []


@pytest.mark.parametrize("everywhere", [True, False])
async def test_a_blocked_address_is_stored_and_wakes_nobody(
    workers: Workers, desk: Desk, database_url: str, everywhere: bool
) -> None:
    await rows(
        database_url,
        "INSERT INTO blocked_addresses (id, tenant_id, account_id, address, reason, blocked_at, until) "
        "VALUES ('blk_1', $1, $2, 'ann', 'spam', now(), $3)",
        desk.tenant_id,
        "" if everywhere else desk.account_id,
        NOW + timedelta(days=1),
    )
    feed = Feed(desk)
    await workers.take(feed.message("buy this"), feed.message("hello", sender="bob"))
    found = await rows(
        database_url,
        "SELECT c.thread_key, m.suppressed, c.due_at FROM conversations c JOIN messages m ON m.conversation_id = c.id ORDER BY 1",
    )
    assert [(row["thread_key"], row["suppressed"], row["due_at"] is None) for row in found] == [
        ("ann", "blocked", True),
        ("bob", None, False),
    ]
    assert len(await rows(database_url, "SELECT 1 FROM timers")) == 1
    [told] = await rows(
        database_url, "SELECT data FROM events_pending WHERE type = 'message.received' AND data::text LIKE '%blocked%'"
    )
    assert json.loads(told["data"])["suppressed"] == "blocked"


async def test_a_block_that_is_over_or_lifted_or_elsewhere_holds_nobody(
    workers: Workers, desk: Desk, database_url: str
) -> None:
    for number, (account, until, lifted) in enumerate(
        [("", NOW - timedelta(minutes=1), None), ("acc_other", None, None), ("", None, NOW)]
    ):
        await rows(
            database_url,
            "INSERT INTO blocked_addresses (id, tenant_id, account_id, address, reason, blocked_at, until, lifted_at) "
            "VALUES ($1, $2, $3, 'ann', 'spam', now(), $4, $5)",
            f"blk_{number}",
            desk.tenant_id,
            account,
            until,
            lifted,
        )
    await workers.take(Feed(desk).message("hello"))
    assert [row["suppressed"] for row in await rows(database_url, "SELECT suppressed FROM messages")] == [None]


async def test_a_flood_is_stored_and_wakes_nobody_beyond_the_tenants_limit(
    workers: Workers, desk: Desk, database_url: str
) -> None:
    await rows(database_url, """UPDATE tenants SET settings = '{"flood_per_minute": 5}'""")
    feed = Feed(desk)
    await workers.take(*(feed.message(f"{number}") for number in range(8)), feed.message("calm", sender="bob"))
    found = await rows(database_url, "SELECT suppressed FROM messages WHERE suppressed IS NOT NULL")
    assert [row["suppressed"] for row in found] == ["flood"] * 3
    [ann] = await rows(database_url, "SELECT message_count, due_at FROM conversations WHERE thread_key = 'ann'")
    assert ann["message_count"] == 8
    assert ann["due_at"] is not None


async def test_accounts_are_counted_and_what_only_a_poll_brought_is_a_gap(
    workers: Workers, desk: Desk, database_url: str
) -> None:
    feed = Feed(desk)

    def polled(record: BusRecord) -> BusRecord:
        return BusRecord(record.topic, record.partition, record.offset, record.key, record.value, (FOUND_BY_POLL,), NOW)

    early = NOW - timedelta(minutes=10)
    await workers.take(feed.message("a", key="k1"), feed.message("b", key="k2"), feed.message("a", key="k1"))
    await workers.take(
        polled(feed.message("a", key="k1", provider_at=early)),
        polled(feed.message("missed", key="k3", provider_at=early)),
        polled(feed.message("quicker than its webhook", key="k4", provider_at=NOW)),
        feed.event(
            ReceiptReceived(thread_key="ann", dedup_key="r", provider_message_id="x", status=ReceiptStatus.READ)
        ),
    )
    await workers.handler.bury(feed.raw(b"{}"), ValueError("poison"))
    await workers.traffic.write()
    await workers.traffic.write()
    [found] = await rows(
        database_url, "SELECT stored, doubled, refused, found_by_poll FROM account_traffic WHERE stored > 0"
    )
    assert tuple(found) == (5, 2, 1, 1)
    assert workers.metrics.value(Metric.ROUTER_GAPS_FOUND, "webchat") == 1


async def test_a_private_conversation_is_linked_to_the_public_one_it_came_out_of(
    workers: Workers, desk: Desk, database_url: str
) -> None:
    feed = Feed(desk)
    await workers.take(feed.message("where is my parcel?", visibility=Visibility.PUBLIC))
    current = await conversation_of(database_url)
    await rows(
        database_url,
        "INSERT INTO messages (id, tenant_id, conversation_id, account_id, direction, author_kind, content, received_at, sort_at, "
        "state, action, provider_message_id) VALUES ('msg_p', $1, $2, 'acc_other', 'out', 'agent', '{}', now(), now(), 'sent', 'private_reply', 'mid.1')",
        desk.tenant_id,
        current["id"],
    )
    echo = MessageEchoed(
        thread_key="psid", dedup_key="mid.1", recipient=Sender(address="psid"), content=Content(text="in private"),
        provider_message_id="mid.1",
    )  # fmt: skip
    await workers.take(feed.event(echo))
    [private] = await rows(database_url, "SELECT id, linked_id FROM conversations WHERE thread_key = 'psid'")
    assert private["linked_id"] == current["id"]
    [told] = await rows(database_url, "SELECT data FROM events_pending WHERE type = 'conversation.linked'")
    assert json.loads(told["data"]) == {"conversation_id": private["id"], "linked_id": current["id"]}


async def test_each_message_says_what_it_is_written_in_and_a_new_contact_speaks_it(
    workers: Workers, desk: Desk, database_url: str
) -> None:
    feed = Feed(desk)
    await workers.take(feed.message("Wo ist mein Paket?"), feed.message("ok"), feed.message("and where is my refund?"))
    found = await rows(database_url, "SELECT language FROM messages ORDER BY bus_offset")
    assert [row["language"] for row in found] == ["de", None, "en"]
    [contact] = await rows(database_url, "SELECT language FROM contacts")
    assert contact["language"] == "de"
