"""Clickatell's side: JSON webhooks with the key of the URL, and its answers to our calls."""

import hashlib
import json
from dataclasses import replace
from datetime import datetime
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
from services.clickatell.settings import ClickatellSettings

_FAULTS: dict[str, tuple[int, dict[str, Any]]] = {
    "throttle": (429, {"messages": [], "error": "Too many requests"}),
    "transient": (503, {"messages": [], "error": "Service unavailable"}),
    "final": (
        202,
        {"messages": [{"apiMessageId": None, "accepted": False, "error": "Invalid number", "errorCode": 108}]},
    ),
}
_STATES = {"sent": 3, "delivered": 4, "failed": 7}


class ClickatellSimulator:
    """Pure: the same arguments give the same bytes."""

    demo_external_id = "+27820000100"

    def demo_settings(self, base_url: str, seed: str) -> dict[str, Any]:
        digest = hashlib.sha256(f"clickatell/{seed}".encode()).hexdigest()
        return {"webhook_secrets": [digest[:32]], "api_key": digest[32:], "api_base": base_url}

    def sign(self, request: Request, account: Account, now: datetime) -> Request:
        """The webhook's URL as the account's owner gave it to Clickatell: with the key."""
        settings: ClickatellSettings = account.settings
        key = form.dumps([("key", settings.webhook_secrets[0].get_secret_value())]).decode("ascii")
        query = f"{request.query}&{key}".removeprefix("&")
        return replace(request, query=query, url=f"{account.webhook_url}?{query}")

    def inbound(self, message: SimulatedMessage, account: Account, now: datetime) -> Request:
        body = {
            "messageId": hashlib.sha256(message.message_id.encode()).hexdigest()[:32],
            "fromNumber": message.sender.removeprefix("+"),
            "toNumber": account.external_id.removeprefix("+"),
            "timestamp": int(now.timestamp() * 1000),
            "text": message.text,
            "charset": "UTF-8",
        }
        return self._webhook(body, account, now)

    def receipt(self, sent: SimulatedSend, status: str, account: Account, now: datetime) -> Request | None:
        if status not in _STATES:
            return None
        body = {
            "messageId": sent.provider_message_id,
            "statusCode": _STATES[status],
            "toNumber": sent.recipient,
            "fromNumber": account.external_id.removeprefix("+"),
            "timestamp": int(now.timestamp() * 1000),
        }
        return self._webhook(body, account, now)

    def _webhook(self, body: dict[str, Any], account: Account, now: datetime) -> Request:
        headers = (("content-type", "application/json"),)
        payload = json.dumps(body, separators=(",", ":")).encode()
        return self.sign(Request("POST", account.webhook_url, "", headers, payload), account, now)

    def answer(self, call: HttpCall, fault: SimulatedFault, number: int) -> tuple[ProviderReply, SimulatedSend | None]:
        if fault != "none":
            status, body = _FAULTS[fault]
            return ProviderReply(status, (), json.dumps(body).encode()), None
        sent = json.loads(call.body)
        identity = f"{number:032x}"
        taken = {"apiMessageId": identity, "accepted": True, "to": sent["to"][0], "error": None}
        reply = ProviderReply(202, (), json.dumps({"messages": [taken], "error": None}).encode())
        return reply, SimulatedSend(sent["to"][0], sent["content"], identity)


simulator = ClickatellSimulator()
