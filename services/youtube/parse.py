"""Reads comments: threads with some of their answers, lists of comments, or one of either."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from backbone.channel import json
from backbone.channel.batch import Element, ignored, read_each
from backbone.channel.port import Parsed
from backbone.channel.replies import child
from backbone.errors import PayloadInvalid
from schemas.content import Content
from schemas.inbound import AnyInboundEvent, MessageEchoed, MessageEdited, MessageReceived, Post, Sender, Visibility
from services.youtube.text import text_of

Events = tuple[AnyInboundEvent, ...]

EARLIEST = datetime.min.replace(tzinfo=UTC)
REPLIES_MAX = 100
_VIDEO = re.compile(r"[A-Za-z0-9_-]{1,20}")
_COMMENT = re.compile(r"[A-Za-z0-9_.-]{1,200}")


def parse_comments(body: bytes, channel: str) -> Parsed:
    """The events of `{"items": [...]}`, of one thread or of one comment, the oldest first.

    Raises `PayloadInvalid` for anything else, such as an answer that is an error.
    """
    whole = json.obj(json.loads(body), "the body")
    if "items" in whole:
        items = json.array(whole["items"], "items")
    elif json.text(whole.get("kind"), "kind") in {"youtube#commentThread", "youtube#comment"}:
        items = [whole]
    else:
        raise PayloadInvalid("the body holds no comments")
    parsed = read_each((item, lambda item: _item(item, channel)) for item in items)
    # An answer of ours that is older than the newest comment must not end that comment's wait.
    return replace(parsed, events=tuple(sorted(parsed.events, key=lambda event: event.provider_at or EARLIEST)))


def _item(item: Element, channel: str) -> Events:
    kind = json.text(item.get("kind"), "kind")
    if kind == "youtube#comment":
        return _comment(item, channel, None)
    if kind != "youtube#commentThread":
        return ignored(item, kind, account_ref=channel)
    video = json.optional_text(child(item, "snippet").get("videoId"))
    return tuple(event for comment in comments_of(item) for event in _comment(comment, channel, video))


def comments_of(thread: Element) -> Iterator[Element]:
    """The comment at the top and the answers that came with it; raises `PayloadInvalid` where there is none at the top."""
    yield json.obj(child(thread, "snippet").get("topLevelComment"), "topLevelComment")
    answers = child(thread, "replies").get("comments")
    for answer in answers[:REPLIES_MAX] if isinstance(answers, list) else []:
        if isinstance(answer, dict):
            yield answer


def _comment(comment: Element, channel: str, video: str | None) -> Events:
    identity = json.identifier(comment.get("id"), "id")
    if not _COMMENT.fullmatch(identity):
        raise PayloadInvalid("id is no id of a comment")
    snippet = json.obj(comment.get("snippet"), "snippet")
    parent = _parent(snippet, identity)
    thread = parent or identity
    text = text_of(snippet)
    content = Content(text=text) if text else Content(unsupported="comment")
    published = json.optional_iso_instant(snippet.get("publishedAt"))
    shared: dict[str, Any] = {"thread_key": thread, "account_ref": channel}
    author = _id(child(snippet, "authorChannelId").get("value"))
    if author == channel:
        return _own(comment, identity, parent, content, {**shared, "provider_at": published})
    said = MessageReceived(
        sender=Sender(
            address=author or f"anonymous:{identity}", name=json.optional_text(snippet.get("authorDisplayName"))
        ),
        content=content,
        provider_message_id=identity,
        in_reply_to=parent,
        visibility=Visibility.PUBLIC,
        post=_facts(snippet, identity, parent, video),
        dedup_key=identity,
        provider_at=published,
        **shared,
    )
    return (said, *_edit(snippet, identity, content, shared))


def _edit(snippet: Element, identity: str, content: Content, shared: dict[str, Any]) -> Events:
    """A comment that was changed is told as both: whoever has the first words gets the new ones, all others have them."""
    published, updated = (json.optional_iso_instant(snippet.get(key)) for key in ("publishedAt", "updatedAt"))
    if updated is None or published is None or updated <= published:
        return ()
    key = f"{identity}:{updated.isoformat()}"
    return (MessageEdited(provider_message_id=identity, content=content, dedup_key=key, provider_at=updated, **shared),)


def _own(comment: Element, identity: str, parent: str | None, content: Content, shared: dict[str, Any]) -> Events:
    """The channel's own answers, from whatever app; whom they answer isn't told, so the thread stands for them."""
    if parent is None:
        return ignored(comment, "own comment", dedup_key=identity, account_ref=shared["account_ref"])
    recipient = Sender(address=parent)
    return (
        MessageEchoed(recipient=recipient, content=content, provider_message_id=identity, dedup_key=identity, **shared),
    )


def _parent(snippet: Element, identity: str) -> str | None:
    """The comment at the top: `parentId`, which is also what stands before the point in an answer's id."""
    parent = json.optional_text(snippet.get("parentId")) or identity.partition(".")[0]
    if parent == identity:
        return None
    if not _COMMENT.fullmatch(parent):
        raise PayloadInvalid("parentId is no id of a comment")
    return parent


def _facts(snippet: Element, identity: str, parent: str | None, video: str | None) -> Post:
    under = video or json.optional_text(snippet.get("videoId")) or ""
    known = under if _VIDEO.fullmatch(under) else None
    link = f"https://www.youtube.com/watch?v={known}&lc={identity}" if known else None
    return Post(kind="comment", post_id=known, parent_id=parent, permalink=link)


def _id(value: Any) -> str | None:
    found = json.optional_text(value)
    return found if found and len(found) <= 200 else None
