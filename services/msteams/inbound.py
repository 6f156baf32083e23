"""Turns activities into events: messages, edits, deletions, reactions, typing, and the app's installation."""

from collections.abc import Callable, Mapping
from typing import Any

from backbone.channel import json
from backbone.channel.batch import digest
from schemas.inbound import (
    AnyInboundEvent,
    ConsentChanged,
    EventIgnored,
    MessageDeleted,
    MessageEdited,
    MessageReceived,
    ReactionChanged,
    Sender,
    TypingStarted,
)
from services.msteams.content import Activity, attachments_of, content_of, quoted
from services.msteams.place import identifier, message_id

_BOT = "28:"
_REACTIONS: Mapping[str, str] = {
    "like": "👍",
    "heart": "❤️",
    "laugh": "😆",
    "surprised": "😮",
    "sad": "😢",
    "angry": "😠",
}
_REACTIONS_MAX = 20


def events(activity: Activity) -> tuple[AnyInboundEvent, ...]:
    """The activity as ours, or an `EventIgnored` for types that say nothing to an agent. Raises `PayloadInvalid`."""
    kind = json.text(activity.get("type"), "type")[:60]
    read = _READERS.get(kind)
    found = read(activity) if read is not None else ()
    return found or (_ignored(activity, f"type {kind}"),)


def _ignored(activity: Activity, reason: str) -> EventIgnored:
    return EventIgnored(
        thread_key="", dedup_key=digest(activity), account_ref=_account_ref(activity), reason=json.clean(reason)[:100]
    )


def _bot(activity: Activity) -> str | None:
    recipient = activity.get("recipient")
    return json.optional_text(recipient.get("id")) if isinstance(recipient, dict) else None


def _account_ref(activity: Activity) -> str | None:
    """The app's id out of the bot's, which Teams writes `28:<app id>`."""
    bot = _bot(activity)
    return bot.removeprefix(_BOT)[:200] if bot and bot.startswith(_BOT) else None


def _conversation(activity: Activity) -> Activity:
    return json.obj(activity.get("conversation"), "conversation")


def _common(activity: Activity, ending: str) -> dict[str, Any]:
    conversation = identifier(_conversation(activity).get("id"), "conversation.id")
    given = activity.get("id")
    name = message_id(conversation, identifier(given, "id")) if given else digest(activity)
    return {
        "thread_key": conversation,
        "dedup_key": name + ending,
        "provider_at": json.optional_iso_instant(activity.get("timestamp")),
        "account_ref": _account_ref(activity),
    }


def _sender(activity: Activity) -> Sender:
    """The person; where nobody is named, the conversation stands for them."""
    person = activity.get("from")
    if not isinstance(person, dict) or not person.get("id"):
        return Sender(address=identifier(_conversation(activity).get("id"), "conversation.id"))
    directory = json.optional_text(person.get("aadObjectId"))
    locale = json.optional_text(activity.get("locale"))
    return Sender(
        address=identifier(person["id"], "from.id"),
        name=json.optional_text(person.get("name")),
        aliases=(directory[:100],) if directory else (),
        language=locale[:35] if locale else None,
    )


def _message(activity: Activity) -> tuple[AnyInboundEvent, ...]:
    common = _common(activity, "")
    reference = quoted(attachments_of(activity)) or json.optional_text(activity.get("replyToId"))
    person = activity.get("from")
    return (
        MessageReceived(
            **common,
            sender=_sender(activity),
            content=content_of(activity, _bot(activity)),
            provider_message_id=common["dedup_key"],
            in_reply_to=message_id(common["thread_key"], identifier(reference, "replyToId")) if reference else None,
            automatic=isinstance(person, dict) and person.get("role") == "bot",
        ),
    )


def _updated(activity: Activity) -> tuple[AnyInboundEvent, ...]:
    """An edit, or a message that was deleted and came back."""
    common = _common(activity, "")
    at = json.optional_text(activity.get("timestamp")) or ""
    common["dedup_key"], identity = f"{common['dedup_key']}:edit:{at[:40]}", common["dedup_key"]
    return (MessageEdited(**common, provider_message_id=identity, content=content_of(activity, _bot(activity))),)


def _deleted(activity: Activity) -> tuple[AnyInboundEvent, ...]:
    common = _common(activity, "")
    common["dedup_key"], identity = f"{common['dedup_key']}:deleted", common["dedup_key"]
    return (MessageDeleted(**common, provider_message_id=identity),)


def _reacted(activity: Activity) -> tuple[AnyInboundEvent, ...]:
    """One event a reaction; nothing where none is named."""
    found: list[AnyInboundEvent] = []
    for name, added in (("reactionsAdded", True), ("reactionsRemoved", False)):
        for reaction in json.array(activity.get(name) or [], name)[:_REACTIONS_MAX]:
            kind = json.text(json.obj(reaction, "a reaction").get("type"), "reaction.type")[:60]
            common = _common(activity, f":{'+' if added else '-'}{kind}")
            target = identifier(activity.get("replyToId"), "replyToId")
            emoji = _REACTIONS.get(kind.lower(), f":{kind}:") if added else None
            found.append(
                ReactionChanged(
                    **common,
                    provider_message_id=message_id(common["thread_key"], target),
                    sender=_sender(activity),
                    emoji=emoji,
                )
            )
    return tuple(found)


def _typing(activity: Activity) -> tuple[AnyInboundEvent, ...]:
    return (TypingStarted(**_common(activity, ":typing"), sender=_sender(activity)),)


def _installed(activity: Activity) -> tuple[AnyInboundEvent, ...]:
    """A person who takes the app away wants no more messages, and gets them again by installing it anew."""
    action = json.optional_text(activity.get("action")) or ""
    if _conversation(activity).get("conversationType") != "personal" or action.partition("-")[0] not in {
        "add",
        "remove",
    }:
        return ()
    state: Any = "opted_in" if action.startswith("add") else "opted_out"
    return (ConsentChanged(**_common(activity, f":{action[:40]}"), sender=_sender(activity), state=state),)


_READERS: Mapping[str, Callable[[Activity], tuple[AnyInboundEvent, ...]]] = {
    "message": _message,
    "messageUpdate": _updated,
    "messageDelete": _deleted,
    "messageReaction": _reacted,
    "typing": _typing,
    "installationUpdate": _installed,
}
