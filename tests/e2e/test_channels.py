"""A customer writes on a real channel, the agent has it on the stream, the answer goes back: through Kafka, on every channel."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx2
import pytest
from websockets.asyncio.client import ClientConnection, connect

from backbone.channel.port import Request, SimulatedMessage
from backbone.channel.registry import channel, manifests
from gateway.pollers import cursors
from gateway.simulator.driver import posted
from tests.support import channels
from tests.support.database import drop_database
from tests.support.load import account_of
from tests.support.migrated import migrated_database
from tests.support.stack import Stack

pytestmark = [
    pytest.mark.database,
    pytest.mark.kafka,
    pytest.mark.timeout(120),
    # One set of processes serves all channels: they run on one worker.
    pytest.mark.xdist_group("channels"),
]
PAYLOADS = Path(__file__).parents[2].parent / "shared" / "payloads"
FORM = "application/x-www-form-urlencoded"
# Real payloads as providers sent them: file, receiving number or page in it, content type, and the text it says.
REAL = {
    "whatsapp": ("whatsapp/courier_hello.json", "1234567890", "application/json", "Hello World"),
    "messenger": ("messenger/courier_hello_msg.json", "1234567890", "application/json", "Hello World"),
    "telegram": ("telegram/courier_telegram_helloMsg.json", "110201543", "application/json", "Hello World"),
    "twilio": ("twilio/courier_twiml_receiveValid.form", "+12028831111", FORM, "Msg"),
    "instagram": ("instagram/weni_differentPageIG.json", "12345", "application/json", "Hello World"),
    "viber": ("viber/courier_viber_validMsg.json", "pa:1", "application/json", "incoming msg"),
    "line": ("line/linesdk_00_message_text.json", "U123", "application/json", "Hello, world"),
    "wechat": ("wechat/courier_wechat_validMsg.xml", "12121212121212", "text/xml", "Simple Message"),
    "smooch": ("smooch/docs_web_text.json", "5698edbf2a43bd081be982f1", "application/json", "Hello world"),
    "apple_mfb": ("apple_mfb/hello.json", "BUSINESS-ID", "application/json", "Hello, Business!"),
    "email": ("email/rubymail_basic_email_lf.eml", "support@desk.example.test", "message/rfc822", "Plain email."),
}


def real_request(name: str, stack: Stack) -> tuple[Request, str] | None:
    """The recorded payload, signed for our account, with its clock set to now: an old message's reply window is over."""
    path, _, media_type, text = REAL[name]
    file = PAYLOADS / path
    if not file.exists():
        return None
    now = int(time.time())
    body = file.read_bytes().strip(b"\n") if media_type == FORM else file.read_bytes()
    for old, new in (
        ("1454119029", str(now)),
        ("1459991487970", str(now * 1000)),
        ("1518774424438", str(now * 1000)),
        ("AccountSid=acctid", _sid(name, stack)),
    ):
        body = body.replace(old.encode(), new.encode())
    account = account_of(name, stack.account(name), stack.demo["tenant_id"])
    request = Request("POST", account.webhook_url, "", (("content-type", media_type),), body)
    return channel(name).simulator.sign(request, account, datetime.now(UTC)), text


def _sid(name: str, stack: Stack) -> str:
    return f"AccountSid={stack.account(name)['settings'].get('account_sid', 'acctid')}"


def simulated_request(name: str, stack: Stack, text: str) -> Request:
    account = account_of(name, stack.account(name), stack.demo["tenant_id"])
    message = SimulatedMessage(sender="4915112345678", text=text, message_id=uuid4().hex, name="Mia")
    return channel(name).simulator.inbound(message, account, datetime.now(UTC))


@pytest.fixture(scope="module")
def stack(postgres_url: str, kafka_bootstrap: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("stack")
    url = migrated_database(postgres_url)
    stack = Stack(folder, url, kafka=kafka_bootstrap)
    stack.seed({name: external_id for name, (_, external_id, _, _) in REAL.items()})
    stack.start("router")
    stack.start("http")
    yield stack
    codes = stack.stop()
    drop_database(url)
    assert codes == {"router": 0, "http": 0}


@asynccontextmanager
async def stream_of(stack: Stack) -> AsyncIterator[ClientConnection]:
    url = stack.base.replace("http", "ws") + "/v1/stream"
    async with connect(url, subprotocols=["frontdesk.v1+json"]) as socket:  # type: ignore[list-item]
        await socket.send(json.dumps({"type": "auth", "token": stack.token()}))
        assert json.loads(await socket.recv())["type"] == "hello"
        yield socket


async def frame(socket: ClientConnection, kind: str, **wanted: Any) -> dict[str, Any]:
    """The next frame of that type whose data has these values."""
    async with asyncio.timeout(30):
        while True:
            found: dict[str, Any] = json.loads(await socket.recv())
            data = found.get("data", {})
            if found["type"] == kind and all(data.get(k) == v for k, v in wanted.items()):
                return found


async def post(request: Request) -> httpx2.Response:
    async with httpx2.AsyncClient(timeout=30, trust_env=False) as client:
        return await client.post(request.url, content=request.body, headers=list(request.headers))


async def nudge(stack: Stack, name: str) -> None:
    """As a provider's word that there is something new: the account is polled at once."""
    account = account_of(name, stack.account(name), stack.demo["tenant_id"])
    connection = await asyncpg.connect(stack.database_url)
    try:
        await cursors.nudge(connection, account, datetime.now(UTC))
    finally:
        await connection.close()


async def answer(stack: Stack, conversation_id: str, text: str) -> httpx2.Response:
    async with httpx2.AsyncClient(base_url=stack.base, timeout=30, trust_env=False) as client:
        return await client.post(
            f"/v1/conversations/{conversation_id}/messages",
            headers={"Authorization": f"Bearer {stack.token()}", "Idempotency-Key": uuid4().hex},
            json={"content": {"type": "text", "text": text}},
        )


async def sent_to_provider(stack: Stack, name: str) -> list[dict[str, Any]]:
    async with httpx2.AsyncClient(base_url=stack.base, timeout=30, trust_env=False) as client:
        found = await client.get(f"/sim/{name}/{stack.account(name)['account_id']}/sent")
        listed: list[dict[str, Any]] = found.json()["sent"]
        return listed


async def check_round_trip(stack: Stack, name: str, request: Request, text: str, *, polled: bool = False) -> None:
    """Customer → agent's stream → answer → provider (or the customer's own stream, where the channel is our own)."""
    async with stream_of(stack) as socket:
        accepted = await post(request)
        assert 200 <= accepted.status_code < 300, accepted.text
        if polled:
            await nudge(stack, name)
        received = await frame(socket, "message.received")
        assert text in received["data"]["message"]["content"]["text"]
        assert received["data"]["conversation"]["channel"] == name
        conversation_id = received["data"]["conversation_id"]
        reply = f"It arrives tomorrow ({uuid4().hex[:6]})."
        stored = await answer(stack, conversation_id, reply)
        assert stored.status_code == 201, stored.text
        await frame(socket, "message.state_changed", message_id=stored.json()["id"], state="sent")
    if name != "webchat":
        sent = await sent_to_provider(stack, name)
        # Where the customer is only told that there is an answer, its text must not leave.
        notice_only = manifests()[name].capabilities.notice_only
        assert sent
        assert any(reply in item["text"] for item in sent) is not notice_only


@pytest.mark.parametrize("name", sorted(REAL))
async def test_a_real_payload_reaches_the_agent_and_the_answer_the_provider(stack: Stack, name: str) -> None:
    found = real_request(name, stack)
    if found is None:
        pytest.skip(f"{PAYLOADS} holds no recorded payloads here")
    await check_round_trip(stack, name, *found)


def calls_us(name: str) -> bool:
    """Whether the channel's provider tells us by a webhook what was written; others are asked, on their own time."""
    message = SimulatedMessage(sender="4915112345678", text="x", message_id="1")
    return channel(name).simulator.inbound(message, channels.account(name), channels.NOW).method != "POLL"


@pytest.mark.parametrize("name", [name for name in sorted(manifests()) if calls_us(name)])
async def test_a_simulated_customer_reaches_the_agent_and_the_answer_the_provider(stack: Stack, name: str) -> None:
    text = f"Where is my parcel ({uuid4().hex[:6]})?"
    await check_round_trip(stack, name, simulated_request(name, stack, text), text)


@pytest.mark.parametrize("name", sorted(name for name, one in manifests().items() if one.ingress == "poll"))
async def test_what_a_poll_brings_reaches_the_agent_and_the_answer_the_provider(stack: Stack, name: str) -> None:
    text = f"Where is my parcel ({uuid4().hex[:6]})?"
    inbox = f"{stack.base}/sim/{name}/{stack.account(name)['account_id']}/inbox"
    request = posted(simulated_request(name, stack, text), inbox)
    await check_round_trip(stack, name, request, text, polled=True)


async def test_a_call_is_greeted_at_once_by_a_signed_dialogue(stack: Stack) -> None:
    account = account_of("twilio_voice", stack.account("twilio_voice"), stack.demo["tenant_id"])
    body = (
        b"CallSid=CAe2e&From=%2B4915112345678&To=%2B15005550007&CallStatus=ringing&Direction=inbound&AccountSid="
        + str(stack.account("twilio_voice")["settings"]["account_sid"]).encode()
    )
    request = Request("POST", account.webhook_url, "", (("content-type", FORM),), body)
    greeted = await post(channel("twilio_voice").simulator.sign(request, account, datetime.now(UTC)))
    assert greeted.status_code == 200
    assert "<Gather" in greeted.text


async def test_a_forged_webhook_is_refused_and_reaches_nobody(stack: Stack) -> None:
    request = simulated_request("whatsapp", stack, "forged")
    refused = await post(Request(request.method, request.url, "", request.headers, request.body + b" "))
    assert refused.status_code == 401
    assert refused.json()["code"] == "signature_invalid"
