"""Every channel's simulated provider over real HTTP: our calls are understood, faults judged, receipts signed."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, cast

import pytest
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from backbone.channel import registry
from backbone.channel.port import Account, HttpCall, Request, SimulatedMessage
from backbone.channel.uploads import FileUploader
from backbone.clock import SystemClock
from backbone.web.addresses import Guard
from backbone.web.dialer import Dialer
from backbone.web.fetcher import Fetcher
from backbone.web.serve import http_server
from gateway.accounts import AccountDirectory, Served
from gateway.outbound.attempt import Attempt
from gateway.outbound.calls import ProviderCaller
from gateway.outbound.store import Delivery
from gateway.outbound.uploads import Uploads
from gateway.outbound.verdicts import Again, Failed, Sent
from gateway.simulator.driver import Driver, Traffic, guard_for, http_post
from gateway.simulator.parts import build_simulation
from gateway.simulator.provider import FakeProvider, Receipts
from gateway.simulator.server import SimulatorApp
from schemas.inbound import ReceiptReceived
from schemas.outbound import OutboundMessage
from tests.support import channels
from tests.support.network import Names
from tests.support.ports import HOST, answers, free_ports
from tests.support.waiting import until

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(1000)
UPLOADING = [name for name in channels.names() if isinstance(registry.channel(name).codec, FileUploader)]


def _answering() -> list[str]:
    """Channels whose messages leave by HTTP."""
    found = []
    for name in channels.names():
        channel = registry.channel(name)
        account = channels.with_token(channels.account(name))
        calls = channel.codec.render(_message(account), account) if channel.manifest.outbound else ()
        found += [name] if calls and isinstance(calls[0], HttpCall) else []
    return found


def _message(account: Account, text: str = "It arrives tomorrow.") -> OutboundMessage:
    return channels.outbound_message(account, content={"text": text}, **channels.addressed(account.channel))


class Place:
    """One loopback server that is the provider under /sim and the gateway's door elsewhere."""

    def __init__(self, name: str, port: int, receipts: Receipts) -> None:
        self.base = f"http://{HOST}:{port}"
        self.clock = SystemClock()
        channel = registry.channel(name)
        seed = channel.simulator.demo_settings(f"{self.base}/sim/{name}/acc_1", "seed")
        settings = channel.codec.settings_type.model_validate(seed)
        external = channel.simulator.demo_external_id
        account = Account("acc_1", "ten_1", name, external, settings, f"{self.base}/webhooks/{name}/acc_1")
        self.served = Served(channels.with_token(account), channel, "active", 1)
        self.fetcher = Fetcher(guard_for(self.base))
        self.door: list[Any] = []
        self.refusals = 0
        driver = Driver(http_post(self.fetcher), self.clock, Traffic(seed=1))
        self.provider = FakeProvider(
            lambda account_id: self.served if account_id == "acc_1" else None,
            self.clock,
            driver=driver,
            receipts=receipts,
        )
        caller = ProviderCaller(self.fetcher, Dialer(Guard(), Names({})))
        self.attempt = Attempt(caller, self.clock, uploads=Uploads(caller, self.fetcher, self.clock))

    async def send(self, message: OutboundMessage) -> Sent | Again | Failed:
        return await self.attempt(Delivery(message, 0, 1, False, False, timedelta(0), None), self.served)

    async def picture(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Where an agent's file stands."""
        found = Response(PICTURE, media_type="image/png") if scope["path"] == "/a.png" else Response(status_code=404)
        await found(scope, receive, send)

    async def webhook(self, scope: Scope, receive: Receive, send: Send) -> None:
        """What the gateway's door does, without making anything durable."""
        http = HttpRequest(scope, receive)
        if http.method == "GET" and http.url.path.endswith(".png"):
            await self.picture(scope, receive, send)
            return
        body = await http.body()
        if self.refusals:
            self.refusals -= 1
            await Response(status_code=503)(scope, receive, send)
            return
        request = Request(http.method, str(http.url), http.url.query, tuple(http.headers.items()), body)
        context = channels.context(self.served.account, self.served.account.channel, self.clock.now())
        self.served.channel.codec.verify(request, context)
        self.door.extend(self.served.channel.codec.parse(request, context).events)
        await Response()(scope, receive, send)


@asynccontextmanager
async def serving(app: ASGIApp, port: int) -> AsyncIterator[None]:
    server = http_server(app, host=HOST, port=port, lifespan="off")
    task = asyncio.create_task(server.run_until_stopped())
    await until(lambda: server.started)
    try:
        yield
    finally:
        await server.stop()
        await task


@asynccontextmanager
async def place(name: str, receipts: Receipts | None = None) -> AsyncIterator[Place]:
    port = free_ports(1)[0]
    made = Place(name, port, receipts or Receipts())
    async with serving(SimulatorApp(made.provider, made.webhook), port):
        yield made
        await made.provider.stop()
        await made.fetcher.stop()


@pytest.mark.parametrize("name", UPLOADING)
async def test_a_file_is_fetched_brought_and_shown_and_a_throttled_step_is_tried_again(name: str) -> None:
    async with place(name) as there:
        media = {"kind": "image", "url": f"{there.base}/a.png", "mime": "image/png"}
        account = there.served.account
        message = channels.outbound_message(account, content={"media": [media]}, **channels.addressed(name))
        there.provider.script("acc_1", "throttle")
        held = await there.send(message)
        assert isinstance(held, Again)
        assert not held.unknown
        assert isinstance(await there.send(message), Sent)
        assert len(there.provider.sent("acc_1")) == 1


@pytest.mark.parametrize("name", UPLOADING)
async def test_a_file_that_is_gone_fails_its_message_or_leaves_the_link(name: str) -> None:
    async with place(name) as there:
        media = {"kind": "image", "url": f"{there.base}/gone.png"}
        message = channels.outbound_message(
            there.served.account, content={"media": [media]}, **channels.addressed(name)
        )
        found = await there.send(message)
        assert isinstance(found, Sent) or (isinstance(found, Failed) and found.code == "file_unavailable")
        assert len(there.provider.sent("acc_1")) == isinstance(found, Sent)


@pytest.mark.parametrize("name", _answering())
async def test_the_provider_takes_what_we_send_and_tells_what_it_understood(name: str) -> None:
    async with place(name) as there:
        found = await there.send(_message(there.served.account))
        assert isinstance(found, Sent)
        told = await there.fetcher.call("GET", f"{there.base}/sim/{name}/acc_1/sent")
        (sent,) = json.loads(told.body)["sent"]
        notice = registry.channel(name).manifest.capabilities.notice_only
        assert ("It arrives tomorrow." in sent["text"]) is not notice
        assert found.provider_message_id in {None, sent["provider_message_id"]}
        await there.provider.settled()


@pytest.mark.parametrize("name", _answering())
async def test_faults_are_judged_as_what_they_are(name: str) -> None:
    async with place(name) as there:
        url = f"{there.base}/sim/{name}/acc_1/faults"
        body = json.dumps(["throttle", "transient", "final", "none"]).encode()
        assert (await there.fetcher.call("POST", url, body=body)).status == 204
        message = _message(there.served.account)
        found = [await there.send(message) for _ in range(4)]
        assert [type(item) for item in found] == [Again, Again, Failed, Sent]
        assert len(there.provider.sent("acc_1")) == 1
        assert there.provider.calls("acc_1") == 4
        await there.provider.settled()


@pytest.mark.parametrize("name", _answering())
async def test_receipts_come_signed_doubled_early_and_again_until_taken(name: str) -> None:
    async with place(name, Receipts(duplicates=1.0, early=1.0, shuffled=0.5)) as there:
        there.refusals = 2
        found = await there.send(_message(there.served.account))
        await there.provider.settled()
        (sent,) = there.provider.sent("acc_1")
        receipts = [event for event in there.door if isinstance(event, ReceiptReceived)]
        assert isinstance(found, Sent)
        if not sent.receipts:
            assert there.door == []
            return
        statuses = {receipt.status.value for receipt in receipts}
        assert statuses <= {"sent", "delivered", "read", "failed"}
        assert len(receipts) >= len(sent.receipts)
        known = [receipt.provider_message_id for receipt in receipts if receipt.provider_message_id is not None]
        assert set(known) <= {found.provider_message_id, sent.send.provider_message_id}


async def test_a_key_seen_before_is_answered_as_before_and_sent_once() -> None:
    keyed = next((name for name in _answering() if registry.channel(name).manifest.idempotency == "key"), None)
    if keyed is None:
        pytest.skip("no channel here has idempotency keys")
    async with place(keyed) as there:
        message = _message(there.served.account)
        first, second = await there.send(message), await there.send(message)
        assert first == second
        (sent,) = there.provider.sent("acc_1")
        assert sent.repeats == 1
        await there.provider.settled()


async def test_what_is_not_the_providers_goes_on_and_nonsense_is_refused() -> None:
    async with place("whatsapp") as there:
        get: Callable[..., Awaitable[Any]] = there.fetcher.call
        assert (await get("GET", f"{there.base}/sim/x")).status == 404
        assert (await get("POST", f"{there.base}/sim/whatsapp/acc_9/messages", body=b"{}")).status == 404
        assert (await get("POST", f"{there.base}/sim/whatsapp/acc_1/faults", body=b'["nonsense"]')).status == 422
        assert (await get("POST", f"{there.base}/sim/whatsapp/acc_1/faults", body=b"{")).status == 422
        large = b"x" * (16 * 1024 * 1024 + 1)
        assert (await get("POST", f"{there.base}/sim/whatsapp/acc_1/messages", body=large)).status == 413


async def test_what_a_customer_writes_arrives_whatever_the_traffic() -> None:
    async with place("whatsapp") as there:
        there.refusals = 5
        simulator, account = there.served.channel.simulator, there.served.account
        requests = [
            simulator.inbound(SimulatedMessage("4915112345678", f"m {n}", f"id-{n}"), account, there.clock.now())
            for n in range(30)
        ]
        driver = Driver(http_post(there.fetcher), there.clock, Traffic(duplicates=0.5, reorder=4, seed=7))
        tally = await driver.send(requests)
        texts = [event.content.text for event in there.door]
        assert set(texts) == {f"m {n}" for n in range(30)}
        assert len(texts) == tally.acknowledged > 30
        assert tally.posts == tally.acknowledged + 5


async def test_an_application_behind_it_is_reached_untouched() -> None:
    port = free_ports(1)[0]
    provider = FakeProvider(lambda _account: None, SystemClock())
    async with serving(SimulatorApp(provider, Starlette()), port):
        fetcher = Fetcher(guard_for(f"http://{HOST}:{port}"))
        assert (await fetcher.call("GET", f"http://{HOST}:{port}/elsewhere")).status == 404
        await fetcher.stop()


async def test_mail_reaches_the_simulated_server_and_its_faults_come_back() -> None:
    clock, port = SystemClock(), free_ports(1)[0]
    channel = registry.channel("email")
    values = {**channel.simulator.demo_settings(f"http://{HOST}:1/sim/email/acc_1", "seed"), "smtp_port": port}
    account = Account(
        "acc_1", "ten_1", "email", "x", channel.codec.settings_type.model_validate(values), f"http://{HOST}:1/webhooks"
    )
    served = Served(account, channel, "active", 1)

    class Directory:
        def all(self) -> list[Served]:
            return [served]

        def by_id(self, account_id: str) -> Served | None:
            return served if account_id == "acc_1" else None

    directory = cast("AccountDirectory", Directory())
    simulation = build_simulation(
        directory=directory, clock=clock, public_url=f"http://{HOST}:1", receipts=Receipts(on=False)
    )
    (serve_mail,) = simulation.part.tasks.values()
    task = asyncio.create_task(serve_mail())
    fetcher = Fetcher(Guard())
    attempt = Attempt(ProviderCaller(fetcher, Dialer(Guard(HOST), Names({}))), clock)
    simulation.provider.script("acc_1", "transient", "final")
    await until(lambda: answers(port))
    found = [
        await attempt(Delivery(_message(account), 0, 1, False, False, timedelta(0), None), served) for _ in range(3)
    ]
    assert [type(item) for item in found] == [Again, Failed, Sent]
    (sent,) = simulation.provider.sent("acc_1")
    assert (sent.send.recipient, sent.send.text) == (_message(account).recipient, "It arrives tomorrow.")
    assert isinstance(found[-1], Sent)
    assert found[-1].provider_message_id == sent.send.provider_message_id
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await fetcher.stop()
    assert not answers(port)
