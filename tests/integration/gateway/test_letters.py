import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from backbone.bus.port import TopicSpec
from backbone.bus.postgres import PostgresBus
from backbone.channel.port import Account, Context, Request
from backbone.channel.registry import channel
from backbone.clock import SystemClock
from backbone.errors import Poisoned, Unavailable
from backbone.storage.account_config import store_account
from backbone.storage.crypto import DayKeys, MasterKey
from backbone.storage.database import Database
from backbone.storage.dead_letters import DeadLetters as Rows
from backbone.storage.dead_letters import Owner
from backbone.telemetry.metrics import Metric, Metrics
from gateway.deadletters import DeadLetters, letter_of
from gateway.inbound.digest import Digest, Fault, mark
from gateway.letter_book import LetterBook, Replayer
from gateway.main import build
from gateway.spool import Spool
from schemas.inbound import InboundRecord
from schemas.topics import INBOUND
from tests.support.desk import Feed, make_desk, rows
from tests.support.fakes import MemoryBlobs

pytestmark = pytest.mark.database
KEY = "cd" * 32
MASTER = MasterKey(KEY)
CONFIG = {"bot_token": "123:canary-token", "webhook_secrets": ["canary-secret"]}
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


@dataclass
class Office:
    """A tenant with a Telegram account, and what works on its dead letters."""

    url: str
    tenant: str
    account: str
    database: Database
    bus: PostgresBus
    metrics: Metrics

    @property
    def letters(self) -> DeadLetters:
        return DeadLetters(self.database, DayKeys(MASTER), SystemClock(), metrics=self.metrics)

    @property
    def book(self) -> LetterBook:
        return LetterBook(self.database, DayKeys(MASTER), SystemClock())

    async def replayer(self) -> Replayer:
        parts = build(
            database=self.database, bus=self.bus, blobs=MemoryBlobs(), master=MASTER, clock=SystemClock(),
            metrics=self.metrics, member="m", holder="h", public_url="https://desk.example",
        )  # fmt: skip
        await parts.start()
        return Replayer(self.book, parts.shared.directory, parts.intake, self.bus)

    @property
    def owner(self) -> Account:
        settings = channel("telegram").codec.settings_type.model_validate(CONFIG)
        return Account(self.account, self.tenant, "telegram", "1", settings, "https://desk.example/webhooks/telegram/x")

    async def published(self) -> list[dict[str, Any]]:
        found = await rows(self.url, "SELECT key, value FROM bus.records ORDER BY 1, partition")
        return [dict(row) for row in found]


@pytest.fixture
async def office(database_url: str) -> AsyncIterator[Office]:
    tenant = (await make_desk(database_url)).tenant_id
    connection = await asyncpg.connect(database_url)
    account = await store_account(
        connection, MASTER, tenant_id=tenant, channel="telegram", name="Bot", external_id="1", config=CONFIG
    )
    await connection.close()
    database = Database(database_url, role="frontdesk_gateway", name="test", most=3)
    await database.start()
    bus = PostgresBus(database_url, clock=SystemClock(), member="test")
    await bus.start()
    await bus.ensure_topics([TopicSpec(INBOUND, partitions=1)])
    yield Office(database_url, tenant, account, database, bus, Metrics())
    await bus.stop()
    await database.stop()


def update(*, said: str = "canary words", broken: bool = False) -> bytes:
    person = {"id": 5, "first_name": "Ann", "is_bot": False}
    chat: Any = "not a chat" if broken else {"id": 5, "type": "private", "first_name": "Ann"}
    return json.dumps(
        {
            "update_id": 7,
            "message": {"message_id": 1, "from": person, "chat": chat, "date": 1_700_000_000, "text": said},
        }
    ).encode()


async def keep(office: Office, body: bytes, *, events: Digest | None = None) -> str:
    account = office.owner
    headers = (("content-type", "application/json"), ("x-telegram-bot-api-secret-token", "canary-secret"))
    request = Request("POST", account.webhook_url, "", headers, body)
    found = events or Digest(faults=[Fault("rejected", "the chat is not an object")])
    await office.letters.keep(letter_of(account, request, found))
    [entry] = await office.book.page(tenant_id=office.tenant)
    return entry.id


async def test_a_letter_is_sealed_in_the_table_and_readable_by_those_with_the_key(office: Office) -> None:
    letter_id = await keep(office, update())
    [row] = await rows(office.url, "SELECT * FROM dead_letters")
    assert b"canary" not in row["raw"]
    assert "canary" not in row["reason"] + row["request"]
    entry = await office.book.find(letter_id)
    raw = await office.book.raw(entry)
    assert b"canary words" in raw
    assert b"canary-secret" not in raw
    assert office.metrics.value(Metric.GATEWAY_DEAD_LETTERED, "telegram", "rejected") == 1


async def test_a_replay_parses_the_request_again_and_publishes_what_it_says(office: Office) -> None:
    letter_id = await keep(office, update())
    replayer = await office.replayer()
    assert await replayer.replay(await office.book.find(letter_id)) == 1
    [published] = await office.published()
    record = InboundRecord.model_validate_json(published["value"])
    assert (record.tenant_id, record.account_id) == (office.tenant, office.account)
    assert record.received_at.replace(microsecond=0) == (await office.book.find(letter_id)).created_at.replace(
        microsecond=0
    )
    assert (await office.book.find(letter_id)).state == "replayed"
    assert await office.book.page(tenant_id=office.tenant) == []


async def test_what_still_cant_be_parsed_stays_open(office: Office) -> None:
    letter_id = await keep(office, update(broken=True))
    replayer = await office.replayer()
    with pytest.raises(Poisoned):
        await replayer.replay(await office.book.find(letter_id))
    assert (await office.book.find(letter_id)).state == "open"
    assert await office.published() == []


async def test_a_replay_leaves_out_what_was_taken_at_the_time(office: Office) -> None:
    request = Request("POST", "u", "", (), update())
    [event] = channel("telegram").codec.parse(request, Context(office.owner, NOW)).events
    taken = Digest(events=[(office.owner, event)], faults=[Fault("rejected")])
    letter_id = await keep(office, update(), events=taken)
    assert (await office.book.find(letter_id)).facts["taken"] == [mark(office.owner, event)]
    assert await (await office.replayer()).replay(await office.book.find(letter_id)) == 0
    assert await office.published() == []


async def test_a_record_the_router_buried_goes_back_to_its_topic_with_its_key(office: Office) -> None:
    desk = await make_desk(office.url)
    record = Feed(desk).message("canary words", sender="ann")
    owner = Owner(desk.tenant_id, desk.account_id, "webchat")
    async with office.database.transaction([desk.tenant_id]) as connection:
        await Rows(office.database, DayKeys(MASTER)).keep_record(connection, record, owner, "Poisoned", NOW)
    [entry] = await office.book.page(tenant_id=desk.tenant_id)
    assert (entry.source, entry.topic) == ("router", INBOUND)
    assert await (await office.replayer()).replay(entry) == 1
    [published] = await office.published()
    assert (bytes(published["key"]), bytes(published["value"])) == (record.key, record.value)


async def test_with_the_database_away_a_letter_waits_in_its_own_spool(office: Office, tmp_path: Path) -> None:
    account = office.owner
    spool = await Spool(tmp_path, MASTER, SystemClock(), most_bytes=1 << 20).open()
    away = Database(office.url, role="frontdesk_gateway", name="not started")
    request = Request("POST", account.webhook_url, "", (), update())
    found = Digest(faults=[Fault("rejected")])
    letters = DeadLetters(away, DayKeys(MASTER), SystemClock(), metrics=Metrics(), spool=spool)
    await letters.keep(letter_of(account, request, found))
    assert spool.active
    with pytest.raises(Unavailable):
        await spool.drain(letters.take_spooled)
    assert await spool.drain(office.letters.take_spooled) == 1
    assert await office.letters.take_spooled([]) == 0
    assert len(await office.book.page(tenant_id=office.tenant)) == 1
    await spool.close()
    with pytest.raises(Unavailable):
        await DeadLetters(away, DayKeys(MASTER), SystemClock(), metrics=Metrics()).keep(
            letter_of(account, request, found)
        )


def dlq(url: str, *arguments: str, answer: str = "") -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("FRONTDESK_")}
    environ |= {"FRONTDESK_DATABASE_URL": url, "FRONTDESK_MASTER_KEY": KEY}
    return subprocess.run(
        [sys.executable, "-m", "gateway.dlq_cli", *arguments],
        env=environ, input=answer, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


async def test_the_command_lists_shows_replays_and_drops(office: Office) -> None:
    first = await keep(office, update())
    listed = dlq(office.url, "list", "--json")
    assert listed.returncode == 0, listed.stderr
    [entry] = json.loads(listed.stdout)["items"]
    assert (entry["id"], entry["source"], entry["state"], entry["causes"]) == (first, "gateway", "open", ["rejected"])
    shown = dlq(office.url, "show", first)
    assert "rejected: the chat is not an object" in shown.stdout
    assert "canary" not in listed.stdout + shown.stdout + listed.stderr + shown.stderr
    assert "canary words" in dlq(office.url, "show", first, "--raw").stdout
    replayed = dlq(office.url, "replay", first)
    assert (replayed.returncode, replayed.stdout.split()[1:]) == (0, ["ok", "published", "1"])
    again = dlq(office.url, "replay", first)
    assert (again.returncode, "replayed" in again.stdout) == (1, True)
    second = await keep(office, update(broken=True))
    failed = dlq(office.url, "replay", "--all", "--json")
    assert (failed.returncode, json.loads(failed.stdout)["items"][0]["id"]) == (1, second)
    kept = dlq(office.url, "drop", second, answer="n\n")
    assert kept.returncode == 1
    dropped = dlq(office.url, "drop", "--all", "--yes")
    assert (dropped.returncode, dropped.stdout.split()[2]) == (0, "dropped")
    assert json.loads(dlq(office.url, "list", "--json").stdout)["items"] == []
    assert len(json.loads(dlq(office.url, "list", "--state", "all", "--json").stdout)["items"]) == 2


async def test_the_command_tells_misuse_from_failure(database_url: str) -> None:
    assert dlq(database_url, "replay").returncode == 2
    assert dlq(database_url, "list", "--state", "odd").returncode == 2
    assert dlq(database_url, "show", "dlq_none").returncode == 1
