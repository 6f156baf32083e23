"""What SMS providers share: numbers, words that opt out, and the parts of a message."""

from datetime import UTC, datetime
from typing import Any

import pytest

from backbone.channel import sms
from backbone.channel.sms import Part, SmsSettings
from backbone.errors import InputInvalid
from schemas.content import Content
from schemas.inbound import ConsentChanged, MessageReceived, Sender
from schemas.outbound import OutboundMessage

LINK = "https://files.example.test/"


def message(**content: Any) -> OutboundMessage:
    return OutboundMessage(
        tenant_id="ten_1",
        account_id="acc_1",
        channel="sms",
        conversation_id="cnv_1",
        message_id="msg_1",
        thread_key="+447700900123",
        recipient="+447700900123",
        content=Content.model_validate(content),
        created_at=datetime(2026, 11, 20, 9, 0, tzinfo=UTC),
    )


def received(text: str) -> MessageReceived:
    sender = Sender(address="+447700900123")
    return MessageReceived(thread_key=sender.address, dedup_key="1", sender=sender, content=Content(text=text))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("447700900123", "+447700900123"),
        ("+44 7700 900-123", "+447700900123"),
        ("00447700900123", "+447700900123"),
        ("2020", "2020"),
        ("MTN", "MTN"),
        ("+44770090012345678", "+44770090012345678"),
        ("٤٤٧٧٠٠٩٠٠١٢٣", "٤٤٧٧٠٠٩٠٠١٢٣"),
    ],
)
def test_international_numbers_become_e164_and_all_else_stays(given: str, expected: str) -> None:
    assert sms.e164(given) == expected


def test_our_own_number_is_written_as_the_account_has_it() -> None:
    assert sms.account_ref("447700900000", "+447700900000") == "+447700900000"
    assert sms.account_ref("+447700900000", "447700900000") == "447700900000"
    assert sms.account_ref("447700900001", "447700900000") == "+447700900001"
    assert sms.account_ref(None, "447700900000") is None


@pytest.mark.parametrize(
    ("text", "state"),
    [("STOP", "opted_out"), (" stop. ", "opted_out"), ('"Stop"', "opted_out"), ("Start", "opted_in")],
)
def test_a_message_of_one_word_changes_the_consent(text: str, state: str) -> None:
    original = received(text)
    first, change = sms.with_consent(original, SmsSettings())
    assert first is original
    assert isinstance(change, ConsentChanged)
    assert (change.state, change.dedup_key, change.sender) == (state, "1:consent", original.sender)


@pytest.mark.parametrize("text", ["Please stop calling", "stopp", "yes", "", " ", "stop" * 50])
def test_other_messages_leave_the_consent_alone(text: str) -> None:
    assert sms.with_consent(received(text), SmsSettings()) == (received(text),)


def test_an_account_has_words_of_its_own_language() -> None:
    settings = SmsSettings(opt_out_words=("STOPP",), opt_in_words=())
    assert len(sms.with_consent(received("stopp"), settings)) == 2
    assert len(sms.with_consent(received("stop"), settings)) == 1


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        ({"text": "Hello"}, (Part("Hello"),)),
        ({"text": "a" * 25}, (Part("a" * 20), Part("aaaaa"))),
        (
            {"text": "See", "media": [{"kind": "image", "url": f"{LINK}1"}, {"kind": "image", "url": f"{LINK}2"}]},
            (Part("See", (f"{LINK}1", f"{LINK}2")),),
        ),
        (
            {"media": [{"kind": "image", "url": f"{LINK}1", "caption": "One"}, {"kind": "file", "url": f"{LINK}2"}]},
            (Part("One", (f"{LINK}1",)), Part("", (f"{LINK}2",))),
        ),
        ({"text": "See", "media": [{"kind": "image"}]}, (Part("See\n\n[image]"),)),
        ({"text": "*Hi* _you_", "text_format": "light"}, (Part("Hi you"),)),
    ],
)
def test_text_and_media_share_a_part_where_they_can(content: dict[str, Any], parts: tuple[Part, ...]) -> None:
    assert sms.parts(message(**content), text_max=20, media_max=2) == parts


def test_without_mms_a_link_says_where_the_picture_is() -> None:
    found = sms.parts(message(text="See", media=[{"kind": "image", "url": f"{LINK}1"}]), text_max=100)
    assert found == (Part(f"See\n\n{LINK}1"),)


@pytest.mark.parametrize("content", [{}, {"template": {"name": "t", "language": "en"}}])
def test_what_sms_can_not_carry_is_refused(content: dict[str, Any]) -> None:
    with pytest.raises(InputInvalid):
        sms.parts(message(**content), text_max=20)


def test_nothing_but_sending_is_possible() -> None:
    with pytest.raises(InputInvalid):
        sms.parts(message(text="x").model_copy(update={"action": "delete"}), text_max=20)


def test_gsm_has_an_alphabet_of_its_own() -> None:
    assert sms.is_gsm7("Grüße für 5 € [ok]\n")
    assert not sms.is_gsm7("cześć")
    assert not sms.is_gsm7("👍")
