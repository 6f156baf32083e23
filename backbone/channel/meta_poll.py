"""Asks Meta for conversations, to find messages whose webhook never came: the same keys, so what came is dropped.

Source: the Conversations API of the Messenger Platform. A message's `id` there is the `mid` of its webhook (known, not
checked): were it another, each message would come twice, so a poll brings nothing older than the last one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

from pydantic import SecretStr

from backbone.channel import json, newest_first
from backbone.channel.batch import Element, Reader, ignored, read_each, refuse
from backbone.channel.meta_send import outcome_of
from backbone.channel.newest_first import Item
from backbone.channel.port import Accepted, HttpCall, Parsed, ProviderReply, Transient
from backbone.channel.replies import child, json_object
from backbone.channel.sources import PollPage
from schemas.content import Content, Media, MediaKind
from schemas.inbound import AnyInboundEvent, MessageEchoed, MessageReceived, Sender

METHOD = "POLL"
NAME = "conversations"
CONVERSATIONS = 20
MESSAGES = 20
OVERLAP = timedelta(hours=1)
SETTLED = timedelta(minutes=10)
FIELDS = (
    "updated_time,"
    f"messages.limit({MESSAGES})"
    "{id,created_time,from,to,message,sticker,attachments{mime_type,name,size,image_data,video_data,file_url}}"
)
_KINDS = {"image": MediaKind.IMAGE, "video": MediaKind.VIDEO, "audio": MediaKind.AUDIO}


@dataclass(frozen=True, slots=True)
class Source:
    """Where the conversations of one account stand; `platform` is `messenger` or `instagram`."""

    url: str
    access_token: SecretStr
    platform: str


def call(source: Source, after: str | None = None) -> HttpCall:
    """One page of conversations, the newest first, each with its newest messages."""
    query = {"platform": source.platform, "fields": FIELDS, "limit": str(CONVERSATIONS)}
    query |= {"after": after} if after else {}
    headers = (("authorization", f"Bearer {source.access_token.get_secret_value()}"),)
    return HttpCall("GET", f"{source.url}?{urlencode(query)}", headers)


def found(source: Source, reply: ProviderReply, cursor: Mapping[str, Any] | None) -> PollPage:
    """What is new. The first time ever nothing is brought: what was said before the connection opens no cases."""
    body = json_object(reply)
    rows = body.get("data")
    if not 200 <= reply.status < 300 or not isinstance(rows, list):
        outcome = outcome_of(reply)
        if isinstance(outcome, Accepted):
            outcome = Transient("unreadable")
        return newest_first.restarted(cursor) or PollPage(cursor=dict(cursor or {}), trouble=outcome)
    seen = newest_first.seen_of(cursor)
    items = [Item(_recent(row, seen), _instant(row, "updated_time")) for row in rows]
    after = child(child(body, "paging"), "cursors").get("after")
    page = newest_first.page(items, after, cursor, partial(call, source), name=NAME, overlap=OVERLAP)
    return page if seen is not None else replace(page, bodies=())


def _instant(row: Any, key: str) -> datetime | None:
    return json.optional_iso_instant(row.get(key)) if isinstance(row, dict) else None


def _recent(row: Any, seen: datetime | None) -> Any:
    """The conversation with the messages that may be new alone."""
    messages = _messages(row)
    if seen is None or not messages:
        return row
    new = [one for one in messages if (at := _instant(one, "created_time")) is None or at > seen - OVERLAP]
    return {**row, "messages": {"data": new}}


def _messages(row: Any) -> list[Any]:
    holder = row.get("messages") if isinstance(row, dict) else None
    messages = holder.get("data") if isinstance(holder, dict) else None
    return messages if isinstance(messages, list) else []


def parse(body: bytes, account: str, now: datetime) -> Parsed:
    """The events of what a poll brought, the oldest first. Raises `PayloadInvalid` where the body can't be read.

    Messages younger than `SETTLED` are left to their webhook, which says more; the next poll brings them again.
    """
    rows = json.array(json.obj(json.loads(body), "the body").get(NAME), NAME)
    read: Reader = partial(_message, account)
    pairs = [(one, read) for row in rows for one in reversed(_messages(row)) if _is_settled(one, now)]
    broken: list[tuple[Any, Reader]] = [(row, refuse) for row in rows if not isinstance(row, dict)]
    return read_each([*pairs, *broken])


def _is_settled(message: Any, now: datetime) -> bool:
    at = _instant(message, "created_time")
    return at is None or at <= now - SETTLED


def _message(account: str, message: Element) -> tuple[AnyInboundEvent, ...]:
    mid = json.identifier(message.get("id"), "id")
    sender = _person(json.obj(message.get("from"), "from"))
    content = _content(message)
    ours = sender.address == account
    other = _recipient(message) if ours else sender
    if content == Content():
        # Not under the message's own key: its webhook may say more.
        return ignored(message, "empty message", dedup_key=f"{mid[:500]}:empty", account_ref=account)
    shared: dict[str, Any] = {
        "thread_key": other.address,
        "dedup_key": mid,
        "provider_at": json.optional_iso_instant(message.get("created_time")),
        "account_ref": account,
    }
    if ours:
        return (MessageEchoed(recipient=other, content=content, provider_message_id=mid, **shared),)
    return (MessageReceived(sender=sender, content=content, provider_message_id=mid, **shared),)


def _person(value: Element) -> Sender:
    name = json.optional_text(value.get("name")) or json.optional_text(value.get("username"))
    return Sender(address=json.identifier(value.get("id"), "id"), name=name)


def _recipient(message: Element) -> Sender:
    people = json.array(json.obj(message.get("to"), "to").get("data"), "to.data")
    return _person(json.obj(people[0] if people else None, "the recipient"))


def _content(message: Element) -> Content:
    holder = message.get("attachments")
    rows = json.array(holder.get("data") or [], "attachments") if isinstance(holder, dict) else []
    media = [found for row in rows if (found := _media(json.obj(row, "an attachment"))) is not None]
    sticker = _link(message.get("sticker"))
    if sticker and not media:
        media.append(Media(kind=MediaKind.STICKER, url=sticker))
    unsupported = None if media or not rows else "attachment"
    return Content(text=json.optional_text(message.get("message")), media=tuple(media), unsupported=unsupported)


def _media(row: Element) -> Media | None:
    mime = json.optional_text(row.get("mime_type"))
    url = _link(child(row, "image_data").get("url")) or _link(child(row, "video_data").get("url"))
    url = url or _link(row.get("file_url"))
    if url is None:
        return None
    kind = _KINDS.get((mime or "").partition("/")[0])
    if kind is None:
        kind = MediaKind.IMAGE if "image_data" in row else MediaKind.VIDEO if "video_data" in row else MediaKind.FILE
    size = row.get("size")
    return Media(
        kind=kind,
        mime=mime,
        filename=json.optional_text(row.get("name")),
        size=size if isinstance(size, int) and not isinstance(size, bool) and 0 <= size < 2**53 else None,
        url=url,
    )


def _link(value: Any) -> str | None:
    url = json.optional_text(value)
    return url if url and url.startswith(("https://", "http://")) else None
