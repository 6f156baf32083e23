"""Sunshine's side: webhooks with the shared secret, and the API's answers to our calls."""

import hashlib
import json
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from backbone.channel.port import (
    Account,
    HttpCall,
    ProviderReply,
    Request,
    SimulatedFault,
    SimulatedMessage,
    SimulatedSend,
)
from services.smooch.codec import SECRET_HEADER
from services.smooch.settings import SmoochSettings

JSON_HEADERS = (("content-type", "application/json"),)
_FAULTS: dict[str, tuple[int, dict[str, str]]] = {
    "throttle": (429, {"code": "too_many_requests", "title": "Too many requests"}),
    "transient": (503, {"code": "service_unavailable", "title": "Service unavailable"}),
    "final": (404, {"code": "conversation_not_found", "title": "Conversation not found"}),
}
_RECEIPTS = {"sent": "channel", "delivered": "user"}


class SmoochSimulator:
    """Pure: the same input gives the same requests and answers."""

    demo_external_id = "5698edbf2a43bd081be982f1"

    def demo_settings(self, base_url: str, seed: str) -> dict[str, Any]:
        digest = hashlib.sha512(f"smooch/{seed}".encode()).hexdigest()
        return {
            "webhook_secrets": [digest[:43]],
            "key_id": f"app_{digest[43:64]}",
            "key_secret": digest[64:],
            "api_base": base_url,
        }

    def sign(self, request: Request, account: Account, now: datetime) -> Request:
        settings: SmoochSettings = account.settings
        secret = settings.webhook_secrets[0].get_secret_value()
        return replace(request, headers=(*request.headers, (SECRET_HEADER, secret)))

    def inbound(self, message: SimulatedMessage, account: Account, now: datetime) -> Request:
        author = {"type": "user", "userId": message.sender, "displayName": message.name or "Customer"}
        content: dict[str, Any] = {"type": "text", "text": message.text}
        if message.image_url:
            content = {"type": "image", "text": message.text, "mediaUrl": message.image_url, "mediaType": "image/jpeg"}
        said = {"id": message.message_id, "received": _time(now), "content": content, "author": author}
        return self._webhook("conversation:message", message.sender, {"message": said}, account, now)

    def receipt(self, sent: SimulatedSend, status: str, account: Account, now: datetime) -> Request | None:
        if status == "read":
            activity = {"type": "conversation:read", "author": {"type": "user", "userId": sent.recipient}}
            return self._webhook("conversation:read", sent.recipient, {"activity": activity}, account, now)
        if status not in _RECEIPTS:
            return None
        kind = f"conversation:message:delivery:{_RECEIPTS[status]}"
        return self._webhook(kind, sent.recipient, {"message": {"id": sent.provider_message_id}}, account, now)

    def _webhook(self, kind: str, who: str, payload: dict[str, Any], account: Account, now: datetime) -> Request:
        whole = {"conversation": {"id": f"conv-{who}", "type": "personal"}, **payload}
        identity = hashlib.sha256(json.dumps([kind, whole], sort_keys=True).encode()).hexdigest()[:24]
        event = {"id": identity, "type": kind, "createdAt": _time(now), "payload": whole}
        body = json.dumps(
            {
                "app": {"id": account.external_id},
                "webhook": {"id": "5e554d2cac66fb73a3c01869", "version": "v2"},
                "events": [event],
            }
        ).encode()
        return self.sign(Request("POST", account.webhook_url, "", JSON_HEADERS, body), account, now)

    def answer(self, call: HttpCall, fault: SimulatedFault, number: int) -> tuple[ProviderReply, SimulatedSend | None]:
        if fault != "none":
            status, error = _FAULTS[fault]
            return ProviderReply(status, JSON_HEADERS, json.dumps({"errors": [error]}).encode()), None
        *_, conversation, kind = urlsplit(call.url).path.split("/")
        if call.method != "POST" or kind != "messages":
            return ProviderReply(200, JSON_HEADERS, b"{}"), None
        content = json.loads(call.body)["content"]
        identity = f"5e55622dac66fb73{number:08x}"
        body = json.dumps({"messages": [{"id": identity, "content": content}]}).encode()
        understood = SimulatedSend(unquote(conversation), content.get("text", ""), identity)
        return ProviderReply(201, JSON_HEADERS, body), understood


def _time(now: datetime) -> str:
    return now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03d}Z"


simulator = SmoochSimulator()
