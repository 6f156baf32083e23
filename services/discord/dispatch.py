"""Turns what comes over the Gateway into events: messages, edits, deletions, reactions, typing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from backbone.channel import json
from backbone.channel.batch import digest
from schemas.inbound import (
    AccountNotice,
    AnyInboundEvent,
    EventIgnored,
    MessageDeleted,
    MessageEchoed,
    MessageEdited,
    MessageReceived,
    ReactionChanged,
    Sender,
    TypingStarted,
)
from services.discord.content import Object, content_of, name_of
from services.discord.settings import DiscordSettings

_SPOKEN = frozenset({0, 19, 20, 23})
"""Message types: said, answered, and the visible part of commands; all others are notes of the server."""
_DELETED_MAX = 100


@dataclass(frozen=True, slots=True)
class Frame:
    """What an event came in: our application's id, its settings, and the frame's name in its session."""

    application: str
    settings: DiscordSettings
    name: str | None


def events(body: Object, application: str, settings: DiscordSettings) -> tuple[AnyInboundEvent, ...]:
    """A dispatch, or a note of our session that it was lost. Raises `PayloadInvalid`."""
    op = body.get("op")
    session, number = body.get("session"), body.get("s")
    name = f"{json.identifier(session)[:200]}:{json.identifier(number)[:40]}" if session and number else None
    frame = Frame(application, settings, name)
    if op == 9:
        detail = "Messages of the time between two sessions may be missing."
        key = name or digest(body)
        return (AccountNotice(thread_key="", dedup_key=key, code="session_lost", severity="warning", detail=detail),)
    if op != 0:
        return (_ignored(body, frame, f"op {str(op)[:20]}"),)
    kind = json.text(body.get("t"), "t")[:60]
    read = _READERS.get(kind)
    if read is None:
        return (_ignored(body, frame, f"dispatch {kind}"),)
    return read(json.obj(body.get("d"), "d"), frame)


def _ignored(element: Object, frame: Frame, reason: str) -> EventIgnored:
    return EventIgnored(thread_key="", dedup_key=frame.name or digest(element), reason=json.clean(reason)[:100])


def _channel(data: Object) -> str:
    return json.identifier(data.get("channel_id") or data.get("lobby_id"), "channel_id")


def message(data: Object, frame: Frame) -> tuple[AnyInboundEvent, ...]:
    """A message said anew, ours as an echo; those on servers only where the settings want them."""
    identity = json.identifier(data.get("id"), "id")
    author = json.obj(data.get("author"), "author")
    writer = json.identifier(author.get("id"), "author.id")
    kind = data.get("type", 0)
    common: dict[str, Any] = {
        "thread_key": _channel(data),
        "dedup_key": identity,
        "provider_at": json.optional_iso_instant(data.get("timestamp")),
        "provider_message_id": identity,
    }
    if not isinstance(kind, int) or kind not in _SPOKEN:
        return (_ignored(data, frame, f"message of type {str(kind)[:20]}"),)
    if writer == frame.application or data.get("application_id") == frame.application:
        recipient = Sender(address=common["thread_key"])
        return (MessageEchoed(**common, recipient=recipient, content=content_of(data)),)
    if data.get("guild_id") and not _is_for_us(data, frame):
        return (_ignored(data, frame, "a message on a server that is not for us"),)
    return (
        MessageReceived(
            **common,
            sender=Sender(address=writer, name=_name(data, author)),
            content=content_of(data),
            in_reply_to=_quoted(data, kind),
            automatic=author.get("bot") is True or bool(data.get("webhook_id")),
        ),
    )


def _is_for_us(data: Object, frame: Frame) -> bool:
    """All, none, or those that mention the bot or answer it."""
    if frame.settings.guild_messages != "mentions":
        return frame.settings.guild_messages == "all"
    mentions, quoted = data.get("mentions"), data.get("referenced_message")
    people = mentions[:100] if isinstance(mentions, list) else []
    people += [quoted.get("author")] if isinstance(quoted, dict) else []
    return any(isinstance(person, dict) and person.get("id") == frame.application for person in people)


def _name(data: Object, user: Object) -> str | None:
    member = data.get("member")
    nick = json.optional_text(member.get("nick")) if isinstance(member, dict) else None
    return nick or name_of(user)


def _quoted(data: Object, kind: int) -> str | None:
    reference = data.get("message_reference")
    if kind != 19 or not isinstance(reference, dict) or not reference.get("message_id"):
        return None
    return json.identifier(reference["message_id"], "message_reference.message_id")


def edited(data: Object, frame: Frame) -> tuple[AnyInboundEvent, ...]:
    """An edit by a person; updates may be partial, and most only add a preview of a link."""
    at = data.get("edited_timestamp")
    author = data.get("author")
    ours = isinstance(author, dict) and author.get("id") == frame.application
    if not at or "content" not in data or ours:
        return (_ignored(data, frame, "an update that is no edit of a customer's"),)
    if data.get("guild_id") and not _is_for_us(data, frame):
        return (_ignored(data, frame, "an edit on a server that is not for us"),)
    identity = json.identifier(data.get("id"), "id")
    return (
        MessageEdited(
            thread_key=_channel(data),
            dedup_key=f"{identity[:400]}:{json.identifier(at)[:60]}",
            provider_at=json.optional_iso_instant(at),
            provider_message_id=identity,
            content=content_of(data),
        ),
    )


def deleted(data: Object, frame: Frame) -> tuple[AnyInboundEvent, ...]:
    """One message, or up to a hundred at once. On a server nobody says whether they were for us."""
    if data.get("guild_id") and frame.settings.guild_messages == "none":
        return (_ignored(data, frame, "a deletion on a server that is not for us"),)
    given = json.array(data["ids"], "ids")[:_DELETED_MAX] if "ids" in data else [data.get("id")]
    identities = [json.identifier(identity, "id") for identity in given]
    return tuple(
        MessageDeleted(thread_key=_channel(data), dedup_key=f"{identity[:400]}:deleted", provider_message_id=identity)
        for identity in identities
    )


def _reaction(data: Object, frame: Frame, *, added: bool) -> tuple[AnyInboundEvent, ...]:
    person = json.identifier(data.get("user_id"), "user_id")
    if person == frame.application:
        return (_ignored(data, frame, "our own reaction"),)
    emoji = json.obj(data.get("emoji"), "emoji")
    name = json.text(emoji.get("name"), "emoji.name")[:100]
    return (
        ReactionChanged(
            thread_key=_channel(data),
            dedup_key=frame.name or digest(data),
            provider_message_id=json.identifier(data.get("message_id"), "message_id"),
            sender=Sender(address=person),
            emoji=(f":{name}:" if emoji.get("id") else name) if added else None,
        ),
    )


def _reaction_added(data: Object, frame: Frame) -> tuple[AnyInboundEvent, ...]:
    return _reaction(data, frame, added=True)


def _reaction_removed(data: Object, frame: Frame) -> tuple[AnyInboundEvent, ...]:
    return _reaction(data, frame, added=False)


def _typing(data: Object, frame: Frame) -> tuple[AnyInboundEvent, ...]:
    person = json.identifier(data.get("user_id"), "user_id")
    if person == frame.application or data.get("guild_id"):
        return (_ignored(data, frame, "typing of ours, or on a server"),)
    at = json.optional_instant(data.get("timestamp"))
    key = frame.name or digest(data)
    return (TypingStarted(thread_key=_channel(data), dedup_key=key, provider_at=at, sender=Sender(address=person)),)


_READERS: Mapping[str, Callable[[Object, Frame], tuple[AnyInboundEvent, ...]]] = {
    "MESSAGE_CREATE": message,
    "MESSAGE_UPDATE": edited,
    "MESSAGE_DELETE": deleted,
    "MESSAGE_DELETE_BULK": deleted,
    "MESSAGE_REACTION_ADD": _reaction_added,
    "MESSAGE_REACTION_REMOVE": _reaction_removed,
    "TYPING_START": _typing,
}
