"""What the REST API's answers mean (docs.discord.com, opcodes and status codes, rate limits)."""

import math
from datetime import timedelta
from typing import Any

from backbone.channel import json
from backbone.channel.port import Accepted, Final, Outcome, ProviderReply, Throttled, Transient
from backbone.channel.replies import RETRY_AFTER_MAX, by_status, json_object, retry_after

THROTTLED = frozenset({20016, 20022, 20028, 40062})
"""Slow mode, and limits of writing to a channel or a resource."""
TRANSIENT = frozenset({130000})
"""Discord is overloaded."""

MEANINGS = {
    10003: "The channel is gone.",
    10008: "The message is gone.",
    10013: "Discord does not know this person.",
    30003: "No more pins are possible.",
    40001: "Discord refuses our token.",
    50001: "The bot may not see the channel.",
    50005: "Only our own messages can be changed.",
    50007: "This person takes no messages from the bot.",
    50013: "The bot lacks a permission.",
    50035: "Discord refuses a part of the message.",
    160005: "The thread is locked.",
}


def outcome_of(reply: ProviderReply) -> Outcome:
    """By the code of the answer where there is one, else by the HTTP status."""
    answer = json_object(reply)
    if 200 <= reply.status < 300:
        return Accepted(json.optional_text(answer.get("id")))
    number = answer.get("code")
    known = number if isinstance(number, int) and not isinstance(number, bool) else 0
    code = str(known) if known else ""
    if reply.status == 429 or known in THROTTLED:
        whole = answer.get("global") is True or reply.header("x-ratelimit-scope") == "global"
        return Throttled(code or "429", _pause(answer) or retry_after(reply), "account" if whole else "conversation")
    if known in TRANSIENT:
        return Transient(code, retry_after=retry_after(reply))
    return Final(code, MEANINGS[known]) if known in MEANINGS else by_status(reply, code)


def _pause(answer: dict[str, Any]) -> timedelta | None:
    """`retry_after` in seconds with fractions, rounded up."""
    given = answer.get("retry_after")
    if isinstance(given, bool) or not isinstance(given, (int, float)) or not 0 <= given < 1e9:
        return None
    return min(timedelta(seconds=math.ceil(given)), RETRY_AFTER_MAX)
