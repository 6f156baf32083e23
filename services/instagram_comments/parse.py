"""Reads one change of an Instagram account's webhook: a comment under a post or a broadcast, or a mention."""

from typing import Any

from backbone.channel import graph, json
from backbone.channel.batch import Element
from backbone.channel.graph import Change
from backbone.errors import PayloadInvalid
from schemas.content import Content, Media, MediaKind
from schemas.inbound import AnyInboundEvent, MessageEchoed, MessageReceived, Post, Sender, Visibility
from services.instagram_comments.mentions import Mention, of_key

Events = tuple[AnyInboundEvent, ...]


def events_of(change: Change) -> Events:
    """What a change says; raises `PayloadInvalid` where a part that it needs is missing or broken."""
    if change.field in {"comments", "live_comments"}:
        return _comment(change)
    if change.field == "mentions":
        return _mention(change)
    return change.ignored(change.field)


def _comment(change: Change) -> Events:
    value = change.value
    identity = json.identifier(value.get("id"), "id")
    parent = value.get("parent_id")
    thread = json.identifier(parent, "parent_id") if parent is not None else identity
    text = json.optional_text(value.get("text"))
    content = Content(text=text) if text else Content(unsupported="comment")
    shared = change.shared(thread, identity, graph.instant(value.get("timestamp")))
    if _is_own(change):
        if thread == identity:
            return change.ignored("own comment")
        # Who is answered isn't told, so the thread stands for them.
        recipient = Sender(address=thread)
        return (MessageEchoed(recipient=recipient, content=content, provider_message_id=identity, **shared),)
    return (
        MessageReceived(
            sender=_sender(value, identity),
            content=content,
            provider_message_id=identity,
            in_reply_to=thread if thread != identity else None,
            visibility=Visibility.PUBLIC,
            post=Post(kind="comment", post_id=_media_id(value), parent_id=thread if thread != identity else None),
            **shared,
        ),
    )


def _is_own(change: Change) -> bool:
    """Our own comments have the account's id, or say what its id is to the app."""
    person = change.value.get("from")
    if not isinstance(person, dict):
        return False
    return "self_ig_scoped_id" in person or (change.account_ref is not None and _id(person) == change.account_ref)


def _id(person: Element) -> str | None:
    return json.identifier(person["id"], "from.id") if person.get("id") is not None else None


def _sender(value: Element, identity: str) -> Sender:
    """Who wrote: an id for this account, with the name that they can change. Each comment without an author has its own."""
    person = value.get("from")
    if not isinstance(person, dict):
        return Sender(address=f"anonymous:{identity}"[:512])
    name = json.optional_text(person.get("username"))
    address = _id(person) or (f"username:{name}"[:512] if name else f"anonymous:{identity}"[:512])
    return Sender(address=address, name=name)


def _media_id(value: Element) -> str | None:
    media: Any = value.get("media")
    try:
        return json.identifier(media.get("id")) if isinstance(media, dict) else None
    except PayloadInvalid:
        return None


def _mention(change: Change) -> Events:
    """Ids alone: neither who named the account nor in which words. The picture is fetched; the words can't be."""
    value = change.value
    comment = value.get("comment_id")
    mention = Mention(
        json.identifier(value.get("media_id"), "media_id"),
        json.identifier(comment, "comment_id") if comment is not None else None,
    )
    if of_key(mention.thread_key) != mention:
        raise PayloadInvalid("the ids of the mention are no ids of Meta's")
    identity = mention.comment_id or mention.media_id
    return (
        MessageReceived(
            sender=Sender(address=f"anonymous:{identity}"),
            content=Content(
                media=(Media(kind=MediaKind.FILE, provider_ref=mention.thread_key),), unsupported="mention"
            ),
            provider_message_id=identity,
            visibility=Visibility.PUBLIC,
            post=Post(kind="mention", post_id=mention.media_id, parent_id=mention.comment_id),
            **change.shared(mention.thread_key, f"mention:{identity}"),
        ),
    )
