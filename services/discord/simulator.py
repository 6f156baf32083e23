"""The provider's side of Discord: signs webhooks as it does and answers our calls as it would."""

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

from .codec import SIGNATURE_HEADER
from .settings import DiscordSettings

_FAULTS: dict[str, tuple[int, tuple[tuple[str, str], ...], dict[str, str]]] = {
    "throttle": (429, (("retry-after", "2"),), {"code": "too_fast"}),
    "transient": (503, (), {"code": "unavailable"}),
    "final": (400, (), {"code": "no_such_recipient"}),
}


class DiscordSimulator:
    """Pure: the same input gives the same requests and answers."""

    demo_external_id = "demo"

    def demo_settings(self, base_url: str, seed: str) -> dict[str, Any]:
        secret = hashlib.sha256(f"discord/{seed}".encode()).hexdigest()
        return {"signing_secrets": [secret], "access_token": secret[:40], "api_base": base_url}

    def sign(self, request: Request, account: Account, now: datetime) -> Request:
        settings: DiscordSettings = account.settings
        signature = f"sha256={hmac_hex(settings.signing_secrets[0], request.body)}"
        return replace(request, headers=(*request.headers, (SIGNATURE_HEADER, signature)))

    def inbound(self, message: SimulatedMessage, account: Account, now: datetime) -> Request:
        event: dict[str, Any] = {
            "type": "message",
            "id": message.message_id,
            "at": int(now.timestamp()),
            "from": {"id": message.sender, **({"name": message.name} if message.name else {})},
            "text": message.text,
        }
        if message.image_url:
            event["files"] = [{"kind": "image", "url": message.image_url}]
        return self._webhook(event, account, now)

    def receipt(self, sent: SimulatedSend, status: str, account: Account, now: datetime) -> Request | None:
        event = {
            "type": "receipt",
            "id": f"{sent.provider_message_id}-{status}",
            "at": int(now.timestamp()),
            "to": sent.recipient,
            "message_id": sent.provider_message_id,
            "status": status,
        }
        return self._webhook(event, account, now)

    def _webhook(self, event: dict[str, Any], account: Account, now: datetime) -> Request:
        body = json.dumps({"events": [event]}).encode()
        headers = (("content-type", "application/json"),)
        return self.sign(Request("POST", account.webhook_url, "", headers, body), account, now)

    def answer(self, call: HttpCall, fault: SimulatedFault, number: int) -> tuple[ProviderReply, SimulatedSend | None]:
        if fault != "none":
            status, headers, body = _FAULTS[fault]
            return ProviderReply(status, headers, json.dumps(body).encode()), None
        sent = json.loads(call.body)
        identity = f"sent-{number}"
        understood = SimulatedSend(sent["to"], sent.get("text") or sent.get("file", {}).get("caption", ""), identity)
        return ProviderReply(200, (), json.dumps({"id": identity}).encode()), understood


simulator = DiscordSimulator()
