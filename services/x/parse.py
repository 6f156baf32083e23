"""Reads the direct messages of a webhook: what was said, by them or by us, that they type, that they have read."""

from collections.abc import Mapping
from typing import Any

from backbone.channel import json, x_media
from backbone.channel.batch import Element, digest, ignored
from backbone.channel.replies import child
from backbone.channel.x_api import Activity, Reader, instant, numeric_id, plain_text
from schemas.content import Choice, Content, Location
from schemas.inbound import (
    AnyInboundEvent,
    MessageEchoed,
    MessageReceived,
    ReceiptReceived,
    ReceiptStatus,
    Sender,
    TypingStarted,
)

Events = tuple[AnyInboundEvent, ...]


def _message(activity: Activity, element: Element) -> Events:
    """A message of ours, too, comes as an event: by this product, or written in X's own app."""
    kind = json.optional_text(element.get("type")) or ""
    if kind != "message_create":
        return ignored(element, f"direct message {kind[:60]}", account_ref=activity.owner)
    identity = json.identifier(element.get("id"), "id")
    said = json.obj(element.get("message_create"), "message_create")
    sender, recipient = numeric_id(said.get("sender_id"), "sender_id"), _recipient(said)
    content = _content(json.obj(said.get("message_data"), "message_data"))
    ours = sender == activity.owner
    other = recipient if ours else sender
    shared = {
        "thread_key": other,
        "dedup_key": identity,
        "provider_at": instant(element.get("created_timestamp"), identity),
        "account_ref": sender if ours else recipient,
    }
    person = Sender(address=other, name=activity.name_of(other))
    if ours:
        return (MessageEchoed(recipient=person, content=content, provider_message_id=identity, **shared),)
    return (MessageReceived(sender=person, content=content, provider_message_id=identity, **shared),)


def _recipient(element: Element) -> str:
    return numeric_id(json.obj(element.get("target"), "target").get("recipient_id"), "recipient_id")


def _content(data: Element) -> Content:
    attachment = child(data, "attachment")
    entries = [attachment.get("media")] if "media" in attachment else []
    media = x_media.media_of(entries)
    text = plain_text(x_media.without_own_links(json.optional_text(data.get("text")), entries if media else []))
    location, choice = _location(attachment), _choice(data, text)
    if not (text or media or location or choice):
        return Content(unsupported=(json.optional_text(attachment.get("type")) or "empty")[:100])
    return Content(text=text, media=media, location=location, choice=choice)


def _location(attachment: Element) -> Location | None:
    """A point that was shared, or the place it was shared as."""
    shared = child(attachment, "location")
    if "shared_place" in shared:
        place = child(child(shared, "shared_place"), "place")
        box = child(place, "bounding_box").get("coordinates")
        centre = _centre(box)
        name = json.optional_text(place.get("full_name")) or json.optional_text(place.get("name"))
        return centre.model_copy(update={"name": name}) if centre else None
    return x_media.location_of(child(shared, "shared_coordinate").get("coordinates"))


def _centre(box: Any) -> Location | None:
    """The middle of the first ring of a bounding box."""
    ring = box[0] if isinstance(box, list) and box and isinstance(box[0], list) else []
    corners = [found for corner in ring[:5] if (found := x_media.location_of({"coordinates": corner}))]
    if not corners:
        return None
    return Location(
        latitude=(min(c.latitude for c in corners) + max(c.latitude for c in corners)) / 2,
        longitude=(min(c.longitude for c in corners) + max(c.longitude for c in corners)) / 2,
    )


def _choice(data: Element, text: str | None) -> Choice | None:
    picked = json.optional_text(child(data, "quick_reply_response").get("metadata"))
    return Choice(id=picked, title=text) if picked else None


def _typing(activity: Activity, element: Element) -> Events:
    sender = numeric_id(element.get("sender_id"), "sender_id")
    if sender == activity.owner:
        return ignored(element, "own typing", account_ref=activity.owner)
    at = element.get("created_timestamp")
    return (
        TypingStarted(
            sender=Sender(address=sender, name=activity.name_of(sender)),
            thread_key=sender,
            dedup_key=digest(element),
            provider_at=instant(at, ""),
            account_ref=_recipient(element),
        ),
    )


def _read(activity: Activity, element: Element) -> Events:
    """They have read all up to now; the last message's id is told, too, but not which of ours it is."""
    sender = numeric_id(element.get("sender_id"), "sender_id")
    if sender == activity.owner:
        return ignored(element, "own read", account_ref=activity.owner)
    last = json.identifier(element.get("last_read_event_id"), "last_read_event_id")
    at = instant(element.get("created_timestamp"), last)
    return (
        ReceiptReceived(
            status=ReceiptStatus.READ,
            watermark=at,
            provider_message_id=None if at else last,
            thread_key=sender,
            dedup_key=digest(element),
            provider_at=at,
            account_ref=_recipient(element),
        ),
    )


READERS: Mapping[str, Reader] = {
    "direct_message_events": _message,
    "direct_message_indicate_typing_events": _typing,
    "direct_message_mark_read_events": _read,
}
