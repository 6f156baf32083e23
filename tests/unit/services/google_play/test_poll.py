"""Polls for reviews: what is asked, what is brought, and what each trouble means."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from backbone.channel.port import Final, ProviderReply, Throttled, Transient
from services.google_play.codec import codec
from tests.support import channels as support

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
ACCOUNT = support.account("google_play", {"access_token": "t"}, "com.example.shop")
URL = "https://provider.example.test/androidpublisher/v3/applications/com.example.shop/reviews?maxResults=100"


def review(name: str, seconds: int, answered: int | None = None) -> dict[str, Any]:
    comments: list[dict[str, Any]] = [{"userComment": {"text": "x", "lastModified": {"seconds": str(seconds)}}}]
    if answered:
        comments.append({"developerComment": {"text": "y", "lastModified": {"seconds": str(answered)}}})
    return {"reviewId": name, "comments": comments}


def reply(body: Any, status: int = 200) -> ProviderReply:
    return ProviderReply(status, (), json.dumps(body).encode())


def names(bodies: tuple[bytes, ...]) -> list[str]:
    return [item["reviewId"] for body in bodies for item in json.loads(body)["reviews"]]


def test_a_poll_asks_for_the_newest_page_and_goes_on_where_a_walk_was_cut() -> None:
    first = codec.poll_call(ACCOUNT, None, NOW)
    assert first is not None
    assert first.url == URL
    assert dict(first.headers)["authorization"] == "Bearer t"
    on = codec.poll_call(ACCOUNT, {"page": "a b"}, NOW)
    assert on is not None
    assert on.url == f"{URL}&token=a+b"


def test_an_account_that_is_no_package_is_not_polled() -> None:
    assert codec.poll_call(support.account("google_play", external_id="../x"), None, NOW) is None


def test_new_reviews_and_new_answers_are_brought() -> None:
    call = codec.poll_call(ACCOUNT, None, NOW)
    assert call is not None
    first = codec.poll_found(ACCOUNT, call, reply({"reviews": [review("b", 20_000), review("a", 10_000)]}), None)
    assert names(first.bodies) == ["b", "a"]
    body = {"reviews": [review("a", 10_000, 60_000), review("c", 50_000), review("b", 20_000)]}
    second = codec.poll_found(ACCOUNT, call, reply({**body, "tokenPagination": {"nextPageToken": "n"}}), first.cursor)
    assert names(second.bodies) == ["a", "c", "b"]
    assert second.next_call is not None
    assert second.next_call.url == f"{URL}&token=n"
    third = codec.poll_found(ACCOUNT, second.next_call, reply({"reviews": [review("z", 5_000)]}), second.cursor)
    assert third.bodies == ()
    assert third.next_call is None
    again = codec.poll_found(ACCOUNT, call, reply(body), third.cursor)
    assert names(again.bodies) == ["a"]


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (reply({"error": {"status": "RESOURCE_EXHAUSTED"}}, 429), Throttled),
        (reply({"error": {"status": "PERMISSION_DENIED"}}, 403), Final),
        (ProviderReply(502), Transient),
        (ProviderReply(200, (), b"<html>"), Transient),
        (reply({"reviews": 17}), Transient),
    ],
)
def test_what_keeps_a_poll_from_its_answer_is_told_and_moves_nothing(answer: ProviderReply, trouble: type) -> None:
    call = codec.poll_call(ACCOUNT, None, NOW)
    assert call is not None
    page = codec.poll_found(ACCOUNT, call, answer, {"seen": "2026-11-20T08:00:00+00:00"})
    assert isinstance(page.trouble, trouble)
    assert page.cursor == {"seen": "2026-11-20T08:00:00+00:00"}


def test_no_reviews_at_all_are_no_trouble_and_a_lost_page_begins_anew() -> None:
    call = codec.poll_call(ACCOUNT, None, NOW)
    assert call is not None
    assert codec.poll_found(ACCOUNT, call, ProviderReply(200, (), b"{}\n"), None).trouble is None
    lost = codec.poll_found(ACCOUNT, call, reply({"error": {"code": 400}}, 400), {"page": "gone"})
    assert (lost.trouble, lost.cursor) == (None, {})
