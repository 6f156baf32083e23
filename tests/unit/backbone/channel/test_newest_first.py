"""Walks over lists that stand newest first: nothing new is missed, nothing old is fetched, a cut walk goes on."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from backbone.channel import newest_first
from backbone.channel.newest_first import Item
from backbone.channel.port import HttpCall
from backbone.channel.sources import PollPage

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def item(name: str, hours: float | None) -> Item:
    return Item(name, None if hours is None else NOON + timedelta(hours=hours))


def page(items: list[Item], token: Any, cursor: Mapping[str, Any] | None) -> PollPage:
    return newest_first.page(
        items, token, cursor, lambda at: HttpCall("GET", f"https://a.test/{at}"), name="items", cost=3
    )


def names(found: PollPage) -> list[str]:
    return [name for body in found.bodies for name in json.loads(body)["items"]]


def test_the_first_poll_takes_the_newest_page_only() -> None:
    found = page([item("b", 0), item("a", -1)], "next", None)
    assert names(found) == ["b", "a"]
    assert found.next_call is None
    assert found.cursor == {"seen": NOON.isoformat()}
    assert found.cost == 3


def test_a_later_poll_takes_what_is_new_and_what_may_have_appeared_late() -> None:
    cursor = {"seen": NOON.isoformat()}
    found = page([item("c", 2), item("b", -0.5), item("a", -1.5), item("x", None)], "next", cursor)
    assert names(found) == ["c", "b", "x"]
    assert found.next_call is None
    assert found.cursor == {"seen": (NOON + timedelta(hours=2)).isoformat()}


def test_a_walk_goes_on_while_all_is_new_and_moves_what_was_seen_only_at_its_end() -> None:
    first = page([item("d", 5), item("c", 4)], "p2", {"seen": NOON.isoformat()})
    assert first.next_call is not None
    assert first.next_call.url == "https://a.test/p2"
    assert newest_first.seen_of(first.cursor) == NOON
    assert newest_first.page_of(first.cursor) == "p2"
    last = page([item("b", 3), item("a", -9)], "p3", first.cursor)
    assert names(last) == ["b"]
    assert last.next_call is None
    assert last.cursor == {"seen": (NOON + timedelta(hours=5)).isoformat()}


def test_an_empty_page_keeps_what_was_seen() -> None:
    assert page([], None, {"seen": NOON.isoformat()}).cursor == {"seen": NOON.isoformat()}
    assert page([], None, None).cursor == {}
    assert page([], "endless", {"seen": NOON.isoformat()}).next_call is None


def test_a_page_that_is_refused_begins_the_walk_anew() -> None:
    cursor = {"seen": NOON.isoformat(), "page": "p2", "top": NOON.isoformat()}
    restarted = newest_first.restarted(cursor)
    assert restarted is not None
    assert restarted.cursor == {"seen": NOON.isoformat()}
    assert newest_first.restarted({"seen": NOON.isoformat()}) is None


def test_an_odd_cursor_is_as_good_as_none() -> None:
    odd: dict[str, Any] = {"seen": 17, "page": [], "top": "x"}
    assert newest_first.page_of(odd) is None
    assert names(page([item("a", 0)], 17, odd)) == ["a"]
