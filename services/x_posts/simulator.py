"""X's side of posts: signs webhooks with the consumer secret and answers as API v2 does."""

import hashlib
import json
from dataclasses import replace
from datetime import datetime
from typing import Any

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
    "final": (403, {"title": "Forbidden", "errors": [{"code": 187, "message": "Status is a duplicate."}]}),
}


class XPostsSimulator:
    """Pure: the same input gives the same requests and answers."""

    demo_external_id = "1234567894"

    def demo_settings(self, base_url: str, seed: str) -> dict[str, Any]:
        digest = hashlib.sha512(f"x_posts/{seed}".encode()).hexdigest()
        return {"consumer_secrets": [digest[:50]], "access_token": digest[50:100], "api_base": base_url}

    def sign(self, request: Request, account: Account, now: datetime) -> Request:
        signature = x_api.sign(account.settings.consumer_secrets[0], request.body)
        return replace(request, headers=(*request.headers, (x_api.SIGNATURE_HEADER, signature)))

    def inbound(self, message: SimulatedMessage, account: Account, now: datetime) -> Request:
        escaped = message.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        post: dict[str, Any] = {
            "id_str": _number(message.message_id),
            "text": escaped,
            "user": {"id_str": message.sender, "name": message.name or message.sender, "followers_count": 120},
            "timestamp_ms": str(int(now.timestamp() * 1000)),
            "entities": {"user_mentions": [{"id_str": account.external_id, "name": "Demo"}]},
        }
        if message.image_url:
            media = {"type": "photo", "media_url_https": message.image_url, "url": "https://t.co/simulated"}
            post["extended_entities"] = {"media": [media]}
        content = {"for_user_id": account.external_id, "tweet_create_events": [post]}
        body = json.dumps(content, separators=(",", ":")).encode()
        return self.sign(Request("POST", account.webhook_url, "", JSON_HEADERS, body), account, now)

    def receipt(self, sent: SimulatedSend, status: str, account: Account, now: datetime) -> Request | None:
        """None: a public post has no receipts."""
        return None

    def answer(self, call: HttpCall, fault: SimulatedFault, number: int) -> tuple[ProviderReply, SimulatedSend | None]:
        if fault != "none":
            status, error = _FAULTS[fault]
            reset = (("x-rate-limit-reset", "1763629230"), ("date", "Thu, 20 Nov 2025 09:00:00 GMT"))
            return ProviderReply(status, (*JSON_HEADERS, *reset), json.dumps(error).encode()), None
        if "/2/media/upload" in call.url:
            return simulated_upload(call, number), None
        sent = json.loads(call.body or b"{}")
        if "text" not in sent and "media" not in sent:
            return ProviderReply(200, JSON_HEADERS, b'{"data":{}}'), None
        identity = str(1_900_000_000_000_000_000 + number)
        body = json.dumps({"data": {"id": identity, "text": sent.get("text", "")}}).encode()
        recipient = str(sent.get("reply", {}).get("in_reply_to_tweet_id", ""))
        return ProviderReply(201, JSON_HEADERS, body), SimulatedSend(recipient, str(sent.get("text", "")), identity)


def _number(identity: str) -> str:
    """Ids of X are numbers of up to 19 digits."""
    return str(int(hashlib.sha256(identity.encode()).hexdigest()[:15], 16))


simulator = XPostsSimulator()
