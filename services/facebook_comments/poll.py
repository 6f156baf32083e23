"""Looks every hour through the page's newest posts for comments whose webhook never came (`GET /{page}/feed`)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from backbone.channel import graph, json
from backbone.channel.batch import Element
from backbone.channel.graph import Graph
from backbone.channel.port import Account, HttpCall, ProviderReply
from backbone.channel.replies import child
from backbone.channel.sources import PollPage
from services.facebook_comments.settings import FacebookCommentsSettings

_COMMENT = "id,message,created_time,from,parent{id},permalink_url,attachment{media,type}"
FIELDS = (
    "id,message,created_time,from,permalink_url,"
    f"comments.limit(50).order(reverse_chronological){{{_COMMENT},comments.limit(25).order(reverse_chronological){{{_COMMENT}}}}}"
)
POSTS = "25"


def call_of(account: Account) -> HttpCall | None:
    """The one call of a poll; None where the external id is no page's."""
    settings: FacebookCommentsSettings = account.settings
    api = Graph(f"{settings.api_base}/{settings.api_version}", settings.access_token)
    return api.query(account.external_id, "feed", fields=FIELDS, limit=POSTS)


def found(reply: ProviderReply, cursor: Mapping[str, Any] | None) -> PollPage:
    """The comments and visitors' posts that are new, each as the value of the change that tells of it. Raises nothing."""
    return graph.missed(reply, cursor, _items)


def _items(post: Element) -> Sequence[tuple[Element, datetime | None]]:
    said = {
        "item": "post",
        "verb": "add",
        "post_id": post.get("id"),
        **_shared(post),
    }
    return [(said, graph.instant(post.get("created_time"))), *_comments(post, post.get("id"), None)]


def _comments(holder: Element, post: Any, parent: Any) -> Iterator[tuple[Element, datetime | None]]:
    comments = child(holder, "comments").get("data")
    for comment in comments if isinstance(comments, list) else []:
        if not isinstance(comment, dict):
            continue
        image = child(child(child(comment, "attachment"), "media"), "image").get("src")
        value = {
            "item": "comment",
            "verb": "add",
            "comment_id": comment.get("id"),
            "post_id": post,
            "parent_id": child(comment, "parent").get("id") or parent or post,
            **_shared(comment),
            **({"photo": image} if json.optional_text(image) else {}),
        }
        yield value, graph.instant(comment.get("created_time"))
        if parent is None:
            yield from _comments(comment, post, comment.get("id"))


def _shared(said: Element) -> Element:
    return {key: said[key] for key in ("message", "created_time", "from", "permalink_url") if key in said}
