"""Turns a message into calls of the Graph API: answers under a comment, a private reply, and what a page may do."""

from collections.abc import Sequence

from backbone.channel.actions import target_of
from backbone.channel.graph import Graph
from backbone.channel.port import Account, HttpCall, ProviderCall
from backbone.channel.text import split
from backbone.channel.words import in_words
from backbone.errors import InputInvalid
from schemas.content import MediaKind
from schemas.outbound import OutboundMessage
from services.facebook_comments.settings import FacebookCommentsSettings

TEXT_MAX = 8000
PRIVATE_TEXT_MAX = 2000
THUMB = "👍"
_NATIVE = {MediaKind.IMAGE, MediaKind.STICKER}


def calls_for(message: OutboundMessage, account: Account) -> Sequence[ProviderCall]:
    """The calls of a message in order.

    `send` answers under the thread's comment, whatever is quoted: not every page may answer an answer. Each part is a
    comment and holds one picture at most, all else is said in words. Raises `InputInvalid` for a template, an empty message, an action that pages don't
    have, or one without a target.
    """
    settings: FacebookCommentsSettings = account.settings
    api = Graph(f"{settings.api_base}/{settings.api_version}", settings.access_token)
    if message.content.template:
        raise InputInvalid("Facebook comments have no approved templates")
    if message.action == "send":
        return _comments(api, message)
    return (_action(api, message, target_of(message), account.external_id),)


def _comments(api: Graph, message: OutboundMessage) -> Sequence[HttpCall]:
    native = [media for media in message.content.media if media.kind in _NATIVE and media.url]
    spoken = [media for media in message.content.media if media not in native]
    text = in_words(message.content, spoken=spoken, captions=[media.caption for media in native])
    bodies: list[dict[str, object]] = [{"message": part} for part in split(text, TEXT_MAX)]
    for number, media in enumerate(native):
        if number == 0 and bodies:
            bodies[-1]["attachment_url"] = media.url
        else:
            bodies.append({"attachment_url": media.url})
    if not bodies:
        raise InputInvalid("a comment can't be without text and picture")
    return tuple(api.call("POST", message.thread_key, "comments", body) for body in bodies)


def _action(api: Graph, message: OutboundMessage, target: str, page: str) -> HttpCall:
    match message.action:
        case "private_reply":
            return _private_reply(api, message, target, page)
        case "edit":
            return api.call("POST", target, body={"message": _one_text(message, TEXT_MAX)})
        case "delete":
            return api.call("DELETE", target)
        case "hide" | "unhide":
            return api.call("POST", target, body={"is_hidden": message.action == "hide"})
        case "react":
            if (message.content.text or "").strip() != THUMB:
                raise InputInvalid("a page's only reaction by its API is a like (👍)")
            return api.call("POST", target, "likes")
        case "unreact":
            return api.call("DELETE", target, "likes")
        case _:
            raise InputInvalid(f"Facebook comments have no {message.action}")


def _private_reply(api: Graph, message: OutboundMessage, target: str, page: str) -> HttpCall:
    """One private message, once, within seven days of the comment or the visitor's post (whose id begins with the page's)."""
    kind = "post_id" if target.startswith(f"{page}_") else "comment_id"
    text = _one_text(message, PRIVATE_TEXT_MAX)
    return api.call("POST", page, "messages", {"recipient": {kind: target}, "message": {"text": text}})


def _one_text(message: OutboundMessage, limit: int) -> str:
    """The whole message as one text; a page may answer in private only once, and an edit replaces one comment."""
    parts = split(in_words(message.content, spoken=message.content.media), limit)
    if len(parts) != 1:
        raise InputInvalid(f"{message.action} takes one text of at most {limit} characters")
    return parts[0]
