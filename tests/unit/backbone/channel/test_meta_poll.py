"""The search for what Meta's webhooks left out: only what is new, only what is settled, and never a second time."""

import json
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr

from backbone.channel import meta_poll
from backbone.channel.meta_poll import Source
from backbone.channel.port import Final, ProviderReply, Throttled, Transient
from backbone.channel.sources import HttpPoll
from backbone.errors import PayloadInvalid
from tests.support import channels as support

SOURCE = Source("https://graph.example.test/v23.0/me/conversations", SecretStr("token"), "instagram")
NOON = datetime.fromisoformat("2026-11-20T12:00:00+00:00")
CURSOR = {"seen": NOON.isoformat()}


def time(minutes: int) -> str:
    """So many minutes before or after noon, as Meta writes times."""
    return (NOON + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S+0000")


def message(identity: str, minutes: int, **fields: Any) -> dict[str, Any]:
    base = {"id": identity, "created_time": time(minutes), "from": {"id": "77"}, "to": {"data": [{"id": "1"}]}}
    return {**base, "message": identity, **fields}


def conversation(minutes: int, *messages: dict[str, Any]) -> dict[str, Any]:
    return {"id": "t", "updated_time": time(minutes), "messages": {"data": list(messages)}}


def reply(*rows: Any, after: str | None = None, status: int = 200) -> ProviderReply:
    paging = {"cursors": {"after": after}} if after else {}
    return ProviderReply(status, (), json.dumps({"data": list(rows), "paging": paging}).encode())


def brought(bodies: tuple[bytes, ...]) -> list[str]:
    events = [event for body in bodies for event in meta_poll.parse(body, "1", NOON + timedelta(hours=5)).events]
    return [event.dedup_key for event in events]


@pytest.mark.parametrize("name", ["messenger", "instagram"])
def test_both_media_can_be_asked_unless_they_are_told_not_to(name: str) -> None:
    codec = support.load(name).codec
    assert isinstance(codec, HttpPoll)
    call = codec.poll_call(support.account(name), None, NOON)
    assert call is not None
    assert parse_qs(urlsplit(call.url).query)["platform"] == [name]
    assert codec.poll_call(support.account(name, {"look_for_missed": False}), None, NOON) is None


def test_the_first_time_nothing_is_brought_and_the_end_is_noted() -> None:
    page = meta_poll.found(SOURCE, reply(conversation(0, message("old", 0))), None)
    assert (page.bodies, page.cursor, page.next_call) == ((), CURSOR, None)


def test_new_messages_are_brought_the_oldest_first_and_old_ones_are_not() -> None:
    rows = conversation(30, message("new", 30), message("late", -59), message("old", -61))
    page = meta_poll.found(SOURCE, reply(rows, conversation(-90, message("older", -90))), CURSOR)
    assert brought(page.bodies) == ["late", "new"]
    assert page.cursor == {"seen": (NOON + timedelta(minutes=30)).isoformat()}


def test_a_walk_goes_on_while_all_conversations_were_new() -> None:
    page = meta_poll.found(SOURCE, reply(conversation(30, message("new", 30)), after="QVFI"), CURSOR)
    assert page.next_call is not None
    assert parse_qs(urlsplit(page.next_call.url).query)["after"] == ["QVFI"]
    assert page.cursor["page"] == "QVFI"


def test_young_messages_are_left_to_their_webhooks() -> None:
    body = json.dumps({"conversations": [conversation(30, message("young", 25), message("settled", 15))]}).encode()
    events = meta_poll.parse(body, "1", NOON + timedelta(minutes=30)).events
    assert [event.dedup_key for event in events] == ["settled"]


def test_an_empty_message_does_not_take_the_key_of_its_webhook() -> None:
    body = json.dumps({"conversations": [conversation(0, message("m", 0, message=""))]}).encode()
    [event] = meta_poll.parse(body, "1", NOON + timedelta(hours=1)).events
    assert (event.kind, event.dedup_key) == ("ignored", "m:empty")


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [
        (ProviderReply(400, (), b'{"error":{"code":613}}'), Throttled),
        (ProviderReply(500, (), b""), Transient),
        (ProviderReply(200, (), b"<html>"), Transient),
        (ProviderReply(200, (), b'{"data":{}}'), Transient),
        (ProviderReply(400, (), b'{"error":{"code":190}}'), Final),
    ],
)
def test_trouble_brings_nothing_and_keeps_the_place(answer: ProviderReply, meaning: type) -> None:
    page = meta_poll.found(SOURCE, answer, CURSOR)
    assert isinstance(page.trouble, meaning)
    assert (page.bodies, page.cursor) == ((), CURSOR)


@pytest.mark.parametrize("rows", [[None], [17], [{"messages": None}], [{"messages": {"data": [None, {}, "x"]}}]])
def test_broken_rows_are_set_aside(rows: list[Any]) -> None:
    page = meta_poll.found(SOURCE, reply(*rows), CURSOR)
    for body in page.bodies:
        assert meta_poll.parse(body, "1", NOON).events == ()


def test_a_body_that_is_no_search_is_refused() -> None:
    with pytest.raises(PayloadInvalid):
        meta_poll.parse(b"[]", "1", NOON)
