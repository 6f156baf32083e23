"""What is written on a polled channel waits in the provider's inbox, and the channel's own poll brings it."""

import json
from dataclasses import replace

import httpx2
import pytest
from starlette.applications import Starlette

from backbone.channel.port import Request, SimulatedMessage
from backbone.channel.registry import manifests
from backbone.channel.sources import HttpPoll
from backbone.clock import ManualClock
from gateway.accounts import Served
from gateway.simulator.provider import INBOX_MOST, FakeProvider
from gateway.simulator.server import SimulatorApp
from schemas.inbound import MessageReceived
from tests.support import channels as support

POLLED = sorted(name for name, manifest in manifests().items() if manifest.ingress == "poll")
MESSAGE = SimulatedMessage(sender="5550001", text="Grüße: 你好", message_id="sim-1", name="Ana")


def served(name: str) -> Served:
    channel = support.load(name)
    account = support.account(name, external_id=channel.simulator.demo_external_id)
    return Served(account, channel, "active", 1)


@pytest.mark.parametrize("name", POLLED)
async def test_a_simulated_message_is_brought_by_the_poll_of_its_channel(name: str) -> None:
    one = served(name)
    provider = FakeProvider(lambda _account: one, ManualClock(support.NOW))
    codec = one.channel.codec
    assert isinstance(codec, HttpPoll)
    cursor: dict[str, object] = {}
    for number, text in enumerate((MESSAGE.text, "a second one")):
        message = replace(MESSAGE, text=text, message_id=f"sim-{number}")
        provider.write(one.account.id, one.channel.simulator.inbound(message, one.account, support.NOW).body)
        call = codec.poll_call(one.account, cursor, support.NOW)
        assert call is not None
        page = codec.poll_found(one.account, call, await provider.take(one.account.id, call), cursor)
        assert page.trouble is None
        cursor = dict(page.cursor)
        context = support.context(one.account, name)
        parsed = [codec.parse(Request("POLL", "", "", (), body), context) for body in page.bodies]
        events = [event for one_body in parsed for event in one_body.events]
        assert [event.content.text for event in events if isinstance(event, MessageReceived)] == [text]


@pytest.mark.parametrize("name", POLLED)
async def test_an_empty_inbox_is_an_answer_like_any_other(name: str) -> None:
    one = served(name)
    provider = FakeProvider(lambda _account: one, ManualClock(support.NOW))
    codec = one.channel.codec
    assert isinstance(codec, HttpPoll)
    call = codec.poll_call(one.account, None, support.NOW)
    assert call is not None
    page = codec.poll_found(one.account, call, await provider.take(one.account.id, call), None)
    assert (page.trouble, page.bodies) == (None, ())


async def test_the_inbox_is_written_over_http_and_bounded() -> None:
    one = served(POLLED[0])
    provider = FakeProvider(lambda _account: one, ManualClock(support.NOW))
    transport = httpx2.ASGITransport(app=SimulatorApp(provider, Starlette()))
    async with httpx2.AsyncClient(transport=transport, base_url="http://sim.example.test") as client:
        for number in range(INBOX_MOST + 1):
            provider.write("acc_1", json.dumps(number).encode())
        written = await client.post("/sim/channel/acc_1/inbox", content=b'"last"')
        assert written.status_code == 204
        first = await client.get("/sim/channel/acc_1/anything")
        assert first.json() == 2
