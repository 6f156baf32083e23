"""The Message API calls that send a message, and what their answers mean."""

import json as stdlib_json
from typing import Any

from backbone.channel import json, sms
from backbone.channel.credentials import basic
from backbone.channel.port import Accepted, Account, HttpCall, Outcome, ProviderReply
from backbone.channel.replies import by_status, json_object
from schemas.outbound import OutboundMessage
from services.plivo.settings import PlivoSettings

TEXT_MAX = 737
"""What fits in any alphabet; GSM's own would take 1,600."""
MEDIA_MAX = 10


def calls(message: OutboundMessage, account: Account) -> tuple[HttpCall, ...]:
    """An SMS for each text, an MMS for files where the number can. Raises `InputInvalid`."""
    settings: PlivoSettings = account.settings
    url = f"{settings.api_base.rstrip('/')}/v1/Account/{settings.auth_id}/Message/"
    headers = (
        ("authorization", basic(settings.auth_id, settings.auth_tokens[0])),
        ("content-type", "application/json"),
        ("accept", "application/json"),
    )
    found = []
    for part in sms.parts(message, text_max=TEXT_MAX, media_max=MEDIA_MAX if settings.mms else 0):
        body: dict[str, Any] = {
            "src": sms.e164(account.external_id),
            "dst": sms.e164(message.recipient),
            "text": part.text,
            "type": "mms" if part.media else "sms",
        }
        body |= {"media_urls": list(part.media)} if part.media else {}
        body |= {"url": account.webhook_url, "method": "POST"} if settings.status_reports else {}
        found.append(HttpCall("POST", url, headers, stdlib_json.dumps(body, separators=(",", ":")).encode()))
    return tuple(found)


def outcome(reply: ProviderReply) -> Outcome:
    """By the HTTP status: Plivo's errors have words and no codes, and words are not decided on."""
    if 200 <= reply.status < 300:
        uuids = json_object(reply).get("message_uuid")
        first = uuids[0] if isinstance(uuids, list) and uuids else uuids
        return Accepted(json.optional_text(first))
    return by_status(reply)
