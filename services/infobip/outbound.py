"""The calls of the SMS and MMS APIs that send a message, and what their answers mean."""

import json as stdlib_json
import mimetypes
from typing import Any

from backbone.channel import json, sms
from backbone.channel.port import Accepted, Account, Final, HttpCall, Outcome, ProviderReply, Transient
from backbone.channel.replies import by_status, child, json_object
from schemas.outbound import OutboundMessage
from services.infobip.settings import InfobipSettings

TEXT_MAX = 1600
MEDIA_MAX = 5


def calls(message: OutboundMessage, account: Account) -> tuple[HttpCall, ...]:
    """An SMS for each text, an MMS for files where the number can. Raises `InputInvalid`."""
    settings: InfobipSettings = account.settings
    parts = sms.parts(message, text_max=TEXT_MAX, media_max=MEDIA_MAX if settings.mms else 0)
    return tuple(_mms(part, message, account) if part.media else _sms(part, message, account) for part in parts)


def _sms(part: sms.Part, message: OutboundMessage, account: Account) -> HttpCall:
    one: dict[str, Any] = {**_addressed(message, account, "from"), "text": part.text}
    return _call(account, account.settings.sms_path, {"messages": [one]})


def _mms(part: sms.Part, message: OutboundMessage, account: Account) -> HttpCall:
    segments: list[dict[str, str]] = [{"type": "TEXT", "text": part.text}] if part.text else []
    for link in part.media:
        mime = mimetypes.guess_type(link.partition("?")[0])[0] or "application/octet-stream"
        segments.append({"type": "LINK", "contentType": mime, "contentUrl": link})
    content = {"title": "", "messageSegments": segments}
    one = {**_addressed(message, account, "sender"), "content": content}
    return _call(account, account.settings.mms_path, {"messages": [one]})


def _addressed(message: OutboundMessage, account: Account, sender: str) -> dict[str, Any]:
    """Infobip takes international numbers without the plus sign, and gives `callbackData` back with receipts."""
    to = sms.e164(message.recipient).removeprefix("+")
    return {
        sender: sms.e164(account.external_id).removeprefix("+"),
        "destinations": [{"to": to}],
        "callbackData": message.idempotency_key[:200],
    }


def _call(account: Account, path: str, body: dict[str, Any]) -> HttpCall:
    settings: InfobipSettings = account.settings
    headers = (authorization(settings), ("content-type", "application/json"), ("accept", "application/json"))
    payload = stdlib_json.dumps(body, separators=(",", ":")).encode()
    return HttpCall("POST", f"{settings.api_base.rstrip('/')}{path}", headers, payload)


def authorization(settings: InfobipSettings) -> tuple[str, str]:
    return "authorization", f"App {settings.api_key.get_secret_value()}"


def outcome(reply: ProviderReply) -> Outcome:
    """A 2xx is a yes unless the message's own state is a refusal; else the HTTP status decides."""
    answer = json_object(reply)
    if 200 <= reply.status < 300:
        messages = answer.get("messages")
        first = messages[0] if isinstance(messages, list) and messages and isinstance(messages[0], dict) else {}
        status = child(first, "status")
        name = (json.optional_text(status.get("name")) or "rejected")[:80]
        if status.get("groupName") == "REJECTED":
            # The account's own limit passes; what the number or the text is refused for stays.
            return Transient(name) if name == "REJECTED_FLOODING_FILTER" else Final(name)
        return Accepted(json.optional_text(first.get("messageId")))
    exception = child(child(answer, "requestError"), "serviceException")
    code = json.optional_text(exception.get("messageId")) or ""
    return by_status(reply, code[:80])
