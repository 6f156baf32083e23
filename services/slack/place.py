"""Names of Slack's places: messages by channel and time, conversations by channel and, in shared ones, thread."""

import re
from typing import Any

from backbone.channel import json
from backbone.channel.port import Account
from backbone.errors import PayloadInvalid

_LENGTH_MAX = 200
_CHANNEL = re.compile(r"[CDGUW][A-Z0-9]{1,30}")
_ID = re.compile(r"([CDGUW][A-Z0-9]{1,30}):([0-9]{1,20}\.[0-9]{1,10})")


def identifier(value: Any, where: str) -> str:
    """An id or a time of Slack's, short enough that two of them make a key. Raises `PayloadInvalid`."""
    found = json.identifier(value, where)
    if len(found) > _LENGTH_MAX:
        raise PayloadInvalid(f"{where} is too long")
    return found


def message_id(channel: str, ts: str) -> str:
    """A message's name: its time is unique in its channel only."""
    return f"{channel}:{ts}"


def parts_of(identity: str) -> tuple[str, str] | None:
    """Channel and time of a message's name; None for what is no such name."""
    found = _ID.fullmatch(identity)
    return (found[1], found[2]) if found else None


def thread_key(channel: str, root: str, *, direct: bool) -> str:
    """A direct conversation is one; in all other channels each thread is its own, named by its first message."""
    return channel if direct else f"{channel}:{root}"


def address_of(thread_key: str, recipient: str) -> tuple[str, str | None]:
    """Channel and thread to write to. A thread that names no channel of Slack's leaves the person, who is written directly."""
    found = parts_of(thread_key)
    if found is not None:
        return found
    return (thread_key if _CHANNEL.fullmatch(thread_key) else recipient), None


def authorization(account: Account) -> tuple[str, str]:
    """The token that the gateway keeps fresh, else the one that lasts; without either Slack refuses the call."""
    token = account.token or account.settings.bot_token
    return "authorization", f"Bearer {token.get_secret_value() if token else ''}"
