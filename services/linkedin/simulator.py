"""LinkedIn's side of comments: signs webhooks with the client secret and answers as its REST API does."""

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
from services.linkedin.proof import SIGNATURE_HEADER, SIGNED_PREFIX
from services.linkedin.settings import LinkedinSettings

JSON_HEADERS = (("content-type", "application/json"),)
ACTIVITY = "urn:li:activity:7001"
_FAULTS: dict[str, tuple[int, dict[str, Any]]] = {
    "throttle": (429, {"code": "TOO_MANY_REQUESTS", "message": "Resource level throttle limit reached"}),
    "transient": (503, {"message": "Service unavailable"}),
    "final": (404, {"code": "NOT_FOUND", "message": "The comment is not found"}),
}


class LinkedinSimulator:
    """Pure: the same input gives the same requests and answers. All that a person writes stands under one comment."""

    demo_external_id = "urn:li:organization:1234567895"

    def demo_settings(self, base_url: str, seed: str) -> dict[str, Any]:
        digest = hashlib.sha512(f"linkedin/{seed}".encode()).hexdigest()
        return {
            "client_secrets": [digest[:32]],
            "access_token": f"AQV{digest[32:]}",
            "api_base": base_url,
            "token_url": f"{base_url}/token",
        }

    def sign(self, request: Request, account: Account, now: datetime) -> Request:
        settings: LinkedinSettings = account.settings
        signature = hmac_hex(settings.client_secrets[0], SIGNED_PREFIX + request.body)
        return replace(request, headers=(*request.headers, (SIGNATURE_HEADER, signature)))

    def inbound(self, message: SimulatedMessage, account: Account, now: datetime) -> Request:
        comment = f"urn:li:comment:({ACTIVITY},{message.message_id})"
        notification = {
            "notificationId": int(hashlib.sha256(message.message_id.encode()).hexdigest()[:12], 16),
            "organizationalEntity": account.external_id,
            "action": "COMMENT",
            "sourcePost": ACTIVITY,
            "generatedActivity": comment,
            "decoratedGeneratedActivity": {
                "comment": {
                    "entity": comment,
                    "owner": f"urn:li:person:{message.sender}",
                    "object": f"urn:li:comment:({ACTIVITY},{message.sender})",
                    "text": message.text,
                }
            },
            "lastModifiedAt": int(now.timestamp() * 1000),
        }
        content = {"type": "ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS", "notifications": [notification]}
        body = json.dumps(content, separators=(",", ":")).encode()
        return self.sign(Request("POST", account.webhook_url, "", JSON_HEADERS, body), account, now)

    def receipt(self, sent: SimulatedSend, status: str, account: Account, now: datetime) -> Request | None:
        """None: a public comment has no receipts."""
        return None

    def answer(self, call: HttpCall, fault: SimulatedFault, number: int) -> tuple[ProviderReply, SimulatedSend | None]:
        if fault != "none":
            status, error = _FAULTS[fault]
            return ProviderReply(status, JSON_HEADERS, json.dumps({"status": status, **error}).encode()), None
        sent = json.loads(call.body or b"{}")
        if "message" not in sent:
            return ProviderReply(200, JSON_HEADERS, b'{"elements":[]}'), None
        body = {"id": str(number), "actor": sent["actor"], "object": sent["object"], "message": sent["message"]}
        headers = (*JSON_HEADERS, ("x-restli-id", str(number)))
        identity = f"urn:li:comment:({sent['object']},{number})"
        recipient = str(sent.get("parentComment", sent["object"]))
        understood = SimulatedSend(recipient, str(sent["message"]["text"]), identity)
        return ProviderReply(201, headers, json.dumps(body).encode()), understood


simulator = LinkedinSimulator()
