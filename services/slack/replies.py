"""What the Web API's answers mean: it says 200 with `ok` false, and a code (docs.slack.dev, errors of each method)."""

from typing import Any

from backbone.channel import json
from backbone.channel.port import Accepted, Final, Outcome, ProviderReply, Throttled, Transient
from backbone.channel.replies import by_status, json_object, retry_after
from services.slack.place import message_id

THROTTLED = frozenset({"ratelimited", "rate_limited"})
TRANSIENT = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"})
DONE = frozenset({"already_reacted", "no_reaction"})
"""The reaction is as it should be: an earlier call did it."""

MEANINGS = {
    "account_inactive": "The app was removed from the workspace.",
    "channel_not_found": "Slack does not know this channel, or the app may not see it.",
    "invalid_auth": "Slack refuses our token.",
    "is_archived": "The channel is archived.",
    "message_not_found": "The message is gone.",
    "missing_scope": "The app lacks a permission.",
    "msg_too_long": "The message is too long.",
    "not_in_channel": "The app is not a member of the channel.",
    "restricted_action": "The workspace's rules forbid it.",
    "token_expired": "The token is over.",
    "token_revoked": "The token was revoked.",
    "cant_update_message": "Only our own messages can be changed.",
    "cant_delete_message": "Only our own messages can be deleted.",
    "edit_window_closed": "The message is too old to be changed.",
}


def outcome_of(reply: ProviderReply) -> Outcome:
    """By `error` where there is one, else by the HTTP status. A limit is that of one channel."""
    answer = json_object(reply)
    code = (json.optional_text(answer.get("error")) or "")[:80]
    if reply.status == 429 or code in THROTTLED:
        return Throttled(code or "ratelimited", retry_after(reply), "conversation")
    if not 200 <= reply.status < 300:
        return by_status(reply, code)
    if answer.get("ok") is not False or code in DONE:
        return Accepted(_name_of(answer))
    return Transient(code) if code in TRANSIENT else Final(code or "not_ok", MEANINGS.get(code, ""))


def _name_of(answer: dict[str, Any]) -> str | None:
    channel, ts = json.optional_text(answer.get("channel")), json.optional_text(answer.get("ts"))
    return message_id(channel, ts) if channel and ts else None
