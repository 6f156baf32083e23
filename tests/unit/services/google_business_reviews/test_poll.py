"""Polls for a place's reviews: what is asked, what is brought, and what each trouble means."""

import json
from typing import Any

import pytest

from backbone.channel.port import Final, ProviderReply, Throttled, Transient
from services.google_business_reviews.codec import codec
from tests.support import channels as support

PLACE = "accounts/1/locations/2"
ACCOUNT = support.account("google_business_reviews", {"access_token": "t"}, PLACE)
URL = f"https://provider.example.test/v4/{PLACE}/reviews?pageSize=50&orderBy=updateTime+desc"


def review(name: str, updated: str, answered: str | None = None) -> dict[str, Any]:
    answer = {"reviewReply": {"comment": "y", "updateTime": answered}} if answered else {}
    return {"reviewId": name, "starRating": "ONE", "createTime": updated, "updateTime": updated, **answer}


def reply(body: Any, status: int = 200) -> ProviderReply:
    return ProviderReply(status, (), json.dumps(body).encode())


def names(bodies: tuple[bytes, ...]) -> list[str]:
    return [item["reviewId"] for body in bodies for item in json.loads(body)["reviews"]]


def test_a_poll_asks_for_what_changed_last_first() -> None:
    call = codec.poll_call(ACCOUNT, None, support.NOW)
    assert call is not None
    assert call.url == URL
    assert codec.poll_call(support.account("google_business_reviews"), None, support.NOW) is None


def test_new_reviews_and_new_answers_are_brought_page_by_page() -> None:
    call = codec.poll_call(ACCOUNT, None, support.NOW)
    assert call is not None
    first = codec.poll_found(ACCOUNT, call, reply({"reviews": [review("a", "2026-11-01T10:00:00Z")]}), None)
    assert names(first.bodies) == ["a"]
    newer = [review("a", "2026-11-01T10:00:00Z", "2026-11-03T10:00:00Z"), review("b", "2026-11-02T10:00:00Z")]
    second = codec.poll_found(ACCOUNT, call, reply({"reviews": newer, "nextPageToken": "n"}), first.cursor)
    assert names(second.bodies) == ["a", "b"]
    assert second.next_call is not None
    assert second.next_call.url == f"{URL}&pageToken=n"
    third = codec.poll_found(ACCOUNT, second.next_call, reply({}), second.cursor)
    assert third.cursor == {"seen": "2026-11-03T10:00:00+00:00"}


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (reply({"error": {"status": "RESOURCE_EXHAUSTED"}}, 429), Throttled),
        (reply({"error": {"status": "PERMISSION_DENIED"}}, 403), Final),
        (ProviderReply(503), Transient),
        (ProviderReply(200, (), b""), Transient),
        (reply({"reviews": {}}), Transient),
    ],
)
def test_what_keeps_a_poll_from_its_answer_is_told(answer: ProviderReply, trouble: type) -> None:
    call = codec.poll_call(ACCOUNT, None, support.NOW)
    assert call is not None
    assert isinstance(codec.poll_found(ACCOUNT, call, answer, None).trouble, trouble)


def test_a_lost_page_begins_anew() -> None:
    call = codec.poll_call(ACCOUNT, {"page": "gone"}, support.NOW)
    assert call is not None
    lost = codec.poll_found(ACCOUNT, call, reply({"error": {"code": 400}}, 400), {"page": "gone"})
    assert (lost.trouble, lost.cursor) == (None, {})
