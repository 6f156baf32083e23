"""Reads one change of a page's webhook: a comment, a post of a visitor, a mention, a recommendation, a reaction."""

from typing import Any, Literal

from backbone.channel import graph, json
from backbone.channel.batch import Element
from backbone.channel.graph import Change
from backbone.errors import PayloadInvalid
from schemas.content import Content, Media, MediaKind
from schemas.inbound import (
    AnyInboundEvent,
    MessageDeleted,
    MessageEchoed,
    MessageEdited,
    MessageReceived,
    Post,
    ReactionChanged,
    Sender,
    Visibility,
)

Events = tuple[AnyInboundEvent, ...]

POST_ITEMS = frozenset({"post", "status", "photo", "video", "share", "link", "album", "note"})
REACTIONS = {
    "like": "👍",
    "love": "❤️",
    "care": "🤗",
    "haha": "😆",
    "wow": "😮",
    "sorry": "😢",
    "sad": "😢",
    "anger": "😡",
    "angry": "😡",
}
PICTURES_MAX = 30


def events_of(change: Change) -> Events:
    """What a change says; raises `PayloadInvalid` where a part that it needs is missing or broken."""
    item = json.optional_text(change.value.get("item")) or ""
    if change.field == "feed" and item == "comment":
        return _said(change, json.identifier(change.value.get("comment_id"), "comment_id"), "comment")
    if change.field == "feed" and item in {"reaction", "like"}:
        return _reaction(change)
    if change.field == "feed" and item in POST_ITEMS:
        return _said(change, json.identifier(change.value.get("post_id"), "post_id"), "post")
    if change.field == "mention":
        named = change.value.get("comment_id") or change.value.get("post_id")
        return _said(change, json.identifier(named, "the id of the mention"), "mention")
    if change.field == "ratings" and item in {"rating", "review"}:
        return _said(change, json.identifier(change.value.get("open_graph_story_id"), "open_graph_story_id"), "review")
    return change.ignored(f"{change.field} {item}".strip())


def _said(change: Change, identity: str, kind: Literal["comment", "post", "mention", "review"]) -> Events:
    verb = json.optional_text(change.value.get("verb")) or "add"
    thread = _thread(change.value, identity) if kind in {"comment", "mention"} else identity
    if verb == "remove":
        return (MessageDeleted(provider_message_id=identity, **change.shared(thread, f"{identity}:remove")),)
    if verb in {"edited", "edit"}:
        # The words of an edit and the time of its delivery tell edits of one comment apart; its own time is the comment's.
        shared = change.shared(thread, f"{identity}:edited:{change.key}"[:512])
        return (MessageEdited(provider_message_id=identity, content=_content(change.value, kind), **shared),)
    if verb != "add":
        return change.ignored(f"{kind} {verb}")
    return _added(change, identity, thread, kind)


def _added(change: Change, identity: str, thread: str, kind: Literal["comment", "post", "mention", "review"]) -> Events:
    sender, value = _sender(change.value, identity), change.value
    shared = change.shared(thread, f"{identity}:add", graph.instant(value.get("created_time")))
    content = _content(value, kind)
    if change.account_ref is not None and sender.address == change.account_ref:
        if thread == identity:
            return change.ignored(f"own {kind}")
        # Who is answered isn't told, so the thread stands for them.
        recipient = Sender(address=thread)
        return (MessageEchoed(recipient=recipient, content=content, provider_message_id=identity, **shared),)
    post = Post(
        kind=kind,
        post_id=_optional_id(value.get("post_id")),
        parent_id=thread if thread != identity else None,
        permalink=_permalink(value),
        rating=_rating(value) if kind == "review" else None,
    )
    return (
        MessageReceived(
            sender=sender,
            content=content,
            provider_message_id=identity,
            in_reply_to=post.parent_id,
            visibility=Visibility.PUBLIC,
            post=post,
            **shared,
        ),
    )


def _thread(value: Element, identity: str) -> str:
    """The comment at the top: `parent_id` of an answer; of a comment right under a post `parent_id` is the post."""
    parent = value.get("parent_id")
    if parent is None or parent == value.get("post_id"):
        return identity
    return json.identifier(parent, "parent_id")


def _sender(value: Element, identity: str) -> Sender:
    """Who wrote. Where the page may not see it, each comment has an author of its own, known by nothing."""
    person = value.get("from")
    if isinstance(person, dict):
        return Sender(address=json.identifier(person.get("id"), "from.id"), name=json.optional_text(person.get("name")))
    for role in ("sender", "reviewer"):
        known = value.get(f"{role}_id")
        if known is not None:
            name = json.optional_text(value.get(f"{role}_name"))
            return Sender(address=json.identifier(known, f"{role}_id"), name=name)
    return Sender(address=f"anonymous:{identity}"[:512])


def _content(value: Element, kind: str) -> Content:
    text = json.optional_text(value.get("message")) or json.optional_text(value.get("review_text"))
    media = tuple(Media(kind=MediaKind.IMAGE, url=url) for url in _pictures(value))
    film = _link(value.get("video"))
    if film:
        media = (*media, Media(kind=MediaKind.VIDEO, url=film))
    link = _link(value.get("link")) if not media else None
    lines = [text, link if link and link not in (text or "") else None]
    words = "\n".join(line for line in lines if line) or None
    return Content(text=words, media=media, unsupported=None if words or media else kind)


def _pictures(value: Element) -> list[str]:
    photos = value.get("photos")
    found = [value.get("photo"), *(photos[:PICTURES_MAX] if isinstance(photos, list) else [])]
    return list(dict.fromkeys(url for url in map(_link, found) if url))


def _link(value: Any) -> str | None:
    url = json.optional_text(value)
    return url if url and url.startswith(("https://", "http://")) else None


def _permalink(value: Element) -> str | None:
    post = value.get("post")
    return _link(value.get("permalink_url")) or _link(post.get("permalink_url") if isinstance(post, dict) else None)


def _optional_id(value: Any) -> str | None:
    try:
        return json.identifier(value)
    except PayloadInvalid:
        return None


def _rating(value: Element) -> int | None:
    """Stars of old ratings; a recommendation has none (`recommendation_type` is for or against)."""
    stars = value.get("rating")
    return stars if isinstance(stars, int) and not isinstance(stars, bool) and 1 <= stars <= 5 else None


def _reaction(change: Change) -> Events:
    """A reaction to a comment. Reactions to posts, and the page's own, are about nobody's message."""
    if change.value.get("comment_id") is None:
        return change.ignored("reaction to a post")
    identity = json.identifier(change.value["comment_id"], "comment_id")
    sender = _sender(change.value, identity)
    if sender.address == change.account_ref:
        return change.ignored("own reaction")
    kind = json.optional_text(change.value.get("reaction_type")) or "like"
    emoji = None if change.value.get("verb") == "remove" else REACTIONS.get(kind, kind[:60])
    shared = change.shared(
        _thread(change.value, identity), f"reaction:{change.key}", graph.instant(change.value.get("created_time"))
    )
    return (ReactionChanged(provider_message_id=identity, sender=sender, emoji=emoji, **shared),)
