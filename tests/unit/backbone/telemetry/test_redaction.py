"""What must never be printed is not."""

from timeit import timeit
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, SecretBytes, SecretStr

from backbone.telemetry.redaction import MAX_DEPTH, MAX_ITEMS, MAX_STRING, REDACTED, clean, is_sensitive, redact, scrub

HIDDEN = [
    "text",
    "body",
    "token",
    "secret",
    "authorization",
    "password",
    "phone",
    "email",
    "message_text",
    "rawBody",
    "accessToken",
    "api_key",
    "apiKey",
    "refresh_token",
    "X-Hub-Signature-256",
    "set-cookie",
    "Cookie",
    "caption",
    "subject",
    "display_name",
    "first_name",
    "thread_key",
    "database_url",
    "dsn",
    "webhook_secret",
    "phoneNumber",
    "contact.email",
    "headers",
    "url",
    "to",
    "from",
    "address",
    "recipients",
    "payload",
    "otp",
]

SHOWN = [
    "conversation_id",
    "message_id",
    "body_bytes",
    "token_id",
    "text_length",
    "email_count",
    "content_type",
    "records",
    "channel",
    "topic",
    "offset",
    "partition",
    "seconds",
    "code",
    "status",
    "state",
    "task",
    "phone_hash",
    "expires_at",
    "tokens_count",
]


@pytest.mark.parametrize("key", HIDDEN)
def test_a_sensitive_key_hides_its_value(key: str) -> None:
    assert is_sensitive(key)
    assert redact(None, "info", {"event": "x", key: "value"})[key] == REDACTED


@pytest.mark.parametrize("key", SHOWN)
def test_ids_sizes_and_states_are_shown(key: str) -> None:
    assert not is_sensitive(key)


def test_a_sensitive_key_deep_inside_is_hidden() -> None:
    assert clean({"request": {"headers": {"authorization": "x"}, "items": [{"phone": "1"}]}}) == {
        "request": {"headers": REDACTED, "items": [{"phone": REDACTED}]}
    }


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (SecretStr("s3cret"), REDACTED),
        (SecretBytes(b"s3cret"), REDACTED),
        (b"hello", "<5 bytes>"),
        (None, None),
        (True, True),
        (3, 3),
        (1.5, 1.5),
        ((1, "a"), [1, "a"]),
    ],
)
def test_a_value_is_shown_by_its_type(value: object, shown: object) -> None:
    assert clean(value) == shown


def test_a_model_is_shown_by_its_name_only() -> None:
    class Said(BaseModel):
        words: str

    assert clean(Said(words="my card is stolen")) == "<Said>"


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("mail from anna.b+x@shop.example.org refused", f"mail from {REDACTED} refused"),
        ("call +49 (30) 1234-5678 back", f"call {REDACTED} back"),
        ("Authorization: Bearer abc.def-ghi", f"Authorization: Bearer {REDACTED}"),
        ("GET /v1/me?access_token=EAAB123&fields=id", f"GET /v1/me?access_token={REDACTED}&fields=id"),
        ("POST https://api.example/bot123456:AAF-x_y/sendMessage", f"POST https://api.example/{REDACTED}/sendMessage"),
        ("postgresql://frontdesk:hunter2@db:5432/x", f"postgresql://{REDACTED}@db:5432/x"),
        ("GET /live?ticket=abcdef", f"GET /live?ticket={REDACTED}"),
        ("offset 1234567890123 of cnv_018f2a", "offset 1234567890123 of cnv_018f2a"),
    ],
)
def test_free_text_loses_addresses_numbers_and_tokens(told: str, kept: str) -> None:
    assert scrub(told) == kept


def test_long_text_is_cut() -> None:
    assert len(scrub("a" * 10 * MAX_STRING)) == MAX_STRING + 1


@pytest.mark.parametrize("unit", ["a", "a@", "token=", "+1 ", "bot1:", "://a:", "bearer "])
def test_hostile_text_costs_milliseconds(unit: str) -> None:
    text = unit * MAX_STRING
    assert min(timeit(lambda: scrub(text), number=1) for _ in range(3)) < 0.05


nested = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=30,
)


@given(nested)
def test_any_value_comes_out_bounded_and_printable(value: Any) -> None:
    def depth(item: object) -> int:
        if isinstance(item, dict):
            return 1 + max(map(depth, item.values()), default=0)
        return 1 + max(map(depth, item), default=0) if isinstance(item, list) else 0

    assert depth(clean(value)) <= MAX_DEPTH


def test_a_long_list_is_cut() -> None:
    assert clean(list(range(1000))) == list(range(MAX_ITEMS))
