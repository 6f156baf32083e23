"""Fields of requests: what JSON means is taken, what it does not mean is refused."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from agent_api.channels.schemas import CreateChannelAccount
from agent_api.conversations.schemas import SetPriority
from agent_api.http.idempotency import request_hash
from agent_api.http.inputs import ConversationId, Email, Line
from agent_api.messages.schemas import ContentIn
from agent_api.messages.shown import content_from
from agent_api.teams.schemas import OpeningHours


@pytest.mark.parametrize("value", [True, "5", 11, -1, 1.5, None, [5]])
def test_only_numbers_in_range_are_priorities(value: object) -> None:
    with pytest.raises(ValidationError):
        SetPriority.model_validate({"priority": value})


def test_a_whole_number_may_be_written_as_a_fraction() -> None:
    assert SetPriority.model_validate({"priority": 5.0}).priority == 5


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Line, " "),
        (Line, "a\nb"),
        (Line, "a\0"),
        (Line, "x" * 201),
        (Email, "a@b"),
        (Email, "a@b.example\nBcc: x@y.example"),
        (ConversationId, "cnv_"),
        (ConversationId, "msg_1"),
        (ConversationId, "cnv_1'; DROP TABLE conversations"),
    ],
)
def test_texts_that_are_not_what_they_should_be_are_refused(kind: Any, value: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(value)


@pytest.mark.parametrize(
    "hours",
    [
        {"zone": "Mars/Base", "spans": []},
        {"zone": "../../etc/passwd", "spans": []},
        {"zone": "Europe/Berlin", "spans": [{"weekday": 0, "start": "17:00", "end": "09:00"}]},
        {"zone": "Europe/Berlin", "spans": [{"weekday": 7, "start": "09:00", "end": "17:00"}]},
        {"zone": "Europe/Berlin", "spans": [{"weekday": 0, "start": "24:00", "end": "24:00"}]},
    ],
)
def test_hours_that_can_not_be_are_refused(hours: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        OpeningHours.model_validate(hours)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"type": "text", "text": "hi"}, {"text": "hi"}),
        (
            {"type": "media", "kind": "image", "url": "https://x.example/a.png"},
            {"media": ({"kind": "image", "url": "https://x.example/a.png"},)},
        ),
        ({"type": "template", "name": "t", "language": "en_US"}, {"template": {"name": "t", "language": "en_US"}}),
    ],
)
def test_what_an_agent_writes_becomes_the_content_that_is_sent(given: dict[str, Any], expected: dict[str, Any]) -> None:
    content = content_from(TypeAdapter[Any](ContentIn).validate_python(given))
    assert content.model_dump(exclude_defaults=True) == expected


@pytest.mark.parametrize(
    "url", ["http://x.example/", "javascript:alert(1)", "https://u:p@x.example/", "file:///etc/passwd"]
)
def test_links_that_are_not_plain_https_are_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter[Any](ContentIn).validate_python({"type": "media", "kind": "image", "url": url})


def test_secrets_of_an_account_are_in_no_repr() -> None:
    body = CreateChannelAccount(channel="webchat", name="x", external_id="x", config={"secret": "canary"})
    assert "canary" not in repr(body)


def test_a_request_is_told_from_every_other() -> None:
    asked = [("POST", "/a", b"", b"b"), ("POST", "/ab", b"", b""), ("POST", "/a", b"b", b""), ("PUT", "/a", b"", b"b")]
    assert len({request_hash(*parts) for parts in asked}) == len(asked)
