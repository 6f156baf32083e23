"""What a fixture can't say about Twilio's messages: other methods, look-ups, credentials, and recorded payloads."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from backbone.channel import form
from backbone.channel.port import Accepted, Account, Context, HttpCall, ProviderReply, Request
from backbone.errors import PayloadInvalid, SignatureInvalid
from schemas.inbound import EventIgnored, MessageReceived
from schemas.outbound import OutboundMessage
from services.twilio.codec import codec
from services.twilio.settings import TwilioSettings
from services.twilio.simulator import listed, simulator
from tests.support import channels as support

SENDER = "+4930901820"
CUSTOMER = "+4915112345678"


def account(external_id: str = SENDER, **settings: Any) -> Account:
    return support.account("twilio", settings, external_id)


def message(on: Account, **fields: Any) -> OutboundMessage:
    return support.outbound_message(on, **{"recipient": CUSTOMER, "thread_key": CUSTOMER, **fields})


def test_a_sender_configured_for_get_is_verified_and_read_from_its_url() -> None:
    on = account()
    query = "MessageSid=SM1&From=%2B4915112345678&To=%2B4930901820&Body=Hello+there"
    plain = Request("GET", f"{on.webhook_url}?{query}", query, (), b"")
    request = simulator.sign(plain, on, support.NOW)
    context = Context(on, support.NOW)
    codec.verify(request, context)
    event = codec.parse(request, context).events[0]
    assert isinstance(event, MessageReceived)
    assert (event.content.text, event.thread_key) == ("Hello there", CUSTOMER)
    with pytest.raises(SignatureInvalid):
        codec.verify(replace(request, body=b"Body=other"), context)


def test_a_query_that_is_not_in_the_signed_url_is_not_read() -> None:
    on = account()
    signed = simulator.sign(Request("GET", f"{on.webhook_url}?MessageSid=SM1&From=a", "", (), b""), on, support.NOW)
    event = codec.parse(replace(signed, query="MessageSid=SM2&From=b"), Context(on, support.NOW)).events[0]
    assert event.dedup_key == "SM1"


def test_a_json_body_is_counted_and_broken_json_refused() -> None:
    on = account()
    request = Request("POST", on.webhook_url, "", (("content-type", "application/json"),), b'{"type":"x"}')
    assert isinstance(codec.parse(request, Context(on, support.NOW)).events[0], EventIgnored)
    with pytest.raises(PayloadInvalid):
        codec.parse(replace(request, body=b"{"), Context(on, support.NOW))


def test_credentials_go_to_twilios_hosts_only() -> None:
    on = account()
    guarded = codec.media_call("https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1", on)
    assert guarded is not None
    assert dict(guarded.headers)["authorization"].startswith("Basic ")
    for url in (
        "https://files.example.test/a.jpg",
        "https://api.twilio.com@evil.example.test/a",
        "https://api.twilio.com.evil.example.test/a",
        "file:///etc/passwd",
        "http://[::1",
        "",
    ):
        assert codec.media_call(url, on) is None


def test_an_api_key_replaces_the_token_in_calls_and_comes_whole() -> None:
    on = account(api_key_sid="SK1", api_key_secret="key-secret")
    assert on.settings.credentials() == ("SK1", "key-secret")
    with pytest.raises(ValidationError):
        account(api_key_sid="SK1")


def test_no_account_can_do_without_a_token() -> None:
    base = simulator.demo_settings(support.PROVIDER, "x")
    for tokens in ([], [""], ["a", "b", "c"]):
        with pytest.raises(ValidationError):
            TwilioSettings.model_validate({**base, "auth_tokens": tokens})


def rows(*found: dict[str, Any]) -> ProviderReply:
    return ProviderReply(200, (), json.dumps({"messages": list(found)}).encode())


def sends(on: Account, sent: OutboundMessage) -> list[HttpCall]:
    return [call for call in codec.render(sent, on) if isinstance(call, HttpCall)]


def test_a_lookup_asks_for_the_recipient_the_sender_and_the_day() -> None:
    on = account()
    call = codec.lookup_call(message(on, content={"text": "hi"}), 0, on)
    query = form.loads(form.query_of(call.url))
    assert (call.method, query.get("To"), query.get("From")) == ("GET", CUSTOMER, SENDER)
    assert query.get("DateSent>") == "2026-11-20"


def test_a_lookup_finds_the_message_that_was_taken() -> None:
    on = account()
    sent = message(on, content={"text": "hi"})
    row = listed(sends(on, sent)[0], "SM5", support.NOW + timedelta(seconds=2))
    assert codec.lookup_found(sent, 0, rows(row)) == Accepted("SM5")


@pytest.mark.parametrize(
    "change",
    [
        {"body": "other"},
        {"to": "+15550100"},
        {"direction": "inbound"},
        {"date_created": "Thu, 19 Nov 2026 08:00:00 +0000"},
        {"date_created": "soon"},
        {"date_created": None},
        {"date_created": "Fri, 20 Nov 2026 09:01:03 +4915112345678"},
        {"num_media": "1"},
        {"sid": None},
    ],
)
def test_a_lookup_takes_no_message_that_differs(change: dict[str, Any]) -> None:
    on = account()
    sent = message(on, content={"text": "hi"})
    row = {**listed(sends(on, sent)[0], "SM5", support.NOW), **change}
    assert codec.lookup_found(sent, 0, rows(row)) is None


def test_equal_parts_are_found_in_their_order() -> None:
    on = account()
    url = "https://files.example.test/a.jpg"
    media = [{"kind": "image", "url": url, "caption": "x"}, {"kind": "image", "url": url, "caption": "x"}]
    sent = message(on, content={"media": media})
    calls = sends(on, sent)
    assert len(calls) == 2
    first = listed(calls[0], "SM1", support.NOW + timedelta(seconds=1))
    second = listed(calls[1], "SM2", support.NOW + timedelta(seconds=9))
    assert codec.lookup_found(sent, 0, rows(second, first)) == Accepted("SM1")
    assert codec.lookup_found(sent, 1, rows(second, first)) == Accepted("SM2")
    assert codec.lookup_found(sent, 1, rows(first)) is None
    assert codec.lookup_found(sent, 7, rows(first)) is None


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"messages":3}', b'{"messages":[3,{}]}', b"\xff"])
def test_a_lookup_survives_any_answer(body: bytes) -> None:
    on = account()
    assert codec.lookup_found(message(on, content={"text": "hi"}), 0, ProviderReply(200, (), body)) is None


def test_an_instant_without_a_zone_is_utc() -> None:
    on = account()
    sent = message(on, content={"text": "hi"}, created_at=datetime(2026, 11, 20, 9, tzinfo=UTC))
    row = {**listed(sends(on, sent)[0], "SM5", support.NOW), "date_created": "Fri, 20 Nov 2026 09:00:01 -0000"}
    assert codec.lookup_found(sent, 0, rows(row)) == Accepted("SM5")


@pytest.mark.parametrize("path", support.payload_files("twilio"), ids=lambda path: path.name)
def test_each_recorded_payload_gives_one_event(path: Any) -> None:
    on = account()
    request = Request("POST", on.webhook_url, "", (("content-type", form.MEDIA_TYPE),), path.read_bytes())
    assert len(codec.parse(simulator.sign(request, on, support.NOW), Context(on, support.NOW)).events) == 1


def test_recorded_payloads_are_here() -> None:
    assert support.needs_payloads("twilio")
