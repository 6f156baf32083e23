"""The router's batch against a real PostgreSQL: once, in order, one conversation, and orphans that find their message."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from backbone.bus.port import BusRecord, TopicPartition
from backbone.clock import ManualClock
from backbone.errors import DeadLetter, Fenced, Unavailable
from backbone.storage.blobs import FolderBlobs
from backbone.storage.crypto import DayKeys, MasterKey
from backbone.storage.database import Database
from backbone.storage.dead_letters import DeadLetters
from backbone.storage.positions import Positions
from backbone.telemetry.metrics import Metrics
from router.config import ConfigCache
from router.inbound.handler import InboundHandler
from router.signals import Signals
from schemas.content import Content
from schemas.inbound import (
    MessageDeleted,
    MessageEdited,
    ReactionChanged,
    ReceiptReceived,
    ReceiptStatus,
    Sender,
)
from schemas.topics import INBOUND
from tests.support.desk import NOW, Desk, Feed, make_desk, rows

pytestmark = pytest.mark.database
PARTITION = [TopicPartition(INBOUND, 0)]


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, role="frontdesk_router", name="test")
    await database.start()
    yield database
    await database.stop()


@pytest.fixture
async def desk(database_url: str) -> Desk:
    return await make_desk(database_url)


def handler_of(database: Database, folder: Path, *, holder: str = "r1") -> InboundHandler:
    clock = ManualClock(NOW)
    return InboundHandler(
        database,
        Positions(database, "router", holder),
        configs=ConfigCache(clock),
        blobs=FolderBlobs(folder),
        dead_letters=DeadLetters(database, DayKeys(MasterKey("11" * 32))),
        signals=Signals(),
        clock=clock,
        metrics=Metrics(),
        reopen_within=timedelta(hours=72),
    )


@pytest.fixture
async def handler(database: Database, tmp_path: Path) -> InboundHandler:
    handler = handler_of(database, tmp_path)
    await handler.claim(PARTITION)
    return handler


async def test_a_first_message_opens_a_conversation_with_a_deadline(
    handler: InboundHandler, desk: Desk, database_url: str
) -> None:
    await handler.process([Feed(desk).message("where is my parcel?")])
    (found,) = await rows(database_url, "SELECT * FROM conversations")
    assert (found["status"], found["team_id"], found["preview"], found["message_count"]) == (
        "open",
        desk.team_id,
        "where is my parcel?",
        1,
    )
    assert found["due_at"] - found["waiting_since"] == timedelta(seconds=45)
    assert [r["type"] for r in await rows(database_url, "SELECT type FROM events_pending ORDER BY position")] == [
        "conversation.opened",
        "message.received",
    ]
    (timer,) = await rows(database_url, "SELECT * FROM timers")
    assert timer["step"] == "warning:0"
    assert timer["due_at"] - found["waiting_since"] == timedelta(seconds=36)


async def test_a_hundred_messages_of_a_new_contact_make_one_conversation_in_order(
    handler: InboundHandler, desk: Desk, database_url: str
) -> None:
    feed = Feed(desk)
    batch = [feed.message(f"{n}") for n in range(100)]
    await handler.process(batch[:37])
    await handler.process(batch[37:])
    assert len(await rows(database_url, "SELECT 1 FROM conversations")) == 1
    assert len(await rows(database_url, "SELECT 1 FROM contacts")) == 1
    # Both the bus's order and the one agents are shown, in which all of these have the same time.
    for order in ("bus_offset", "sort_at, id"):
        found = await rows(database_url, f"SELECT content ->> 'text' AS t FROM messages ORDER BY {order}")
        assert [row["t"] for row in found] == [f"{n}" for n in range(100)]


async def test_the_same_event_is_stored_once_within_and_across_batches(
    handler: InboundHandler, desk: Desk, database_url: str
) -> None:
    feed = Feed(desk)
    await handler.process([feed.message("a", key="k1"), feed.message("a", key="k1")])
    await handler.process([feed.message("a", key="k1"), feed.message("b", key="k2")])
    assert [
        r["t"] for r in await rows(database_url, "SELECT content ->> 'text' AS t FROM messages ORDER BY bus_offset")
    ] == ["a", "b"]


async def test_twenty_routers_with_the_same_webhook_store_it_once(
    database: Database, desk: Desk, tmp_path: Path, database_url: str
) -> None:
    feed = Feed(desk)
    handlers = []
    for number in range(20):
        handler = handler_of(database, tmp_path, holder=f"r{number}")
        await handler.claim([TopicPartition(INBOUND, number)])
        handlers.append(handler)
    raw = feed.message("once", key="k")
    copies = [BusRecord(INBOUND, n, 0, raw.key, raw.value, (), NOW) for n in range(20)]

    async def until_taken(handler: InboundHandler, record: BusRecord) -> None:
        for _ in range(50):
            try:
                return await handler.process([record])
            except Unavailable:
                continue
        raise AssertionError("never taken")

    await asyncio.gather(*(until_taken(h, c) for h, c in zip(handlers, copies, strict=True)))
    assert len(await rows(database_url, "SELECT 1 FROM messages")) == 1
    assert len(await rows(database_url, "SELECT 1 FROM conversations")) == 1


async def test_a_router_whose_partition_was_taken_over_writes_nothing(
    database: Database, handler: InboundHandler, desk: Desk, tmp_path: Path, database_url: str
) -> None:
    feed = Feed(desk)
    await handler.process([feed.message("first")])
    successor = handler_of(database, tmp_path, holder="r2")
    assert await successor.claim(PARTITION) == {PARTITION[0]: 1}
    with pytest.raises(Fenced):
        await handler.process([feed.message("from a zombie")])
    assert len(await rows(database_url, "SELECT 1 FROM messages")) == 1


async def test_a_receipt_before_its_message_waits_as_an_orphan(
    handler: InboundHandler, desk: Desk, database_url: str
) -> None:
    feed = Feed(desk)
    edit = MessageEdited(thread_key="ann", dedup_key="e1", provider_message_id="p1", content=Content(text="after"))
    await handler.process([feed.event(edit)])
    assert len(await rows(database_url, "SELECT 1 FROM orphans")) == 1
    await handler.process([feed.message("before", provider_message_id="p1")])
    (message,) = await rows(database_url, "SELECT content ->> 'text' AS t, edited_at FROM messages")
    assert (message["t"], message["edited_at"]) == ("after", NOW)
    assert await rows(database_url, "SELECT 1 FROM orphans") == []


async def test_edits_deletes_and_reactions_reach_their_message(
    handler: InboundHandler, desk: Desk, database_url: str
) -> None:
    feed = Feed(desk)
    await handler.process([feed.message("a", provider_message_id="p1"), feed.message("b", provider_message_id="p2")])
    await handler.process(
        [
            feed.event(MessageDeleted(thread_key="ann", dedup_key="d", provider_message_id="p1")),
            feed.event(
                ReactionChanged(
                    thread_key="ann", dedup_key="r", provider_message_id="p2", sender=Sender(address="ann"), emoji="👍"
                )
            ),
        ]
    )
    first, second = await rows(database_url, "SELECT content, reactions, deleted_at FROM messages ORDER BY bus_offset")
    assert first["content"] == "{}"
    assert first["deleted_at"] == NOW
    assert "👍" in second["reactions"]


async def test_receipts_only_move_a_message_forward(handler: InboundHandler, desk: Desk, database_url: str) -> None:
    feed = Feed(desk)
    await handler.process([feed.message("a")])
    await rows(
        database_url,
        "INSERT INTO messages (id, tenant_id, conversation_id, account_id, direction, author_kind, content, received_at, sort_at, "
        "state, provider_message_id) SELECT 'msg_out', tenant_id, id, account_id, 'out', 'agent', '{}', now(), now(), 'sent', 'px' "
        "FROM conversations",
    )

    def receipt(status: ReceiptStatus) -> BusRecord:
        return feed.event(
            ReceiptReceived(thread_key="ann", dedup_key=f"px:{status}", provider_message_id="px", status=status)
        )

    await handler.process([receipt(ReceiptStatus.READ), receipt(ReceiptStatus.DELIVERED)])
    (found,) = await rows(database_url, "SELECT state FROM messages WHERE id = 'msg_out'")
    assert found["state"] == "read"


async def test_a_message_within_72_hours_of_a_resolve_reopens_and_later_opens_a_linked_one(
    handler: InboundHandler, desk: Desk, database_url: str
) -> None:
    feed = Feed(desk)
    await handler.process([feed.message("a")])
    await rows(
        database_url,
        "UPDATE conversations SET status = 'resolved', resolved_at = $1, waiting_since = NULL",
        NOW - timedelta(hours=71),
    )
    await handler.process([feed.message("b")])
    (again,) = await rows(database_url, "SELECT id, status FROM conversations")
    assert again["status"] == "open"
    await rows(
        database_url,
        "UPDATE conversations SET status = 'resolved', resolved_at = $1, waiting_since = NULL",
        NOW - timedelta(hours=73),
    )
    await handler.process([feed.message("c")])
    linked = await rows(database_url, "SELECT previous_id, status FROM conversations WHERE id <> $1", again["id"])
    assert [(r["previous_id"], r["status"]) for r in linked] == [(again["id"], "open")]


async def test_an_automatic_mail_starts_no_clock(handler: InboundHandler, desk: Desk, database_url: str) -> None:
    await handler.process([Feed(desk).message("I am on holiday", automatic=True)])
    (found,) = await rows(database_url, "SELECT waiting_since, due_at FROM conversations")
    assert (found["waiting_since"], found["due_at"]) == (None, None)
    assert await rows(database_url, "SELECT 1 FROM timers") == []


async def test_an_unreadable_record_is_buried_with_its_bytes_and_the_position_moves(
    database: Database, handler: InboundHandler, desk: Desk, database_url: str
) -> None:
    poison = Feed(desk).raw(b'{"v": 99}')
    with pytest.raises(DeadLetter):
        await handler.process([poison])
    await handler.bury(poison, DeadLetter("not understood"))
    (letter,) = await rows(database_url, "SELECT * FROM dead_letters")
    assert (letter["tenant_id"], letter["reason"], letter["record_offset"]) == (
        desk.tenant_id,
        "DeadLetter: not understood",
        0,
    )
    assert b"99" not in letter["raw"]
    letters = DeadLetters(database, DayKeys(MasterKey("11" * 32)))
    async with database.transaction([desk.tenant_id]) as connection:
        assert await letters.open(connection, dict(letter)) == b'{"v": 99}'
    (position,) = await rows(database_url, "SELECT next_offset FROM consumer_positions")
    assert position["next_offset"] == 1


async def test_what_must_not_be_kept_is_blacked_out_of_messages_edits_previews_and_waiting_edits(
    handler: InboundHandler, desk: Desk, database_url: str
) -> None:
    feed, secret = Feed(desk), "4111 1111 1111 1111"
    said = feed.message(f"my card {secret}", provider_message_id="p1", subject=f"card {secret}")
    edit = MessageEdited(
        thread_key="ann", dedup_key="e1", provider_message_id="p1", content=Content(text=f"sorry, {secret}")
    )
    early = edit.model_copy(update={"dedup_key": "e2", "provider_message_id": "p-later"})
    await handler.process([said, feed.event(edit), feed.event(early)])
    [kept] = await rows(database_url, "SELECT content ->> 'text' AS t FROM messages")
    assert kept["t"] == "sorry, •••• 1111"
    [case] = await rows(database_url, "SELECT subject, preview FROM conversations")
    assert (case["subject"], case["preview"]) == ("card •••• 1111", "my card •••• 1111")
    [waiting] = await rows(database_url, "SELECT convert_from(record, 'utf8') AS r FROM orphans")
    assert "4111 1111" not in waiting["r"]
    assert "•••• 1111" in waiting["r"]


async def test_a_tenant_says_what_is_blacked_out(handler: InboundHandler, desk: Desk, database_url: str) -> None:
    masking = '{"masking": {"payment_cards": false, "labels": ["club number"]}}'
    await rows(database_url, "UPDATE tenants SET settings = $2::jsonb WHERE id = $1", desk.tenant_id, masking)
    await handler.process([Feed(desk).message("4111111111111111, club number: 77-x")])
    [kept] = await rows(database_url, "SELECT content ->> 'text' AS t FROM messages")
    assert kept["t"] == "4111111111111111, club number: ••••"
