"""The Messaging API calls that send a message, and what their answers mean."""

import json as stdlib_json
from typing import Any

from backbone.channel import json, sms
from backbone.channel.credentials import basic
from backbone.channel.port import Accepted, Account, HttpCall, Outcome, ProviderReply
from backbone.channel.replies import by_status, json_object
from schemas.outbound import OutboundMessage
from services.bandwidth.inbound import GROUP
from services.bandwidth.settings import BandwidthSettings

TEXT_MAX = 2048
MEDIA_MAX = 10


def calls(message: OutboundMessage, account: Account) -> tuple[HttpCall, ...]:
    """One call a part; with files it is an MMS. A thread of a group goes to all of it. Raises `InputInvalid`."""
    settings: BandwidthSettings = account.settings
    url = f"{settings.api_base.rstrip('/')}/api/v2/users/{settings.account_id}/messages"
    headers = (authorization(settings), ("content-type", "application/json"), ("accept", "application/json"))
    found = []
    for part in sms.parts(message, text_max=TEXT_MAX, media_max=MEDIA_MAX):
        body: dict[str, Any] = {
            "applicationId": settings.application_id,
            "from": sms.e164(account.external_id),
            "to": _recipients(message),
            "tag": message.idempotency_key[:200],
        }
        body |= {"text": part.text} if part.text else {}
        body |= {"media": list(part.media)} if part.media else {}
        found.append(HttpCall("POST", url, headers, stdlib_json.dumps(body, separators=(",", ":")).encode()))
    return tuple(found)


def _recipients(message: OutboundMessage) -> list[str]:
    if message.thread_key.startswith(GROUP):
        return message.thread_key.removeprefix(GROUP).split(",")
    return [sms.e164(message.recipient)]


def authorization(settings: BandwidthSettings) -> tuple[str, str]:
    return "authorization", basic(settings.api_username, settings.api_password)


def outcome(reply: ProviderReply) -> Outcome:
    """By the HTTP status: 202 is a yes, 429 a queue that is full, and `type` names what else is wrong."""
    answer = json_object(reply)
    if 200 <= reply.status < 300:
        return Accepted(json.optional_text(answer.get("id")))
    return by_status(reply, (json.optional_text(answer.get("type")) or "")[:80])
