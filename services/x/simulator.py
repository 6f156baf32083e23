"""X's side of direct messages: signs webhooks with the consumer secret and answers as API v2 does."""

import hashlib
import json
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from backbone.channel import x_api
from backbone.channel.port import (
    Account,
    HttpCall,
    ProviderReply,
    Request,
    SimulatedFault,
    SimulatedMessage,
    SimulatedSend,
)
from backbone.channel.x_upload import simulated_upload

JSON_HEADERS = (("content-type", "application/json"),)
_FAULTS: dict[str, tuple[int, dict[str, Any]]] = {
    "throttle": (429, {"title": "Too Many Requests", "type": "about:blank", "status": 429}),
    "transient": (503, {"title": "Service Unavailable", "type": "about:blank", "status": 503}),
    "final": (
        403,
        {"title": "Forbidden", "errors": [{"code": 349, "message": "You cannot send messages to this user."}]},
    ),
}


class XSimulator:
    """Pure: the same input gives the same requests and answers."""

    demo_external_id = "1234567893"

    def demo_settings(self, base_url: str, seed: str) -> dict[str, Any]:
        digest = hashlib.sha512(f"x/{seed}".encode()).hexdigest()
        return {"consumer_secrets": [digest[:50]], "access_token": digest[50:100], "api_base": base_url}

    def sign(self, request: Request, account: Account, now: datetime) -> Request:
        signature = x_api.sign(account.settings.consumer_secrets[0], request.body)
        return replace(request, headers=(*request.headers, (x_api.SIGNATURE_HEADER, signature)))

    def inbound(self, message: SimulatedMessage, account: Account, now: datetime) -> Request:
        escaped = message.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        data: dict[str, Any] = {"text": escaped, "entities": {"urls": []}}
        if message.image_url:
            media = {"id": 1, "type": "photo", "media_url_https": message.image_url, "url": "https://t.co/simulated"}
            data["attachment"] = {"type": "media", "media": media}
        event = {
            "type": "message_create",
            "id": _number(message.message_id),
            "created_timestamp": str(int(now.timestamp() * 1000)),
            "message_create": {
                "target": {"recipient_id": account.external_id},
                "sender_id": message.sender,
                "message_data": data,
            },
        }
        users = {message.sender: {"id": message.sender, "name": message.name or message.sender}}
        return self._webhook({"direct_message_events": [event], "users": users}, account, now)

    def receipt(self, sent: SimulatedSend, status: str, account: Account, now: datetime) -> Request | None:
        if status != "read":
            return None
        event = {
            "created_timestamp": str(int(now.timestamp() * 1000)),
            "sender_id": sent.recipient,
            "target": {"recipient_id": account.external_id},
            "last_read_event_id": sent.provider_message_id,
        }
        return self._webhook({"direct_message_mark_read_events": [event]}, account, now)

    def _webhook(self, content: dict[str, Any], account: Account, now: datetime) -> Request:
        body = json.dumps({"for_user_id": account.external_id, **content}, separators=(",", ":")).encode()
        return self.sign(Request("POST", account.webhook_url, "", JSON_HEADERS, body), account, now)

    def answer(self, call: HttpCall, fault: SimulatedFault, number: int) -> tuple[ProviderReply, SimulatedSend | None]:
        if fault != "none":
            status, error = _FAULTS[fault]
            reset = (("x-rate-limit-reset", "1763629230"), ("date", "Thu, 20 Nov 2025 09:00:00 GMT"))
            return ProviderReply(status, (*JSON_HEADERS, *reset), json.dumps(error).encode()), None
        if "/2/media/upload" in call.url:
            return simulated_upload(call, number), None
        if call.method == "DELETE":
            return ProviderReply(200, JSON_HEADERS, b'{"data":{"deleted":true}}'), None
        said = json.loads(call.body)
        recipient, text = urlsplit(call.url).path.split("/")[-2], str(said.get("text", ""))
        identity = str(1_900_000_000_000_000_000 + number)
        body = json.dumps({"data": {"dm_conversation_id": f"1-{recipient}", "dm_event_id": identity}}).encode()
        return ProviderReply(201, JSON_HEADERS, body), SimulatedSend(recipient, text, identity)


def _number(identity: str) -> str:
    """Ids of X are numbers of up to 19 digits."""
    return str(int(hashlib.sha256(identity.encode()).hexdigest()[:15], 16))


simulator = XSimulator()
