"""Polls of lists that stand newest first, page by page: what is new since the last time, and the cursor that says so. Pure.

The cursor holds `seen`, the newest time of the last whole walk; while a walk is under way also `top`, the newest time met,
and `page`, where it goes on. So a walk that was cut short is taken up where it stopped, and `seen` moves only when all newer
pages are durable. What changed within `overlap` before `seen` is brought again: lists are not exact to the second, and what
was held back for review appears late. The de-duplication keys make it once.
"""

import json as stdlib_json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from backbone.channel import json
from backbone.channel.port import HttpCall
from backbone.channel.sources import PollPage

PAGE_TOKEN_MAX = 4096


@dataclass(frozen=True, slots=True)
class Item:
    """One raw entry of a list and when it last changed; None where that can't be told, and then it is always new."""

    raw: Any
    at: datetime | None


def page_of(cursor: Mapping[str, Any] | None) -> str | None:
    """Where a walk that was cut short goes on; None for the newest page."""
    return _token(cursor.get("page")) if cursor else None


def seen_of(cursor: Mapping[str, Any] | None) -> datetime | None:
    return json.optional_iso_instant(cursor.get("seen")) if cursor else None


def _token(value: Any) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= PAGE_TOKEN_MAX else None


def page(
    items: Sequence[Item],
    token: Any,
    cursor: Mapping[str, Any] | None,
    next_call: Callable[[str], HttpCall],
    *,
    name: str,
    overlap: timedelta = timedelta(hours=1),
    cost: int = 1,
) -> PollPage:
    """What one page brought: its new entries as one body `{name: [...]}`, the cursor, and the next call while all were new.

    The first time ever only the newest page is taken: a connection made today doesn't open years of old cases.
    """
    seen = seen_of(cursor)
    fresh = [item for item in items if seen is None or item.at is None or item.at > seen - overlap]
    times = [item.at for item in items if item.at is not None]
    known = [json.optional_iso_instant(cursor.get("top")) if cursor else None, seen]
    top = max([*times, *(at for at in known if at is not None)], default=None)
    following = _token(token)
    bodies = (stdlib_json.dumps({name: [item.raw for item in fresh]}).encode(),) if fresh else ()
    if following is None or seen is None or len(fresh) < len(items) or not items:
        return PollPage(bodies, {"seen": top.isoformat()} if top else dict(cursor or {}), None, cost)
    going = {"seen": seen.isoformat(), "page": following, **({"top": top.isoformat()} if top else {})}
    return PollPage(bodies, going, next_call(following), cost)


def restarted(cursor: Mapping[str, Any] | None) -> PollPage | None:
    """For an answer that refuses a page which was gone on with: forget where the walk stood, so that the next begins anew.

    None where no walk was under way, and the refusal is about something else.
    """
    if page_of(cursor) is None:
        return None
    seen = seen_of(cursor)
    return PollPage(cursor={"seen": seen.isoformat()} if seen else {})
