"""Turns one TikTok webhook into an event. What it says stands in `content`: as JSON in a text, or as it is."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import quote

from backbone.channel import json
from backbone.channel.batch import Element, digest, ignored
from schemas.content import Content, Media, MediaKind
from schemas.inbound import (
    AnyInboundEvent,
    MessageEchoed,
    MessageReceived,
    ReceiptReceived,
    ReceiptStatus,
    Sender,
)

SECONDS_BELOW = 100_000_000_000

_MEDIA = {"image": MediaKind.IMAGE, "video": MediaKind.VIDEO}

Events = tuple[AnyInboundEvent, ...]


def events_of(body: Element) -> Events:
    """What a webhook says; one that is not known is ignored by its name. Raises `PayloadInvalid`."""
    kind = json.text(body.get("event"), "event")
    account = json.optional_text(body.get("user_openid"))
    reader = _READERS.get(kind)
    if reader is None:
        return ignored(body, f"event {kind}", account_ref=account)
    content = body.get("content")
    if not isinstance(content, dict):
        content = json.loads(json.text(content, "content").encode())
    return reader(json.obj(content, "content"), account)


def _shared(said: Element, account: str | None, dedup_key: str) -> dict[str, Any]:
    return {
        "thread_key": json.identifier(said.get("conversation_id"), "conversation_id"),
        "dedup_key": dedup_key,
        "provider_at": _instant(said.get("timestamp")),
        "account_ref": account,
    }


def _instant(value: Any) -> datetime | None:
    """Milliseconds; a number too small for that (before 1973) is in seconds, as other webhooks of TikTok's are."""
    small = isinstance(value, int) and not isinstance(value, bool) and value < SECONDS_BELOW
    return json.optional_instant(value, unit="s" if small else "ms")


def _person(said: Element, role: str) -> Sender:
    """An id scoped to the app; the name beside it is the nickname of the day."""
    identity = json.identifier(json.obj(said.get(f"{role}_user"), f"{role}_user").get("id"), f"{role}_user.id")
    return Sender(address=identity, name=json.optional_text(said.get(role)))


def _received(said: Element, account: str | None) -> Events:
    """A message of the account itself that comes this way is an echo, too."""
    sender = _person(said, "from")
    if sender.address == account:
        return _echoed(said, account)
    identity = json.identifier(said.get("message_id"), "message_id")
    quoted = said.get("referenced_message_info")
    return (
        MessageReceived(
            sender=sender,
            content=_content(said),
            provider_message_id=identity,
            in_reply_to=json.optional_text(quoted.get("referenced_message_id")) if isinstance(quoted, dict) else None,
            **_shared(said, account, identity),
        ),
    )


def _echoed(said: Element, account: str | None) -> Events:
    """The account wrote, by us or in the app: to whoever of the two is not the account."""
    identity = json.identifier(said.get("message_id"), "message_id")
    recipient = _person(said, "to")
    if recipient.address == account:
        recipient = _person(said, "from")
    shared = _shared(said, account, identity)
    return (MessageEchoed(recipient=recipient, content=_content(said), provider_message_id=identity, **shared),)


def _read(said: Element, account: str | None) -> Events:
    """The customer has read everything up to a time; what the account itself has read is not news."""
    sender, read = _person(said, "from"), json.obj(said.get("read"), "read")
    if sender.address == account:
        return ignored(said, "read by us", account_ref=account)
    watermark = json.instant(read.get("last_read_timestamp"), "last_read_timestamp", unit="ms")
    shared = _shared(said, account, digest([said.get("conversation_id"), "read", int(watermark.timestamp() * 1000)]))
    return (ReceiptReceived(status=ReceiptStatus.READ, watermark=watermark, **shared),)


_READERS: dict[str, Callable[[Element, str | None], Events]] = {
    "im_receive_msg": _received,
    "im_send_msg": _echoed,
    "im_mark_read_msg": _read,
}


def _content(said: Element) -> Content:
    """Raises `PayloadInvalid` where a known type lacks what makes it one."""
    kind = json.text(said.get("type"), "type")
    if kind == "text":
        return Content(text=json.text(json.obj(said.get("text"), "text").get("body"), "text.body"))
    if kind in _MEDIA:
        return Content(media=(_media(said, kind),))
    if kind == "share_post":
        post = json.obj(said.get("share_post"), "share_post")
        return Content(text=json.text(post.get("embed_url"), "embed_url"))
    return Content(unsupported=kind[:100])


def _media(said: Element, kind: str) -> Media:
    """TikTok gives a file out by conversation, message and file together."""
    identity = json.identifier(json.obj(said.get(kind), kind).get("media_id"), "media_id")
    parts = (said.get("conversation_id"), said.get("message_id"), identity)
    names = [quote(json.identifier(part, "media"), safe="") for part in parts]
    return Media(kind=_MEDIA[kind], provider_ref="/".join([kind, *names]))
