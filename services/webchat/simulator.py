"""Plays the visitor's side of a web chat: frames with a visitor token, and the answers of our own stream."""

import hashlib
import json
import re
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
from backbone.channel.visitor import make_token

VISITOR = "visitor-1"
_STATUS: dict[SimulatedFault, int] = {"none": 200, "throttle": 429, "transient": 503, "final": 410}


class WebchatSimulator:
    demo_external_id = "demo"

    def demo_settings(self, base_url: str, seed: str) -> dict[str, Any]:
        return {"visitor_secrets": [hashlib.sha256(f"webchat {seed}".encode()).hexdigest()]}

    def sign(self, request: Request, account: Account, now: datetime) -> Request:
        """The request as the visitor `visitor-1` would send it."""
        return self._as_visitor(VISITOR, request, account, now)

    def inbound(self, message: SimulatedMessage, account: Account, now: datetime) -> Request:
        frame: dict[str, Any] = {"type": "message", "id": message.message_id, "text": message.text}
        if message.name:
            frame["name"] = message.name
        if message.image_url:
            upload = hashlib.sha256(message.image_url.encode()).hexdigest()[:32]
            frame["media"] = [{"upload": upload, "kind": "image", "mime": "image/jpeg"}]
        return self._frame(frame, message.sender, account, now)

    def receipt(self, sent: SimulatedSend, status: str, account: Account, now: datetime) -> Request | None:
        if status not in {"delivered", "read"}:
            return None
        frame = {"type": "read", "message_id": sent.provider_message_id, "status": status}
        return self._frame(frame, sent.recipient, account, now)

    def answer(self, call: HttpCall, fault: SimulatedFault, number: int) -> tuple[ProviderReply, SimulatedSend | None]:
        """What a stream would answer to a frame posted to it; the codec itself makes no HTTP calls."""
        reply = ProviderReply(_STATUS[fault])
        if fault != "none":
            return reply, None
        return reply, SimulatedSend(
            recipient=call.url, text=call.body.decode("utf-8", "replace"), provider_message_id=f"sent-{number}"
        )

    def _frame(self, frame: dict[str, Any], visitor: str, account: Account, now: datetime) -> Request:
        body = json.dumps(frame, ensure_ascii=False).encode()
        headers = (("content-type", "application/json"),)
        request = Request("POST", account.webhook_url, "", headers, body)
        return self._as_visitor(re.sub(r"[^A-Za-z0-9_-]", "-", visitor)[:64], request, account, now)

    def _as_visitor(self, visitor: str, request: Request, account: Account, now: datetime) -> Request:
        settings = account.settings
        token = make_token(visitor, now + settings.token_lifetime, settings.visitor_secrets[0])
        kept = tuple(item for item in request.headers if item[0].lower() != "authorization")
        return replace(request, headers=(*kept, ("authorization", f"Bearer {token}")))


simulator = WebchatSimulator()
