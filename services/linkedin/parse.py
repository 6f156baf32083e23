"""Reads notifications of a page: comments, their changes and deletions, and posts that name or share it."""

from typing import Any

from backbone.channel import json
from backbone.channel.batch import Element, digest, ignored, read_each
from backbone.channel.port import Parsed
from backbone.channel.replies import child
from backbone.errors import PayloadInvalid
from schemas.content import Content
from schemas.inbound import (
    AnyInboundEvent,
    MessageDeleted,
    MessageEchoed,
    MessageEdited,
    MessageReceived,
    Post,
    Sender,
    Visibility,
)
from services.linkedin.urns import Comment, comment_of, post_of

Events = tuple[AnyInboundEvent, ...]

TYPE = "ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS"


def parse_notifications(body: bytes, page: str) -> Parsed:
    """The events of `notifications` (webhooks) or `elements` (polls), each on its own.

    Raises `PayloadInvalid` for anything else; another `type` of webhook is ignored.
    """
    whole = json.obj(json.loads(body), "the body")
    if "elements" in whole:
        elements = json.array(whole["elements"], "elements")
    elif whole.get("type") in (TYPE, None):
        elements = json.array(whole.get("notifications"), "notifications")
    else:
        return Parsed(ignored(whole, f"type {json.text(whole['type'], 'type')[:60]}", account_ref=page))
    return read_each((element, lambda element: _notification(element, page)) for element in elements)


def _notification(element: Element, page: str) -> Events:
    action = json.text(element.get("action"), "action")
    entity = element.get("organizationalEntity")
    shared: dict[str, Any] = {
        "dedup_key": _key(element),
        "provider_at": json.optional_instant(element.get("lastModifiedAt"), unit="ms"),
        "account_ref": json.identifier(entity, "organizationalEntity") if entity is not None else page,
    }
    if action in {"COMMENT", "ADMIN_COMMENT", "COMMENT_EDIT", "COMMENT_DELETE"}:
        return _comment(action, element, shared)
    if action in {"SHARE_MENTION", "SHARE"}:
        return _share(action, element, shared)
    return ignored(element, action, dedup_key=shared["dedup_key"], account_ref=shared["account_ref"])


def _key(element: Element) -> str:
    """The notification's own id, which is the same by webhook and by poll."""
    identity = element.get("notificationId")
    return json.identifier(identity, "notificationId") if identity is not None else digest(element)


def _comment(action: str, element: Element, shared: dict[str, Any]) -> Events:
    told = child(child(element, "decoratedGeneratedActivity"), "comment")
    comment = comment_of(element.get("generatedActivity")) or comment_of(told.get("entity"))
    if comment is None:
        raise PayloadInvalid("generatedActivity is no comment")
    parent = comment_of(told.get("parentComment")) or comment_of(told.get("object"))
    thread = (parent or comment).urn
    content = _content(told, "comment")
    if action == "COMMENT_DELETE":
        return (MessageDeleted(provider_message_id=comment.urn, thread_key=thread, **shared),)
    if action == "COMMENT_EDIT":
        return (MessageEdited(provider_message_id=comment.urn, content=content, thread_key=thread, **shared),)
    author = _author(told)
    if action == "ADMIN_COMMENT" or author == shared["account_ref"]:
        return _own(element, comment, parent, content, shared)
    return (
        MessageReceived(
            sender=Sender(address=author or f"anonymous:{comment.urn}"),
            content=content,
            provider_message_id=comment.urn,
            in_reply_to=parent.urn if parent else None,
            visibility=Visibility.PUBLIC,
            post=_facts("comment", post_of(element.get("sourcePost")) or comment.post, parent),
            thread_key=thread,
            **shared,
        ),
    )


def _own(
    element: Element, comment: Comment, parent: Comment | None, content: Content, shared: dict[str, Any]
) -> Events:
    """The page's own answer, by this product or elsewhere; whom it answers isn't told, so the thread stands for them."""
    if parent is None:
        return ignored(element, "own comment", dedup_key=shared["dedup_key"], account_ref=shared["account_ref"])
    return (
        MessageEchoed(
            recipient=Sender(address=parent.urn),
            content=content,
            provider_message_id=comment.urn,
            thread_key=parent.urn,
            **shared,
        ),
    )


def _share(action: str, element: Element, shared: dict[str, Any]) -> Events:
    """A post that names the page is a message; one that shares the page's own post is, where it says something."""
    told = child(child(element, "decoratedGeneratedActivity"), "share")
    post = post_of(element.get("generatedActivity")) or post_of(told.get("entity"))
    content = _content(told, "mention")
    if action == "SHARE" and content.text is None:
        return ignored(element, action, dedup_key=shared["dedup_key"], account_ref=shared["account_ref"])
    if post is None:
        raise PayloadInvalid("generatedActivity is no post")
    author = _author(told)
    if author == shared["account_ref"]:
        return ignored(element, "own post", dedup_key=shared["dedup_key"], account_ref=shared["account_ref"])
    return (
        MessageReceived(
            sender=Sender(address=author or f"anonymous:{post}"),
            content=content,
            provider_message_id=post,
            visibility=Visibility.PUBLIC,
            post=_facts("mention", post, None),
            thread_key=post,
            **shared,
        ),
    )


def _author(told: Element) -> str | None:
    for role in ("owner", "actor", "author"):
        found = json.optional_text(told.get(role))
        if found and len(found) <= 200:
            return found
    return None


def _content(told: Element, kind: str) -> Content:
    """The words, where the notification is decorated with them."""
    message = told.get("message")
    text = json.optional_text(told.get("text"))
    text = text or json.optional_text(message.get("text") if isinstance(message, dict) else message)
    return Content(text=text) if text else Content(unsupported=kind)


def _facts(kind: Any, post: str, parent: Comment | None) -> Post:
    link = f"https://www.linkedin.com/feed/update/{post}"
    return Post(kind=kind, post_id=post, parent_id=parent.urn if parent else None, permalink=link)
