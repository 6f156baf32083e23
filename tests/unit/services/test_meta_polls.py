"""The hourly look for comments whose webhook never came, on a page and on an Instagram account."""

import json
from typing import Any

import pytest

from backbone.channel.port import Final, HttpCall, ProviderReply, Request, Throttled, Transient
from backbone.channel.sources import HttpPoll, PollPage
from schemas.inbound import AnyInboundEvent
from tests.support import channels as support

BOTH = ["facebook_comments", "instagram_comments"]
NOON = "2026-11-20T12:00:00+00:00"


def reply(body: Any, status: int = 200) -> ProviderReply:
    return ProviderReply(status, (), json.dumps(body).encode())


def codec(name: str) -> HttpPoll:
    found = support.load(name).codec
    assert isinstance(found, HttpPoll)
    return found


def called(name: str) -> HttpCall:
    call = codec(name).poll_call(support.account(name), None, support.NOW)
    assert isinstance(call, HttpCall)
    return call


def polled(name: str, answer: ProviderReply, cursor: dict[str, Any] | None) -> PollPage:
    return codec(name).poll_found(support.account(name), called(name), answer, cursor)


def events(name: str, page: PollPage) -> list[AnyInboundEvent]:
    context, parse = support.context(support.account(name), name), support.load(name).codec.parse
    return [event for body in page.bodies for event in parse(Request("POLL", "", "", (), body), context).events]


def feed(hour: int) -> dict[str, Any]:
    """A post of the page with a comment and its answer, and a visitor's post, all of one hour."""
    at = f"2026-11-20T{hour:02}:00:00+0000"
    answer = {"id": "5_7", "message": "here", "created_time": at, "from": {"id": "1000000001"}, "parent": {"id": "5_6"}}
    image = {"media": {"image": {"src": "https://cdn.example.test/1.jpg"}}}
    person = {"id": "77", "name": "Ana"}
    comment = {"id": "5_6", "message": "where?", "created_time": at, "from": person, "attachment": image}
    return {
        "data": [
            {"id": "1_5", "from": {"id": "1000000001"}, "created_time": at,
             "comments": {"data": [{**comment, "comments": {"data": [answer]}}, 17]}},
            {"id": "1_8", "message": "hello page", "created_time": at, "from": person},
        ]
    }  # fmt: skip


def media(hour: int) -> dict[str, Any]:
    at = f"2026-11-20T{hour:02}:00:00+0000"
    answer = {"id": "7", "text": "here", "timestamp": at, "from": {"id": "1000000001"}}
    comment = {"id": "6", "text": "where?", "timestamp": at, "username": "ana", "replies": {"data": [answer]}}
    return {"data": [{"id": "5", "comments": {"data": [comment, 17]}}, 17]}


def test_the_first_look_only_notes_where_it_stands() -> None:
    for name, body in (("facebook_comments", feed(12)), ("instagram_comments", media(12))):
        page = polled(name, reply(body), None)
        assert (page.bodies, page.cursor) == ((), {"seen": NOON})


def test_a_pages_comments_answers_and_visitors_are_found() -> None:
    found = events("facebook_comments", polled("facebook_comments", reply(feed(13)), {"seen": NOON}))
    assert [(event.kind, event.thread_key, event.dedup_key) for event in found] == [
        ("ignored", "", found[0].dedup_key),
        ("message", "5_6", "5_6:add"),
        ("echo", "5_6", "5_7:add"),
        ("message", "1_8", "1_8:add"),
    ]


def test_an_accounts_comments_and_answers_are_found() -> None:
    found = events("instagram_comments", polled("instagram_comments", reply(media(13)), {"seen": NOON}))
    assert [(event.kind, event.thread_key, event.dedup_key) for event in found] == [
        ("message", "6", "6"),
        ("echo", "6", "7"),
    ]


@pytest.mark.parametrize("name", BOTH)
def test_what_was_long_seen_is_not_brought_again(name: str) -> None:
    body = feed(9) if name == "facebook_comments" else media(9)
    page = polled(name, reply(body), {"seen": NOON})
    assert (page.bodies, page.cursor) == ((), {"seen": NOON})


@pytest.mark.parametrize("name", BOTH)
def test_the_call_reads_with_the_token_in_a_header_only(name: str) -> None:
    call, token = called(name), support.account(name).settings.access_token.get_secret_value()
    assert call.method == "GET"
    assert call.url.startswith("https://provider.example.test/v23.0/1000000001/")
    assert dict(call.headers) == {"authorization": f"Bearer {token}"}
    assert token not in call.url
    odd = support.account(name, external_id="../me")
    assert codec(name).poll_call(odd, None, support.NOW) is None


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (reply({"error": {"code": 4}}, 400), Throttled),
        (reply({"error": {"code": 190}}, 400), Final),
        (ProviderReply(500), Transient),
        (ProviderReply(200, (), b"<html>"), Transient),
        (reply({"data": 17}), Transient),
    ],
)
def test_what_keeps_a_look_from_its_answer_is_told(name: str, answer: ProviderReply, trouble: type) -> None:
    page = polled(name, answer, {"seen": NOON})
    assert isinstance(page.trouble, trouble)
    assert page.cursor == {"seen": NOON}
