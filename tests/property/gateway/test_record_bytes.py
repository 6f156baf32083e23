"""The bytes the gateway publishes are exactly an `InboundRecord`, for every kind of event and any text."""

from datetime import UTC, datetime
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from gateway.inbound.digest import encode, mark, without
from schemas.inbound import AnyInboundEvent, InboundRecord
from tests.support.gateway import served

AT = datetime(2026, 11, 20, 9, 0, 0, 123456, tzinfo=UTC)
EVENT: TypeAdapter[AnyInboundEvent] = TypeAdapter(AnyInboundEvent)
PERSON = {"address": "5550001", "name": 'Zoë "Z" \u2028', "aliases": ["a"]}
FIELDS: dict[str, dict[str, Any]] = {
    "message": {"sender": PERSON, "content": {"text": "x", "media": [{"kind": "image", "blob": "b"}]}, "subject": "s"},
    "echo": {"recipient": PERSON, "content": {}, "provider_message_id": "p"},
    "edit": {"provider_message_id": "p", "content": {"text": "y"}},
    "delete": {"provider_message_id": "p"},
    "reaction": {"provider_message_id": "p", "sender": PERSON, "emoji": None},
    "receipt": {"status": "read", "watermark": AT},
    "typing": {"sender": PERSON},
    "contact_changed": {"old_address": "1", "new_address": "2"},
    "call": {"sender": PERSON, "call_id": "c", "state": "ringing"},
    "consent": {"sender": PERSON, "state": "opted_out", "word": "STOP"},
    "account": {"code": "quality", "severity": "warning", "detail": "low"},
    "customer_report": {
        "customer": {"id": "c-9", "name": 'Ana "A"', "points": [{"channel": "whatsapp", "address": "1"}]},
        "order": {"id": "o-1", "state": "sent", "lines": [{"title": "Lamp", "quantity": 2}], "placed_at": AT},
    },
    "delivery": {"message_id": "m", "state": "sent", "provider_message_ids": ["p"]},
    "media": {"provider_message_id": "p", "media_index": 0, "error": "gone"},
    "ignored": {"reason": "r"},
}


def event(kind: str, **more: Any) -> AnyInboundEvent:
    return EVENT.validate_python(
        {"kind": kind, "thread_key": "t", "dedup_key": "d", "provider_at": AT, **FIELDS[kind], **more}
    )


def test_every_kind_of_event_is_covered() -> None:
    union = get_args(AnyInboundEvent)[0]
    assert {model.model_fields["kind"].default for model in get_args(union)} == set(FIELDS)


@pytest.mark.parametrize("kind", sorted(FIELDS))
def test_a_record_reads_back_as_it_was_written(kind: str) -> None:
    account, told = served().account, event(kind)
    [outgoing] = encode([(account, told)], AT, (("traceparent", b"00-1"),))
    record = InboundRecord.model_validate_json(outgoing.message.value)
    assert record.event == told
    assert (record.v, record.tenant_id, record.account_id, record.channel) == (1, "ten_1", "acc_1", "plain")
    assert record.received_at == AT
    assert record.id.startswith("evt_")
    assert outgoing.message.key == record.key
    assert outgoing.message.headers == (("traceparent", b"00-1"),)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=50)


@given(thread=texts, key=texts, text=texts, tenant=texts)
def test_any_text_survives(thread: str, key: str, text: str, tenant: str) -> None:
    account = served(tenant_id=tenant).account
    told = event("message", thread_key=thread, dedup_key=key, content={"text": text})
    [outgoing] = encode([(account, told)], AT)
    record = InboundRecord.model_validate_json(outgoing.message.value)
    assert record.event == told
    assert record.tenant_id == tenant
    assert outgoing.message.key == record.key


def test_marks_tell_accounts_kinds_and_keys_apart() -> None:
    one, two = served().account, served("acc_2").account
    seen = {
        mark(one, event("message")),
        mark(two, event("message")),
        mark(one, event("typing")),
        mark(one, event("message", dedup_key="e")),
    }
    assert len(seen) == 4
    assert without([(one, event("message")), (one, event("typing"))], {mark(one, event("message"))}) == [
        (one, event("typing"))
    ]
