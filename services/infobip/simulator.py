"""Infobip's side: JSON webhooks with Basic credentials, and its answers to our calls."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from backbone.channel.credentials import basic
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
from services.infobip.settings import InfobipSettings

_FAULTS: dict[str, tuple[int, str]] = {
    "throttle": (429, "TOO_MANY_REQUESTS"),
    "transient": (500, "GENERAL_ERROR"),
    "final": (401, "UNAUTHORIZED"),
}
_STATES = {
    "sent": (1, "PENDING", 7, "PENDING_ENROUTE"),
    "delivered": (3, "DELIVERED", 5, "DELIVERED_TO_HANDSET"),
    "failed": (2, "UNDELIVERABLE", 9, "UNDELIVERABLE_NOT_DELIVERED"),
}


class InfobipSimulator:
    """Pure: the same arguments give the same bytes."""

    demo_external_id = "+385921004026"

    def demo_settings(self, base_url: str, seed: str) -> dict[str, Any]:
        digest = hashlib.sha256(f"infobip/{seed}".encode()).hexdigest()
        return {"hook_secrets": [digest[:32]], "api_key": digest[32:], "api_base": base_url, "mms": True}

    def sign(self, request: Request, account: Account, now: datetime) -> Request:
        settings: InfobipSettings = account.settings
        added = [("authorization", basic(settings.hook_username, settings.hook_secrets[0]))]
        if settings.hmac_secrets:
            added.append((settings.hmac_header, hmac_hex(settings.hmac_secrets[0], request.body)))
        return replace(request, headers=(*request.headers, *added))

    def inbound(self, message: SimulatedMessage, account: Account, now: datetime) -> Request:
        element: dict[str, Any] = {
            "messageId": hashlib.sha256(message.message_id.encode()).hexdigest()[:32],
            "from": message.sender.removeprefix("+"),
            "to": account.external_id.removeprefix("+"),
            "receivedAt": _clock(now),
        }
        if message.image_url:
            element["message"] = [
                {"contentType": "text/plain", "value": message.text},
                {"contentType": "image/jpeg", "url": message.image_url},
            ]
        else:
            element |= {"text": message.text, "cleanText": message.text, "keyword": "", "smsCount": 1}
        return self._webhook({"results": [element], "messageCount": 1, "pendingMessageCount": 0}, account, now)

    def receipt(self, sent: SimulatedSend, status: str, account: Account, now: datetime) -> Request | None:
        element: dict[str, Any] = {
            "messageId": sent.provider_message_id,
            "to": sent.recipient,
            "from": account.external_id.removeprefix("+"),
        }
        if status == "read":
            element["seenAt"] = _clock(now)
        elif status in _STATES:
            group_id, group, identity, name = _STATES[status]
            state = {"groupId": group_id, "groupName": group, "id": identity, "name": name, "description": ""}
            element |= {"sentAt": _clock(now), "doneAt": _clock(now), "smsCount": 1, "status": state}
        else:
            return None
        return self._webhook({"results": [element]}, account, now)

    def _webhook(self, value: dict[str, Any], account: Account, now: datetime) -> Request:
        headers = (("content-type", "application/json"),)
        body = json.dumps(value, separators=(",", ":")).encode()
        return self.sign(Request("POST", account.webhook_url, "", headers, body), account, now)

    def answer(self, call: HttpCall, fault: SimulatedFault, number: int) -> tuple[ProviderReply, SimulatedSend | None]:
        if fault != "none":
            status, code = _FAULTS[fault]
            problem = {"requestError": {"serviceException": {"messageId": code, "text": "simulated"}}}
            return _reply(status, problem), None
        sent = json.loads(call.body)["messages"][0]
        to = sent["destinations"][0]["to"]
        segments = sent.get("content", {}).get("messageSegments", [])
        text = sent.get("text") or "".join(segment.get("text", "") for segment in segments)
        identity = f"{number:024d}"
        state = {"groupId": 1, "groupName": "PENDING", "id": 26, "name": "PENDING_ACCEPTED"}
        return _reply(200, {"messages": [{"messageId": identity, "to": to, "status": state}]}), SimulatedSend(
            to, text, identity
        )


def _clock(now: datetime) -> str:
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def _reply(status: int, body: dict[str, Any]) -> ProviderReply:
    return ProviderReply(status, (("content-type", "application/json"),), json.dumps(body).encode())


simulator = InfobipSimulator()
