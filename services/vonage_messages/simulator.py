"""Vonage's side of the Messages API: JSON webhooks with a token, and its answers to our calls."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from backbone.channel import jwt, vonage
from backbone.channel.port import (
    Account,
    HttpCall,
    ProviderReply,
    Request,
    SimulatedFault,
    SimulatedMessage,
    SimulatedSend,
)
from services.vonage_messages.settings import VonageMessagesSettings

_PROBLEM = "https://developer.vonage.com/api-errors/messages#"
_FAULTS: dict[str, tuple[int, str]] = {"throttle": (429, "1000"), "transient": (500, "1300"), "final": (422, "1150")}
_STATES = {"sent": "submitted", "delivered": "delivered", "read": "read", "failed": "undeliverable"}


class VonageMessagesSimulator:
    """Pure: the same arguments give the same bytes."""

    demo_external_id = "+447700900200"

    def demo_settings(self, base_url: str, seed: str) -> dict[str, Any]:
        digest = hashlib.sha256(f"vonage_messages/{seed}".encode()).hexdigest()
        return {
            "signature_secrets": [digest[24:]],
            "api_key": digest[:8],
            "api_secret": digest[8:24],
            "medium": "whatsapp",
            "api_base": base_url,
        }

    def sign(self, request: Request, account: Account, now: datetime) -> Request:
        settings: VonageMessagesSettings = account.settings
        claims = {
            "iat": int(now.timestamp()),
            "jti": hashlib.sha256(request.body).hexdigest()[:32],
            "iss": "Vonage",
            "payload_hash": vonage.payload_hash(request.body),
            "api_key": settings.api_key,
        }
        token = jwt.sign_hs256(claims, settings.signature_secrets[0])
        return replace(request, headers=(*request.headers, ("authorization", f"Bearer {token}")))

    def inbound(self, message: SimulatedMessage, account: Account, now: datetime) -> Request:
        body: dict[str, Any] = {
            **_head(message.message_id, now, account.settings.medium),
            "to": account.external_id.removeprefix("+"),
            "from": message.sender.removeprefix("+"),
        }
        body |= {"profile": {"name": message.name}} if message.name else {}
        if message.image_url:
            body |= {"message_type": "image", "image": {"url": message.image_url, "caption": message.text}}
        else:
            body |= {"message_type": "text", "text": message.text}
        return self._webhook(body, account, now)

    def receipt(self, sent: SimulatedSend, status: str, account: Account, now: datetime) -> Request | None:
        if status not in _STATES:
            return None
        body = {
            **_head("", now, account.settings.medium),
            "message_uuid": sent.provider_message_id,
            "to": sent.recipient,
            "from": account.external_id.removeprefix("+"),
            "status": _STATES[status],
        }
        return self._webhook(body, account, now)

    def _webhook(self, body: dict[str, Any], account: Account, now: datetime) -> Request:
        headers = (("content-type", "application/json"),)
        payload = json.dumps(body, separators=(",", ":")).encode()
        return self.sign(Request("POST", account.webhook_url, "", headers, payload), account, now)

    def answer(self, call: HttpCall, fault: SimulatedFault, number: int) -> tuple[ProviderReply, SimulatedSend | None]:
        if fault != "none":
            status, code = _FAULTS[fault]
            problem = {"type": f"{_PROBLEM}{code}", "title": "simulated", "detail": "", "instance": "1"}
            return ProviderReply(status, (), json.dumps(problem).encode()), None
        sent = json.loads(call.body)
        identity = f"00000000-0000-4000-8000-{number:012d}"
        body = sent.get("custom", {}).get("interactive", {}).get("body", {})
        text = sent.get("text") or body.get("text") or ""
        return ProviderReply(202, (), json.dumps({"message_uuid": identity}).encode()), SimulatedSend(
            sent["to"], text, identity
        )


def _head(name: str, now: datetime, medium: str) -> dict[str, Any]:
    identity = hashlib.sha256(name.encode()).hexdigest()[:32]
    return {
        "channel": medium,
        "message_uuid": identity,
        "timestamp": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


simulator = VonageMessagesSimulator()
