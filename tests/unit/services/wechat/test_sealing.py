"""WeChat's safe mode, by a message that another implementation sealed and by all that can be wrong with one."""

import base64
import os
from datetime import UTC, datetime

import pytest

from backbone.channel.port import Context, Request
from backbone.errors import SignatureInvalid
from schemas.inbound import MessageReceived
from services.wechat.codec import codec
from services.wechat.sealing import seal, sha1_of, unseal
from services.wechat.settings import key_of
from tests.support import channels as support

KEY = os.urandom(32)
APP = "wx0000000000000001"


def test_what_was_sealed_is_opened_by_its_key_for_its_app() -> None:
    sealed = seal("密".encode(), KEY, APP, bytes(16))
    assert unseal(sealed, [os.urandom(32), KEY], APP) == "密".encode()
    assert unseal(sealed, [KEY], "wx0000000000000002") is None
    assert unseal(sealed, [os.urandom(32), b""], APP) is None


@pytest.mark.parametrize("length", [0, 1, 11, 12, 13, 31, 32, 33, 1000])
def test_messages_of_any_length_are_padded(length: int) -> None:
    message = b"x" * length
    assert unseal(seal(message, KEY, APP, bytes(16)), [KEY], APP) == message


@pytest.mark.parametrize(
    "broken", ["", "!", "AAAA", base64.b64encode(bytes(16)).decode(), base64.b64encode(bytes(64)).decode()]
)
def test_what_is_no_sealed_message_opens_to_nothing(broken: str) -> None:
    assert unseal(broken, [KEY], APP) is None


def test_a_message_that_says_it_is_longer_than_it_is_opens_to_nothing() -> None:
    sealed = base64.b64decode(seal(b"hello", KEY, APP, bytes(16)))
    changed = bytes([*sealed[:2], sealed[2] ^ 1, *sealed[3:]])
    assert unseal(base64.b64encode(changed).decode(), [KEY], APP) is None


def test_a_recorded_message_of_another_implementation_is_opened() -> None:
    """Token, key and app id are those that wechatpy publishes with its test of this message."""
    files = {path.name: path for path in support.needs_payloads("wechat")}
    key = "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR"
    settings = {"tokens": ["123456"], "encoding_aes_keys": [key], "app_id": "wx49f0ab532d5d035a"}
    account = support.account("wechat", settings)
    body = files["wechatpy_crypto_decrypt_message.xml"].read_bytes()
    query = "msg_signature=74d92dfeb87ba7c714f89d98870ae5eb62dff26d&timestamp=1411525903&nonce=461056294"
    request = Request("POST", f"{account.webhook_url}?{query}", query, (), body)
    context = Context(account=account, now=datetime.fromtimestamp(1411525903, UTC))
    codec.verify(request, context)
    [event] = codec.parse(request, context).events
    assert isinstance(event, MessageReceived)
    assert (event.sender.address, event.content.text) == ("messense", "test")


def handshake(account_id: str, query: str) -> tuple[Request, Context]:
    account = support.account("wechat", {"agent_id": 1}, external_id=account_id)
    url = f"{account.webhook_url}?{query}"
    return Request("GET", url, query, (), b""), Context(account=account, now=support.NOW)


def test_the_sealed_handshake_of_wecom_is_answered_with_what_was_sealed() -> None:
    settings = support.account("wechat").settings
    echo = seal(b"7513519840461538713", key_of(settings.encoding_aes_keys[0]), settings.app_id, bytes(16))
    at = str(int(support.NOW.timestamp()))
    signature = sha1_of(settings.tokens[0].get_secret_value(), at, "nonce", echo)
    escaped = echo.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")
    request, context = handshake("ww1", f"msg_signature={signature}&timestamp={at}&nonce=nonce&echostr={escaped}")
    codec.verify(request, context)
    assert codec.parse(request, context).response.body == b"7513519840461538713"
    forged, context = handshake("ww1", f"msg_signature={signature}&timestamp={at}&nonce=other&echostr={escaped}")
    with pytest.raises(SignatureInvalid):
        codec.verify(forged, context)
