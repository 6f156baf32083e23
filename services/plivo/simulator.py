"""Plivo's side: signed forms, and its answers to our calls."""

import hashlib
import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from backbone.channel import form
from backbone.channel.port import (
    Account,
    HttpCall,
    ProviderReply,
    Request,
    SimulatedFault,
    SimulatedMessage,
    SimulatedSend,
)
from services.plivo import signing
from services.plivo.settings import PlivoSettings

_FAULTS: dict[str, tuple[int, str]] = {
    "throttle": (429, "throttled: too many requests"),
    "transient": (503, "service unavailable"),
    "final": (400, "dst is invalid"),
}


class PlivoSimulator:
    """Pure: the same arguments give the same bytes."""

    demo_external_id = "+14155550100"

    def demo_settings(self, base_url: str, seed: str) -> dict[str, Any]:
        digest = hashlib.sha256(f"plivo/{seed}".encode()).hexdigest()
        return {"auth_id": f"MA{digest[:18].upper()}", "auth_tokens": [digest[18:]], "api_base": base_url, "mms": True}

    def sign(self, request: Request, account: Account, now: datetime) -> Request:
        settings: PlivoSettings = account.settings
        nonce = hashlib.sha256(request.body + str(int(now.timestamp())).encode()).hexdigest()[:20]
        header, nonce_header = signing.HEADERS[settings.signature]
        signature = signing.sign(settings.auth_tokens[0], settings.signature, request, nonce)
        return replace(request, headers=(*request.headers, (header, signature), (nonce_header, nonce)))

    def inbound(self, message: SimulatedMessage, account: Account, now: datetime) -> Request:
        fields = [
            ("From", message.sender.removeprefix("+")),
            ("To", account.external_id.removeprefix("+")),
            ("MessageUUID", hashlib.sha256(message.message_id.encode()).hexdigest()[:32]),
            ("Text", message.text),
            ("Type", "mms" if message.image_url else "sms"),
            ("Units", "1"),
        ]
        fields += [("MediaCount", "1"), ("Media0", message.image_url)] if message.image_url else []
        return self._webhook(fields, account, now)

    def receipt(self, sent: SimulatedSend, status: str, account: Account, now: datetime) -> Request | None:
        names = {"sent": "sent", "delivered": "delivered", "failed": "undelivered"}
        if status not in names:
            return None
        fields = [
            ("MessageUUID", sent.provider_message_id),
            ("Status", names[status]),
            ("To", sent.recipient),
            ("From", account.external_id.removeprefix("+")),
        ]
        fields += [("ErrorCode", "80")] if status == "failed" else []
        return self._webhook(fields, account, now)

    def _webhook(self, fields: list[tuple[str, str]], account: Account, now: datetime) -> Request:
        headers = (("content-type", form.MEDIA_TYPE),)
        return self.sign(Request("POST", account.webhook_url, "", headers, form.dumps(fields)), account, now)

    def answer(self, call: HttpCall, fault: SimulatedFault, number: int) -> tuple[ProviderReply, SimulatedSend | None]:
        if fault != "none":
            status, words = _FAULTS[fault]
            return _reply(status, {"api_id": f"api-{number}", "error": words}), None
        sent = json.loads(call.body)
        identity = f"00000000-0000-4000-8000-{number:012d}"
        body = {"message": "message(s) queued", "message_uuid": [identity], "api_id": f"api-{number}"}
        return _reply(202, body), SimulatedSend(sent["dst"], sent["text"], identity)


def _reply(status: int, body: dict[str, Any]) -> ProviderReply:
    return ProviderReply(status, (("content-type", "application/json"),), json.dumps(body).encode())


simulator = PlivoSimulator()
