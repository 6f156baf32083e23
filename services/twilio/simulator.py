"""Twilio's side: signed form webhooks as its messaging product sends them, and its answers to our calls."""

import hashlib
import json
from dataclasses import replace
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from backbone.channel import form, form_signature
from backbone.channel.port import (
    Account,
    HttpCall,
    ProviderReply,
    Request,
    SimulatedFault,
    SimulatedMessage,
    SimulatedSend,
)
from services.twilio.codec import SIGNATURE
from services.twilio.inbound import WHATSAPP
from services.twilio.settings import TwilioSettings

_API_VERSION = "2010-04-01"
_FAULTS: dict[str, tuple[int, dict[str, Any]]] = {
    "throttle": (429, {"code": 20429, "message": "Too Many Requests", "status": 429}),
    "transient": (503, {"code": 20503, "message": "Service Unavailable", "status": 503}),
    "final": (400, {"code": 21610, "message": "Attempt to send to unsubscribed recipient", "status": 400}),
}


class TwilioSimulator:
    """Pure: the same arguments give the same bytes. It keeps no messages, so its list of them is always empty."""

    demo_external_id = "+15005550006"

    def demo_settings(self, base_url: str, seed: str) -> dict[str, Any]:
        return {
            "account_sid": f"AC{_digest('account', seed)}",
            "auth_tokens": [_digest("token", seed)],
            "api_base": base_url,
        }

    def sign(self, request: Request, account: Account, now: datetime) -> Request:
        settings: TwilioSettings = account.settings
        fields = form.pairs(request.body) if form.is_form(request.header("content-type")) else ()
        signature = form_signature.sign(settings.tokens()[0], request.url, fields)
        return replace(request, headers=(*request.headers, (SIGNATURE, signature)))

    def inbound(self, message: SimulatedMessage, account: Account, now: datetime) -> Request:
        sid = f"SM{_digest('message', message.message_id)}"
        whatsapp = account.external_id.startswith(WHATSAPP)
        sender = f"{WHATSAPP}{message.sender}" if whatsapp and ":" not in message.sender else message.sender
        fields = [
            ("MessageSid", sid),
            ("SmsSid", sid),
            ("SmsMessageSid", sid),
            ("SmsStatus", "received"),
            ("AccountSid", account.settings.account_sid),
            ("ApiVersion", _API_VERSION),
            ("From", sender),
            ("To", account.external_id),
            ("Body", message.text),
            ("NumSegments", "1"),
            ("NumMedia", "1" if message.image_url else "0"),
        ]
        if message.name:
            fields.append(("ProfileName", message.name))
        if message.image_url:
            fields += [("MediaUrl0", message.image_url), ("MediaContentType0", "image/jpeg")]
        return self._webhook(fields, account, now)

    def receipt(self, sent: SimulatedSend, status: str, account: Account, now: datetime) -> Request | None:
        fields = [
            ("MessageSid", sent.provider_message_id),
            ("SmsSid", sent.provider_message_id),
            ("MessageStatus", status),
            ("SmsStatus", status),
            ("AccountSid", account.settings.account_sid),
            ("ApiVersion", _API_VERSION),
            ("From", account.external_id),
            ("To", sent.recipient),
        ]
        return self._webhook(fields, account, now)

    def _webhook(self, fields: list[tuple[str, str]], account: Account, now: datetime) -> Request:
        headers = (("content-type", f"{form.MEDIA_TYPE}; charset=utf-8"),)
        return self.sign(Request("POST", account.webhook_url, "", headers, form.dumps(fields)), account, now)

    def answer(self, call: HttpCall, fault: SimulatedFault, number: int) -> tuple[ProviderReply, SimulatedSend | None]:
        if fault != "none":
            status, problem = _FAULTS[fault]
            return _reply(status, problem), None
        if call.method == "GET":
            return _reply(200, {"messages": []}), None
        fields = form.loads(call.body)
        sid = f"SM{number:032x}"
        sent = SimulatedSend(fields.text("To"), fields.get("Body") or "", sid)
        message = {
            "sid": sid,
            "to": sent.recipient,
            "from": fields.get("From"),
            "messaging_service_sid": fields.get("MessagingServiceSid"),
            "body": sent.text,
            "status": "queued",
            "direction": "outbound-api",
            "num_media": str(len(fields.fields.get("MediaUrl", ()))),
            "error_code": None,
        }
        return _reply(201, message), sent


def listed(call: HttpCall, sid: str, at: datetime) -> dict[str, Any]:
    """The row that Twilio's message list shows for a send at that time."""
    fields = form.loads(call.body)
    return {
        "sid": sid,
        "to": fields.get("To"),
        "from": fields.get("From"),
        "body": fields.get("Body") or "",
        "direction": "outbound-api",
        "status": "sent",
        "num_media": str(len(fields.fields.get("MediaUrl", ()))),
        "date_created": format_datetime(at),
    }


def _reply(status: int, body: dict[str, Any]) -> ProviderReply:
    return ProviderReply(status, (("content-type", "application/json"),), json.dumps(body).encode())


def _digest(purpose: str, seed: str) -> str:
    return hashlib.sha256(f"{purpose}/{seed}".encode()).hexdigest()[:32]


simulator = TwilioSimulator()
