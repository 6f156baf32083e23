"""Turns a message into calls of API v2: `POST /2/dm_conversations/with/{user}/messages`, one call a part."""

from collections.abc import Sequence

from backbone.channel.actions import check_action, target_of
from backbone.channel.port import Account, ProviderCall
from backbone.channel.text import split
from backbone.channel.words import in_words
from backbone.channel.x_api import call, checked_id
from backbone.errors import InputInvalid
from schemas.outbound import OutboundMessage
from services.x.settings import XMessagesSettings

TEXT_MAX = 10_000


def calls_for(message: OutboundMessage, account: Account) -> Sequence[ProviderCall]:
    """The calls of a message in order. X takes files only after an upload, so media go as links; all else is said in words.

    Raises `InputInvalid` for a template, an empty message, what is no id of a user, and actions but `delete`.
    """
    settings: XMessagesSettings = account.settings
    check_action(message, {"delete"}, "X")
    if message.action == "delete":
        return (call(account, settings, "DELETE", f"dm_events/{checked_id(target_of(message), 'a message')}"),)
    if message.content.template:
        raise InputInvalid("X has no approved templates")
    parts = split(in_words(message.content, spoken=message.content.media), TEXT_MAX)
    if not parts:
        raise InputInvalid("X can't carry a message without text")
    path = f"dm_conversations/with/{checked_id(message.recipient, 'a user')}/messages"
    return tuple(call(account, settings, "POST", path, {"text": part}) for part in parts)
