"""LINE's side: signs webhooks with the channel's secret and answers as the Messaging API does."""

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
from backbone.channel.signature import hmac_base64
from services.line.codec import SIGNATURE_HEADER
from services.line.settings import LineSettings

JSON_HEADERS = (("content-type", "application/json"),)
_FAULTS: dict[str, tuple[int, str]] = {
    "throttle": (429, "The API rate limit has been exceeded. Try again later."),
    "transient": (500, "Internal server error"),
    "final": (400, "The property, 'to', in the request body is invalid (line: -, column: -)"),
}


class LineSimulator:
    """Pure: the same input gives the same requests and answers."""

    demo_external_id = "U00000000000000000000000000000001"

    def demo_settings(self, base_url: str, seed: str) -> dict[str, Any]:
        digest = hashlib.sha512(f"line/{seed}".encode()).hexdigest()
        return {
            "channel_secrets": [digest[:32]],
            "access_token": digest[32:],
            "api_base": base_url,
            "data_base": base_url,
            "video_preview_url": "https://files.example.test/film.png",
        }

    def sign(self, request: Request, account: Account, now: datetime) -> Request:
        settings: LineSettings = account.settings
        signature = hmac_base64(settings.channel_secrets[0], request.body)
        return replace(request, headers=(*request.headers, (SIGNATURE_HEADER, signature)))

    def inbound(self, message: SimulatedMessage, account: Account, now: datetime) -> Request:
        number = str(int.from_bytes(hashlib.sha256(message.message_id.encode()).digest()[:7], "big"))
        said: dict[str, Any] = {"id": number, "type": "text", "text": message.text}
        if message.image_url:
            provider = {"type": "external", "originalContentUrl": message.image_url}
            said = {"id": number, "type": "image", "contentProvider": provider}
        event = {
            "type": "message",
            "mode": "active",
            "timestamp": int(now.timestamp() * 1000),
            "source": {"type": "user", "userId": message.sender},
            "webhookEventId": f"01SIM{number}",
            "deliveryContext": {"isRedelivery": False},
            "replyToken": hashlib.sha256(number.encode()).hexdigest()[:32],
            "message": said,
        }
        body = json.dumps({"destination": account.external_id, "events": [event]}).encode()
        return self.sign(Request("POST", account.webhook_url, "", JSON_HEADERS, body), account, now)

    def receipt(self, sent: SimulatedSend, status: str, account: Account, now: datetime) -> Request | None:
        """LINE tells nobody what was delivered or read."""
        return None

    def answer(self, call: HttpCall, fault: SimulatedFault, number: int) -> tuple[ProviderReply, SimulatedSend | None]:
        if fault != "none":
            status, words = _FAULTS[fault]
            return ProviderReply(status, JSON_HEADERS, json.dumps({"message": words}).encode()), None
        sent = json.loads(call.body or b"{}")
        if "messages" not in sent:
            return ProviderReply(202, JSON_HEADERS, b"{}"), None
        texts = [part["text"] for part in sent["messages"] if part["type"] == "text"]
        identities = [str(500_000_000_000_000_000 + 10 * number + place) for place in range(len(sent["messages"]))]
        body = {"sentMessages": [{"id": identity, "quoteToken": f"q{identity}"} for identity in identities]}
        understood = SimulatedSend(sent["to"], "".join(texts), identities[-1])
        return ProviderReply(200, JSON_HEADERS, json.dumps(body).encode()), understood


simulator = LineSimulator()
