"""The partner's signature: any active secret, nothing re-serialised, five minutes either way."""

import base64
import json
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from backbone.channel import standard_webhooks as signing
from backbone.channel.port import AttemptSigner, Context, HttpCall, ProviderReply, Request, Throttled
from backbone.errors import SignatureInvalid, SignatureMissing, SignatureStale, Unauthenticated
from services.partner.codec import codec
from services.partner.settings import PartnerSettings
from tests.support import channels as support

NEW = SecretStr("whsec_" + base64.b64encode(b"n" * 32).decode())
OLD = SecretStr("whsec_" + base64.b64encode(b"o" * 24).decode())
NOW = support.NOW


def request(body: bytes = b'{"a": 1}', at: datetime = NOW, secrets: tuple[SecretStr, ...] = (NEW,)) -> Request:
    return Request("POST", "https://desk.example.test", "", signing.headers(secrets, "msg_1", at, body), body)


def with_header(made: Request, name: str, value: str) -> Request:
    return replace(made, headers=tuple((key, value if key == name else old) for key, old in made.headers))


def test_generated_payloads_verify_both_ways_with_the_reference_library() -> None:
    chance = random.Random(1)
    library, now = Webhook(NEW.get_secret_value()), datetime.now(UTC).replace(microsecond=0)
    for number in range(10_000):
        body = json.dumps({"text": "".join(chr(chance.randrange(32, 0xD7FF)) for _ in range(chance.randrange(60)))})
        ours = request(body.encode(), now)
        library.verify(body, dict(ours.headers), json_parse=False)
        theirs = with_header(ours, "webhook-signature", library.sign("msg_1", now, body))
        signing.check(theirs, (OLD, NEW), now)
        assert theirs == ours, number


def test_json_written_anew_is_refused() -> None:
    made = request(b'{"a": 1}')
    with pytest.raises(SignatureInvalid):
        signing.check(replace(made, body=b'{"a":1}'), (NEW,), NOW)
    now = datetime.now(UTC)
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW.get_secret_value()).verify(b'{"a":1}', dict(request(b'{"a": 1}', now).headers))


def test_five_minutes_either_way_pass_and_a_second_more_does_not() -> None:
    made = request()
    for drift in (-300, 300):
        signing.check(made, (NEW,), NOW + timedelta(seconds=drift))
    for drift in (-301, 301):
        with pytest.raises(SignatureStale):
            signing.check(made, (NEW,), NOW + timedelta(seconds=drift))


@pytest.mark.parametrize("timestamp", ["", "0", "-1", "1e9", "0x5", "١٢٣", "123.0", "9" * 12, "9" * 400, " 1795165200"])
def test_an_odd_timestamp_is_refused(timestamp: str) -> None:
    with pytest.raises(Unauthenticated):
        signing.check(with_header(request(), "webhook-timestamp", timestamp), (NEW,), NOW)


def test_the_farthest_timestamp_is_stale_at_most() -> None:
    made = signing.headers((NEW,), "msg_1", datetime(5138, 11, 16, 9, 46, 39, tzinfo=UTC), b"{}")
    with pytest.raises(SignatureStale):
        signing.check(Request("POST", "", "", made, b"{}"), (NEW,), NOW)


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_each_header_must_be_there_once(name: str) -> None:
    made = request()
    missing = replace(made, headers=tuple(item for item in made.headers if item[0] != name))
    doubled = replace(made, headers=(*made.headers, *(item for item in made.headers if item[0] == name)))
    for broken in (missing, doubled):
        with pytest.raises(SignatureMissing):
            signing.check(broken, (NEW,), NOW)


def test_a_signature_under_another_versions_name_is_refused() -> None:
    made = request()
    signature = made.header("webhook-signature")
    assert signature is not None
    for version in ("v1a,", "v2,", "V1,", ",", ""):
        with pytest.raises(SignatureInvalid):
            signing.check(with_header(made, "webhook-signature", version + signature[3:]), (NEW,), NOW)


def test_a_match_behind_too_many_signatures_is_not_looked_for() -> None:
    made = request()
    signature = made.header("webhook-signature")
    crowd = " ".join([*["v1,AAAA"] * 16, str(signature)])
    with pytest.raises(SignatureInvalid):
        signing.check(with_header(made, "webhook-signature", crowd), (NEW,), NOW)
    assert signature


def test_both_secrets_verify_and_both_sign_while_they_rotate() -> None:
    both = request(secrets=(NEW, OLD))
    for active in ((NEW,), (OLD,), (OLD, NEW)):
        signing.check(both, active, NOW)
    assert len((both.header("webhook-signature") or "").split()) == 2


def test_an_empty_secret_verifies_nothing() -> None:
    with pytest.raises(SignatureInvalid):
        signing.check(request(), (SecretStr(""),), NOW)


@pytest.mark.parametrize("body", [b"\xff", b"\xff" * 1000])
def test_a_body_that_is_no_text_is_refused(body: bytes) -> None:
    with pytest.raises(SignatureInvalid):
        signing.check(replace(request(), body=body), (NEW,), NOW)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_!!!", "whsec_" + "A" * 28, "whsec_" + "A" * 100, "A" * 44])
def test_a_secret_of_another_form_or_length_is_no_setting(secret: str) -> None:
    with pytest.raises(ValidationError):
        settings(inbound_secrets=[secret])


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x",
        "ftp://a.example",
        "https://",
        "https://u:p@a.example",
        "https://a.example/#x",
        "https://a b/",
        "https://ä/",
    ],
)
def test_a_callback_that_can_not_be_called_is_no_setting(url: str) -> None:
    with pytest.raises(ValidationError):
        settings(callback_url=url)


def settings(**changed: Any) -> PartnerSettings:
    values = {
        "inbound_secrets": [NEW.get_secret_value()],
        "callback_secrets": [NEW.get_secret_value()],
        "callback_url": "https://partner.example.test/hook",
    }
    return PartnerSettings.model_validate({**values, **changed})


def test_each_attempt_is_signed_with_its_own_time() -> None:
    account = support.account("partner")
    (call,) = codec.render(support.outbound_message(account, content={"text": "hi"}, message_id="msg_7"), account)
    assert isinstance(call, HttpCall)
    assert isinstance(codec, AttemptSigner)
    later = NOW + timedelta(hours=5)
    renewed = codec.sign_attempt(call, account, later)
    secrets = account.settings.callback_secrets
    signing.check(Request("POST", call.url, "", call.headers, call.body), secrets, NOW)
    signing.check(Request("POST", call.url, "", renewed.headers, renewed.body), secrets, later)
    assert (renewed.body, renewed.url) == (call.body, call.url)
    assert dict(renewed.headers)["webhook-id"] == dict(call.headers)["webhook-id"] == "msg_7"


def test_a_callbacks_pause_is_capped_at_a_day() -> None:
    account = support.account("partner")
    (call,) = codec.render(support.outbound_message(account, content={"text": "hi"}), account)
    for status in (429, 502, 504):
        got = codec.interpret(call, ProviderReply(status, (("Retry-After", "99999999"),)))
        assert got == Throttled(f"http_{status}", timedelta(hours=24))


def test_an_error_never_shows_what_was_written() -> None:
    body = json.dumps({"type": "message.received", "data": {"sender": {"id": "c"}, "text": "private " * 2000}}).encode()
    context = Context(support.account("partner"), NOW)
    with pytest.raises(Exception, match="longer than") as caught:
        codec.parse(request(body), context)
    assert "private" not in str(caught.value)
