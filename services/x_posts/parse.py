"""Reads the posts of a webhook that name, answer or quote the account; its own, retweets and all else are told apart."""

import re
from collections.abc import Mapping
from typing import Any

from backbone.channel import json, x_media
from backbone.channel.batch import Element, digest, ignored
from backbone.channel.replies import child
from backbone.channel.x_api import Activity, Reader, instant, numeric_id, plain_text
from backbone.errors import PayloadInvalid
from schemas.content import Content
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

HEART = "❤️"
PARTICIPANTS_MAX = 50
NO_LANGUAGE = frozenset({"und", "qme", "qam", "qct", "qht", "qst", "zxx", "art"})
_HANDLE = re.compile(r"[A-Za-z0-9_]{1,20}")


def _post(activity: Activity, element: Element) -> Events:
    """One post. Retweets say nothing new; the account's own answers are ours, its own posts begin nothing."""
    identity = json.identifier(element.get("id_str") or element.get("id"), "id_str")
    author = json.obj(element.get("user"), "user")
    sender = numeric_id(author.get("id_str") or author.get("id"), "user.id_str")
    if "retweeted_status" in element:
        return ignored(element, "retweet", account_ref=activity.owner)
    if sender == activity.owner:
        return _own(activity, element, identity)
    content = _content(element)
    shared = {
        "thread_key": sender,
        "provider_at": instant(element.get("timestamp_ms"), identity),
        "account_ref": activity.owner,
    }
    original = _original(element, identity)
    if original is not None:
        return (MessageEdited(provider_message_id=original, content=content, dedup_key=identity, **shared),)
    return (
        MessageReceived(
            sender=_person(author, sender, element),
            content=content,
            provider_message_id=identity,
            in_reply_to=_text_id(element, "in_reply_to_status_id"),
            visibility=Visibility.PUBLIC,
            participants=_participants(element, {sender, activity.owner}),
            post=_facts(activity, element, author, identity),
            dedup_key=identity,
            **shared,
        ),
    )


def _own(activity: Activity, element: Element, identity: str) -> Events:
    to = _text_id(element, "in_reply_to_user_id")
    if to is None or to == activity.owner:
        return ignored(element, "own post", account_ref=activity.owner)
    return (
        MessageEchoed(
            recipient=Sender(address=to, name=json.optional_text(element.get("in_reply_to_screen_name"))),
            content=_content(element),
            provider_message_id=identity,
            thread_key=to,
            dedup_key=identity,
            provider_at=instant(element.get("timestamp_ms"), identity),
            account_ref=activity.owner,
        ),
    )


def _content(element: Element) -> Content:
    """The whole text: a long post holds it beside its first 140 or 280 characters."""
    longer = child(element, "extended_tweet")
    entities = child(longer, "extended_entities") or child(element, "extended_entities")
    entries = entities.get("media")
    media = x_media.media_of(entries)
    raw = longer.get("full_text") or child(element, "note_tweet").get("text") or element.get("full_text")
    text = json.optional_text(raw) or json.optional_text(element.get("text"))
    words = plain_text(x_media.without_own_links(text, entries if media else []))
    place = x_media.location_of(element.get("coordinates"))
    if not (words or media or place):
        return Content(unsupported="post")
    return Content(text=words, media=media, location=place)


def _original(element: Element, identity: str) -> str | None:
    """The first id of a post that was changed: each change has an id of its own. None for the first."""
    history = child(element, "edit_history")
    ids = history.get("edit_tweet_ids")
    first = _plain_id(history.get("initial_tweet_id") or (ids[0] if isinstance(ids, list) and ids else None))
    return first if first != identity else None


def _person(author: Element, sender: str, element: Element) -> Sender:
    language = json.optional_text(element.get("lang"))
    known = language if language and language not in NO_LANGUAGE and len(language) <= 20 else None
    name = json.optional_text(author.get("name")) or json.optional_text(author.get("screen_name"))
    return Sender(address=sender, name=name, language=known)


def _participants(element: Element, without: set[str]) -> tuple[Sender, ...]:
    """Others whom the post names."""
    entities = child(child(element, "extended_tweet"), "entities") or child(element, "entities")
    mentions = entities.get("user_mentions")
    found: dict[str, Sender] = {}
    for mention in mentions[:PARTICIPANTS_MAX] if isinstance(mentions, list) else []:
        address = _text_id(mention, "id") if isinstance(mention, dict) else None
        if address and address not in without:
            found[address] = Sender(address=address, name=json.optional_text(mention.get("name")))
    return tuple(found.values())


def _facts(activity: Activity, element: Element, author: Element, identity: str) -> Post:
    parent = _text_id(element, "in_reply_to_status_id")
    quoted = _text_id(element, "quoted_status_id")
    answers_us = parent is not None and _text_id(element, "in_reply_to_user_id") == activity.owner
    handle = json.optional_text(author.get("screen_name")) or ""
    reach = author.get("followers_count")
    return Post(
        kind="comment" if answers_us else "mention",
        post_id=parent or quoted or identity,
        parent_id=parent,
        permalink=f"https://x.com/{handle if _HANDLE.fullmatch(handle) else 'i'}/status/{identity}",
        reach=reach if isinstance(reach, int) and not isinstance(reach, bool) and 0 <= reach < 10**12 else None,
    )


def _text_id(element: Element, name: str) -> str | None:
    """An id by its text, since its number has too many digits for many readers; None where there is none."""
    return _plain_id(element.get(f"{name}_str") or element.get(name))


def _plain_id(value: Any) -> str | None:
    try:
        return numeric_id(value, "id") if value is not None else None
    except PayloadInvalid:
        return None


def _deletion(activity: Activity, element: Element) -> Events:
    status = json.obj(element.get("status"), "status")
    identity = json.identifier(status.get("id"), "status.id")
    author = _text_id(status, "user_id")
    return (
        MessageDeleted(
            provider_message_id=identity,
            thread_key=author if author and author != activity.owner else "",
            dedup_key=f"{identity}:deleted",
            provider_at=instant(element.get("timestamp_ms"), ""),
            account_ref=activity.owner,
        ),
    )


def _like(activity: Activity, element: Element) -> Events:
    """A like of one of the account's answers; those of its other posts are about nobody's conversation."""
    status = json.obj(element.get("favorited_status"), "favorited_status")
    author = json.obj(element.get("user"), "user")
    sender = numeric_id(author.get("id_str") or author.get("id"), "user.id_str")
    thread = _text_id(status, "in_reply_to_user_id")
    if sender == activity.owner or thread is None or _text_id(child(status, "user"), "id") != activity.owner:
        return ignored(element, "like", account_ref=activity.owner)
    return (
        ReactionChanged(
            provider_message_id=json.identifier(status.get("id_str") or status.get("id"), "favorited_status.id_str"),
            sender=Sender(address=sender, name=json.optional_text(author.get("name"))),
            emoji=HEART,
            thread_key=thread,
            dedup_key=digest([element.get("id"), activity.owner]) if element.get("id") else digest(element),
            provider_at=instant(element.get("timestamp_ms"), ""),
            account_ref=activity.owner,
        ),
    )


READERS: Mapping[str, Reader] = {
    "tweet_create_events": _post,
    "tweet_delete_events": _deletion,
    "favorite_events": _like,
}
