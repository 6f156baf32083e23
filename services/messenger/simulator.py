"""Meta's side of Messenger: signs webhooks with the app secret and answers as the Send API does."""

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
from services.messenger.settings import MessengerSettings

JSON_HEADERS = (("content-type", "application/json"),)
_FAULTS: dict[str, tuple[int, dict[str, Any]]] = {
    "throttle": (400, {"code": 613, "message": "Calls to this api have exceeded the rate limit."}),
    "transient": (500, {"code": 1200, "message": "Temporary send message failure. Please try again later."}),
    "final": (400, {"code": 551, "message": "This person isn't available right now."}),
}


class MessengerSimulator:
    """Pure: the same input gives the same requests and answers."""

    demo_external_id = "1234567890"

    def demo_settings(self, base_url: str, seed: str) -> dict[str, Any]:
        digest = hashlib.sha512(f"messenger/{seed}".encode()).hexdigest()
        return {
            "app_secrets": [digest[:32]],
            "verify_token": digest[32:64],
            "access_token": f"EAA{digest[64:]}",
            "api_base": base_url,
        }

    def sign(self, request: Request, account: Account, now: datetime) -> Request:
        settings: MessengerSettings = account.settings
        signature = f"sha256={hmac_hex(settings.app_secrets[0], request.body)}"
        return replace(request, headers=(*request.headers, ("x-hub-signature-256", signature)))

    def inbound(self, message: SimulatedMessage, account: Account, now: datetime) -> Request:
        body: dict[str, Any] = {"mid": message.message_id, "text": message.text}
        if message.image_url:
            body["attachments"] = [{"type": "image", "payload": {"url": message.image_url}}]
        return self._webhook(message.sender, {"message": body}, account, now)

    def receipt(self, sent: SimulatedSend, status: str, account: Account, now: datetime) -> Request | None:
        watermark = int(now.timestamp() * 1000)
        if status == "delivered":
            element: dict[str, Any] = {"delivery": {"mids": [sent.provider_message_id], "watermark": watermark}}
        elif status == "read":
            element = {"read": {"watermark": watermark}}
        else:
            return None
        return self._webhook(sent.recipient, element, account, now)

    def _webhook(self, sender: str, element: dict[str, Any], account: Account, now: datetime) -> Request:
        at = int(now.timestamp() * 1000)
        whole = {"sender": {"id": sender}, "recipient": {"id": account.external_id}, "timestamp": at, **element}
        envelope = {"object": "page", "entry": [{"id": account.external_id, "time": at, "messaging": [whole]}]}
        body = json.dumps(envelope, separators=(",", ":")).encode()
        return self.sign(Request("POST", account.webhook_url, "", JSON_HEADERS, body), account, now)

    def answer(self, call: HttpCall, fault: SimulatedFault, number: int) -> tuple[ProviderReply, SimulatedSend | None]:
        if fault != "none":
            status, error = _FAULTS[fault]
            whole = {**error, "type": "OAuthException", "fbtrace_id": f"trace{number}"}
            return ProviderReply(status, JSON_HEADERS, json.dumps({"error": whole}).encode()), None
        if call.method == "GET":
            return ProviderReply(200, JSON_HEADERS, b'{"data":[]}'), None
        sent = json.loads(call.body)
        recipient = sent["recipient"]["id"]
        if "sender_action" in sent:
            return ProviderReply(200, JSON_HEADERS, json.dumps({"recipient_id": recipient}).encode()), None
        identity = f"m_simulated_{number}"
        body = json.dumps({"recipient_id": recipient, "message_id": identity}).encode()
        return ProviderReply(200, JSON_HEADERS, body), SimulatedSend(recipient, _text(sent["message"]), identity)


def _text(message: dict[str, Any]) -> str:
    return str(message.get("text") or message.get("attachment", {}).get("payload", {}).get("text", ""))


simulator = MessengerSimulator()
