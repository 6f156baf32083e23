"""RCS: tokens of a service account, what is signed, and suggestions that have no room."""

import base64
import json
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pydantic import SecretStr

from backbone.channel.port import Context, HttpCall, Request
from backbone.channel.signature import hmac_base64
from backbone.channel.sources import TokenSource
from backbone.errors import SignatureInvalid
from services.rcs.codec import codec
from tests.support import channels as support

ACCOUNT = support.account("rcs")
TOKEN = ACCOUNT.settings.client_tokens[0]


@cache
def pem() -> str:
    key = generate_private_key(65537, 2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def test_a_service_account_asks_for_a_token_with_the_right_scope() -> None:
    assert isinstance(codec, TokenSource)
    call = codec.token_call(support.account("rcs", {"private_key": pem()}), support.NOW)
    assert isinstance(call, HttpCall)
    assert call.url == f"{support.PROVIDER}/token"
    claims = call.body.split(b"assertion=")[1].split(b".")[1]
    decoded = json.loads(base64.urlsafe_b64decode(claims + b"=" * (-len(claims) % 4)))
    assert decoded["scope"] == "https://www.googleapis.com/auth/rcsbusinessmessaging"


def test_without_a_key_the_static_token_serves() -> None:
    assert codec.token_call(ACCOUNT, support.NOW) is None


def test_calls_use_the_token_that_is_fresh() -> None:
    message = support.outbound_message(ACCOUNT, content={"text": "hi"})
    [call] = codec.render(message, replace(ACCOUNT, token=SecretStr("fresh")))
    assert isinstance(call, HttpCall)
    assert dict(call.headers)["authorization"] == "Bearer fresh"


def verify(body: bytes, signed: bytes) -> None:
    header = ("x-goog-signature", hmac_base64(TOKEN, signed, "sha512"))
    request = Request("POST", ACCOUNT.webhook_url, "", (header,), body)
    codec.verify(request, Context(account=ACCOUNT, now=support.NOW))


def test_what_the_envelope_carries_is_signed_and_not_the_envelope() -> None:
    inner = b'{"senderPhoneNumber":"+1"}'
    body = json.dumps({"message": {"data": base64.b64encode(inner).decode()}}).encode()
    verify(body, inner)
    with pytest.raises(SignatureInvalid):
        verify(body, body)


@pytest.mark.parametrize("extra", [{"message": {"data": "e30="}}, {}])
def test_a_handshake_is_no_way_around_the_signature(extra: dict[str, Any]) -> None:
    body = json.dumps({"clientToken": "guess", "secret": "s", **extra}).encode()
    with pytest.raises(SignatureInvalid):
        verify(body, b"something else")


def parts(buttons: int, **content: Any) -> list[dict[str, Any]]:
    rows = [{"id": str(number), "title": f"Number {number}"} for number in range(buttons)]
    message = support.outbound_message(ACCOUNT, content={"text": "Which?", "buttons": rows, **content})
    calls = codec.render(message, ACCOUNT)
    return [json.loads(call.body)["contentMessage"] for call in calls if isinstance(call, HttpCall)]


def test_a_place_takes_the_room_of_one_suggestion_and_no_button_is_lost() -> None:
    place = {"latitude": 1.0, "longitude": 2.0}
    assert len(parts(11)[-1]["suggestions"]) == 11
    assert len(parts(10, location=place)[-1]["suggestions"]) == 11
    crowded = parts(11, location=place)[-1]
    assert len(crowded["suggestions"]) == 1
    assert "11. Number 10" in crowded["text"]
