"""What a customer's client may send, and the events it becomes."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from schemas.customer import FRAME, FRAME_TYPES, TEXT_MAX, to_event
from schemas.inbound import MessageReceived, ReceiptReceived, ReceiptStatus, TypingStarted

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def event(**frame: Any) -> Any:
    return to_event(FRAME.validate_python(frame), "visitor-1", NOW)


def test_a_message_becomes_the_visitors_message() -> None:
    got = event(type="message", id="m-1", text="hello", name="Ana", language="pt-BR", in_reply_to="msg_1")
    assert isinstance(got, MessageReceived)
    assert (got.thread_key, got.dedup_key, got.provider_message_id) == ("visitor-1", "visitor-1:m-1", "visitor-1:m-1")
    assert (got.sender.address, got.sender.name, got.sender.language) == ("visitor-1", "Ana", "pt-BR")
    assert (got.content.text, got.in_reply_to, got.provider_at) == ("hello", "msg_1", NOW)


def test_two_visitors_may_use_the_same_client_id() -> None:
    frame = FRAME.validate_python({"type": "message", "id": "1", "text": "hi"})
    assert to_event(frame, "a", NOW).dedup_key != to_event(frame, "b", NOW).dedup_key


def test_an_upload_is_a_reference_and_never_a_blob() -> None:
    got = event(type="message", id="m-1", media=[{"upload": "u-1", "kind": "image"}])
    assert got.content.media[0].provider_ref == "upload:u-1"
    assert got.content.media[0].blob is got.content.media[0].url is None


def test_typing_becomes_typing() -> None:
    assert isinstance(event(type="typing", id="t-1"), TypingStarted)


@pytest.mark.parametrize(
    ("frame", "status"),
    [
        ({}, ReceiptStatus.READ),
        ({"status": "read"}, ReceiptStatus.READ),
        ({"status": "delivered"}, ReceiptStatus.DELIVERED),
    ],
)
def test_a_read_frame_becomes_a_receipt_of_our_message(frame: dict[str, str], status: ReceiptStatus) -> None:
    got = event(type="read", message_id="msg_1", **frame)
    assert isinstance(got, ReceiptReceived)
    assert (got.status, got.provider_message_id) == (status, "msg_1")


def test_delivered_and_read_of_one_message_are_two_events() -> None:
    both = {event(type="read", message_id="msg_1", status=status).dedup_key for status in ("delivered", "read")}
    assert len(both) == 2


def test_the_longest_text_is_taken_and_one_more_is_refused() -> None:
    assert event(type="message", id="m", text="a" * TEXT_MAX).content.text == "a" * TEXT_MAX
    with pytest.raises(ValidationError):
        event(type="message", id="m", text="a" * (TEXT_MAX + 1))


def test_nul_is_replaced() -> None:
    assert event(type="message", id="m", text="a\0b").content.text == "a\ufffdb"


@pytest.mark.parametrize(
    "frame",
    [
        {"type": "message", "id": "m"},
        {"type": "message", "id": "m", "text": " \n"},
        {"type": "message", "id": "m", "text": "hi", "extra": 1},
        {"type": "message", "id": "", "text": "hi"},
        {"type": "message", "id": "a b", "text": "hi"},
        {"type": "message", "text": "hi"},
        {"type": "message", "id": "m", "text": "\ud800"},
        {"type": "message", "id": "m", "media": [{"upload": "u", "kind": "image"}] * 11},
        {"type": "message", "id": "m", "media": [{"upload": "../x", "kind": "image"}]},
        {"type": "message", "id": "m", "media": [{"upload": "u", "kind": "image", "url": "http://10.0.0.1/"}]},
        {"type": "message", "id": "m", "location": {"latitude": 91, "longitude": 0}},
        {"type": "message", "id": "m", "location": {"latitude": float("nan"), "longitude": 0}},
        {"type": "message", "id": "m", "text": "hi", "name": "a\nb"},
        {"type": "message", "id": "m", "text": "hi", "language": "../x"},
        {"type": "typing"},
        {"type": "read", "message_id": "m", "status": "failed"},
        {"type": "shout", "id": "m"},
        {"id": "m"},
    ],
)
def test_what_is_not_a_frame_is_refused(frame: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        event(**frame)


def test_the_types_are_those_of_the_frames() -> None:
    assert {"message", "typing", "read"} == FRAME_TYPES
