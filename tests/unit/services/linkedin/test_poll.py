"""The hourly look for notifications that never came: spans without gaps, page by page, only with a token."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from backbone.channel.port import Final, HttpCall, ProviderReply, Throttled, Transient
from services.linkedin.codec import codec
from tests.support import channels as support

PAGE = "urn:li:organization:12345"
ACCOUNT = support.account("linkedin", {"access_token": "t"}, PAGE)
NOW_MS = int(support.NOW.timestamp() * 1000)
HOUR_MS = 3_600_000


def called(cursor: Mapping[str, Any] | None) -> HttpCall:
    call = codec.poll_call(ACCOUNT, cursor, support.NOW)
    assert call is not None
    return call


def reply(body: Any, status: int = 200) -> ProviderReply:
    return ProviderReply(status, (), json.dumps(body).encode())


def test_the_first_span_is_the_last_hour_and_lists_stay_readable_for_rest_li() -> None:
    assert called(None).url == (
        "https://provider.example.test/rest/organizationalEntityNotifications"
        "?q=criteria&organizationalEntity=urn%3Ali%3Aorganization%3A12345"
        "&actions=List(COMMENT,ADMIN_COMMENT,COMMENT_EDIT,COMMENT_DELETE,SHARE_MENTION)"
        f"&timeRange=(start:{NOW_MS - HOUR_MS},end:{NOW_MS})&count=50&start=0"
    )


def test_each_span_begins_an_hour_before_the_end_of_the_last() -> None:
    until = NOW_MS - 5 * HOUR_MS
    assert f"(start:{until - HOUR_MS},end:{NOW_MS})" in called({"until": until}).url
    page = codec.poll_found(ACCOUNT, called({"until": until}), reply({"elements": []}), {"until": until})
    assert (page.bodies, page.cursor, page.next_call) == ((), {"until": NOW_MS}, None)


@pytest.mark.parametrize("until", ["x", True, -5, 10**18, None])
def test_an_odd_cursor_asks_for_the_last_hour(until: Any) -> None:
    assert f"(start:{NOW_MS - HOUR_MS},end:{NOW_MS})" in called({"until": until}).url


def test_a_full_page_is_followed_and_the_cursor_waits_for_the_last() -> None:
    full = {"elements": [{"notificationId": number} for number in range(50)]}
    first = codec.poll_found(ACCOUNT, called(None), reply(full), None)
    assert first.next_call is not None
    assert first.next_call.url.endswith("&count=50&start=50")
    assert first.cursor == {}
    last = codec.poll_found(ACCOUNT, first.next_call, reply({"elements": [{"notificationId": 99}]}), first.cursor)
    assert (last.next_call, last.cursor) == (None, {"until": NOW_MS})
    assert json.loads(last.bodies[0]) == {"elements": [{"notificationId": 99}]}


def test_nobody_is_asked_without_a_page_or_a_token() -> None:
    assert codec.poll_call(support.account("linkedin", external_id="x"), None, support.NOW) is None
    assert codec.poll_call(support.account("linkedin", {"access_token": None}, PAGE), None, support.NOW) is None


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (reply({"code": "TOO_MANY_REQUESTS"}, 429), Throttled),
        (reply({"message": "no role"}, 403), Final),
        (ProviderReply(500), Transient),
        (ProviderReply(200, (), b"<html>"), Transient),
    ],
)
def test_what_keeps_a_poll_from_its_answer_is_told_and_moves_nothing(answer: ProviderReply, trouble: type) -> None:
    page = codec.poll_found(ACCOUNT, called({"until": 5}), answer, {"until": 5})
    assert isinstance(page.trouble, trouble)
    assert page.cursor == {"until": 5}
