"""YouTube's side of comments: lists of comments for polls, answers to our calls."""

import hashlib
import html
import json
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

JSON_HEADERS = (("content-type", "application/json; charset=UTF-8"),)
_FAULTS: dict[str, tuple[int, str]] = {
    "throttle": (403, "quotaExceeded"),
    "transient": (503, "backendError"),
    "final": (403, "commentsDisabled"),
}


class YoutubeSimulator:
    """Pure: the same input gives the same requests and answers. All that a person writes stands in one thread."""

    demo_external_id = "UCdemo0000000000000000000"

    def demo_settings(self, base_url: str, seed: str) -> dict[str, Any]:
        digest = hashlib.sha256(f"youtube/{seed}".encode()).hexdigest()
        return {"access_token": f"ya29.{digest}", "api_base": base_url, "token_url": f"{base_url}/token"}

    def sign(self, request: Request, account: Account, now: datetime) -> Request:
        """As it is: polls carry no signature."""
        return request

    def inbound(self, message: SimulatedMessage, account: Account, now: datetime) -> Request:
        at = now.isoformat().replace("+00:00", "Z")
        snippet = {
            "authorDisplayName": message.name or message.sender,
            "authorChannelId": {"value": message.sender},
            "textDisplay": html.escape(message.text, quote=False).replace("\n", "<br>"),
            "parentId": f"Ug{message.sender}",
            "publishedAt": at,
            "updatedAt": at,
        }
        comment = {"kind": "youtube#comment", "id": f"Ug{message.sender}.{message.message_id}", "snippet": snippet}
        body = json.dumps({"items": [comment]}, separators=(",", ":")).encode()
        return Request("POLL", account.webhook_url, "", (), body)

    def receipt(self, sent: SimulatedSend, status: str, account: Account, now: datetime) -> Request | None:
        """None: a comment has no receipts."""
        return None

    def answer(self, call: HttpCall, fault: SimulatedFault, number: int) -> tuple[ProviderReply, SimulatedSend | None]:
        if fault != "none":
            status, reason = _FAULTS[fault]
            error = {"code": status, "message": reason, "errors": [{"domain": "youtube", "reason": reason}]}
            return ProviderReply(status, JSON_HEADERS, json.dumps({"error": error}).encode()), None
        sent = json.loads(call.body or b"{}").get("snippet", {})
        if "parentId" not in sent:
            return ProviderReply(200, JSON_HEADERS, b'{"items":[]}'), None
        identity = f"{sent['parentId']}.{number}"
        body = json.dumps({"kind": "youtube#comment", "id": identity, "snippet": sent}).encode()
        recipient = str(sent["parentId"]).removeprefix("Ug")
        return ProviderReply(200, JSON_HEADERS, body), SimulatedSend(recipient, str(sent["textOriginal"]), identity)


simulator = YoutubeSimulator()
