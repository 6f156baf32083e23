"""Whole calls, followed as Vonage follows them; the seal of the script's state; tokens of our calls; recorded payloads."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import chain, repeat
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from backbone.channel import jwt, vonage
from backbone.channel.calls.script import State
from backbone.channel.calls.texts import TEXTS
from backbone.channel.port import Account, AttemptSigner, Context, DialogueView, HttpCall, Request
from backbone.errors import PayloadInvalid, SignatureInvalid
from schemas.inbound import AnyInboundEvent, CallUpdated, MessageReceived
from services.vonage_voice.codec import codec
from services.vonage_voice.ncco import TALK_MAX
from services.vonage_voice.simulator import simulator
from tests.support import channels as support

CUSTOMER, OURS, CONVERSATION = "4915112345678", "4930901820", "CON-0001"
FILE = "https://api.nexmo.com/v1/files/0001"
STEPS_MAX = 12


def account(**overrides: Any) -> Account:
    return support.account("vonage_voice", overrides, f"+{OURS}")


def ask(on: Account, url: str, fields: dict[str, Any], view: DialogueView | None = None) -> Any:
    """One webhook at `url`, signed as Vonage does, and what the codec makes of it."""
    body = json.dumps({"conversation_uuid": CONVERSATION, **fields}).encode()
    headers = (("content-type", "application/json"),)
    request = simulator.sign(Request("POST", url, url.partition("?")[2], headers, body), on, support.NOW)
    context = Context(on, support.NOW, view or DialogueView())
    codec.verify(request, context)
    return codec.parse(request, context)


def follow(on: Account, keys: Sequence[str | None], number: str = CUSTOMER) -> tuple[list[AnyInboundEvent], list[str]]:
    """Plays a call to its end: each key, or its absence, answers the next question. Returns its events and actions."""
    events: list[AnyInboundEvent] = []
    actions: list[str] = []
    presses = chain(keys, repeat(None))
    parsed = ask(on, on.webhook_url, {"uuid": "leg", "from": number, "to": OURS})
    for _ in range(STEPS_MAX):
        events += parsed.events
        script = json.loads(parsed.response.body) if parsed.response.body else []
        actions += [action["action"] for action in script]
        back = next((action for action in script if "eventUrl" in action), None)
        if back is None:
            return events, actions
        [url] = back["eventUrl"]
        if back["action"] == "record":
            parsed = ask(on, url, {"recording_url": FILE, "recording_uuid": "rec-1", "size": 10})
        elif back["type"] == ["speech"]:
            parsed = ask(on, url, {"uuid": "leg", "speech": {"results": [{"text": "Hi"}], "recording_url": FILE}})
        else:
            key = next(presses)
            parsed = ask(on, url, {"uuid": "leg", "dtmf": {"digits": key or "", "timed_out": key is None}})
    raise AssertionError("the call never ends")


def messages(events: Sequence[AnyInboundEvent]) -> list[MessageReceived]:
    return [event for event in events if isinstance(event, MessageReceived)]


def states(events: Sequence[AnyInboundEvent]) -> list[str]:
    return [event.state for event in events if isinstance(event, CallUpdated)]


def test_a_caller_chooses_a_language_and_leaves_a_message() -> None:
    events, actions = follow(account(languages=["en", "pl"]), ["2", "1"])
    (left,) = messages(events)
    assert (left.thread_key, left.sender.language) == (f"+{CUSTOMER}", "pl")
    assert left.content.media[0].provider_ref == FILE
    assert states(events)[:2] == ["ringing", "in_progress"]
    assert "record" in actions


def test_recognised_words_come_with_their_sound() -> None:
    events, actions = follow(account(transcribe=True), ["1"])
    (left,) = messages(events)
    assert (left.content.text, left.content.media[0].provider_ref) == ("Hi", FILE)
    assert "record" not in actions


def test_a_caller_asks_to_be_called_back() -> None:
    events, actions = follow(account(), ["2"])
    (wish,) = messages(events)
    assert f"+{CUSTOMER}" in (wish.content.text or "")
    assert "callback_requested" in states(events)
    assert "record" not in actions


@given(
    st.lists(st.none() | st.sampled_from([*list("0123456789#*"), "", "11", "²"]), max_size=8),
    st.sampled_from([CUSTOMER, "anonymous", "266696687", "sip:ana@pbx.example.test", ""]),
    st.integers(1, len(TEXTS)),
    st.integers(1, 5),
    st.booleans(),
)
@settings(max_examples=80, deadline=None)
def test_whatever_is_pressed_the_caller_leaves_word_once(
    keys: list[str | None], number: str, known: int, tries: int, transcribe: bool
) -> None:
    on = account(languages=list(TEXTS)[:known], tries=tries, transcribe=transcribe)
    events, _ = follow(on, keys, number)
    assert len(messages(events)) == 1
    assert len({event.thread_key for event in events}) == 1


def test_a_hidden_number_is_a_thread_of_its_own_and_is_never_promised_a_call() -> None:
    events, actions = follow(account(), ["2", "2", "2"], "anonymous")
    assert messages(events)[0].thread_key == f"call:{CONVERSATION}"
    assert "callback_requested" not in states(events)
    assert "input" not in actions


def test_the_state_of_a_call_can_not_be_forged() -> None:
    on = account()
    fields = {"conversation_uuid": CONVERSATION, "dtmf": {"digits": "2", "timed_out": False}}
    request = simulator.webhook(fields, State("menu", "en", caller=CUSTOMER), on, support.NOW)
    context = Context(on, support.NOW)
    codec.verify(request, context)
    for old, new in (
        (CUSTOMER, "4915100000000"),
        ("step=menu", "step=recording"),
        ("&seal=", "&seen="),
        ("seal=", "seal=0"),
    ):
        query = request.query.replace(old, new)
        with pytest.raises(SignatureInvalid):
            codec.verify(replace(request, query=query, url=f"{on.webhook_url}?{query}"), context)


def test_a_call_that_began_before_the_secret_changed_goes_on() -> None:
    old = account(signature_secrets=["first-secret"])
    both = account(signature_secrets=["second-secret", "first-secret"])
    query = simulator.webhook({}, State("menu", "en"), old, support.NOW).query
    request = Request("POST", f"{both.webhook_url}?{query}", query, (), b'{"conversation_uuid":"CON-1"}')
    signed = simulator.sign(request, both, support.NOW)
    codec.verify(signed, Context(both, support.NOW))
    assert signed.query == query
    without = account(signature_secrets=["second-secret"])
    with pytest.raises(SignatureInvalid):
        codec.verify(signed, Context(without, support.NOW))


@pytest.mark.parametrize("application", ["11112222-3333-4444-8555-666677778888", 7, None])
def test_a_token_of_another_application_is_refused(application: Any) -> None:
    on = account()
    claims = {
        "iat": int(support.NOW.timestamp()),
        "payload_hash": vonage.payload_hash(b"{}"),
        "application_id": application,
    }
    token = jwt.sign_hs256(claims, on.settings.signature_secrets[0])
    request = Request("POST", on.webhook_url, "", (("authorization", f"Bearer {token}"),), b"{}")
    with pytest.raises(SignatureInvalid):
        codec.verify(request, Context(on, support.NOW))


def test_callers_hear_when_somebody_answers() -> None:
    on = account(languages=["en"])
    view = DialogueView(agents_online=True, expected_wait=timedelta(minutes=4))
    body = ask(on, on.webhook_url, {"from": CUSTOMER, "to": OURS}, view).response.body.decode()
    assert "in about 4 minutes" in body


@given(st.text(min_size=1, max_size=3000).filter(lambda text: text.strip() != ""))
@settings(max_examples=60, deadline=None)
def test_no_talk_is_longer_than_vonage_takes_nor_read_as_marks(text: str) -> None:
    on = account()
    for words in (text, "<speak>" + text, "&" * 3000):
        for call in codec.render(support.outbound_message(on, content={"text": words}, recipient=CUSTOMER), on):
            for action in json.loads(call.body)["ncco"]:
                spoken = action["text"].removeprefix("<speak>").removesuffix("</speak>")
                assert len(spoken.encode("utf-16-le")) // 2 <= TALK_MAX
                assert "<" not in spoken


def test_each_attempt_has_a_token_of_its_moment_by_the_applications_key() -> None:
    on = account()
    assert isinstance(codec, AttemptSigner)
    [call] = codec.render(support.outbound_message(on, content={"text": "hi"}, recipient=CUSTOMER), on)
    assert isinstance(call, HttpCall)
    first, again = (codec.sign_attempt(call, on, support.NOW + timedelta(hours=hours)) for hours in (0, 1))
    key = load_pem_private_key(on.settings.private_key.get_secret_value().encode(), None)
    identities = set()
    for signed, at in ((first, support.NOW), (again, support.NOW + timedelta(hours=1))):
        token = jwt.read(dict(signed.headers)["authorization"].removeprefix("Bearer "))
        jwt.check_rs256(token, jwt.jwk_of(key, "key"))  # type: ignore[arg-type]
        assert token.claims["application_id"] == on.settings.application_id
        assert (token.claims["iat"], token.claims["exp"]) == (int(at.timestamp()), int(at.timestamp()) + 300)
        identities.add(token.claims["jti"])
    assert len(identities) == 2
    assert codec.sign_attempt(first, on, support.NOW) == first


@pytest.mark.parametrize(
    "ref",
    ["", "0001", "http://api.nexmo.com/v1/files/1", "https://api.nexmo.com.example.test/v1/files/1",
     "https://api.nexmo.com@example.test/v1/files/1", "https://files.example.test/v1/files/1"],
)  # fmt: skip
def test_only_recordings_at_vonage_are_fetched_with_our_token(ref: str) -> None:
    assert codec.media_call(ref, account()) is None


@pytest.mark.parametrize("host", ["api.nexmo.com", "api-us-1.nexmo.com", "api-eu-3.vonage.com"])
def test_a_recording_is_fetched_where_it_stands(host: str) -> None:
    call = codec.media_call(f"https://{host}/v1/files/1", account())
    assert call is not None
    assert (call.method, call.url) == ("GET", f"https://{host}/v1/files/1")


@pytest.mark.parametrize(
    "wrong",
    [{"languages": ["xx"]}, {"time_zone": "Mars/Base"}, {"signature_secrets": []}, {"private_key": "none"},
     {"application_id": "app"}, {"key_wait": "PT11S"}, {"silence_max": "PT2S"}, {"ring_for": "PT121S"}],
)  # fmt: skip
def test_settings_that_can_not_work_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        account(**wrong)


RECORDED = {
    "mailroom_0_handle_start_on_wired_call.json": ("call", "+12482780345"),
    "mailroom_1_handle_resume_with_invalid_digit.json": ("ignored", "call:CON-f90649c3-cbf3-42d6-9ab1-01503befac1c"),
    "mailroom_6_resume_with_recording.json": ("message", "call:Call1"),
    "mailroom_8_transfer_completed.json": ("call", "call:Call3"),
    "mailroom_13_new_call_ended.json": ("receipt", "+12067799294"),
}


@pytest.mark.parametrize("path", support.payload_files("vonage_voice"), ids=lambda path: path.name)
def test_each_recorded_payload_is_one_event(path: Any) -> None:
    on = account()
    (event,) = codec.parse(Request("POST", on.webhook_url, "", (), path.read_bytes()), Context(on, support.NOW)).events
    kind, thread_key = RECORDED.get(path.name, (event.kind, event.thread_key))
    assert (event.kind, event.thread_key) == (kind, thread_key)


def test_a_webhook_of_no_call_is_refused() -> None:
    on = account()
    with pytest.raises(PayloadInvalid):
        codec.parse(
            Request("POST", on.webhook_url, "", (), b'{"uuid":null,"status":"completed"}'), Context(on, support.NOW)
        )
