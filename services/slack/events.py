"""Turns events of the Events API into ours: messages, edits, deletions, reactions, and what the app itself is told."""

from collections.abc import Callable, Mapping
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
)
from services.slack import emoji
from services.slack.content import content_of
from services.slack.place import identifier, message_id, thread_key
from services.slack.settings import SlackSettings

Event = dict[str, Any]

_SPOKEN = frozenset({"file_share", "thread_broadcast", "me_message", "bot_message"})
_NOTICES = {"app_uninstalled": "error", "tokens_revoked": "error", "app_rate_limited": "warning"}


class Envelope:
    """What stands around an event: its name, its workspace, and whether we wrote what it is about."""

    def __init__(self, body: Event, settings: SlackSettings) -> None:
        self.event_id = identifier(body["event_id"], "event_id") if body.get("event_id") else None
        self.team = identifier(body["team_id"], "team_id") if body.get("team_id") else None
        self._app = json.optional_text(body.get("api_app_id"))
        self._settings = settings

    def name(self, event: Event) -> str:
        """Slack's name of this event; without an envelope the hash of all it holds."""
        return self.event_id or digest(event)

    def is_ours(self, message: Event) -> bool:
        """Whether this app wrote it: by its user, its bot or its app id."""
        pairs = (
            (self._settings.bot_user_id, message.get("user")),
            (self._settings.bot_id, message.get("bot_id")),
            (self._app, message.get("app_id")),
        )
        return any(ours is not None and ours == theirs for ours, theirs in pairs)


def events_of(event: Event, envelope: Envelope) -> tuple[AnyInboundEvent, ...]:
    """The event as ours, or an `EventIgnored` for types that say nothing to an agent. Raises `PayloadInvalid`."""
    kind = json.text(event.get("type"), "event.type")[:60]
    read = _READERS.get(kind)
    if read is not None:
        return (read(event, envelope),)
    if kind in _NOTICES:
        severity: Any = _NOTICES[kind]
        return (AccountNotice(thread_key="", code=kind, severity=severity, **_common(event, envelope)),)
    return (_ignored(event, envelope, f"type {kind}"),)


def _common(event: Event, envelope: Envelope) -> dict[str, Any]:
    return {
        "dedup_key": envelope.name(event),
        "provider_at": json.optional_instant(_seconds(event.get("event_ts") or event.get("ts"))),
        "account_ref": envelope.team,
    }


def _ignored(event: Event, envelope: Envelope, reason: str) -> EventIgnored:
    return EventIgnored(
        thread_key="", dedup_key=envelope.name(event), account_ref=envelope.team, reason=json.clean(reason)[:100]
    )


def _seconds(ts: Any) -> Any:
    """The whole part of a time such as `1355517523.000005`; the rest is a counter that tells messages apart."""
    return ts.partition(".")[0] if isinstance(ts, str) else ts


def _message(event: Event, envelope: Envelope) -> AnyInboundEvent:
    """A message said anew. `app_mention` tells of the same message again, and has the same key."""
    subtype = event.get("subtype")
    if subtype == "message_changed":
        return _edited(event, envelope)
    if subtype == "message_deleted":
        return _deleted(event, envelope)
    if subtype is not None and not (isinstance(subtype, str) and subtype in _SPOKEN):
        return _ignored(event, envelope, f"message of subtype {str(subtype)[:60]}")
    channel = identifier(event.get("channel"), "channel")
    ts = identifier(event.get("ts") or envelope.event_id, "ts")
    identity = message_id(channel, ts)
    key = _thread(event, event)
    if envelope.is_ours(event):
        return MessageEchoed(
            thread_key=key,
            dedup_key=identity,
            provider_at=json.optional_instant(_seconds(event.get("ts"))),
            account_ref=envelope.team,
            recipient=Sender(address=channel),
            content=content_of(event),
            provider_message_id=identity,
        )
    root = identifier(event["thread_ts"], "thread_ts") if event.get("thread_ts") else None
    return MessageReceived(
        thread_key=key,
        dedup_key=identity,
        provider_at=json.optional_instant(_seconds(event.get("ts"))),
        account_ref=envelope.team,
        sender=_writer(event),
        content=content_of(event),
        provider_message_id=identity,
        in_reply_to=message_id(channel, root) if root and root != ts else None,
        automatic=bool(event.get("bot_id")),
    )


def _writer(message: Event) -> Sender:
    """The person, or the bot of another app; a name where Slack gives one."""
    profile = message.get("user_profile")
    names = profile if isinstance(profile, dict) else {}
    name = names.get("display_name") or names.get("real_name") or message.get("username")
    address = identifier(message.get("user") or message.get("bot_id"), "user")
    return Sender(address=address, name=json.optional_text(name))


def _thread(event: Event, message: Event) -> str:
    """`event` says where, `message` which one; a direct channel is told by its type or its letter."""
    channel = identifier(event.get("channel"), "channel")
    direct = event.get("channel_type") == "im" or channel.startswith(("D", "U", "W"))
    if direct:
        return channel
    root = message.get("thread_ts") or message.get("ts") or event.get("deleted_ts") or event.get("ts")
    return thread_key(channel, identifier(root, "ts"), direct=False)


def _edited(event: Event, envelope: Envelope) -> AnyInboundEvent:
    """Only what a person changed: Slack also says `message_changed` when it unfurls a link or counts replies."""
    message = json.obj(event.get("message"), "message")
    identity = message_id(identifier(event.get("channel"), "channel"), identifier(message.get("ts"), "ts"))
    if message.get("subtype") == "tombstone":
        return MessageDeleted(
            thread_key=_thread(event, message), provider_message_id=identity, **_common(event, envelope)
        )
    if envelope.is_ours(message) or "edited" not in message:
        return _ignored(event, envelope, "our own edit, or none")
    return MessageEdited(
        thread_key=_thread(event, message),
        provider_message_id=identity,
        content=content_of(message),
        **_common(event, envelope),
    )


def _deleted(event: Event, envelope: Envelope) -> AnyInboundEvent:
    """Slack says who wrote it, not who deleted it, and sometimes not even what it was."""
    previous = event.get("previous_message")
    message = previous if isinstance(previous, dict) else {}
    channel = identifier(event.get("channel"), "channel")
    ts = identifier(event.get("deleted_ts") or message.get("ts"), "deleted_ts")
    return MessageDeleted(
        thread_key=_thread(event, message), provider_message_id=message_id(channel, ts), **_common(event, envelope)
    )


def _reaction(event: Event, envelope: Envelope) -> AnyInboundEvent:
    item = json.obj(event.get("item"), "item")
    if item.get("type") != "message":
        return _ignored(event, envelope, "a reaction to no message")
    if envelope.is_ours(event):
        return _ignored(event, envelope, "our own reaction")
    channel, ts = identifier(item.get("channel"), "item.channel"), identifier(item.get("ts"), "item.ts")
    name = emoji.shown(json.text(event.get("reaction"), "reaction"))
    return ReactionChanged(
        thread_key=_thread(item, item),
        provider_message_id=message_id(channel, ts),
        sender=Sender(address=identifier(event.get("user"), "user")),
        emoji=name if event.get("type") == "reaction_added" else None,
        **_common(event, envelope),
    )


_READERS: Mapping[str, Callable[[Event, Envelope], AnyInboundEvent]] = {
    "message": _message,
    "app_mention": _message,
    "reaction_added": _reaction,
    "reaction_removed": _reaction,
}
