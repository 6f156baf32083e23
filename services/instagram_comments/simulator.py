"""Meta's side of an Instagram account's comments: signs webhooks with the app secret and answers as the Graph API does."""

import hashlib
import json
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

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
from services.instagram_comments.settings import InstagramCommentsSettings

JSON_HEADERS = (("content-type", "application/json"),)
MEDIA = "2003"
_FAULTS: dict[str, tuple[int, dict[str, Any]]] = {
    "throttle": (400, {"code": 80002, "message": "There have been too many calls to this Instagram account"}),
    "transient": (500, {"code": 2, "message": "Service temporarily unavailable"}),
    "final": (400, {"code": 100, "error_subcode": 33, "message": "Object does not exist or can't be loaded"}),
}


class InstagramCommentsSimulator:
    """Pure: the same input gives the same requests and answers. All that a person writes stands under one comment."""

    demo_external_id = "1234567892"

    def demo_settings(self, base_url: str, seed: str) -> dict[str, Any]:
        digest = hashlib.sha512(f"instagram_comments/{seed}".encode()).hexdigest()
        return {
            "app_secrets": [digest[:32]],
            "verify_token": digest[32:64],
            "access_token": f"EAA{digest[64:]}",
            "api_base": base_url,
        }

    def sign(self, request: Request, account: Account, now: datetime) -> Request:
        settings: InstagramCommentsSettings = account.settings
        signature = f"sha256={hmac_hex(settings.app_secrets[0], request.body)}"
        return replace(request, headers=(*request.headers, ("x-hub-signature-256", signature)))

    def inbound(self, message: SimulatedMessage, account: Account, now: datetime) -> Request:
        value = {
            "id": message.message_id,
            "parent_id": f"{MEDIA}{message.sender}",
            "from": {"id": message.sender, "username": message.name or f"user{message.sender}"},
            "media": {"id": MEDIA, "media_product_type": "FEED"},
            "text": message.text,
        }
        entry = {
            "id": account.external_id,
            "time": int(now.timestamp()),
            "changes": [{"field": "comments", "value": value}],
        }
        body = json.dumps({"object": "instagram", "entry": [entry]}, separators=(",", ":")).encode()
        return self.sign(Request("POST", account.webhook_url, "", JSON_HEADERS, body), account, now)

    def receipt(self, sent: SimulatedSend, status: str, account: Account, now: datetime) -> Request | None:
        """None: a public comment has no receipts."""
        return None

    def answer(self, call: HttpCall, fault: SimulatedFault, number: int) -> tuple[ProviderReply, SimulatedSend | None]:
        if fault != "none":
            status, error = _FAULTS[fault]
            whole = {**error, "type": "OAuthException", "fbtrace_id": f"trace{number}"}
            return ProviderReply(status, JSON_HEADERS, json.dumps({"error": whole}).encode()), None
        if call.method == "GET":
            return ProviderReply(200, JSON_HEADERS, b'{"data":[]}'), None
        sent = json.loads(call.body or b"{}")
        node = urlsplit(call.url).path.removesuffix("/replies").rpartition("/")[2]
        identity = f"1799{number}"
        if "recipient" in sent:
            recipient, text = str(next(iter(sent["recipient"].values()))), str(sent["message"]["text"])
            body = json.dumps({"recipient_id": recipient, "message_id": identity}).encode()
            return ProviderReply(200, JSON_HEADERS, body), SimulatedSend(recipient, text, identity)
        body = json.dumps({"id": identity}).encode()
        understood = SimulatedSend(node.removeprefix(MEDIA), str(sent.get("message", "")), identity)
        return ProviderReply(200, JSON_HEADERS, body), understood


simulator = InstagramCommentsSimulator()
