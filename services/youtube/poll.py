"""Asks for new comments: the newest threads of a channel, then the answers of threads that have more than came with them.

The cursor holds `seen` (the newest time of the last whole walk) and `counts` (how many answers each thread had); while a walk
is under way also `top`, `page`, `pages` and `queue`, the threads whose answers are still to be asked for. Each call costs 1
unit. Deletions are told by nobody: a comment that is gone is only absent.
"""

import json as stdlib_json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from backbone.channel import google_api, json, newest_first
from backbone.channel.port import Account, Final, HttpCall, ProviderReply, Transient
from backbone.channel.replies import child, json_object
from backbone.channel.sources import PollPage
from services.youtube.settings import YoutubeSettings

PAGE_SIZE = 100
OVERLAP = timedelta(hours=24)
"""How far back comments are brought again: those that YouTube held for review appear late, under their first time."""
THREADS_KEPT = 400
QUEUE_MAX = 50
CHANNEL = re.compile(r"[A-Za-z0-9_-]{1,100}")


@dataclass(frozen=True, slots=True)
class Walk:
    """The cursor, read; `top` is the newest time met so far."""

    seen: datetime | None
    top: datetime | None
    counts: Mapping[str, int] = field(default_factory=dict)
    page: str | None = None
    pages: int = 0
    queue: tuple[str, ...] = ()

    @classmethod
    def of(cls, cursor: Mapping[str, Any] | None) -> "Walk":
        """What an odd cursor holds otherwise counts as absent."""
        given = cursor or {}
        counts, queue, pages = given.get("counts"), given.get("queue"), given.get("pages")
        return cls(
            seen=newest_first.seen_of(given),
            top=json.optional_iso_instant(given.get("top")),
            counts=counts if isinstance(counts, dict) else {},
            page=newest_first.page_of(given),
            pages=pages if isinstance(pages, int) else 0,
            queue=tuple(str(name) for name in queue) if isinstance(queue, list) else (),
        )

    def met(self, items: Sequence[Any]) -> "Walk":
        times = [self.top, self.seen, *(changed_at(item) for item in items)]
        return replace(self, top=max((at for at in times if at is not None), default=None))

    def is_fresh(self, item: Any) -> bool:
        at = changed_at(item)
        return self.seen is None or at is None or at > self.seen - OVERLAP

    def cursor(self) -> dict[str, Any]:
        """Where the walk stands; once nothing is left of it `seen` moves to what was met."""
        if self.page is None and not self.queue:
            newest = self.top or self.seen
            return {"counts": dict(self.counts), **({"seen": newest.isoformat()} if newest else {})}
        standing = {"counts": dict(self.counts), "page": self.page, "pages": self.pages, "queue": list(self.queue)}
        times = {"seen": self.seen, "top": self.top}
        return standing | {name: at.isoformat() for name, at in times.items() if at is not None}


def call_of(account: Account, cursor: Mapping[str, Any] | None) -> HttpCall | None:
    """The first call of a poll, or the one that a walk was cut short at; None where the external id is no channel."""
    return _next(account, Walk.of(cursor), first=True) if CHANNEL.fullmatch(account.external_id) else None


def _next(account: Account, walk: Walk, *, first: bool = False) -> HttpCall | None:
    """Pages of threads stand before the answers of single threads."""
    settings: YoutubeSettings = account.settings
    if walk.page is None and walk.queue:
        query = {"part": "snippet", "parentId": walk.queue[0], "maxResults": str(PAGE_SIZE), "textFormat": "html"}
        return google_api.call(account, settings, "GET", f"{settings.api_base}/youtube/v3/comments", query=query)
    if walk.page is None and not first:
        return None
    query = {
        "part": "snippet,replies",
        "allThreadsRelatedToChannelId": account.external_id,
        "maxResults": str(PAGE_SIZE),
        "order": "time",
        "textFormat": "html",
        **({"pageToken": walk.page} if walk.page else {}),
    }
    return google_api.call(account, settings, "GET", f"{settings.api_base}/youtube/v3/commentThreads", query=query)


def found(account: Account, call: HttpCall, reply: ProviderReply, cursor: Mapping[str, Any] | None) -> PollPage:
    """What one call brought. Raises nothing."""
    walk = Walk.of(cursor)
    is_thread = not urlsplit(call.url).path.endswith("/commentThreads")
    trouble = google_api.trouble_of(reply)
    if trouble is not None:
        gone = _without_what_is_gone(walk, reply, is_thread=is_thread) if isinstance(trouble, Final) else None
        return _page(account, (), gone) if gone else PollPage(cursor=dict(cursor or {}), trouble=trouble)
    items = json_object(reply).get("items")
    if not isinstance(items, list):
        return PollPage(cursor=dict(cursor or {}), trouble=Transient("answer_unreadable"))
    fresh = [item for item in items if walk.is_fresh(item)]
    walk = walk.met(items)
    walk = replace(walk, queue=walk.queue[1:]) if is_thread else _onward(account, walk, items, json_object(reply))
    return _page(account, fresh, walk)


def _without_what_is_gone(walk: Walk, reply: ProviderReply, *, is_thread: bool) -> Walk | None:
    """A thread that was deleted meanwhile, or a page that is not known any more, is no trouble: the walk goes on without."""
    if is_thread and reply.status in {400, 404}:
        return replace(walk, queue=walk.queue[1:])
    return replace(walk, page=None, pages=0) if walk.page is not None and reply.status == 400 else None


def _onward(account: Account, walk: Walk, threads: Sequence[Any], body: Mapping[str, Any]) -> Walk:
    """Marks the threads with more answers than came along, and the next page within the settings' number of them."""
    settings: YoutubeSettings = account.settings
    counts, queue = dict(walk.counts), list(walk.queue)
    for thread in threads:
        name, total, inline = _answers(thread)
        if walk.seen is not None and total > inline and counts.get(name) != total and name not in queue:
            queue.append(name)
        counts.pop(name, None)
        counts[name] = total
    kept = dict(list(counts.items())[-THREADS_KEPT:])
    pages = walk.pages + 1
    token = newest_first.page_of({"page": body.get("nextPageToken")})
    on = token if walk.seen is not None and pages < settings.scan_pages else None
    return replace(walk, counts=kept, queue=tuple(queue[:QUEUE_MAX]), page=on, pages=pages if on else 0)


def _answers(thread: Any) -> tuple[str, int, int]:
    """A thread's id, how many answers it has, and how many came along."""
    name = thread.get("id") if isinstance(thread, dict) else None
    total = child(thread, "snippet").get("totalReplyCount")
    inline = child(thread, "replies").get("comments")
    known = total if isinstance(total, int) and not isinstance(total, bool) else 0
    return (name if isinstance(name, str) else "")[:200], known, len(inline) if isinstance(inline, list) else 0


def _page(account: Account, fresh: Sequence[Any], walk: Walk) -> PollPage:
    bodies = (stdlib_json.dumps({"items": list(fresh)}).encode(),) if fresh else ()
    return PollPage(bodies, walk.cursor(), _next(account, walk), 1)


def changed_at(item: Any) -> datetime | None:
    """When a comment, or the newest of a thread that came along, was written or changed."""
    if not isinstance(item, dict):
        return None
    top = child(item, "snippet").get("topLevelComment")
    answers = child(item, "replies").get("comments")
    comments = [item, top, *(answers if isinstance(answers, list) else [])]
    times = [child(comment, "snippet").get(key) for comment in comments for key in ("publishedAt", "updatedAt")]
    return max((at for at in map(json.optional_iso_instant, times) if at is not None), default=None)
