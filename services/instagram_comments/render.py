"""Turns a message into calls of the Graph API: answers under a comment or a mention, private replies, hiding, deleting."""

from collections.abc import Sequence

from backbone.channel.actions import target_of
from backbone.channel.graph import Graph
from backbone.channel.port import Account, HttpCall, ProviderCall
from backbone.channel.text import split
from backbone.channel.words import in_words
from backbone.errors import InputInvalid
from schemas.outbound import OutboundMessage
from services.instagram_comments.mentions import of_key
from services.instagram_comments.settings import InstagramCommentsSettings

TEXT_MAX = 300
PRIVATE_BYTES_MAX = 1000


def calls_for(message: OutboundMessage, account: Account) -> Sequence[ProviderCall]:
    """The calls of a message in order. `send` answers under the thread's comment: Instagram has no deeper level.

    Everything but text is said in words. Raises `InputInvalid` for a template, an empty message, an action that Instagram
    doesn't have, or one without a target.
    """
    settings: InstagramCommentsSettings = account.settings
    api = Graph(f"{settings.api_base}/{settings.api_version}", settings.access_token)
    if message.content.template:
        raise InputInvalid("Instagram comments have no approved templates")
    if message.action == "send":
        return _answers(api, message, account.external_id)
    return (_action(api, message, target_of(message), account.external_id),)


def _answers(api: Graph, message: OutboundMessage, account_id: str) -> Sequence[HttpCall]:
    parts = split(in_words(message.content, spoken=message.content.media), TEXT_MAX)
    if not parts:
        raise InputInvalid("a comment can't be without text")
    mention = of_key(message.thread_key)
    if mention is None:
        return tuple(api.call("POST", message.thread_key, "replies", {"message": part}) for part in parts)
    about = {"media_id": mention.media_id, **({"comment_id": mention.comment_id} if mention.comment_id else {})}
    return tuple(api.call("POST", account_id, "mentions", {**about, "message": part}) for part in parts)


def _action(api: Graph, message: OutboundMessage, target: str, account_id: str) -> HttpCall:
    match message.action:
        case "private_reply":
            parts = split(in_words(message.content, spoken=message.content.media), PRIVATE_BYTES_MAX, "bytes")
            if len(parts) != 1:
                raise InputInvalid(f"a private reply is one text of at most {PRIVATE_BYTES_MAX} bytes")
            body = {"recipient": {"comment_id": target}, "message": {"text": parts[0]}}
            return api.call("POST", account_id, "messages", body)
        case "delete":
            return api.call("DELETE", target)
        case "hide" | "unhide":
            return api.call("POST", target, body={"hide": message.action == "hide"})
        case _:
            raise InputInvalid(f"Instagram comments have no {message.action}")
