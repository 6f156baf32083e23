"""The Bot API calls that do something about an older message, or show that somebody writes."""

from collections.abc import Callable
from typing import Any

from backbone.channel.actions import emoji_of, target_of
from backbone.channel.words import text_of
from backbone.errors import InputInvalid
from schemas.outbound import OutboundMessage
from services.telegram.place import Place

TEXT_MAX = 4096

Step = tuple[str, dict[str, Any]]


def step_for(message: OutboundMessage, place: Place) -> Step:
    """The method and its fields beside the chat's address. Raises `InputInvalid` where it can't be done there."""
    return _STEPS[message.action](message, place)


def _number(message: OutboundMessage, place: Place) -> int:
    number = place.number_of(target_of(message))
    if number is None:
        raise InputInvalid("the message that the action is about belongs to another chat")
    return number


def _edit(message: OutboundMessage, place: Place) -> Step:
    """Text takes the place of text: a picture's caption is not text, and Telegram refuses it."""
    light = message.content.text_format == "light"
    text = text_of(message.content, "html") if light else message.content.text or ""
    plain = text_of(message.content)
    if not plain.strip() or len(plain.encode("utf-16-le", "surrogatepass")) // 2 > TEXT_MAX:
        raise InputInvalid(f"an edited message needs text of at most {TEXT_MAX} characters")
    mode = {"parse_mode": "HTML"} if light else {}
    return "editMessageText", {"message_id": _number(message, place), "text": text, **mode}


def _delete(message: OutboundMessage, place: Place) -> Step:
    if place.connection:
        return "deleteBusinessMessages", {"message_ids": [_number(message, place)]}
    return "deleteMessage", {"message_id": _number(message, place)}


def _react(message: OutboundMessage, place: Place) -> Step:
    """Bots can't react in a business's own chats."""
    if place.connection:
        raise InputInvalid("a bot can't react in the chats of a business account")
    emoji = [{"type": "emoji", "emoji": emoji_of(message)}] if message.action == "react" else []
    return "setMessageReaction", {"message_id": _number(message, place), "reaction": emoji}


def _typing(_: OutboundMessage, __: Place) -> Step:
    return "sendChatAction", {"action": "typing"}


def _read(message: OutboundMessage, place: Place) -> Step:
    """Only a business account can be seen to have read."""
    if not place.connection:
        raise InputInvalid("a bot's own chats show nobody what it has read")
    return "readBusinessMessage", {"message_id": _number(message, place)}


_STEPS: dict[str, Callable[[OutboundMessage, Place], Step]] = {
    "edit": _edit,
    "delete": _delete,
    "react": _react,
    "unreact": _react,
    "typing": _typing,
    "read": _read,
}
ACTIONS = frozenset(_STEPS)
