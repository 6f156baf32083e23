"""Names of messages: an activity's id is only unique in its conversation."""

from typing import Any

from backbone.channel import json
from backbone.errors import PayloadInvalid

_SEPARATOR = "|"
_LENGTH_MAX = 230


def identifier(value: Any, where: str) -> str:
    """An id of Microsoft's, short enough that two of them make a key. Raises `PayloadInvalid`."""
    found = json.identifier(value, where)
    if len(found) > _LENGTH_MAX or _SEPARATOR in found:
        raise PayloadInvalid(f"{where} is no id")
    return found


def message_id(conversation: str, activity: str) -> str:
    return f"{conversation}{_SEPARATOR}{activity}"


def parts_of(identity: str) -> tuple[str, str] | None:
    """Conversation and activity of a message's name; None for what is no such name."""
    conversation, separator, activity = identity.partition(_SEPARATOR)
    return (conversation, activity) if separator and conversation and activity else None
