"""The web chat codec: the visitor comes from the token alone."""

import json
from datetime import timedelta
from typing import Any

import pytest

from backbone.channel.port import Accepted, Context, ProviderReply, Request, SimulatedMessage, StreamCall
from backbone.channel.visitor import make_token
from backbone.errors import PayloadInvalid, SignatureInvalid, SignatureStale
from schemas.inbound import MessageReceived
from services.webchat.codec import codec
from tests.support import channels as support

ACCOUNT = support.account("webchat")
CONTEXT = Context(ACCOUNT, support.NOW)


def request(frame: Any, visitor: str = "visitor-1", lifetime: timedelta = timedelta(hours=1)) -> Request:
    token = make_token(visitor, support.NOW + lifetime, ACCOUNT.settings.visitor_secrets[0])
    return Request("POST", ACCOUNT.webhook_url, "", (("authorization", f"Bearer {token}"),), json.dumps(frame).encode())


def test_a_frame_can_not_name_another_visitor() -> None:
    with pytest.raises(PayloadInvalid):
        codec.parse(request({"type": "message", "id": "1", "text": "hi", "visitor_id": "other"}), CONTEXT)
    event = codec.parse(request({"type": "message", "id": "1", "text": "hi"}, visitor="other"), CONTEXT).events[0]
    assert event.thread_key == "other"


def test_an_expired_token_is_stale() -> None:
    with pytest.raises(SignatureStale):
        codec.verify(request({}, lifetime=timedelta(0)), CONTEXT)


def test_a_token_of_another_web_chat_is_refused() -> None:
    other = support.account("webchat", seed="another")
    with pytest.raises(SignatureInvalid):
        codec.verify(request({}), Context(other, support.NOW))


def test_an_error_names_the_field_but_not_what_was_written() -> None:
    with pytest.raises(PayloadInvalid) as caught:
        codec.parse(request({"type": "message", "id": "private words", "text": "more private words"}), CONTEXT)
    assert "id" in caught.value.detail
    assert "private" not in caught.value.detail


def test_the_answer_says_which_frame_is_durable() -> None:
    parsed = codec.parse(request({"type": "typing", "id": "t-1"}), CONTEXT)
    assert json.loads(parsed.response.body) == {"id": "visitor-1:t-1", "duplicate": False}
    assert parsed.response.status == 202


def test_our_message_id_is_what_the_customers_receipts_name() -> None:
    message = support.outbound_message(ACCOUNT, content={"text": "hi"}, message_id="msg_7")
    (call,) = codec.render(message, ACCOUNT)
    assert call == StreamCall("msg_7")
    assert codec.interpret(call, ProviderReply(200)) == Accepted("msg_7")


def test_the_simulator_keeps_visitors_apart() -> None:
    simulator = support.load("webchat").simulator
    keys = set()
    for sender in ("a", "b"):
        made = simulator.inbound(SimulatedMessage(sender, "hi", "1"), ACCOUNT, support.NOW)
        codec.verify(made, CONTEXT)
        event = codec.parse(made, CONTEXT).events[0]
        assert isinstance(event, MessageReceived)
        keys.add(event.thread_key)
    assert keys == {"a", "b"}
