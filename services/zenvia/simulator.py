"""Zenvia's side: JSON webhooks with the key of the URL, and its answers to our calls."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
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
from services.zenvia.settings import ZenviaSettings

_FAULTS: dict[str, tuple[int, str]] = {
    "throttle": (429, "TOO_MANY_REQUESTS"),
    "transient": (503, "SERVICE_UNAVAILABLE"),
    "final": (400, "VALIDATION_ERROR"),
}
_STATES = {"sent": "SENT", "delivered": "DELIVERED", "read": "READ", "failed": "NOT_DELIVERED"}


class ZenviaSimulator:
    """Pure: the same arguments give the same bytes."""

    demo_external_id = "+5511900000100"

    def demo_settings(self, base_url: str, seed: str) -> dict[str, Any]:
        digest = hashlib.sha256(f"zenvia/{seed}".encode()).hexdigest()
        return {
            "webhook_secrets": [digest[:32]],
            "api_token": digest[32:],
            "medium": "whatsapp",
            "api_base": base_url,
        }

    def sign(self, request: Request, account: Account, now: datetime) -> Request:
        """The webhook's URL as the account's owner gave it to Zenvia: with the key."""
        settings: ZenviaSettings = account.settings
        key = form.dumps([("key", settings.webhook_secrets[0].get_secret_value())]).decode("ascii")
        query = f"{request.query}&{key}".removeprefix("&")
        return replace(request, query=query, url=f"{account.webhook_url}?{query}")

    def inbound(self, message: SimulatedMessage, account: Account, now: datetime) -> Request:
        contents: list[dict[str, Any]] = [{"type": "text", "text": message.text}]
        if message.image_url:
            contents.append({"type": "file", "fileUrl": message.image_url, "fileMimeType": "image/jpeg"})
        said: dict[str, Any] = {
            "id": hashlib.sha256(message.message_id.encode()).hexdigest()[:32],
            "from": message.sender.removeprefix("+"),
            "to": account.external_id.removeprefix("+"),
            "direction": "IN",
            "contents": contents,
        }
        said |= {"visitor": {"name": message.name}} if message.name else {}
        return self._webhook({"type": "MESSAGE", "message": said}, account, now)

    def receipt(self, sent: SimulatedSend, status: str, account: Account, now: datetime) -> Request | None:
        if status not in _STATES:
            return None
        body = {
            "type": "MESSAGE_STATUS",
            "messageId": sent.provider_message_id,
            "messageStatus": {"timestamp": _clock(now), "code": _STATES[status]},
        }
        return self._webhook(body, account, now)

    def _webhook(self, body: dict[str, Any], account: Account, now: datetime) -> Request:
        value = {"id": hashlib.sha256(repr(body).encode()).hexdigest()[:32], "timestamp": _clock(now), **body}
        headers = (("content-type", "application/json"),)
        payload = json.dumps(value, separators=(",", ":")).encode()
        return self.sign(Request("POST", account.webhook_url, "", headers, payload), account, now)

    def answer(self, call: HttpCall, fault: SimulatedFault, number: int) -> tuple[ProviderReply, SimulatedSend | None]:
        if fault != "none":
            status, code = _FAULTS[fault]
            return ProviderReply(status, (), json.dumps({"code": code, "message": "simulated"}).encode()), None
        sent = json.loads(call.body)
        identity = f"{number:032x}"
        text = sent["contents"][0].get("text", "")
        reply = ProviderReply(200, (), json.dumps({"id": identity, "direction": "OUT", **sent}).encode())
        return reply, SimulatedSend(sent["to"], text, identity)


def _clock(now: datetime) -> str:
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


simulator = ZenviaSimulator()
