"""Turns a message into calls of the Data API: answers in a thread, changes of our own, and what a channel's owner may do."""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Literal

from backbone.channel import google_api, json
from backbone.channel.actions import check_action, target_of
from backbone.channel.port import Account, HttpCall, Outcome, ProviderCall, ProviderReply, Throttled
from backbone.channel.replies import json_object
from backbone.channel.text import split
from backbone.channel.words import in_words
from backbone.errors import InputInvalid
from schemas.outbound import OutboundMessage
from services.youtube.settings import YoutubeSettings

TEXT_MAX = 10_000
QUOTA_PAUSE = timedelta(hours=1)
"""The day's units are back at midnight Pacific time; a codec has no clock, so it is asked again every hour."""
_ID = re.compile(r"[A-Za-z0-9_.-]{1,200}")


def calls_for(message: OutboundMessage, account: Account) -> Sequence[ProviderCall]:
    """The calls of a message in order: `send` answers in the thread, each part as a comment.

    Everything but text is said in words. Raises `InputInvalid` for a template, an empty message, what is no comment, and
    actions but `edit`, `delete`, `hide`, `unhide`.
    """
    check_action(message, {"edit", "delete", "hide", "unhide"}, "YouTube")
    if message.content.template:
        raise InputInvalid("YouTube has no approved templates")
    if message.action != "send":
        return (_action(message, account),)
    parts = split(in_words(message.content, spoken=message.content.media), TEXT_MAX)
    if not parts:
        raise InputInvalid("a comment can't be without text")
    thread = _checked(message.thread_key)
    return tuple(
        _call(account, "POST", "", {"part": "snippet"}, {"snippet": {"parentId": thread, "textOriginal": part}})
        for part in parts
    )


def _action(message: OutboundMessage, account: Account) -> HttpCall:
    target = _checked(target_of(message))
    if message.action == "delete":
        return _call(account, "DELETE", "", {"id": target}, None)
    if message.action == "edit":
        parts = split(in_words(message.content, spoken=message.content.media), TEXT_MAX)
        if len(parts) != 1:
            raise InputInvalid(f"an edit takes one text of at most {TEXT_MAX} characters")
        body = {"id": target, "snippet": {"textOriginal": parts[0]}}
        return _call(account, "PUT", "", {"part": "snippet"}, body)
    status = "rejected" if message.action == "hide" else "published"
    return _call(account, "POST", "/setModerationStatus", {"id": target, "moderationStatus": status}, None)


def _call(
    account: Account,
    method: Literal["POST", "PUT", "DELETE"],
    path: str,
    query: Mapping[str, str],
    body: Mapping[str, object] | None,
) -> HttpCall:
    settings: YoutubeSettings = account.settings
    url = f"{settings.api_base}/youtube/v3/comments{path}"
    return google_api.call(account, settings, method, url, query=query, body=body)


def _checked(identity: str) -> str:
    if not _ID.fullmatch(identity):
        raise InputInvalid("this is no id of a comment")
    return identity


def outcome_of(reply: ProviderReply) -> Outcome:
    """As Google's APIs answer, with the id of the comment that was made; a day's spent quota pauses for an hour.

    Final: `commentsDisabled`, `forbidden`, `parentCommentNotFound`, `ineligibleAccount` and all else with a 4xx.
    """
    outcome = google_api.outcome_of(reply, json.optional_text(json_object(reply).get("id")))
    if (
        isinstance(outcome, Throttled)
        and outcome.retry_after is None
        and outcome.code in {"quotaExceeded", "dailyLimitExceeded"}
    ):
        return Throttled(outcome.code, QUOTA_PAUSE)
    return outcome
