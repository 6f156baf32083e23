"""Twilio's side of telephony: signed callbacks of calls, and its answers to calls we ask for."""

import hashlib
import json
import re
from dataclasses import replace
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from xml.sax.saxutils import unescape

from backbone.channel import form, form_signature
from backbone.channel.calls.script import STATUS, TRANSCRIPTION, State
from backbone.channel.port import (
    Account,
    HttpCall,
    ProviderReply,
    Request,
    SimulatedFault,
    SimulatedMessage,
    SimulatedSend,
)
from services.twilio_voice.codec import SIGNATURE
from services.twilio_voice.script import url_for
from services.twilio_voice.settings import TwilioVoiceSettings

_API_VERSION = "2010-04-01"
_SAID = re.compile(r"<Say[^>]*>(.*?)</Say>", re.DOTALL)
_FAULTS: dict[str, tuple[int, dict[str, Any]]] = {
    "throttle": (429, {"code": 20429, "message": "Too Many Requests", "status": 429}),
    "transient": (503, {"code": 20503, "message": "Service Unavailable", "status": 503}),
    "final": (400, {"code": 21211, "message": "Invalid 'To' Phone Number", "status": 400}),
}


class TwilioVoiceSimulator:
    """Pure. A customer's message is a call whose recording was transcribed: the one callback that carries words."""

    demo_external_id = "+15005550007"

    def demo_settings(self, base_url: str, seed: str) -> dict[str, Any]:
        return {
            "account_sid": f"AC{_digest('voice account', seed)}",
            "auth_tokens": [_digest("voice token", seed)],
            "api_base": base_url,
        }

    def sign(self, request: Request, account: Account, now: datetime) -> Request:
        settings: TwilioVoiceSettings = account.settings
        fields = form.pairs(request.body) if form.is_form(request.header("content-type")) else ()
        signature = form_signature.sign(settings.tokens()[0], request.url, fields)
        return replace(request, headers=(*request.headers, (SIGNATURE, signature)))

    def inbound(self, message: SimulatedMessage, account: Account, now: datetime) -> Request:
        digest = _digest("call", message.message_id)
        fields = {
            "TranscriptionSid": f"TR{digest}",
            "TranscriptionText": message.text,
            "TranscriptionStatus": "completed",
            "RecordingSid": f"RE{digest}",
            "CallSid": f"CA{digest}",
            "From": message.sender,
            "To": account.external_id,
            "Direction": "inbound",
            **({"CallerName": message.name} if message.name else {}),
        }
        return self.callback(fields, State(TRANSCRIPTION, "en"), account, now)

    def receipt(self, sent: SimulatedSend, status: str, account: Account, now: datetime) -> Request | None:
        """The end of our call: `delivered` when it was answered. Telephony has no other receipt."""
        fields = {
            "CallSid": sent.provider_message_id,
            "CallStatus": "completed" if status == "delivered" else "no-answer",
            "Direction": "outbound-api",
            "From": account.external_id,
            "To": sent.recipient,
            "CallDuration": "12",
            "Timestamp": format_datetime(now),
        }
        return self.callback(fields, State(STATUS), account, now)

    def callback(self, fields: dict[str, str], state: State, account: Account, now: datetime) -> Request:
        """A signed callback in a state of the script; the empty state is a new call."""
        url = url_for(account, state) if state != State() else account.webhook_url
        common = [("AccountSid", account.settings.account_sid), ("ApiVersion", _API_VERSION)]
        headers = (("content-type", f"{form.MEDIA_TYPE}; charset=UTF-8"),)
        body = form.dumps([*fields.items(), *common])
        return self.sign(Request("POST", url, url.partition("?")[2], headers, body), account, now)

    def answer(self, call: HttpCall, fault: SimulatedFault, number: int) -> tuple[ProviderReply, SimulatedSend | None]:
        if fault != "none":
            status, problem = _FAULTS[fault]
            return _reply(status, problem), None
        if call.method == "GET":
            return ProviderReply(200, (("content-type", "audio/mpeg"),), b"ID3"), None
        fields = form.loads(call.body)
        said = [unescape(words) for words in _SAID.findall(fields.text("Twiml"))]
        sid = f"CA{number:032x}"
        sent = SimulatedSend(fields.text("To"), said[-1] if said else "", sid)
        return _reply(201, {"sid": sid, "to": sent.recipient, "status": "queued", "direction": "outbound-api"}), sent


def _reply(status: int, body: dict[str, Any]) -> ProviderReply:
    return ProviderReply(status, (("content-type", "application/json"),), json.dumps(body).encode())


def _digest(purpose: str, seed: str) -> str:
    return hashlib.sha256(f"{purpose}/{seed}".encode()).hexdigest()[:32]


simulator = TwilioVoiceSimulator()
