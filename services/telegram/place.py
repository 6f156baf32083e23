"""Where a Telegram message stands: its chat, topic and business connection, and the keys made of them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backbone.channel import json
from backbone.errors import InputInvalid, PayloadInvalid
from schemas.outbound import OutboundMessage

_ID_MAX = 100
_THREAD = re.compile(r"(-?\d{1,20}|@\w{1,64})(?:#(\d{1,20}))?(?:@([\w-]{1,100}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """A chat id, and where there is one a forum topic or the connection to the business account that owns the chat.

    The thread key is `<chat>`, `<chat>#<topic>` or `<chat>@<connection>`. Message ids are unique in a chat only, and a
    business chat has the same chat id as the customer's chat with the bot, so an id is `<chat>[@<connection>]:<id>`.
    """

    chat: str
    topic: str | None = None
    connection: str | None = None

    @property
    def thread_key(self) -> str:
        topic = f"#{self.topic}" if self.topic else ""
        return f"{self.chat}{topic}{self._suffix}"

    @property
    def _suffix(self) -> str:
        return f"@{self.connection}" if self.connection else ""

    def message_id(self, number: Any) -> str:
        return f"{self.chat}{self._suffix}:{identifier(number, 'message_id')}"

    def number_of(self, message_id: str) -> int | None:
        """The chat's own number of a message id, None if it belongs to another chat."""
        prefix, _, number = message_id.rpartition(":")
        return int(number) if prefix == f"{self.chat}{self._suffix}" and re.fullmatch(r"\d{1,18}", number) else None


def identifier(value: Any, where: str) -> str:
    """An id as text; raises `PayloadInvalid` where it is none or longer than any of Telegram's."""
    found = json.text(value, where)
    if len(found) > _ID_MAX:
        raise PayloadInvalid(f"{where} is too long")
    return found


def place_of(message: Mapping[str, Any]) -> Place:
    """A thread id counts for forum topics only: replies in ordinary groups carry one too."""
    chat = json.obj(message.get("chat"), "chat")
    connection = message.get("business_connection_id")
    topic = message.get("message_thread_id") if message.get("is_topic_message") is True else None
    return Place(
        identifier(chat.get("id"), "chat.id"),
        None if topic is None else identifier(topic, "message_thread_id"),
        None if connection is None else identifier(connection, "business_connection_id"),
    )


def place_for(message: OutboundMessage) -> Place:
    """Where an answer goes: the thread's chat, or the recipient's own. Raises `InputInvalid` for neither."""
    for address in (message.thread_key, message.recipient):
        match = _THREAD.fullmatch(address)
        if match:
            return Place(match[1], match[2], match[3])
    raise InputInvalid("a Telegram recipient is a chat id or a channel's @name")
