"""Reads what is to be done about an older message: checks that every channel makes before it renders an action."""

from collections.abc import Container

from backbone.errors import InputInvalid
from schemas.outbound import OutboundMessage


def check_action(message: OutboundMessage, known: Container[str], title: str) -> None:
    """Raises `InputInvalid` for an action that is neither `send` nor one of `known`."""
    if message.action != "send" and message.action not in known:
        raise InputInvalid(f"{title} doesn't know the action {message.action}")


def target_of(message: OutboundMessage) -> str:
    """The provider's id of the message that the action is about; raises `InputInvalid` where none is named."""
    if not message.target:
        raise InputInvalid("the action names no message")
    return message.target


def emoji_of(message: OutboundMessage) -> str:
    """The reaction's emoji; raises `InputInvalid` where there is none."""
    emoji = (message.content.text or "").strip()
    if not emoji:
        raise InputInvalid("the reaction has no emoji")
    return emoji
