"""Plays a partner: signed webhooks to us, and the answers of its callback."""

import base64
import hashlib
import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from backbone.channel import standard_webhooks as signing
from backbone.channel.port import (
    Account,
    HttpCall,
    ProviderReply,
    Request,
    SimulatedFault,
    SimulatedMessage,
    SimulatedSend,
)

_FAULTS: dict[SimulatedFault, ProviderReply] = {
    "throttle": ProviderReply(429, (("Retry-After", "30"),)),
    "transient": ProviderReply(503),
    "final": ProviderReply(410),
}


class PartnerSimulator:
    demo_external_id = "demo"

    def demo_settings(self, base_url: str, seed: str) -> dict[str, Any]:
        return {
            "inbound_secrets": [_secret("in", seed)],
            "callback_secrets": [_secret("out", seed)],
            "callback_url": f"{base_url}/frontdesk",
        }

    def sign(self, request: Request, account: Account, now: datetime) -> Request:
        """The request with its three headers; a `webhook-id` that it has already stays."""
        webhook_id = request.header("webhook-id") or f"msg_{hashlib.sha256(request.body).hexdigest()[:27]}"
        kept = tuple(item for item in request.headers if not item[0].lower().startswith("webhook-"))
        try:
            added = signing.headers(account.settings.inbound_secrets[:1], webhook_id, now, request.body)
        except UnicodeDecodeError:
            added = (("webhook-id", webhook_id), ("webhook-signature", "v1,none"))
        return replace(request, headers=(*kept, *added))

    def inbound(self, message: SimulatedMessage, account: Account, now: datetime) -> Request:
        sender = {"id": message.sender, "name": message.name}
        data: dict[str, Any] = {
            "id": message.message_id,
            "thread": f"thread-{message.sender}",
            "sender": {key: value for key, value in sender.items() if value is not None},
            "text": message.text,
        }
        if message.image_url:
            data["media"] = [{"kind": "image", "url": message.image_url, "mime": "image/jpeg"}]
        envelope = {"type": "message.received", "timestamp": now.isoformat(), "data": data}
        headers = (("content-type", "application/json"), ("webhook-id", f"msg_{message.message_id}"))
        body = json.dumps(envelope, ensure_ascii=False).encode()
        return self.sign(Request("POST", account.webhook_url, "", headers, body), account, now)

    def receipt(self, sent: SimulatedSend, status: str, account: Account, now: datetime) -> Request | None:
        """None: a partner's 2xx is all it says."""
        return None

    def answer(self, call: HttpCall, fault: SimulatedFault, number: int) -> tuple[ProviderReply, SimulatedSend | None]:
        if fault != "none":
            return _FAULTS[fault], None
        data = json.loads(call.body)["data"]
        given = f"partner-{number}"
        sent = SimulatedSend(recipient=data["recipient"]["id"], text=data.get("text", ""), provider_message_id=given)
        return ProviderReply(200, (("Content-Type", "application/json"),), json.dumps({"id": given}).encode()), sent


def _secret(direction: str, seed: str) -> str:
    key = hashlib.sha256(f"partner {direction} {seed}".encode()).digest()
    return f"whsec_{base64.b64encode(key).decode()}"


simulator = PartnerSimulator()
