"""Turns a message into calls of API v2: answers as posts, each part under the post that is answered, and what a user may do."""

import re
from collections.abc import Sequence
from dataclasses import replace

from backbone.channel.actions import check_action, target_of
from backbone.channel.port import Account, HttpCall, ProviderCall
from backbone.channel.text import split
from backbone.channel.words import in_words
from backbone.channel.x_api import call, checked_id
from backbone.channel.x_upload import FILM, GIF, carried
from backbone.errors import InputInvalid
from schemas.content import Content, Media, MediaKind
from schemas.outbound import OutboundMessage
from services.x_posts.settings import XPostsSettings

TEXT_MAX = 280
LINK_WEIGHT = 23
"""X counts each link as this many characters, however long or short it is."""
PART_MIN = 100
IMAGES_MAX = 4
HEARTS = {"❤️", "❤", "♥️", "♥"}
ACTIONS = {"delete", "hide", "unhide", "react", "unreact"}
_SHORT_LINK = re.compile(r"https?://\S{1,15}(?!\S)")


def calls_for(message: OutboundMessage, account: Account) -> Sequence[ProviderCall]:
    """The calls of a message in order. `send` answers the post that it quotes, which is the person's last one; where there
    is none yet it is a post of its own.

    Up to four pictures, or one film or moving picture, stand below the first part; everything else is said in words. Raises
    `InputInvalid` for a template, an empty message, an action that X doesn't have, or one without a target.
    """
    settings: XPostsSettings = account.settings
    check_action(message, ACTIONS, "X")
    if message.action != "send":
        return (_action(message, account, settings),)
    if message.content.template:
        raise InputInvalid("X has no approved templates")
    files = _shown(message.content)
    spoken = [media for media in message.content.media if media not in files]
    captions = [media.caption for media in files]
    parts = _parts(in_words(message.content, spoken=spoken, captions=captions)) or ([""] if files else [])
    if not parts:
        raise InputInvalid("a post can't be empty")
    answered = message.in_reply_to or (message.references[-1] if message.references else None)
    reply = {"reply": {"in_reply_to_tweet_id": checked_id(answered, "a post")}} if answered else {}
    bodies = [{**({"text": part} if part else {}), **reply} for part in parts]
    first, *others = [call(account, settings, "POST", "tweets", body) for body in bodies]
    return (replace(first, files=tuple(files)), *others)


def _shown(content: Content) -> list[Media]:
    """A post shows up to four still pictures or one of what moves."""
    files = carried(content.media)
    still = [media for media in files if media.kind is MediaKind.IMAGE and media.mime not in {GIF, FILM}]
    return still[:IMAGES_MAX] or files[:1]


def _parts(text: str) -> list[str]:
    """Parts of at most 280 as X counts: where links are shorter than what they count for, that much less."""
    missing = sum(LINK_WEIGHT - len(link) for link in _SHORT_LINK.findall(text))
    return split(text, max(PART_MIN, TEXT_MAX - max(0, missing)), "weighted")


def _action(message: OutboundMessage, account: Account, settings: XPostsSettings) -> HttpCall:
    target = checked_id(target_of(message), "a post")
    match message.action:
        case "delete":
            return call(account, settings, "DELETE", f"tweets/{target}")
        case "hide" | "unhide":
            return call(account, settings, "PUT", f"tweets/{target}/hidden", {"hidden": message.action == "hide"})
        case "react":
            if (message.content.text or "").strip() not in HEARTS:
                raise InputInvalid("X's only reaction is a like (❤️)")
            return call(account, settings, "POST", f"users/{_me(account)}/likes", {"tweet_id": target})
        case _:
            return call(account, settings, "DELETE", f"users/{_me(account)}/likes/{target}")


def _me(account: Account) -> str:
    return checked_id(account.external_id, "a user")
