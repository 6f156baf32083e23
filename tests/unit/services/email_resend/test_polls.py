"""Fetching mails from Resend: oldest first, each once, whatever breaks off in between."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from backbone.channel.port import Final, HttpCall, ProviderReply, Throttled, Transient
from services.email_resend import polls
from services.email_resend.codec import codec
from tests.support import channels as support

ACCOUNT = support.account("email_resend")


class Server:
    """Mails by number, newest last; answers as the API does and counts what it was asked."""

    def __init__(self, count: int, gone: frozenset[str] = frozenset()) -> None:
        self.ids = [f"mail-{number}" for number in range(count)]
        self.gone = gone
        self.asked: list[str] = []

    def answer(self, call: HttpCall) -> ProviderReply:
        place = urlsplit(call.url)
        self.asked.append(place.path.removeprefix(polls.PATH) + ("?" + place.query if place.query else ""))
        if place.path.endswith(polls.PATH):
            query = parse_qs(place.query)
            newest = self.ids[::-1]
            start = newest.index(query["after"][0]) + 1 if "after" in query else 0
            page = newest[start : start + int(query["limit"][0])]
            more = start + len(page) < len(newest)
            return reply({"object": "list", "has_more": more, "data": [{"id": item} for item in page]})
        name = place.path.rpartition("/")[2]
        return reply({}, 404) if name in self.gone else reply({"object": "email", "id": name})


def reply(body: Any, status: int = 200) -> ProviderReply:
    return ProviderReply(status, (), json.dumps(body).encode())


def poll(server: Server, cursor: Mapping[str, Any] | None, most: int = 10_000) -> tuple[list[str], Mapping[str, Any]]:
    """The mails that a poll brought, and the cursor after; broken off after `most` calls."""
    call = codec.poll_call(ACCOUNT, cursor, support.NOW)
    brought: list[str] = []
    while call is not None and most:
        page = codec.poll_found(ACCOUNT, call, server.answer(call), cursor)
        assert page.trouble is None
        brought += [json.loads(body)["id"] for body in page.bodies]
        cursor, call, most = page.cursor, page.next_call, most - 1
    return brought, cursor or {}


def test_a_new_account_begins_with_its_newest_mails_oldest_first() -> None:
    server = Server(100)
    brought, cursor = poll(server, None)
    assert brought == server.ids[-polls.FIRST :]
    assert poll(server, cursor)[0] == []


def test_later_mails_come_once_over_several_pages() -> None:
    server = Server(polls.FIRST)
    _, cursor = poll(server, None)
    server.ids += [f"later-{number}" for number in range(130)]
    brought, cursor = poll(server, cursor)
    assert brought == server.ids[polls.FIRST :]
    assert poll(server, cursor)[0] == []


def test_a_poll_that_was_broken_off_goes_on_where_it_stood() -> None:
    server = Server(polls.FIRST)
    _, cursor = poll(server, None)
    server.ids += [f"later-{number}" for number in range(120)]
    everything: list[str] = []
    for _ in range(400):
        brought, cursor = poll(server, cursor, most=2)
        everything += brought
    assert everything == server.ids[polls.FIRST :]


def test_a_mail_that_is_gone_is_passed_over() -> None:
    server = Server(5, frozenset({"mail-2"}))
    assert poll(server, None)[0] == ["mail-0", "mail-1", "mail-3", "mail-4"]


def test_an_empty_mailbox_brings_nothing() -> None:
    assert poll(Server(0), None)[0] == []


def test_trouble_brings_nothing_and_leaves_the_cursor() -> None:
    cursor = {"last": "mail-1", "pending": [], "pages": 0}
    call = codec.poll_call(ACCOUNT, cursor, support.NOW)
    assert call is not None
    for answer, kind in (
        (ProviderReply(429, (("retry-after", "2"),)), Throttled),
        (ProviderReply(500), Transient),
        (ProviderReply(401), Final),
        (ProviderReply(200, (), b"nonsense"), Transient),
        (ProviderReply(200, (), b'{"data":1}'), Transient),
    ):
        page = codec.poll_found(ACCOUNT, call, answer, cursor)
        assert isinstance(page.trouble, kind)
        assert (page.cursor, page.bodies, page.next_call) == (cursor, (), None)


def test_an_answer_that_is_another_mail_is_no_answer() -> None:
    cursor = {"last": None, "pending": ["mail-1"], "pages": 0}
    call = codec.poll_call(ACCOUNT, cursor, support.NOW)
    assert call is not None
    assert isinstance(codec.poll_found(ACCOUNT, call, reply({"id": "mail-9"}), cursor).trouble, Transient)


def test_ids_that_are_none_lead_nowhere() -> None:
    call = codec.poll_call(ACCOUNT, {"last": "x"}, support.NOW)
    assert call is not None
    page = codec.poll_found(ACCOUNT, call, reply({"data": [{"id": "../../admin"}, {"id": 5}, 7, {}]}), {"last": "x"})
    assert page.next_call is None or page.next_call.url.endswith("/5")
