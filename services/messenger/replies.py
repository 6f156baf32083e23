"""What the Send API's answers mean. `error.code` decides, with the subcode for the few codes that share a number."""

from backbone.channel import json
from backbone.channel.port import Accepted, Final, Outcome, ProviderReply, Throttled, Transient
from backbone.channel.replies import by_status, child, json_object, retry_after

SLOW_DOWN = {4, 32, 613, 80006}
TRY_AGAIN = {1, 2, 1200}
DETAIL_MAX = 300


def outcome_of(reply: ProviderReply) -> Outcome:
    """Taken with its `mid`, slow down, try again, or never.

    10 with 2018278 (the window is closed), 551 (the person is not available), 100 with 2018001 (no such person), 190
    (the token) and every code that is not known with a 4xx are final. `code` of the outcome is `code/subcode`.
    """
    body = json_object(reply)
    error = child(body, "error")
    number = error.get("code")
    if not isinstance(number, int) or isinstance(number, bool):
        if 200 <= reply.status < 300:
            return Accepted(json.optional_text(body.get("message_id")))
        return by_status(reply)
    subcode = error.get("error_subcode")
    code = f"{number}/{subcode}" if isinstance(subcode, int) and subcode else str(number)
    if number in SLOW_DOWN or (reply.status == 429 and number not in TRY_AGAIN):
        return Throttled(code, retry_after(reply))
    detail = (json.optional_text(error.get("message")) or "")[:DETAIL_MAX]
    if number in TRY_AGAIN or reply.status >= 500:
        return Transient(code, detail, retry_after(reply))
    return Final(code, detail)
