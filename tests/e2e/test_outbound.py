"""Outbound through a real gateway process: every channel, kills in the middle of sending, and the simulate command."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from starlette.applications import Starlette

from backbone.bus.port import Message, TopicSpec
from backbone.bus.postgres import PostgresBus
from backbone.channel import registry
from backbone.channel.port import Account, HttpCall, SimulatedFault
from backbone.clock import SystemClock
from backbone.ids import new_id
from backbone.storage.account_config import seal_config
from backbone.storage.crypto import MasterKey
from backbone.web.fetcher import Fetcher
from backbone.web.serve import http_server
from gateway.accounts import Served
from gateway.simulator import demo as demos
from gateway.simulator.driver import guard_for
from gateway.simulator.provider import FakeProvider
from gateway.simulator.server import SimulatorApp
from schemas.content import Media, MediaKind
from schemas.inbound import DeliveryReported, InboundRecord, MediaFetched, MessageReceived, ReceiptReceived
from schemas.media import MediaWanted, WantedMedia
from schemas.outbound import OutboundMessage
from schemas.topics import INBOUND, MEDIA_WANTED, outbound
from tests.support import channels
from tests.support.loopback import always, answer
from tests.support.loopback import serving as loopback
from tests.support.ports import HOST, free_ports
from tests.support.stack import MASTER, Stack
from tests.support.waiting import until

pytestmark = [pytest.mark.database, pytest.mark.chaos, pytest.mark.timeout(180)]
REPOSITORY = Path(__file__).resolve().parents[2]
PATIENCE = 90.0


@pytest.fixture
def stack(database_url: str, tmp_path: Path) -> Iterator[Stack]:
    made = Stack(tmp_path, database_url)
    made.seed()
    yield made
    made.stop()


@asynccontextmanager
async def publishing(stack: Stack) -> AsyncIterator[PostgresBus]:
    bus = PostgresBus(stack.database_url, clock=SystemClock(), member="test")
    await bus.start()
    try:
        yield bus
    finally:
        await bus.stop()


async def rows(url: str, query: str) -> list[Any]:
    connection = await asyncpg.connect(url)
    try:
        return list(await connection.fetch(query))
    finally:
        await connection.close()


async def events(url: str) -> list[Any]:
    """What the gateway reported: its own events wait in the outbox, since no router runs; webhooks are on the bus."""
    own = await rows(url, "SELECT value FROM outbox ORDER BY position")
    webhooks = await rows(
        url, f"SELECT value FROM bus.records WHERE topic = '{INBOUND}' ORDER BY partition, record_offset"
    )
    return [InboundRecord.model_validate_json(row["value"]).event for row in (*own, *webhooks)]


def reported(url: str, kind: type, count: int) -> Callable[[], Awaitable[bool]]:
    async def check() -> bool:
        return len([event for event in await events(url) if isinstance(event, kind)]) >= count

    return check


def message(served: Served, text: str, person: str = "4915112345678") -> OutboundMessage:
    account = served.account
    person = f"{person}@customer.example.test" if account.channel == "email" else person
    return channels.outbound_message(
        account, message_id=new_id("msg"), conversation_id=f"cnv_{person}", recipient=person, thread_key=person,
        content={"text": text},
    )  # fmt: skip


def addressed_message(served: Served, text: str) -> OutboundMessage:
    """To somebody whom this channel can reach, in a conversation of their own."""
    account = served.account
    return channels.outbound_message(
        account, message_id=new_id("msg"), conversation_id=f"cnv_{account.channel}", content={"text": text},
        **channels.addressed(account.channel),
    )  # fmt: skip


async def publish(bus: PostgresBus, messages: Sequence[OutboundMessage]) -> None:
    topics = sorted({outbound(item.channel) for item in messages})
    await bus.ensure_topics([TopicSpec(topic, partitions=3) for topic in topics])
    await bus.publish_many(
        [Message(outbound(item.channel), item.key, item.model_dump_json().encode()) for item in messages]
    )


def by_http(demo: demos.Demo) -> list[Served]:
    """The demo's accounts whose messages leave by HTTP."""
    found = []
    for served in demo.accounts.values():
        calls = (
            served.channel.codec.render(addressed_message(served, "?"), channels.with_token(served.account))
            if served.channel.manifest.outbound
            else ()
        )
        found += [served] if calls and isinstance(calls[0], HttpCall) else []
    return found


async def test_a_message_on_every_channel_leaves_is_reported_and_receipted(stack: Stack) -> None:
    stack.start("gateway")
    demo = demos.load(stack.folder / "demo.json")
    accounts = by_http(demo)
    assert len(accounts) >= 4
    async with publishing(stack) as bus:
        await publish(bus, [addressed_message(served, f"Hello by {served.account.channel}") for served in accounts])
        await until(reported(stack.database_url, DeliveryReported, len(accounts)), within=PATIENCE)
    told = [event for event in await events(stack.database_url) if isinstance(event, DeliveryReported)]
    assert {event.state for event in told} == {"sent"}
    fetcher = Fetcher(guard_for(stack.base))
    for served in accounts:
        url = f"{demo.provider_url}/{served.account.channel}/{served.account.id}/sent"
        sent = json.loads((await fetcher.call("GET", url)).body)["sent"]
        heard = not served.channel.manifest.capabilities.notice_only
        assert [f"Hello by {served.account.channel}" in item["text"] for item in sent] == [heard]
    await fetcher.stop()
    # Those whose providers tell: their receipts came through the door like any webhook.
    await until(reported(stack.database_url, ReceiptReceived, 3), within=PATIENCE)


class Outside:
    """The providers in this process, where no kill of a gateway reaches what they were sent."""

    def __init__(self, stack: Stack, name: str) -> None:
        self.port = free_ports(1)[0]
        plain = demos.load(stack.folder / "demo.json").account(name)
        base = f"http://{HOST}:{self.port}/sim/{name}/{plain.account.id}"
        self.config = plain.channel.simulator.demo_settings(base, "outside")
        settings = plain.channel.codec.settings_type.model_validate(self.config)
        account = plain.account
        self.served = Served(
            Account(account.id, account.tenant_id, name, account.external_id, settings, account.webhook_url),
            plain.channel, "active", 1,
        )  # fmt: skip
        self.provider = FakeProvider(lambda _account: self.served, SystemClock())
        self.stack = stack

    async def adopt(self) -> None:
        """Points the demo's account at these providers."""
        account_id = self.served.account.id
        connection = await asyncpg.connect(self.stack.database_url)
        await connection.execute(
            "UPDATE channel_accounts SET config = $2, version = version + 1 WHERE id = $1",
            account_id,
            seal_config(MasterKey(MASTER), account_id, self.config),
        )
        await connection.close()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        server = http_server(SimulatorApp(self.provider, Starlette()), host=HOST, port=self.port, lifespan="off")
        task = asyncio.create_task(server.run_until_stopped())
        await until(lambda: server.started)
        try:
            yield
        finally:
            await server.stop()
            await task

    def texts(self) -> list[str]:
        return [sent.send.text for sent in self.provider.sent(self.served.account.id)]


async def test_kills_in_the_middle_of_sending_lose_nothing_and_keep_the_order(stack: Stack) -> None:
    people, each = [f"49151000000{n:02d}" for n in range(8)], 15
    outside = Outside(stack, "whatsapp")
    await outside.adopt()
    wanted = {person: [f"{person} {n:02d}" for n in range(each)] for person in people}
    faults: list[SimulatedFault] = ["none", "none", "transient", "none", "throttle"]
    outside.provider.script(outside.served.account.id, *faults * 4)
    async with outside.serving(), publishing(stack) as bus:
        stack.start("gateway")
        await publish(
            bus, [message(outside.served, wanted[person][n], person) for n in range(each) for person in people]
        )
        for goal in (10, 60):
            await until(lambda goal=goal: len(outside.texts()) >= goal, within=PATIENCE)  # type: ignore[misc]
            stack.kill("gateway")
            stack.start("gateway")
        await until(
            lambda: set(outside.texts()) >= {text for texts in wanted.values() for text in texts}, within=PATIENCE
        )

        async def all_sent() -> bool:
            states = {row["state"] for row in await rows(stack.database_url, "SELECT state FROM deliveries")}
            return states == {"sent"}

        await until(all_sent, within=PATIENCE)
    for person, texts in wanted.items():
        taken = [text for text in outside.texts() if text.startswith(person)]
        assert list(dict.fromkeys(taken)) == texts
        assert taken == sorted(taken)
    doubled = len(outside.texts()) - len(people) * each
    marked = [
        event.message_id
        for event in await events(stack.database_url)
        if isinstance(event, DeliveryReported) and event.possibly_sent_twice
    ]
    idempotency = registry.channel("whatsapp").manifest.idempotency
    assert doubled <= len(set(marked)) or idempotency != "none"


async def test_a_gentle_stop_leaves_nothing_in_doubt(stack: Stack) -> None:
    outside = Outside(stack, "telegram")
    await outside.adopt()
    async with outside.serving(), publishing(stack) as bus:
        stack.start("gateway")
        await publish(bus, [message(outside.served, f"m {n}", f"4915{n:06d}") for n in range(60)])
        await until(lambda: len(outside.texts()) >= 10, within=PATIENCE)
        assert (await asyncio.to_thread(stack.stop))["gateway"] == 0
        states = [row["state"] for row in await rows(stack.database_url, "SELECT state FROM deliveries")]
        assert set(states) <= {"sent", "queued"}
        assert states.count("sent") == len(outside.texts())


async def test_wanted_media_is_fetched_and_reported(stack: Stack) -> None:
    stack.start("gateway")
    served = demos.load(stack.folder / "demo.json").account("partner")
    picture = b"\x89PNG\r\n\x1a\n" + b"\x07" * 2000
    async with loopback(always(answer(picture))) as files, publishing(stack) as bus:
        wish = MediaWanted(
            tenant_id=served.account.tenant_id, account_id=served.account.id, channel="partner", thread_key="t",
            provider_message_id="pm-1",
            media=(WantedMedia(index=0, media=Media(kind=MediaKind.IMAGE, url=files.url)),),
        )  # fmt: skip
        await bus.ensure_topics([TopicSpec(MEDIA_WANTED, partitions=3)])
        await bus.publish(Message(MEDIA_WANTED, f"{served.account.id}/t".encode(), wish.model_dump_json().encode()))
        await until(reported(stack.database_url, MediaFetched, 1), within=PATIENCE)
    (told,) = [event for event in await events(stack.database_url) if isinstance(event, MediaFetched)]
    assert (told.mime, told.size, told.error) == ("image/png", len(picture), None)
    assert told.blob is not None
    assert (stack.folder / "blobs" / told.blob).read_bytes() == picture


@pytest.mark.parametrize("name", ["whatsapp", "telegram", "email"])
async def test_the_command_writes_as_a_customer_however_careless(stack: Stack, name: str) -> None:
    stack.start("gateway")
    command = [sys.executable, "-m", "backbone.cli", "simulate", name, "--demo", str(stack.folder / "demo.json")]
    command += ["--count", "25", "--text", "Message {n}", "--duplicates", "0.4", "--reorder", "--seed", "3"]
    done = await asyncio.to_thread(
        subprocess.run, command, cwd=REPOSITORY, capture_output=True, text=True, timeout=90, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "webhooks acknowledged for 25 messages" in done.stdout
    found = [event for event in await events(stack.database_url) if isinstance(event, MessageReceived)]
    assert {(event.content.text or "").strip() for event in found} == {f"Message {n}" for n in range(1, 26)}
    assert len({event.dedup_key for event in found}) == 25
    assert len(found) > 25


async def test_the_command_says_what_is_wrong(stack: Stack) -> None:
    command = [sys.executable, "-m", "backbone.cli", "simulate", "pigeon", "--demo", str(stack.folder / "demo.json")]
    done = await asyncio.to_thread(
        subprocess.run, command, cwd=REPOSITORY, capture_output=True, text=True, timeout=90, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("frontdesk: the demo has no account on 'pigeon'; there are: ")
    assert ", email, " in done.stderr
