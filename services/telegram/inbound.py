"""Turns one Telegram update into events."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from backbone.channel import json
from backbone.errors import PayloadInvalid
from schemas.content import Choice, Content
from schemas.inbound import (
    AnyInboundEvent,
    ContactChanged,
    EventIgnored,
    MessageDeleted,
    MessageEchoed,
    MessageEdited,
    MessageReceived,
    ReactionChanged,
    Sender,
    Visibility,
)
from services.telegram.content import content_of, full_name, service_of
from services.telegram.place import Place, identifier, place_of

Update = Mapping[str, Any]
Events = tuple[AnyInboundEvent, ...]


def events_of(update: Update, dedup_key: str) -> Events:
    """An update holds one thing besides its number; what we don't know is ignored by name.

    Raises `PayloadInvalid` where a thing we know is broken.
    """
    for name, handler in _HANDLERS.items():
        if name in update:
            return handler(json.obj(update[name], name), dedup_key)
    names = [json.clean(key)[:40] for key in update if key != "update_id"]
    return (EventIgnored(thread_key="", dedup_key=dedup_key, reason=f"update {names[0]}" if names else "empty update"),)


def _message(message: Update, dedup_key: str) -> Events:
    place = place_of(message)
    if "migrate_to_chat_id" in message:
        new = identifier(message["migrate_to_chat_id"], "migrate_to_chat_id")
        changed = ContactChanged(
            thread_key=place.thread_key,
            dedup_key=dedup_key,
            provider_at=_at(message, "date"),
            old_address=place.chat,
            new_address=new,
        )
        return (changed,)
    notice = service_of(message)
    if notice is not None:
        return _ignored(place, dedup_key, notice)
    if _is_ours(message, place):
        return (_echo(message, place, dedup_key),)
    return (_received(message, place, dedup_key),)


def _received(message: Update, place: Place, dedup_key: str) -> MessageReceived:
    chat = json.obj(message.get("chat"), "chat")
    return MessageReceived(
        thread_key=place.thread_key,
        dedup_key=dedup_key,
        provider_at=_at(message, "date"),
        sender=_sender(message, chat),
        content=content_of(message),
        provider_message_id=place.message_id(message.get("message_id")),
        in_reply_to=_quoted(message, place),
        visibility=_visibility(chat),
        automatic=_is_automatic(message, chat),
    )


def _is_ours(message: Update, place: Place) -> bool:
    """In a business chat, whoever is not the customer is the business: its owner, or the bot in the owner's name."""
    user = message.get("from")
    return place.connection is not None and isinstance(user, dict) and str(user.get("id")) != place.chat


def _echo(message: Update, place: Place, dedup_key: str) -> MessageEchoed:
    chat = json.obj(message.get("chat"), "chat")
    return MessageEchoed(
        thread_key=place.thread_key,
        dedup_key=dedup_key,
        provider_at=_at(message, "date"),
        recipient=Sender(address=place.chat, name=full_name(chat)),
        content=content_of(message),
        provider_message_id=place.message_id(message.get("message_id")),
    )


def _edited(message: Update, dedup_key: str) -> Events:
    place = place_of(message)
    edited = MessageEdited(
        thread_key=place.thread_key,
        dedup_key=dedup_key,
        provider_at=_at(message, "edit_date") or _at(message, "date"),
        provider_message_id=place.message_id(message.get("message_id")),
        content=content_of(message),
    )
    return (edited,)


def _deleted(deleted: Update, dedup_key: str) -> Events:
    """Business chats only; ordinary chats tell nobody about deletions."""
    place = place_of(deleted)
    ids = [place.message_id(number) for number in json.array(deleted.get("message_ids"), "message_ids")]
    return tuple(
        MessageDeleted(thread_key=place.thread_key, dedup_key=f"{dedup_key}/{one}", provider_message_id=one)
        for one in ids
    )


def _reaction(reaction: Update, dedup_key: str) -> Events:
    """The topic is not told. Of several new reactions the first one that was not there before counts."""
    place = place_of(reaction)
    chat = json.obj(reaction.get("chat"), "chat")
    who = next((reaction[key] for key in ("user", "actor_chat") if isinstance(reaction.get(key), dict)), chat)
    before = _emojis(reaction.get("old_reaction"))
    now = _emojis(reaction.get("new_reaction"))
    changed = ReactionChanged(
        thread_key=place.thread_key,
        dedup_key=dedup_key,
        provider_at=_at(reaction, "date"),
        provider_message_id=place.message_id(reaction.get("message_id")),
        sender=_person(who),
        emoji=next((emoji for emoji in now if emoji not in before), now[0] if now else None),
    )
    return (changed,)


def _emojis(reactions: Any) -> list[str]:
    found = []
    for reaction in json.array(reactions, "reactions"):
        kind = json.obj(reaction, "reaction")
        custom = json.optional_text(kind.get("custom_emoji_id"))
        emoji = json.optional_text(kind.get("emoji")) or (f"custom:{custom}" if custom else "⭐")
        found.append(emoji)
    return found


def _callback(query: Update, dedup_key: str) -> Events:
    """A pressed button. The message under it is ours, so its time says nothing about the press."""
    user = json.obj(query.get("from"), "from")
    message = query.get("message")
    place = place_of(message) if isinstance(message, dict) else Place(identifier(user.get("id"), "from.id"))
    data = json.optional_text(query.get("data")) or json.optional_text(query.get("game_short_name"))
    title = _title(message, data) if isinstance(message, dict) and data else None
    pressed = MessageReceived(
        thread_key=place.thread_key,
        dedup_key=dedup_key,
        sender=_person(user),
        content=Content(choice=Choice(id=data, title=title)) if data else Content(unsupported="callback_query"),
        provider_message_id=f"callback:{identifier(query.get('id'), 'callback_query.id')}",
        in_reply_to=place.message_id(message.get("message_id")) if isinstance(message, dict) else None,
    )
    return (pressed,)


def _title(message: Update, data: str) -> str | None:
    """What stood on the button, where the message still has its keyboard."""
    markup = message.get("reply_markup")
    rows = markup.get("inline_keyboard") if isinstance(markup, dict) else None
    for row in rows if isinstance(rows, list) else ():
        for button in row if isinstance(row, list) else ():
            if isinstance(button, dict) and button.get("callback_data") == data:
                return json.optional_text(button.get("text"))
    return None


def _membership(change: Update, dedup_key: str) -> Events:
    """The customer blocked the bot (`kicked`) or came back (`member`): kept for the counters."""
    member = change.get("new_chat_member")
    status = json.optional_text(member.get("status")) if isinstance(member, dict) else None
    return _ignored(place_of(change), dedup_key, f"my_chat_member {(status or 'unknown')[:40]}")


def _ignored(place: Place, dedup_key: str, reason: str) -> Events:
    return (EventIgnored(thread_key=place.thread_key, dedup_key=dedup_key, reason=reason),)


def _sender(message: Update, chat: Update) -> Sender:
    """Who wrote. An anonymous administrator or a channel hides behind a technical bot and shows as its chat."""
    user, behind = message.get("from"), message.get("sender_chat")
    hidden = isinstance(behind, dict) and (not isinstance(user, dict) or user.get("is_bot") is True)
    return _person(behind if hidden else user if isinstance(user, dict) else chat)


def _person(value: Any) -> Sender:
    """A username is no alias: it can pass to another person."""
    person = json.obj(value, "sender")
    return Sender(
        address=identifier(person.get("id"), "sender.id"),
        name=full_name(person),
        language=json.optional_text(person.get("language_code")),
    )


def _visibility(chat: Update) -> Visibility:
    """Channels and groups with a public name can be read by anybody."""
    public = chat.get("type") == "channel" or (chat.get("type") == "supergroup" and bool(chat.get("username")))
    return Visibility.PUBLIC if public else Visibility.PRIVATE


def _is_automatic(message: Update, chat: Update) -> bool:
    """Posts of a channel, their copies in its group, and what other bots write: nobody waits for an answer to them."""
    user = message.get("from")
    bot = isinstance(user, dict) and user.get("is_bot") is True and not isinstance(message.get("sender_chat"), dict)
    return bot or chat.get("type") == "channel" or message.get("is_automatic_forward") is True


def _quoted(message: Update, place: Place) -> str | None:
    """The message this one answers. In a topic, every message formally answers the notice that created it."""
    quoted = message.get("reply_to_message")
    if not isinstance(quoted, dict) or "forum_topic_created" in quoted:
        return None
    return place.message_id(quoted.get("message_id"))


def _at(thing: Update, key: str) -> datetime | None:
    """Seconds since 1970; Telegram writes 0 for a message it no longer shows."""
    return json.instant(thing[key], key) if thing.get(key) else None


_HANDLERS: dict[str, Callable[[Update, str], Events]] = {
    "message": _message,
    "business_message": _message,
    "channel_post": _message,
    "edited_message": _edited,
    "edited_business_message": _edited,
    "edited_channel_post": _edited,
    "deleted_business_messages": _deleted,
    "callback_query": _callback,
    "message_reaction": _reaction,
    "my_chat_member": _membership,
}


def update_id(update: Update) -> str:
    """The number of an update; raises `PayloadInvalid` where it has none."""
    number = update.get("update_id")
    if isinstance(number, bool) or not isinstance(number, int):
        raise PayloadInvalid("update_id is not a number")
    return str(number)
