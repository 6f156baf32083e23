"""Telegram's side: updates with the secret header, and the Bot API's answers to our calls."""

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
from services.telegram.codec import SECRET_HEADER
from services.telegram.settings import TelegramSettings

_FAULTS: dict[str, tuple[int, dict[str, Any]]] = {
    "throttle": (429, {"description": "Too Many Requests: retry after 2", "parameters": {"retry_after": 2}}),
    "transient": (502, {"description": "Bad Gateway"}),
    "final": (403, {"description": "Forbidden: bot was blocked by the user"}),
}


class TelegramSimulator:
    """Pure: the same arguments give the same bytes."""

    demo_external_id = "110201543"

    def demo_settings(self, base_url: str, seed: str) -> dict[str, Any]:
        digest = hashlib.sha256(f"telegram/{seed}".encode()).hexdigest()
        return {"bot_token": f"1000000001:{digest[:35]}", "webhook_secrets": [digest[35:]], "api_base": base_url}

    def sign(self, request: Request, account: Account, now: datetime) -> Request:
        settings: TelegramSettings = account.settings
        secret = settings.webhook_secrets[0].get_secret_value()
        return replace(request, headers=(*request.headers, (SECRET_HEADER, secret)))

    def inbound(self, message: SimulatedMessage, account: Account, now: datetime) -> Request:
        person = {"id": _number(message.sender), "first_name": message.name or "Customer"}
        said: dict[str, Any] = {
            "message_id": _number(message.message_id, 2**31),
            "from": {**person, "is_bot": False},
            "chat": {**person, "type": "private"},
            "date": int(now.timestamp()),
        }
        if message.image_url:
            said["photo"] = [{"file_id": message.image_url, "width": 800, "height": 600}]
            said["caption"] = message.text
        else:
            said["text"] = message.text
        body = json.dumps({"update_id": _number(f"update/{message.message_id}", 2**31), "message": said}).encode()
        request = Request("POST", account.webhook_url, "", (("content-type", "application/json"),), body)
        return self.sign(request, account, now)

    def receipt(self, sent: SimulatedSend, status: str, account: Account, now: datetime) -> Request | None:
        """Telegram tells nobody what was delivered or read."""
        return None

    def answer(self, call: HttpCall, fault: SimulatedFault, number: int) -> tuple[ProviderReply, SimulatedSend | None]:
        if fault != "none":
            status, problem = _FAULTS[fault]
            return _reply(status, {"ok": False, "error_code": status, **problem}), None
        parts = urlsplit(call.url)
        if parts.path.endswith("/getFile"):
            return _reply(200, {"ok": True, "result": {"file_id": parts.query, "file_path": "photos/file_1.jpg"}}), None
        if parts.path.endswith("/getWebhookInfo"):
            info = {"url": "https://desk.example.test/webhooks/telegram", "pending_update_count": 0}
            return _reply(200, {"ok": True, "result": info}), None
        fields = json.loads(call.body)
        if not parts.path.rpartition("/")[2].startswith("send") or "action" in fields:
            return _reply(200, {"ok": True, "result": True}), None
        chat = fields["chat_id"]
        result: dict[str, Any] = {"message_id": number, "chat": {"id": chat, "type": "private"}}
        identity = f"{chat}:{number}"
        if "business_connection_id" in fields:
            result["business_connection_id"] = fields["business_connection_id"]
            identity = f"{chat}@{fields['business_connection_id']}:{number}"
        text = fields.get("text") or fields.get("caption") or ""
        return _reply(200, {"ok": True, "result": result}), SimulatedSend(str(chat), text, identity)


def _reply(status: int, body: dict[str, Any]) -> ProviderReply:
    return ProviderReply(status, (("content-type", "application/json"),), json.dumps(body).encode())


def _number(name: str, below: int = 2**52) -> int:
    """A stable id for a name; a name that is a number is its own."""
    if name.isascii() and name.isdigit() and len(name) < 16:
        return int(name)
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") % below


simulator = TelegramSimulator()
