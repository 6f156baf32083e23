"""Whole calls, followed as Twilio follows them; what callers hear in each language; recorded payloads."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain, repeat
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from backbone.channel import form
from backbone.channel.calls.script import State
from backbone.channel.calls.texts import TEXTS
from backbone.channel.form_signature import matches
from backbone.channel.port import Account, Context, DialogueView, HttpCall, Request
from backbone.errors import PayloadInvalid, SignatureInvalid
from schemas.inbound import AnyInboundEvent, CallUpdated, MessageReceived
from services.twilio_voice.codec import codec
from services.twilio_voice.simulator import simulator
from tests.support import channels as support

CUSTOMER, OURS, SID = "+4915112345678", "+4930901820", "CA0001"
RECORDING = {"RecordingSid": "RE0001", "RecordingDuration": "9"}
VOICE_STEPS_MAX = 12


def account(**overrides: Any) -> Account:
    return support.account("twilio_voice", overrides, OURS)


def ask(on: Account, url: str, fields: dict[str, str], view: DialogueView | None = None, number: str = CUSTOMER) -> Any:
    """One callback at `url`, signed as Twilio does, and what the codec makes of it."""
    call = {"CallSid": SID, "CallStatus": "in-progress", "Direction": "inbound", "From": number, "To": OURS}
    body = form.dumps(list({**call, **fields}.items()))
    headers = (("content-type", form.MEDIA_TYPE),)
    plain = Request("POST", url.partition("#")[0], url.partition("#")[0].partition("?")[2], headers, body)
    context = Context(on, support.NOW, view or DialogueView())
    request = simulator.sign(plain, on, support.NOW)
    codec.verify(request, context)
    return codec.parse(request, context)


def follow(on: Account, keys: Sequence[str | None], number: str = CUSTOMER) -> tuple[list[AnyInboundEvent], list[str]]:
    """Plays a call to its end: each key, or its absence, answers the next question. Returns its events and verbs."""
    events: list[AnyInboundEvent] = []
    verbs: list[str] = []
    presses = chain(keys, repeat(None))
    parsed = ask(on, on.webhook_url, {"CallStatus": "ringing"}, number=number)
    for _ in range(VOICE_STEPS_MAX):
        events += parsed.events
        script = ET.fromstring(parsed.response.body)
        assert script.tag == "Response"
        verbs += [verb.tag for verb in script]
        gather, record, redirect = script.find("Gather"), script.find("Record"), script.find("Redirect")
        if record is not None:
            parsed = ask(on, record.attrib["action"], RECORDING, number=number)
        elif gather is not None and (key := next(presses)) is not None:
            parsed = ask(on, gather.attrib["action"], {"Digits": key}, number=number)
        elif redirect is not None:
            parsed = ask(on, redirect.text or "", {}, number=number)
        else:
            assert script[-1].tag == "Hangup"
            return events, verbs
    raise AssertionError("the call never ends")


def messages(events: Sequence[AnyInboundEvent]) -> list[MessageReceived]:
    return [event for event in events if isinstance(event, MessageReceived)]


def states(events: Sequence[AnyInboundEvent]) -> list[str]:
    return [event.state for event in events if isinstance(event, CallUpdated)]


def test_a_caller_chooses_a_language_and_leaves_a_message() -> None:
    events, _ = follow(account(languages=["en", "pl"]), ["2", "1"])
    (left,) = messages(events)
    assert (left.thread_key, left.sender.language, left.content.media[0].provider_ref) == (CUSTOMER, "pl", "RE0001")
    assert states(events)[:2] == ["ringing", "in_progress"]


def test_a_caller_asks_to_be_called_back() -> None:
    events, verbs = follow(account(), ["2"])
    (wish,) = messages(events)
    assert wish.content.choice is not None
    assert CUSTOMER in (wish.content.text or "")
    assert "callback_requested" in states(events)
    assert "Record" not in verbs


def test_a_caller_who_presses_nothing_can_still_speak() -> None:
    events, verbs = follow(account(languages=["en", "de"]), [])
    assert len(messages(events)) == 1
    assert "Record" in verbs


@given(
    st.lists(st.none() | st.sampled_from([*list("0123456789#*"), "", "11", "²"]), max_size=8),
    st.sampled_from([CUSTOMER, "anonymous", "+266696687", "Restricted"]),
    st.integers(1, len(TEXTS)),
    st.integers(1, 5),
)
@settings(max_examples=80, deadline=None)
def test_whatever_is_pressed_the_caller_leaves_word_once(
    keys: list[str | None], number: str, known: int, tries: int
) -> None:
    events, _ = follow(account(languages=list(TEXTS)[:known], tries=tries), keys, number)
    assert len(messages(events)) == 1
    assert len({event.thread_key for event in events}) == 1


def test_a_hidden_number_is_a_thread_of_its_own_and_is_never_promised_a_call() -> None:
    events, verbs = follow(account(), ["2", "2", "2"], "anonymous")
    assert messages(events)[0].thread_key == f"call:{SID}"
    assert "callback_requested" not in states(events)
    assert "Gather" not in verbs


def test_a_recording_told_twice_is_one_message() -> None:
    on = account()
    by_call = ask(on, f"{on.webhook_url}?step=recorded&lang=en", RECORDING).events[0]
    callback = f"{on.webhook_url}?step=recording&lang=en&caller=%2B4915112345678"
    body = {"RecordingStatus": "completed", "CallStatus": "", "From": "", "To": "", **RECORDING}
    by_callback = ask(on, callback, body).events[0]
    assert (by_call.kind, by_call.dedup_key, by_call.thread_key) == (
        by_callback.kind,
        by_callback.dedup_key,
        by_callback.thread_key,
    )


def test_the_state_of_a_call_can_not_be_forged() -> None:
    on = account()
    fields = {"CallSid": SID, "CallStatus": "in-progress", "From": CUSTOMER, "Digits": "2"}
    request = simulator.callback(fields, State("menu", "en"), on, support.NOW)
    context = Context(on, support.NOW)
    codec.verify(request, context)
    with pytest.raises(SignatureInvalid):
        codec.verify(replace(request, url=request.url.replace("step=menu", "step=recording")), context)
    assert codec.parse(replace(request, query="step=recording"), context) == codec.parse(request, context)


def test_a_state_we_never_wrote_is_a_new_call_or_a_refusal() -> None:
    on = account()
    parsed = ask(on, f"{on.webhook_url}?step=later&lang=xx&langs=en-xx--&caller=", {})
    assert states(parsed.events) == ["ringing"]
    with pytest.raises(PayloadInvalid):
        ask(on, f"{on.webhook_url}?step=menu&asked=many", {})


def heard(view: DialogueView, **overrides: Any) -> str:
    on = account(**overrides)
    return str(ask(on, on.webhook_url, {}, view).response.body.decode())


OPENING = datetime.fromisoformat("2026-11-23T08:00:00+00:00")


@pytest.mark.parametrize(
    ("view", "sentence"),
    [
        (DialogueView(agents_online=True), "as soon as possible"),
        (DialogueView(agents_online=True, expected_wait=timedelta(seconds=40)), "in about a minute"),
        (DialogueView(agents_online=True, expected_wait=timedelta(minutes=4, seconds=1)), "in about 5 minutes"),
        (DialogueView(agents_online=True, waiting=3), "as soon as possible. Waiting before you: 3."),
        (DialogueView(next_opening=OPENING), "We are back on Monday at 09:00"),
        (DialogueView(next_opening=support.NOW + timedelta(hours=2)), "We are back today at 12:00"),
        (DialogueView(next_opening=support.NOW - timedelta(hours=2)), "Nobody is here at the moment"),
        (DialogueView(next_opening=support.NOW + timedelta(days=7)), "Nobody is here at the moment"),
        (DialogueView(), "Nobody is here at the moment"),
        (DialogueView(agents_online=False, expected_wait=timedelta(minutes=1)), "Nobody is here at the moment"),
    ],
)
def test_callers_hear_what_is_known_and_no_more(view: DialogueView, sentence: str) -> None:
    assert sentence in heard(view, time_zone="Europe/Berlin")


def test_the_teams_languages_are_offered_as_far_as_we_speak_them() -> None:
    body = heard(DialogueView(languages=("xx", "es", "da")))
    assert "Para español, pulse 1." in body
    assert "For dansk, tast 2." in body
    assert "English" not in body


@pytest.mark.parametrize("language", list(TEXTS))
def test_each_language_has_all_its_sentences(language: str) -> None:
    views = [
        DialogueView(),
        DialogueView(agents_online=True, waiting=2, expected_wait=timedelta(minutes=7)),
        *(DialogueView(next_opening=support.NOW + timedelta(days=day)) for day in range(1, 6)),
    ]
    for view in views:
        body = heard(view, languages=[language], company="Müller & <Söhne>")
        script = ET.fromstring(body.encode())
        words = " ".join(script.itertext())
        assert "Müller & <Söhne>" in words
        assert "{" not in words
        assert {say.attrib["language"] for say in script.iter("Say")} == {TEXTS[language].tag}


def test_a_call_never_carries_more_instructions_than_twilio_takes() -> None:
    on = account(company="&" * 80)
    for text in ("&" * 3000, "x" * 9000, '"<' * 2000):
        calls = codec.render(support.outbound_message(on, content={"text": text}, recipient=CUSTOMER), on)
        twiml = [form.loads(call.body).text("Twiml") for call in calls if isinstance(call, HttpCall)]
        assert all(len(script) <= 4000 and ET.fromstring(script.encode()).tag == "Response" for script in twiml)
        assert len(twiml) == len(calls)


def test_what_xml_can_not_hold_is_replaced() -> None:
    on = account()
    (call,) = codec.render(support.outbound_message(on, content={"text": "a\x07b\ufffec"}, recipient=CUSTOMER), on)
    assert isinstance(call, HttpCall)
    script = ET.fromstring(form.loads(call.body).text("Twiml").encode())
    assert script[-1].text == "a\ufffdb\ufffdc"


@pytest.mark.parametrize(
    "ref", ["", "RE", "../Keys", "RE1/../../Keys", "https://x.example.test/RE1", "RE1?x", "RE1.mp3"]
)
def test_only_recordings_are_fetched_with_our_credentials(ref: str) -> None:
    assert codec.media_call(ref, account()) is None


def test_a_recording_is_fetched_by_its_id() -> None:
    on = account()
    call = codec.media_call("RE0001", on)
    assert call is not None
    assert call.url == f"{support.PROVIDER}/2010-04-01/Accounts/{on.settings.account_sid}/Recordings/RE0001.mp3"
    assert dict(call.headers)["authorization"].startswith("Basic ")


@pytest.mark.parametrize(
    "wrong",
    [{"languages": ["xx"]}, {"languages": ["en", "en"]}, {"time_zone": "Mars/Base"}, {"time_zone": ""}, {"auth_tokens": []},
     {"api_key_sid": "SK1"}, {"voice": '"><Dial'}],
)  # fmt: skip
def test_settings_that_can_not_work_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        account(**wrong)


@pytest.mark.parametrize("path", support.payload_files("twilio_voice"), ids=lambda path: path.name)
def test_each_recorded_payload_gives_events_or_a_refusal(path: Any) -> None:
    on = account()
    request = Request("POST", on.webhook_url, "", (("content-type", form.MEDIA_TYPE),), path.read_bytes())
    known = b"CallSid=" in request.body
    try:
        events = codec.parse(request, Context(on, support.NOW)).events
    except PayloadInvalid:
        assert not known
    else:
        assert len(events) == 1


def test_the_recorded_vector_verifies() -> None:
    support.needs_payloads("twilio_voice")
    body = (support.PAYLOADS / "twilio_voice" / "validator_vector.form").read_bytes()
    url, signature = "https://mycompany.com/myapp.php?foo=1&bar=2", "vOEb5UThFn24KEfnOFLQY2AE5FY="
    assert matches(("12345",), signature, url, body, is_form=True)


@pytest.mark.parametrize(
    "time", ["", "soon", "Fri, 20 Nov 2026 09:01:03 +4915112345678", "Fri, 99 Nov 2026 09:01:03 +0000"]
)
def test_a_time_that_is_none_is_left_out(time: str) -> None:
    on = account()
    (event,) = ask(on, on.webhook_url, {"CallStatus": "completed", "Timestamp": time}).events
    assert event.provider_at is None
