"""Reads reviews: a page of them or one; each version that its author wrote is a message, the owner's answer is ours."""

import re
from datetime import UTC, datetime

from backbone.channel import json
from backbone.channel.batch import Element, digest, read_each
from backbone.channel.port import Parsed
from backbone.channel.replies import child
from backbone.errors import PayloadInvalid
from schemas.content import Content
from schemas.inbound import AnyInboundEvent, MessageEchoed, MessageReceived, Post, Sender, Visibility
from services.google_business_reviews.poll import PLACE

STARS = {"ONE": 1, "TWO": 2, "THREE": 3, "FOUR": 4, "FIVE": 5}
REVIEW = re.compile(PLACE.pattern + r"/reviews/[A-Za-z0-9_=-]{1,200}")
EARLIEST = datetime.min.replace(tzinfo=UTC)
TRANSLATED, ORIGINAL = "(Translated by Google)", "(Original)"


def parse_reviews(body: bytes, place: str) -> Parsed:
    """The events of `{"reviews": [...]}` or of one review; raises `PayloadInvalid` for anything else."""
    whole = json.obj(json.loads(body), "the body")
    if "reviews" not in whole and "starRating" in whole:
        return read_each([(whole, lambda review: _review(review, place))])
    reviews = json.array(whole.get("reviews"), "reviews")
    return read_each((review, lambda review: _review(review, place)) for review in reviews)


def _review(review: Element, place: str) -> tuple[AnyInboundEvent, ...]:
    name = _name(review, place)
    place = name.partition("/reviews/")[0] if REVIEW.fullmatch(name) else place
    answered = child(review, "reviewReply")
    events: list[AnyInboundEvent] = [_said(name, review, place)]
    if answered:
        events.append(_answered(name, answered, place))
    # An answer that is older than the version it stands beside must not end that version's wait.
    return tuple(sorted(events, key=lambda event: event.provider_at or EARLIEST))


def _name(review: Element, place: str) -> str:
    """The review's resource name. One without any name is known by its author and its first moment, and can't be answered."""
    name = json.optional_text(review.get("name"))
    if name:
        if not REVIEW.fullmatch(name):
            raise PayloadInvalid("name is no name of a review")
        return name
    identity = json.optional_text(review.get("reviewId"))
    if identity:
        full = f"{place}/reviews/{identity}"
        return full if REVIEW.fullmatch(full) else f"review:{digest(identity)}"
    return f"review:{digest([child(review, 'reviewer').get('displayName'), review.get('createTime')])}"


def _said(name: str, review: Element, place: str) -> MessageReceived:
    """A review that its author changes keeps its name: each version is a message of its own, so that nobody overlooks it."""
    created, updated = (json.optional_iso_instant(review.get(key)) for key in ("createTime", "updateTime"))
    at = updated or created
    stars = review.get("starRating")
    rating = STARS.get(stars) if isinstance(stars, str) else None
    text = original(json.optional_text(review.get("comment")) or "")
    version = f"{name}:{at.isoformat() if at else digest([text, rating])[:16]}"
    reviewer = child(review, "reviewer")
    shown = None if reviewer.get("isAnonymous") is True else json.optional_text(reviewer.get("displayName"))
    return MessageReceived(
        thread_key=name,
        dedup_key=version,
        provider_at=at,
        account_ref=place,
        sender=Sender(address=name, name=shown),
        content=Content(text=text) if text else Content(unsupported="review"),
        provider_message_id=version,
        visibility=Visibility.PUBLIC,
        post=Post(kind="review", post_id=place, rating=rating),
    )


def original(comment: str) -> str:
    """What its author wrote: Google may put a translation before or after it."""
    if ORIGINAL in comment and TRANSLATED in comment:
        return comment.partition(ORIGINAL)[2].strip()
    return comment.partition(TRANSLATED)[0].strip() or comment.strip()


def _answered(name: str, answered: Element, place: str) -> MessageEchoed:
    at = json.optional_iso_instant(answered.get("updateTime"))
    text = json.optional_text(answered.get("comment"))
    identity = answer_id(name, at.isoformat() if at else digest(answered)[:16])
    return MessageEchoed(
        thread_key=name,
        dedup_key=identity,
        provider_at=at,
        account_ref=place,
        recipient=Sender(address=name),
        content=Content(text=text) if text else Content(unsupported="answer"),
        provider_message_id=identity,
    )


def answer_id(review: str, moment: str) -> str:
    """An answer has no id: its review and the moment it was last changed name it."""
    return f"{review}:answer:{moment}"
