"""Looks every hour through the account's newest posts for comments whose webhook never came (`GET /{account}/media`)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from backbone.channel import graph
from backbone.channel.batch import Element
from backbone.channel.graph import Graph
from backbone.channel.port import Account, HttpCall, ProviderReply
from backbone.channel.replies import child
from backbone.channel.sources import PollPage
from services.instagram_comments.settings import InstagramCommentsSettings

_COMMENT = "id,text,timestamp,from,username,parent_id"
FIELDS = f"id,comments.limit(50){{{_COMMENT},replies.limit(25){{{_COMMENT}}}}}"
POSTS = "25"


def call_of(account: Account) -> HttpCall | None:
    """The one call of a poll; None where the external id is no account's."""
    settings: InstagramCommentsSettings = account.settings
    api = Graph(f"{settings.api_base}/{settings.api_version}", settings.access_token)
    return api.query(account.external_id, "media", fields=FIELDS, limit=POSTS)


def found(reply: ProviderReply, cursor: Mapping[str, Any] | None) -> PollPage:
    """The comments that are new, each as the value of the change that tells of it. Raises nothing."""
    return graph.missed(reply, cursor, _items)


def _items(media: Element) -> Sequence[tuple[Element, datetime | None]]:
    return list(_comments(media, "comments", media.get("id"), None))


def _comments(holder: Element, kind: str, media: Any, parent: Any) -> Iterator[tuple[Element, datetime | None]]:
    comments = child(holder, kind).get("data")
    for comment in comments if isinstance(comments, list) else []:
        if not isinstance(comment, dict):
            continue
        author = comment.get("from") or ({"username": comment["username"]} if "username" in comment else None)
        value = {
            "id": comment.get("id"),
            "text": comment.get("text"),
            "timestamp": comment.get("timestamp"),
            "media": {"id": media},
            **({"from": author} if author else {}),
            **({"parent_id": above} if (above := comment.get("parent_id") or parent) else {}),
        }
        yield value, graph.instant(comment.get("timestamp"))
        if parent is None:
            yield from _comments(comment, "replies", media, comment.get("id"))
