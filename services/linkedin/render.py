"""Turns a message into calls of the Comments API: answers of the page in a thread, changes of its own, reactions."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from backbone.channel.actions import check_action, emoji_of, target_of
from backbone.channel.port import Account, HttpCall, ProviderCall
from backbone.channel.text import split
from backbone.channel.words import in_words
from backbone.errors import InputInvalid
from schemas.outbound import OutboundMessage
from services.linkedin.api import call
from services.linkedin.urns import ORGANIZATION, Comment, comment_of, post_of

TEXT_MAX = 1250
ACTIONS = {"edit", "delete", "react", "unreact"}
REACTIONS: Mapping[str, str] = {
    "👍": "LIKE",
    "👏": "PRAISE",
    "❤": "EMPATHY",
    "💡": "INTEREST",
    "🫶": "APPRECIATION",
    "😂": "ENTERTAINMENT",
}
"""LinkedIn's six reactions, by the emoji that it shows for them."""


def calls_for(message: OutboundMessage, account: Account) -> Sequence[ProviderCall]:
    """The calls of a message in order. `send` answers under the thread's comment, or under the post that names the page.

    Everything but text is said in words. Raises `InputInvalid` for a template, an empty message, what is no comment or
    post, a reaction that LinkedIn doesn't have, and any other action.
    """
    check_action(message, ACTIONS, "LinkedIn")
    if message.content.template:
        raise InputInvalid("LinkedIn has no approved templates")
    if message.action != "send":
        return (_action(message, account),)
    parts = split(in_words(message.content, spoken=message.content.media), TEXT_MAX)
    if not parts:
        raise InputInvalid("a comment can't be without text")
    thread = comment_of(message.thread_key)
    post = thread.post if thread else post_of(message.thread_key)
    if post is None:
        raise InputInvalid("this is no comment or post")
    about: dict[str, object] = {"actor": _page(account), "object": post}
    if thread:
        about["parentComment"] = thread.urn
    path = f"socialActions/{_encoded(thread.urn if thread else post)}/comments"
    return tuple(call(account, "POST", path, {**about, "message": {"text": part}}) for part in parts)


def _action(message: OutboundMessage, account: Account) -> HttpCall:
    target, page = target_of(message), _encoded(_page(account))
    if message.action in {"react", "unreact"}:
        entity = _known(target)
        if message.action == "unreact":
            return call(account, "DELETE", f"reactions/(actor:{page},entity:{_encoded(entity)})")
        kind = REACTIONS.get(emoji_of(message).replace("\ufe0f", ""))
        if kind is None:
            raise InputInvalid("LinkedIn has no such reaction")
        return call(account, "POST", f"reactions?actor={page}", {"root": entity, "reactionType": kind})
    comment = comment_of(target)
    if comment is None:
        raise InputInvalid("this is no comment")
    path = f"{_path(comment)}?actor={page}"
    if message.action == "delete":
        return call(account, "DELETE", path)
    parts = split(in_words(message.content, spoken=message.content.media), TEXT_MAX)
    if len(parts) != 1:
        raise InputInvalid(f"an edit takes one text of at most {TEXT_MAX} characters")
    return call(account, "POST", path, {"patch": {"message": {"$set": {"text": parts[0]}}}}, partial=True)


def _path(comment: Comment) -> str:
    return f"socialActions/{_encoded(comment.post)}/comments/{_encoded(comment.number)}"


def _known(target: str) -> str:
    comment = comment_of(target)
    found = comment.urn if comment else post_of(target)
    if found is None:
        raise InputInvalid("this is no comment or post")
    return found


def _page(account: Account) -> str:
    """The page's URN; an external id of digits alone is taken as an organization's."""
    page = account.external_id if ":" in account.external_id else f"urn:li:organization:{account.external_id}"
    if not ORGANIZATION.fullmatch(page):
        raise InputInvalid("the account is no page")
    return page


def _encoded(urn: str) -> str:
    """URNs in paths are percent-encoded whole (Rest.li protocol 2.0)."""
    return quote(urn, safe="")
