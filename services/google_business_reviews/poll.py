"""Asks for a place's reviews, those changed last first (`GET v4/{place}/reviews?orderBy=updateTime desc`)."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from backbone.channel import google_api, json, newest_first
from backbone.channel.newest_first import Item
from backbone.channel.port import Account, Final, HttpCall, ProviderReply, Transient
from backbone.channel.replies import child, json_object
from backbone.channel.sources import PollPage
from services.google_business_reviews.settings import GoogleBusinessReviewsSettings

PAGE_SIZE = 50
PLACE = re.compile(r"accounts/[A-Za-z0-9_-]{1,100}/locations/[A-Za-z0-9_-]{1,100}")


def call_of(account: Account, cursor: Mapping[str, Any] | None) -> HttpCall | None:
    """The first call of a poll; None where the external id is no place."""
    if not PLACE.fullmatch(account.external_id):
        return None
    return _call(account, newest_first.page_of(cursor))


def _call(account: Account, page: str | None) -> HttpCall:
    settings: GoogleBusinessReviewsSettings = account.settings
    query = {
        "pageSize": str(PAGE_SIZE),
        "orderBy": "updateTime desc",
        **({"pageToken": page} if page else {}),
    }
    return google_api.call(
        account, settings, "GET", f"{settings.api_base}/v4/{account.external_id}/reviews", query=query
    )


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
    return newest_first.page(
        items, body.get("nextPageToken"), cursor, lambda page: _call(account, page), name="reviews"
    )


def changed_at(review: Any) -> datetime | None:
    """When a review or its answer last changed."""
    if not isinstance(review, dict):
        return None
    times = [review.get("updateTime"), review.get("createTime"), child(review, "reviewReply").get("updateTime")]
    return max((at for at in map(json.optional_iso_instant, times) if at is not None), default=None)
