"""Asks for an app's reviews, newest first (`GET …/applications/{package}/reviews`): Google keeps a week of them."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from backbone.channel import google_api, json, newest_first
from backbone.channel.newest_first import Item
from backbone.channel.port import Account, Final, HttpCall, ProviderReply, Transient
from backbone.channel.replies import child, json_object
from backbone.channel.sources import PollPage
from services.google_play.settings import GooglePlaySettings

PAGE_SIZE = 100
PACKAGE = re.compile(r"[A-Za-z0-9_.]{1,200}")


def call_of(account: Account, cursor: Mapping[str, Any] | None) -> HttpCall | None:
    """The first call of a poll; None where the external id is no package name."""
    if not PACKAGE.fullmatch(account.external_id):
        return None
    return _call(account, newest_first.page_of(cursor))


def _call(account: Account, page: str | None) -> HttpCall:
    settings: GooglePlaySettings = account.settings
    url = f"{settings.api_base}/androidpublisher/v3/applications/{account.external_id}/reviews"
    query = {"maxResults": str(PAGE_SIZE), **({"token": page} if page else {})}
    return google_api.call(account, settings, "GET", url, query=query)


def found(account: Account, reply: ProviderReply, cursor: Mapping[str, Any] | None) -> PollPage:
    """New and changed reviews of one page. Raises nothing."""
    trouble = google_api.trouble_of(reply)
    if trouble is not None:
        restarted = newest_first.restarted(cursor) if isinstance(trouble, Final) and reply.status == 400 else None
        return restarted or PollPage(cursor=dict(cursor or {}), trouble=trouble)
    body = json_object(reply)
    reviews = body.get("reviews", [])
    if (not body and reply.body.strip() != b"{}") or not isinstance(reviews, list):
        return PollPage(cursor=dict(cursor or {}), trouble=Transient("answer_unreadable"))
    items = [Item(review, changed_at(review)) for review in reviews]
    token = child(body, "tokenPagination").get("nextPageToken")
    return newest_first.page(items, token, cursor, lambda page: _call(account, page), name="reviews")


def changed_at(review: Any) -> datetime | None:
    """When the newest comment of a review, of its author or of the developer, last changed."""
    comments = review.get("comments") if isinstance(review, dict) else None
    times = [
        moment_of(child(comment, kind))
        for comment in (comments if isinstance(comments, list) else [])
        for kind in ("userComment", "developerComment")
    ]
    return max((at for at in times if at is not None), default=None)


def moment_of(comment: Mapping[str, Any]) -> datetime | None:
    """`lastModified` holds seconds, as text, and nanoseconds, which are left out."""
    return json.optional_instant(child(comment, "lastModified").get("seconds"))
