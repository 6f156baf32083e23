"""Walks over a channel's comments: new ones, answers to old threads, what is gone, and what each trouble means."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from backbone.channel.port import Final, HttpCall, ProviderReply, Throttled, Transient
from backbone.channel.sources import PollPage
from services.youtube.codec import codec
from tests.support import channels as support

ACCOUNT = support.account("youtube", {"access_token": "t"}, "UCshop")
BASE = "https://provider.example.test/youtube/v3"
THREADS = f"{BASE}/commentThreads?part=snippet%2Creplies&allThreadsRelatedToChannelId=UCshop&maxResults=100&order=time&textFormat=html"


def comment(name: str, day: int) -> dict[str, Any]:
    at = f"2026-11-{day:02} 10:00:00Z"
    return {"kind": "youtube#comment", "id": name, "snippet": {"publishedAt": at, "updatedAt": at, "textDisplay": "x"}}


def thread(name: str, day: int, *answers: dict[str, Any], total: int | None = None) -> dict[str, Any]:
    count = len(answers) if total is None else total
    return {
        "kind": "youtube#commentThread",
        "id": name,
        "snippet": {"topLevelComment": comment(name, day), "totalReplyCount": count},
        "replies": {"comments": list(answers)},
    }


def reply(body: Any, status: int = 200) -> ProviderReply:
    return ProviderReply(status, (), json.dumps(body).encode())


def called(cursor: Mapping[str, Any] | None) -> HttpCall:
    call = codec.poll_call(ACCOUNT, cursor, support.NOW)
    assert call is not None
    return call


def walked(cursor: Mapping[str, Any] | None, *threads: Any, **more: Any) -> PollPage:
    return codec.poll_found(ACCOUNT, called(cursor), reply({"items": list(threads), **more}), cursor)


def names(page: PollPage) -> list[str]:
    return [item["id"] for body in page.bodies for item in json.loads(body)["items"]]


def test_the_first_poll_takes_the_newest_page_only() -> None:
    page = walked(None, thread("b", 9), thread("a", 2, total=40), nextPageToken="n")
    assert called(None).url == THREADS
    assert names(page) == ["b", "a"]
    assert page.next_call is None
    assert page.cursor == {"counts": {"b": 0, "a": 40}, "seen": "2026-11-09T10:00:00+00:00"}
    assert page.cost == 1


def test_an_account_that_is_no_channel_is_not_polled() -> None:
    assert codec.poll_call(support.account("youtube", external_id="a b"), None, support.NOW) is None


def test_a_later_poll_brings_what_is_new_and_what_was_held_back_for_a_day() -> None:
    first = walked(None, thread("b", 9))
    second = walked(
        first.cursor, thread("c", 12), thread("late", 9), thread("b", 3), thread("a", 2, comment("a.1", 12))
    )
    assert names(second) == ["c", "late", "a"]
    assert second.cursor["seen"] == "2026-11-12T10:00:00+00:00"


def test_each_poll_looks_through_as_many_pages_as_the_settings_say() -> None:
    first = walked(None, thread("b", 9))
    second = walked(first.cursor, thread("c", 12), nextPageToken="p2")
    assert second.next_call is not None
    assert second.next_call.url == f"{THREADS}&pageToken=p2"
    assert codec.poll_call(ACCOUNT, second.cursor, support.NOW) == second.next_call
    third = walked(second.cursor, thread("b", 9), nextPageToken="p3")
    assert third.next_call is None
    assert third.cursor["seen"] == "2026-11-12T10:00:00+00:00"


def test_answers_that_did_not_come_along_are_asked_for_by_their_thread() -> None:
    first = walked(None, thread("a", 9, total=6))
    second = walked(first.cursor, thread("a", 9, comment("a.1", 9), total=7), thread("b", 8, total=0))
    assert second.next_call is not None
    assert second.next_call.url == f"{BASE}/comments?part=snippet&parentId=a&maxResults=100&textFormat=html"
    assert second.cursor["queue"] == ["a"]
    third = codec.poll_found(
        ACCOUNT, second.next_call, reply({"items": [comment("a.7", 14), comment("a.2", 1)]}), second.cursor
    )
    assert names(third) == ["a.7"]
    assert third.next_call is None
    assert third.cursor == {"counts": {"a": 7, "b": 0}, "seen": "2026-11-14T10:00:00+00:00"}
    assert walked(third.cursor, thread("a", 9, comment("a.1", 9), total=7)).next_call is None


def test_a_thread_that_is_gone_and_a_page_that_is_lost_are_no_trouble() -> None:
    cursor = {"seen": "2026-11-09T10:00:00+00:00", "queue": ["a", "b"], "counts": {}}
    gone = codec.poll_found(ACCOUNT, called(cursor), reply({"error": {"code": 404}}, 404), cursor)
    assert (gone.trouble, gone.cursor["queue"]) == (None, ["b"])
    lost = {"seen": "2026-11-09T10:00:00+00:00", "page": "gone", "pages": 1}
    anew = codec.poll_found(ACCOUNT, called(lost), reply({"error": {"code": 400}}, 400), lost)
    assert (anew.trouble, anew.next_call) == (None, None)
    assert anew.cursor == {"counts": {}, "seen": "2026-11-09T10:00:00+00:00"}


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (reply({"error": {"errors": [{"reason": "quotaExceeded"}]}}, 403), Throttled),
        (reply({"error": {"errors": [{"reason": "forbidden"}]}}, 403), Final),
        (ProviderReply(500), Transient),
        (ProviderReply(200, (), b"<html>"), Transient),
        (reply({"items": 17}), Transient),
    ],
)
def test_what_keeps_a_poll_from_its_answer_is_told_and_moves_nothing(answer: ProviderReply, trouble: type) -> None:
    cursor = {"seen": "2026-11-09T10:00:00+00:00"}
    page = codec.poll_found(ACCOUNT, called(cursor), answer, cursor)
    assert isinstance(page.trouble, trouble)
    assert page.cursor == cursor


def test_odd_items_and_an_odd_cursor_are_survived() -> None:
    odd: dict[str, Any] = {"seen": [], "counts": 17, "queue": "x", "pages": "y", "top": 1}
    page = walked(odd, 17, None, {"id": 5, "snippet": [], "replies": 3})
    assert page.trouble is None
    assert page.cursor["counts"] == {"": 0}


def test_only_so_many_threads_are_remembered() -> None:
    cursor: Mapping[str, Any] | None = {"seen": "2026-11-09T10:00:00+00:00"}
    for start in range(0, 1000, 100):
        cursor = walked(cursor, *(thread(f"t{number}", 9) for number in range(start, start + 100))).cursor
    assert cursor is not None
    assert len(cursor["counts"]) == 400
    assert "t999" in cursor["counts"]
