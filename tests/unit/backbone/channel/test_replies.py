"""Answers of providers: whatever comes, one meaning."""

from datetime import timedelta

import pytest

from backbone.channel.port import Accepted, Final, ProviderReply, Throttled, Transient
from backbone.channel.replies import by_status, child, json_object, retry_after


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("30", timedelta(seconds=30)),
        (" 0 ", timedelta(0)),
        ("86401", timedelta(hours=24)),
        ("9" * 5000, timedelta(hours=24)),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_capped_at_a_day(given: str, expected: timedelta | None) -> None:
    assert retry_after(ProviderReply(429, (("Retry-After", given),))) == expected


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *((status, Accepted) for status in (200, 202, 204)),
        *((status, Transient) for status in (302, 408, 425, 500, 503, 599)),
        *((status, Final) for status in (400, 401, 404, 410)),
    ],
)
def test_a_status_alone_has_a_meaning(status: int, kind: type) -> None:
    assert isinstance(by_status(ProviderReply(status)), kind)


def test_too_many_requests_pauses_the_account() -> None:
    reply = ProviderReply(429, (("retry-after", "3"),))
    assert by_status(reply, "busy") == Throttled("busy", timedelta(seconds=3), "account")


@pytest.mark.parametrize("body", [b"", b"\xff", b"[]", b"null", b"[" * 1000, b'"x"'])
def test_a_body_that_is_no_object_is_empty(body: bytes) -> None:
    assert json_object(ProviderReply(200, (), body)) == {}


def test_a_child_that_is_no_object_is_empty() -> None:
    assert child({"a": {"b": 1}}, "a") == {"b": 1}
    assert child({"a": [1]}, "a") == child(None, "a") == child({}, "a") == {}
