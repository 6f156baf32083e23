"""The REST calls that send a message, and what their answers mean."""

import json as stdlib_json
from typing import Any

from backbone.channel import json, sms
from backbone.channel.port import Accepted, Account, Final, HttpCall, Outcome, ProviderReply, Transient
from backbone.channel.replies import by_status, json_object
from schemas.outbound import OutboundMessage
from services.messagebird import errors
from services.messagebird.settings import MessagebirdSettings

TEXT_MAX = 603
"""What fits nine parts in any alphabet; GSM's own would take 1,377."""
MEDIA_MAX = 10


def calls(message: OutboundMessage, account: Account) -> tuple[HttpCall, ...]:
    """An SMS for each text, an MMS for files where the number can. Raises `InputInvalid`."""
    settings: MessagebirdSettings = account.settings
    parts = sms.parts(message, text_max=TEXT_MAX, media_max=MEDIA_MAX if settings.mms else 0)
    return tuple(_call(part, message, account) for part in parts)


def _call(part: sms.Part, message: OutboundMessage, account: Account) -> HttpCall:
    settings: MessagebirdSettings = account.settings
    body: dict[str, Any] = {
        "originator": _bare(account.external_id),
        "recipients": [_bare(message.recipient)],
        "body": part.text,
        "reference": message.idempotency_key[:60],
    }
    if part.media:
        body["mediaUrls"] = list(part.media)
    else:
        body["datacoding"] = "auto"
        if settings.status_reports:
            body["reportUrl"] = account.webhook_url
    headers = (
        ("authorization", f"AccessKey {settings.access_key.get_secret_value()}"),
        ("content-type", "application/json"),
        ("accept", "application/json"),
    )
    url = f"{settings.api_base.rstrip('/')}/{'mms' if part.media else 'messages'}"
    return HttpCall("POST", url, headers, stdlib_json.dumps(body, separators=(",", ":")).encode())


def _bare(number: str) -> str:
    """MessageBird takes international numbers without the plus sign."""
    return sms.e164(number).removeprefix("+")


def outcome(reply: ProviderReply) -> Outcome:
    """By the code of the first error where there is one, else by the HTTP status."""
    answer = json_object(reply)
    if 200 <= reply.status < 300:
        return Accepted(json.optional_text(answer.get("id")))
    failures = answer.get("errors")
    first = failures[0] if isinstance(failures, list) and failures and isinstance(failures[0], dict) else {}
    number = first.get("code")
    code = str(number) if isinstance(number, int) and not isinstance(number, bool) else ""
    if code in errors.API_TRANSIENT:
        return Transient(code)
    if code in errors.API_MEANINGS and 400 <= reply.status < 500 and reply.status != 429:
        return Final(code, errors.API_MEANINGS[code])
    return by_status(reply, code)
