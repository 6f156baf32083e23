"""Plays a partner that speaks CloudEvents: structured events to us, and the answers of its callback."""

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
from services.cloudevents.envelope import STRUCTURED
from services.cloudevents.settings import CloudEventsSettings

_FAULTS: dict[SimulatedFault, ProviderReply] = {
    "throttle": ProviderReply(429, (("Retry-After", "30"),)),
    "transient": ProviderReply(503),
    "final": ProviderReply(410),
}


class CloudEventsSimulator:
    """Pure: the same arguments give the same bytes."""

    demo_external_id = "demo-events"

    def demo_settings(self, base_url: str, seed: str) -> dict[str, Any]:
        digest = hashlib.sha256(f"cloudevents/{seed}".encode()).hexdigest()
        return {
            "access_tokens": [digest[:40]],
            "callback_token": digest[40:],
            "callback_url": f"{base_url}/events",
            "allowed_origins": ["partner.example.test"],
        }

    def sign(self, request: Request, account: Account, now: datetime) -> Request:
        settings: CloudEventsSettings = account.settings
        token = settings.access_tokens[0].get_secret_value()
        return replace(request, headers=(*request.headers, ("authorization", f"Bearer {token}")))

    def inbound(self, message: SimulatedMessage, account: Account, now: datetime) -> Request:
        sender = {"id": message.sender, "name": message.name}
        data: dict[str, Any] = {
            "id": message.message_id,
            "sender": {key: value for key, value in sender.items() if value is not None},
            "text": message.text,
        }
        if message.image_url:
            data["media"] = [{"kind": "image", "url": message.image_url, "mime": "image/jpeg"}]
        event = {
            "specversion": "1.0",
            "id": f"evt-{message.message_id}",
            "source": "/partner/shop",
            "type": account.settings.message_types[0],
            "time": now.isoformat(),
            "datacontenttype": "application/json",
            "data": data,
        }
        body = json.dumps(event, separators=(",", ":")).encode()
        headers = (("content-type", STRUCTURED),)
        return self.sign(Request("POST", account.webhook_url, "", headers, body), account, now)

    def receipt(self, sent: SimulatedSend, status: str, account: Account, now: datetime) -> Request | None:
        """A partner tells nothing of what was delivered or read."""
        return None

    def answer(self, call: HttpCall, fault: SimulatedFault, number: int) -> tuple[ProviderReply, SimulatedSend | None]:
        if fault != "none":
            return _FAULTS[fault], None
        event = json.loads(call.body)
        identity = f"partner-{number}"
        reply = ProviderReply(200, (), json.dumps({"id": identity}).encode())
        return reply, SimulatedSend(event["data"]["recipient"]["id"], event["data"].get("text", ""), identity)


simulator = CloudEventsSimulator()
