"""From bus records to deliveries: once, in order, with the position, and an answer for what can't be sent."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from backbone.bus.port import BusRecord, Message, TopicPartition
from backbone.channel.offload import pack
from backbone.clock import ManualClock
from backbone.errors import Fenced, NotFound, Poisoned, Unavailable
from backbone.storage.blobs import FolderBlobs
from backbone.storage.crypto import DayKeys, MasterKey
from backbone.storage.database import Database
from backbone.storage.dead_letters import DeadLetters
from backbone.storage.positions import Positions
from backbone.telemetry.metrics import Metric, Metrics
from gateway.outbound.intake import DeliveryIntake
from schemas.outbound import OutboundMessage
from schemas.topics import outbound
from tests.support.outbound import CHANNEL, Book, deliveries, message, reports, served

pytestmark = pytest.mark.database
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
PARTITION = TopicPartition(outbound(CHANNEL), 0)


class Desk:
    def __init__(self, database: Database, folder: Path, member: str = "g1") -> None:
        self.clock = ManualClock(NOW)
        self.blobs = FolderBlobs(folder)
        self.metrics = Metrics()
        self.book = Book(served())
        self.woken = 0
        self.intake = DeliveryIntake(
            database,
            Positions(database, "gateway-outbound", member),
            self.book,
            DeadLetters(database, DayKeys(MasterKey("11" * 32))),
            self.blobs,
            self.clock,
            self.metrics,
            on_new=self._wake,
        )

    def _wake(self) -> None:
        self.woken += 1


@pytest.fixture
async def desk(database: Database, tmp_path: Path) -> Desk:
    made = Desk(database, tmp_path)
    assert await made.intake.claim([PARTITION]) == {PARTITION: None}
    return made


def record(item: OutboundMessage, offset: int, value: bytes | None = None, key: bytes | None = None) -> BusRecord:
    body = item.model_dump_json().encode() if value is None else value
    headers = (("traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),)
    return BusRecord(PARTITION.topic, 0, offset, item.key if key is None else key, body, headers, NOW)


async def _position(desk: Desk) -> int | None:
    return (await desk.intake.claim([PARTITION]))[PARTITION]


def _texts(rows: Sequence[dict[str, object]]) -> list[tuple[object, object]]:
    return [(row["message_id"], row["part"]) for row in rows]


async def test_each_part_becomes_a_row_in_order_with_the_position(desk: Desk, database_url: str) -> None:
    items = [message("a\nb"), message("c", conversation="cnv_2"), message("d")]
    await desk.intake.process([record(item, offset) for offset, item in enumerate(items, start=5)])
    rows = await deliveries(database_url)
    assert _texts(rows) == [
        (items[0].message_id, 0),
        (items[0].message_id, 1),
        (items[1].message_id, 0),
        (items[2].message_id, 0),
    ]
    assert {row["state"] for row in rows} == {"queued"}
    assert rows[0]["traceparent"].startswith("00-0af7")
    assert OutboundMessage.model_validate_json(rows[2]["body"]) == items[1]
    assert await _position(desk) == 8
    assert desk.woken == 1
    assert desk.metrics.value(Metric.GATEWAY_OUTBOUND_TAKEN, CHANNEL) == 3


async def test_a_batch_read_again_changes_nothing(desk: Desk, database_url: str) -> None:
    batch = [record(message("a\nb"), 0), record(message("c"), 1)]
    await desk.intake.process(batch)
    before = await deliveries(database_url)
    await desk.intake.process(batch)
    assert await deliveries(database_url) == before


async def test_a_member_that_lost_the_partition_writes_nothing(
    desk: Desk, database: Database, tmp_path: Path, database_url: str
) -> None:
    await Desk(database, tmp_path, "g2").intake.claim([PARTITION])
    with pytest.raises(Fenced):
        await desk.intake.process([record(message(), 0)])
    assert await deliveries(database_url) == []
    assert desk.woken == 0


async def test_a_message_its_channel_cannot_carry_fails_and_is_told(desk: Desk, database_url: str) -> None:
    bad, empty, good = message("refuse"), message(""), message("fine")
    await desk.intake.process([record(bad, 0), record(empty, 1), record(good, 2)])
    await desk.intake.process([record(bad, 0), record(empty, 1), record(good, 2)])
    assert [row["state"] for row in await deliveries(database_url)] == ["failed", "failed", "queued"]
    told = await reports(database_url)
    assert [(report.message_id, report.state, report.error_code) for report in told] == [
        (bad.message_id, "failed", "cannot_render"),
        (empty.message_id, "failed", "cannot_render"),
    ]
    assert told[0].error_detail == "the channel can't carry this"


async def test_an_account_not_known_yet_is_waited_for_and_one_that_is_gone_is_told(
    desk: Desk, database_url: str
) -> None:
    item = message(account="acc_new")
    with pytest.raises(Unavailable):
        await desk.intake.process([record(item, 0)])
    desk.clock.advance(timedelta(seconds=31))
    await desk.intake.process([record(item, 0)])
    (told,) = await reports(database_url)
    assert (told.state, told.error_code) == ("failed", "account_missing")


async def test_another_tenants_account_is_not_used(desk: Desk, database_url: str) -> None:
    await desk.intake.process([record(message(tenant="ten_2"), 0)])
    assert [row["state"] for row in await deliveries(database_url)] == ["failed"]


@pytest.mark.parametrize("value", [b"", b"{}", b'{"v": 2}', b"\xff\xfe"])
async def test_what_is_no_message_is_poison(desk: Desk, value: bytes) -> None:
    with pytest.raises(Poisoned):
        await desk.intake.process([record(message(), 0, value)])


async def test_a_record_under_another_accounts_key_is_poison(desk: Desk) -> None:
    with pytest.raises(Poisoned):
        await desk.intake.process([record(message(), 0, key=b"acc_2/cnv_1")])


async def test_poison_goes_to_the_dead_letters_with_the_position(desk: Desk, database_url: str) -> None:
    await _store_account(database_url)
    await desk.intake.bury(record(message(), 3, b"{}"), Poisoned("not a message"))
    connection = await asyncpg.connect(database_url)
    row = await connection.fetchrow("SELECT * FROM dead_letters")
    await connection.close()
    assert (row["source"], row["tenant_id"], row["account_id"], row["record_offset"]) == (
        "delivery",
        "ten_1",
        "acc_1",
        3,
    )
    assert row["reason"] == "outbound message: poisoned"
    assert await _position(desk) == 4
    assert await reports(database_url) == []


async def test_a_readable_message_that_is_buried_is_told(desk: Desk, database_url: str) -> None:
    await _store_account(database_url)
    item = message()
    await desk.intake.bury(record(item, 0), ZeroDivisionError())
    (told,) = await reports(database_url)
    assert (told.message_id, told.state, told.error_code) == (item.message_id, "failed", "poisoned")


async def test_a_large_message_is_read_from_the_blob_store(desk: Desk, database_url: str) -> None:
    item = message("x" * 300_000)
    packed = await pack(Message(PARTITION.topic, item.key, item.model_dump_json().encode()), "ten_1", desk.blobs)
    assert packed.value == b""
    await desk.intake.process([BusRecord(PARTITION.topic, 0, 0, packed.key, packed.value, packed.headers, NOW)])
    assert [row["message_id"] for row in await deliveries(database_url)] == [item.message_id]
    gone = (("blob", b"ten_1/00/" + b"0" * 32), ("blob-sha256", b"00"))
    with pytest.raises(NotFound):
        await desk.intake.process([BusRecord(PARTITION.topic, 0, 1, packed.key, b"", gone, NOW)])


async def _store_account(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("INSERT INTO tenants (id, name) VALUES ('ten_1', 'Test')")
    await connection.execute(
        "INSERT INTO channel_accounts (id, tenant_id, channel, name, external_id, config) VALUES ('acc_1', 'ten_1', $1, 'T', 'x', '')",
        CHANNEL,
    )
    await connection.close()
