"""Turns a message into calls of API v2: `POST /2/dm_conversations/with/{user}/messages`, one call a part."""

from collections.abc import Sequence
from dataclasses import replace

from backbone.channel.actions import check_action, target_of
from backbone.channel.port import Account, ProviderCall
from backbone.channel.text import split
from backbone.channel.words import in_words
from backbone.channel.x_api import call, checked_id
from backbone.channel.x_upload import carried
from backbone.errors import InputInvalid
from schemas.content import Media
from schemas.outbound import OutboundMessage
from services.x.settings import XMessagesSettings

TEXT_MAX = 10_000


def calls_for(message: OutboundMessage, account: Account) -> Sequence[ProviderCall]:
    """The calls of a message in order: its text, then each picture or film with its caption; all else is said in words.

    X takes one file a message. Raises `InputInvalid` for a template, an empty message, what is no id of a user, and
    actions but `delete`.
    """
    settings: XMessagesSettings = account.settings
    check_action(message, {"delete"}, "X")
    if message.action == "delete":
        return (call(account, settings, "DELETE", f"dm_events/{checked_id(target_of(message), 'a message')}"),)
    if message.content.template:
        raise InputInvalid("X has no approved templates")
    files = carried(message.content.media)
    spoken = [media for media in message.content.media if media not in files]
    captions = [media.caption for media in files if len(media.caption or "") > TEXT_MAX]
    parts = split(in_words(message.content, spoken=spoken, captions=captions), TEXT_MAX)
    if not parts and not files:
        raise InputInvalid("X can't carry an empty message")
    path = f"dm_conversations/with/{checked_id(message.recipient, 'a user')}/messages"
    texts = [call(account, settings, "POST", path, {"text": part}) for part in parts]
    shown = [
        call(account, settings, "POST", path, {"text": media.caption} if _has_caption(media) else {}) for media in files
    ]
    return (*texts, *(replace(one, files=(media,)) for one, media in zip(shown, files, strict=True)))


def _has_caption(media: Media) -> bool:
    return 0 < len(media.caption or "") <= TEXT_MAX
