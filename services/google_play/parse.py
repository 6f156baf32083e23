"""Reads reviews: a page of them or one; each version that its author wrote is a message, the developer's answer is ours."""

from datetime import UTC, datetime
from typing import Any

from backbone.channel import json
from backbone.channel.batch import Element, digest, read_each
from backbone.channel.port import Parsed
from backbone.channel.replies import child
from backbone.errors import PayloadInvalid
from schemas.content import Content
from schemas.inbound import AnyInboundEvent, MessageEchoed, MessageReceived, Post, Sender, Visibility
from services.google_play.poll import moment_of

COMMENTS_MAX = 50
EARLIEST = datetime.min.replace(tzinfo=UTC)


def parse_reviews(body: bytes, package: str) -> Parsed:
    """The events of `{"reviews": [...]}` or of one review; raises `PayloadInvalid` for anything else."""
    whole = json.obj(json.loads(body), "the body")
    if "reviewId" in whole:
        return read_each([(whole, lambda review: _review(review, package))])
    reviews = json.array(whole.get("reviews"), "reviews")
    return read_each((review, lambda review: _review(review, package)) for review in reviews)


def _review(review: Element, package: str) -> tuple[AnyInboundEvent, ...]:
    identity = json.identifier(review.get("reviewId"), "reviewId")
    if len(identity) > 400:
        raise PayloadInvalid("reviewId is too long")
    comments = json.array(review.get("comments"), "comments")[:COMMENTS_MAX]
    events = [event for comment in comments for event in _comment(identity, review, comment, package)]
    if not events:
        raise PayloadInvalid("the review says nothing")
    # An answer that is older than the version it stands beside must not end that version's wait.
    return tuple(sorted(events, key=lambda event: event.provider_at or EARLIEST))


def _comment(identity: str, review: Element, comment: Any, package: str) -> tuple[AnyInboundEvent, ...]:
    said, answered = child(comment, "userComment"), child(comment, "developerComment")
    if said:
        return (_said(identity, review, said, package),)
    return (_answered(identity, answered, package),) if answered else ()


def _said(identity: str, review: Element, said: Element, package: str) -> MessageReceived:
    """A review that its author changes keeps its id: each version is a message of its own, so that nobody overlooks it."""
    at = moment_of(said)
    version = f"{identity}:{int(at.timestamp()) if at else digest(said)[:16]}"
    title, text = _title_and_text(said)
    stars = said.get("starRating")
    rating = stars if isinstance(stars, int) and not isinstance(stars, bool) and 1 <= stars <= 5 else None
    language = json.optional_text(said.get("reviewerLanguage"))
    return MessageReceived(
        thread_key=identity,
        dedup_key=version,
        provider_at=at,
        account_ref=package,
        sender=Sender(
            address=identity,
            name=json.optional_text(review.get("authorName")),
            language=language if language and len(language) <= 20 else None,
        ),
        content=Content(text=text) if text else Content(unsupported="review"),
        provider_message_id=version,
        subject=title,
        visibility=Visibility.PUBLIC,
        post=Post(kind="review", post_id=package, rating=rating),
    )


def _title_and_text(said: Element) -> tuple[str | None, str | None]:
    """Old reviews have a title, which stands before a tab."""
    whole = json.optional_text(said.get("text")) or ""
    title, tab, text = whole.partition("\t")
    if not tab:
        return None, whole.strip() or None
    return title.strip() or None, text.strip() or title.strip() or None


def _answered(identity: str, answered: Element, package: str) -> MessageEchoed:
    at = moment_of(answered)
    text = json.optional_text(answered.get("text"))
    name = answer_id(identity, str(int(at.timestamp())) if at else digest(answered)[:16])
    return MessageEchoed(
        thread_key=identity,
        dedup_key=name,
        provider_at=at,
        account_ref=package,
        recipient=Sender(address=identity),
        content=Content(text=text) if text else Content(unsupported="answer"),
        provider_message_id=name,
    )


def answer_id(review: str, seconds: str) -> str:
    """An answer has no id: its review and the second it was last changed in name it."""
    return f"{review}:answer:{seconds}"
