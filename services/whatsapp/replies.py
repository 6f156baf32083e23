"""What the Graph API's answers to a WhatsApp message mean. `error.code` decides: titles and subcodes change."""

from datetime import timedelta

from backbone.channel import json
from backbone.channel.port import Accepted, Final, Outcome, ProviderReply, Throttled, Transient
from backbone.channel.replies import by_status, child, json_object, retry_after

PAIR_PAUSE = timedelta(seconds=6)
"""One message in six seconds to one customer is the sustained limit of a pair (131056)."""

SLOW_DOWN = {4, 80007, 130429, 131048, 133016}
SLOW_DOWN_PAIR = 131056
TRY_AGAIN = {1, 2, 131000, 131016, 131053}
FINAL_DETAIL_MAX = 300


def outcome_of(reply: ProviderReply) -> Outcome:
    """Taken with its `wamid`, slow down (the number or the pair), try again, or never.

    131053 (Meta could not fetch our media) is tried again; 131047 (the window is closed), 131026, 131049, 130472 (Meta
    chose not to deliver), 131031, 368, 190, 0, 100, 131008, 131009, 131051 and 132xxx are final, as is any code that is
    not known with a 4xx.
    """
    body = json_object(reply)
    error = child(body, "error")
    code = _code(error)
    if code is None:
        return _without_error(reply, body)
    if code == SLOW_DOWN_PAIR:
        return Throttled(str(code), retry_after(reply) or PAIR_PAUSE, "conversation")
    if code in SLOW_DOWN or (reply.status == 429 and code not in TRY_AGAIN):
        return Throttled(str(code), retry_after(reply))
    detail = _detail(error)
    if code in TRY_AGAIN or reply.status >= 500:
        return Transient(str(code), detail, retry_after(reply))
    return Final(str(code), detail)


def _code(error: dict[str, object]) -> int | None:
    code = error.get("code")
    return code if isinstance(code, int) and not isinstance(code, bool) else None


def _detail(error: dict[str, object]) -> str:
    found = child(error, "error_data").get("details") or error.get("message")
    return (json.optional_text(found) or "")[:FINAL_DETAIL_MAX]


def _without_error(reply: ProviderReply, body: dict[str, object]) -> Outcome:
    """A yes names the message; a yes without a name is one all the same, as asking again would send twice."""
    messages = body.get("messages")
    first = messages[0] if isinstance(messages, list) and messages else None
    if 200 <= reply.status < 300 and isinstance(first, dict):
        return Accepted(json.optional_text(first.get("id")))
    return by_status(reply)
