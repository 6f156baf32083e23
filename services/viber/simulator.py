"""Viber's side: signs callbacks with the bot's token and answers as its REST API does."""

import hashlib
import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from backbone.channel.port import (
    Account,
    HttpCall,
    ProviderReply,
    Request,
    SimulatedFault,
    SimulatedMessage,
    SimulatedSend,
)
from backbone.channel.signature import hmac_hex
from services.viber.codec import SIGNATURE_HEADER
from services.viber.settings import ViberSettings

JSON_HEADERS = (("content-type", "application/json"),)
_FAULTS: dict[str, tuple[int, dict[str, Any]]] = {
    "throttle": (200, {"status": 12, "status_message": "tooManyRequests"}),
    "transient": (503, {}),
    "final": (200, {"status": 6, "status_message": "notSubscribed"}),
}
_EVENTS = {"delivered": "delivered", "read": "seen"}


class ViberSimulator:
    """Pure: the same input gives the same requests and answers."""

    demo_external_id = "pa:5000000000000000001"

    def demo_settings(self, base_url: str, seed: str) -> dict[str, Any]:
        digest = hashlib.sha256(f"viber/{seed}".encode()).hexdigest()
        return {
            "auth_tokens": [f"{digest[:16]}-{digest[16:32]}-{digest[32:48]}"],
            "sender_name": "Shop",
            "api_base": base_url,
        }

    def sign(self, request: Request, account: Account, now: datetime) -> Request:
        settings: ViberSettings = account.settings
        signature = hmac_hex(settings.auth_tokens[0], request.body)
        return replace(request, headers=(*request.headers, (SIGNATURE_HEADER, signature)))

    def inbound(self, message: SimulatedMessage, account: Account, now: datetime) -> Request:
        said: dict[str, Any] = {"type": "text", "text": message.text}
        if message.image_url:
            said = {"type": "picture", "text": message.text, "media": message.image_url}
        sender = {"id": message.sender, **({"name": message.name} if message.name else {})}
        token = _number(message.message_id)
        return self._callback(
            {"event": "message", "message_token": token, "sender": sender, "message": said}, account, now
        )

    def receipt(self, sent: SimulatedSend, status: str, account: Account, now: datetime) -> Request | None:
        if status not in _EVENTS:
            return None
        identity = sent.provider_message_id
        token = int(identity) if identity.isdigit() else identity
        body = {"event": _EVENTS[status], "message_token": token, "user_id": sent.recipient}
        return self._callback(body, account, now)

    def _callback(self, event: dict[str, Any], account: Account, now: datetime) -> Request:
        body = json.dumps({**event, "timestamp": int(now.timestamp() * 1000)}).encode()
        return self.sign(Request("POST", account.webhook_url, "", JSON_HEADERS, body), account, now)

    def answer(self, call: HttpCall, fault: SimulatedFault, number: int) -> tuple[ProviderReply, SimulatedSend | None]:
        if fault != "none":
            status, body = _FAULTS[fault]
            return ProviderReply(status, JSON_HEADERS, json.dumps(body).encode()), None
        sent = json.loads(call.body)
        token = 5_000_000_000_000_000_000 + number
        answer = {"status": 0, "status_message": "ok", "message_token": token}
        understood = SimulatedSend(sent["receiver"], sent.get("text", ""), str(token))
        return ProviderReply(200, JSON_HEADERS, json.dumps(answer).encode()), understood


def _number(name: str) -> int:
    """A stable token for a name."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") >> 1


simulator = ViberSimulator()
