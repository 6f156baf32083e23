"""What every channel sends: its outbound fixtures, its declared limits, and what it makes of its provider's answers."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from backbone.channel.port import (
    Accepted,
    Account,
    Context,
    Final,
    HttpCall,
    ProviderCall,
    ProviderReply,
    SimulatedFault,
    SimulatedMessage,
    SimulatedSend,
    SmtpCall,
    StreamCall,
    Throttled,
    Transient,
)
from backbone.channel.sources import Token, TokenSource
from backbone.channel.text import length
from backbone.errors import FrontdeskError, InputInvalid
from schemas.content import Button, Content, Media, MediaKind
from schemas.inbound import MessageReceived, ReceiptReceived
from schemas.outbound import OutboundMessage
from tests.support import channels as support
from tests.support.channels import Fixture

NAMES = support.names()
SENDING = [name for name in NAMES if support.fixtures("outbound", name)]
each_outbound = pytest.mark.parametrize("fixture", support.fixtures("outbound"), ids=lambda fixture: fixture.id)
each_channel = pytest.mark.parametrize("name", NAMES)
each_sending = pytest.mark.parametrize("name", SENDING)
CALL_TYPES = {"http": HttpCall, "smtp": SmtpCall, "stream": StreamCall}
SPAN: TypeAdapter[timedelta] = TypeAdapter(timedelta)
# Unassigned code points hold U+FFFE and U+FFFF, which XML can't carry (TwiML, WeChat).
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cf", "Cn")), min_size=1, max_size=400).filter(str.strip)


@each_outbound
def test_an_outbound_fixture_renders_what_it_expects(fixture: Fixture) -> None:
    account = support.fixture_account(fixture)
    message = support.message_of(fixture, account)
    expect = fixture.data["expect"]
    if "error" in expect:
        with pytest.raises(FrontdeskError) as caught:
            render(message, account)
        assert caught.type.__name__ == expect["error"]
        return
    calls = render(message, account)
    assert len(calls) == len(expect["calls"])
    for call, wanted in zip(calls, expect["calls"], strict=True):
        check_call(call, wanted)


def render(message: OutboundMessage, account: Account) -> Sequence[ProviderCall]:
    """The calls of a message, after checking that rendering again gives the same."""
    codec = support.load(account.channel).codec
    first = codec.render(message, account)
    assert list(codec.render(message, account)) == list(first)
    return first


def check_call(call: ProviderCall, wanted: dict[str, Any]) -> None:
    assert isinstance(call, CALL_TYPES[wanted["type"]])
    if isinstance(call, HttpCall):
        check_http(call, wanted)
    elif isinstance(call, SmtpCall):
        check_smtp(call, wanted)


def check_http(call: HttpCall, wanted: dict[str, Any]) -> None:
    assert (call.method, call.url) == (wanted["method"], wanted["url"])
    headers = {key.lower(): value for key, value in call.headers}
    for key, value in wanted.get("headers", {}).items():
        assert headers.get(key.lower()) == value
    assert [media.url for media in call.files] == wanted.get("files", [])
    if "json" in wanted:
        assert json.loads(call.body) == wanted["json"]
    if "form" in wanted:
        form = wanted["form"]
        pairs = [tuple(pair) for pair in (form.items() if isinstance(form, dict) else form)]
        assert sorted(parse_qsl(call.body.decode(), keep_blank_values=True)) == sorted(pairs)
    if "text" in wanted:
        assert call.body.decode() == wanted["text"]


def check_smtp(call: SmtpCall, wanted: dict[str, Any]) -> None:
    assert call.sender == wanted.get("sender", call.sender)
    assert list(call.recipients) == list(wanted.get("recipients", call.recipients))
    mime = call.mime.decode("utf-8", "replace")
    for text in wanted.get("contains", []):
        assert text in mime


@each_outbound
def test_provider_replies_mean_what_the_fixture_says(fixture: Fixture) -> None:
    account = support.fixture_account(fixture)
    if "error" in fixture.data["expect"]:
        assert not fixture.data.get("replies")
        return
    call = render(support.message_of(fixture, account), account)[0]
    for given_reply in fixture.data.get("replies", []):
        got = support.load(fixture.channel).codec.interpret(call, reply_of(given_reply))
        outcome = given_reply["outcome"]
        assert type(got).__name__ == outcome["type"], (given_reply, got)
        for field, value in outcome.items():
            if field != "type":
                assert getattr(got, field) == (span(value) if field == "retry_after" else value)


def span(value: Any) -> timedelta | None:
    return None if value is None else SPAN.validate_python(value)


def reply_of(given_reply: dict[str, Any]) -> ProviderReply:
    body = given_reply.get("text", "")
    if "json" in given_reply:
        body = json.dumps(given_reply["json"])
    return ProviderReply(given_reply["status"], tuple(given_reply.get("headers", {}).items()), body.encode())


@each_sending
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    status=st.integers(100, 599),
    body=st.one_of(
        st.binary(max_size=60),
        st.sampled_from([b"{}", b"[]", b"null", b'{"error":1}', b'{"error":{"code":"x"}}', b'{"error":{"code":[]}}']),
    ),
    retry=st.sampled_from(["", "0", "-5", "30", "99999999999999", "Wed, 21 Oct 2026 07:28:00 GMT", "soon"]),
)
def test_any_answer_of_a_provider_has_a_meaning(name: str, status: int, body: bytes, retry: str) -> None:
    account = support.account(name)
    headers = (("Retry-After", retry),) if retry else ()
    for call in render(support.outbound_message(account, content={"text": "hi"}, **support.addressed(name)), account):
        got = support.load(name).codec.interpret(call, ProviderReply(status, headers, body))
        assert isinstance(got, (Accepted, Throttled, Transient, Final))
        # With a key of ours, a conflict says that the provider has this very message already.
        had_already = status == 409 and support.load(name).manifest.idempotency == "key"
        assert not isinstance(got, Accepted) or status < 400 or had_already
        assert not isinstance(got, (Throttled, Transient)) or (got.retry_after or timedelta(0)) >= timedelta(0)


@each_sending
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_part_is_never_longer_than_declared_and_nothing_of_the_text_is_lost(name: str, data: st.DataObject) -> None:
    account = support.account(name)
    can = support.load(name).manifest.capabilities
    repeats = min(can.text_max, 20_000) // 40 + 1
    text = data.draw(
        st.one_of(TEXTS, TEXTS.map(lambda some: (some + " ") * repeats), TEXTS.map(lambda some: some * repeats))
    )
    message = support.outbound_message(account, content={"text": text}, **support.addressed(name))
    if can.one_part and length(text.strip(), can.text_unit) > can.text_max:
        check_refused(message, account)
        return
    parts = sent(render(message, account), name)
    assert all(length(part.text, can.text_unit) <= can.text_max for part in parts)
    if parts:
        check_whole(parts, text, name)


@each_sending
@pytest.mark.parametrize("unit", ["x", "é", "字", "💥", "👩‍👩‍👧", "e\u0301", "ab. ", "x\n\n"])
def test_a_text_around_the_limit_is_split_at_the_limit(name: str, unit: str) -> None:
    account, can = support.account(name), support.load(name).manifest.capabilities
    fitting = can.text_max // length(unit, can.text_unit)
    for count in (fitting, fitting + 1, 2 * fitting + 1):
        text = unit * max(1, count)
        message = support.outbound_message(account, content={"text": text}, **support.addressed(name))
        if can.one_part and length(text.strip(), can.text_unit) > can.text_max:
            check_refused(message, account)
            continue
        parts = sent(render(message, account), name)
        assert all(length(part.text, can.text_unit) <= can.text_max for part in parts)
        if parts:
            check_whole(parts, text, name)
            assert len(parts) == 1 or length(text.strip(), can.text_unit) > can.text_max


def check_whole(parts: Sequence[SimulatedSend], text: str, name: str) -> None:
    """All of the text is there; where the channel gives notice only, none of it."""
    arrives = "" if support.load(name).manifest.capabilities.notice_only else text
    assert "".join("".join(part.text for part in parts).split()) == "".join(arrives.split())


def check_refused(message: OutboundMessage, account: Account) -> None:
    with pytest.raises(InputInvalid):
        render(message, account)


def sent(calls: Sequence[ProviderCall], name: str) -> list[SimulatedSend]:
    """What a fake provider understands of the calls; empty where a channel has none over HTTP."""
    simulator = support.load(name).simulator
    answers = [simulator.answer(call, "none", 1) for call in calls if isinstance(call, HttpCall)]
    return [understood for _, understood in answers if understood is not None]


@each_sending
@settings(max_examples=60, deadline=None)
@given(
    text=st.none() | TEXTS,
    kinds=st.lists(st.sampled_from(list(MediaKind)), max_size=3),
    caption=st.none() | TEXTS,
    buttons=st.integers(0, 15),
    title=TEXTS,
)
def test_what_a_channel_can_not_show_is_degraded_or_refused(
    name: str, text: str | None, kinds: list[MediaKind], caption: str | None, buttons: int, title: str
) -> None:
    account = support.account(name)
    can = support.load(name).manifest.capabilities
    content = Content(
        text=text,
        media=tuple(
            Media(kind=kind, url=f"https://files.example.test/{index}", mime="application/pdf", caption=caption)
            for index, kind in enumerate(kinds)
        ),
        buttons=tuple(Button(id=str(index), title=title) for index in range(buttons)),
    )
    try:
        calls = render(support.outbound_message(account, content=content, **support.addressed(name)), account)
    except InputInvalid:
        assert can.one_part or not (text and not kinds and not buttons), "a plain text must be possible"
        return
    assert calls
    assert all(length(part.text, can.text_unit) <= can.text_max for part in sent(calls, name))


@each_channel
def test_the_simulators_message_is_read_as_its_text(name: str) -> None:
    account, channel = support.account(name), support.load(name)
    seen = []
    for number in (1, 2):
        message = SimulatedMessage(
            sender="5550001", text=f"Grüße {number}: 你好", message_id=f"sim-{number}", name="Ana"
        )
        request = channel.simulator.inbound(message, account, support.NOW)
        parsed = support.receive(channel, request, context(account))
        assert not parsed.rejected
        seen += [event for event in parsed.events if isinstance(event, MessageReceived)]
        assert len(seen) == number
        assert seen[-1].content.text == message.text
    assert seen[0].dedup_key != seen[1].dedup_key
    assert (seen[0].thread_key, seen[0].sender.address) == (seen[1].thread_key, seen[1].sender.address)


def context(account: Account) -> Context:
    return support.context(account, account.channel)


@each_channel
def test_a_simulated_picture_is_read_as_media(name: str) -> None:
    account, channel = support.account(name), support.load(name)
    message = SimulatedMessage("5550001", "see", "sim-9", image_url="https://files.example.test/a.jpg")
    parsed = support.receive(channel, channel.simulator.inbound(message, account, support.NOW), context(account))
    received = [event for event in parsed.events if isinstance(event, MessageReceived)]
    assert len(received) == 1
    assert received[0].content.media or MediaKind.IMAGE not in channel.manifest.capabilities.media


def first_call(name: str) -> HttpCall | None:
    account = support.account(name)
    calls = render(support.outbound_message(account, content={"text": "hello"}, **support.addressed(name)), account)
    return next((call for call in calls if isinstance(call, HttpCall)), None)


@each_sending
@pytest.mark.parametrize(
    ("fault", "meanings"),
    [("none", Accepted), ("throttle", (Throttled, Transient)), ("transient", (Transient, Throttled)), ("final", Final)],
)
def test_a_simulated_answer_means_what_was_asked_for(name: str, fault: SimulatedFault, meanings: Any) -> None:
    call = first_call(name)
    if call is None:
        assert support.load(name).manifest.outbound
        return
    reply, understood = support.load(name).simulator.answer(call, fault, 7)
    outcome = support.load(name).codec.interpret(call, reply)
    assert isinstance(outcome, meanings)
    assert (understood is not None) == (fault == "none")
    if understood is not None:
        assert isinstance(outcome, Accepted)
        check_whole([understood], "hello", name)
        assert understood.provider_message_id == outcome.provider_message_id
        given_by_us = str(understood.provider_message_id) in f"{call.url} {call.headers}"
        assert given_by_us or support.load(name).simulator.answer(call, fault, 8) != (reply, understood)


@each_sending
def test_a_simulated_receipt_is_read_as_a_receipt(name: str) -> None:
    account, channel = support.account(name), support.load(name)
    sample = SimulatedSend(recipient="5550001", text="hello", provider_message_id="sent-1")
    for status in channel.manifest.capabilities.receipts:
        request = channel.simulator.receipt(sample, status, account, support.NOW)
        if request is None:
            continue
        events = support.receive(channel, request, context(account)).events
        receipts = [event for event in events if isinstance(event, ReceiptReceived)]
        assert [receipt.status.value for receipt in receipts] == [status]
        assert receipts[0].provider_message_id in {"sent-1", None}
        assert receipts[0].provider_message_id or receipts[0].watermark
    assert set(channel.manifest.capabilities.receipts) <= {"sent", "delivered", "read"}


@each_channel
def test_a_simulated_provider_gives_the_token_that_the_codec_asks_for(name: str) -> None:
    account, channel = support.account(name), support.load(name)
    call = channel.codec.token_call(account, support.NOW) if isinstance(channel.codec, TokenSource) else None
    if call is None:
        # Its settings hold all it needs.
        assert account.token is None
        return
    assert isinstance(channel.codec, TokenSource)
    reply, understood = channel.simulator.answer(call, "none", 1)
    found = channel.codec.token_found(reply, account)
    assert isinstance(found, Token)
    assert found.expires_in > timedelta(0)
    assert understood is None
