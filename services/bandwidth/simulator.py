"""Bandwidth's side: JSON callbacks with Basic credentials, and its answers to our calls."""

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
from services.bandwidth.settings import BandwidthSettings

_FAULTS: dict[str, tuple[int, str]] = {
    "throttle": (429, "message-rate-limit"),
    "transient": (500, "internal-server-error"),
    "final": (400, "request-validation"),
}
_EVENTS = {"sent": "message-sending", "delivered": "message-delivered", "failed": "message-failed"}


class BandwidthSimulator:
    """Pure: the same arguments give the same bytes."""

    demo_external_id = "+19195550100"

    def demo_settings(self, base_url: str, seed: str) -> dict[str, Any]:
        digest = hashlib.sha256(f"bandwidth/{seed}".encode()).hexdigest()
        return {
            "hook_secrets": [digest[:24]],
            "account_id": "5500100",
            "application_id": "93de2206-9669-4e07-948d-329f4b722ee2",
            "api_username": "desk",
            "api_password": digest[24:],
            "api_base": base_url,
        }

    def sign(self, request: Request, account: Account, now: datetime) -> Request:
        settings: BandwidthSettings = account.settings
        value = basic(settings.hook_username, settings.hook_secrets[0])
        return replace(request, headers=(*request.headers, ("authorization", value)))

    def inbound(self, message: SimulatedMessage, account: Account, now: datetime) -> Request:
        said: dict[str, Any] = {
            "id": hashlib.sha256(message.message_id.encode()).hexdigest()[:29],
            "time": _clock(now),
            "to": [account.external_id],
            "from": message.sender,
            "text": message.text,
            "owner": account.external_id,
            "direction": "in",
            "segmentCount": 1,
        }
        said |= {"media": [message.image_url]} if message.image_url else {}
        about = {"type": "message-received", "description": "Incoming message received", "to": account.external_id}
        return self._webhook({**about, "time": _clock(now), "message": said}, account, now)

    def receipt(self, sent: SimulatedSend, status: str, account: Account, now: datetime) -> Request | None:
        if status not in _EVENTS:
            return None
        said = {
            "id": sent.provider_message_id,
            "time": _clock(now),
            "to": [sent.recipient],
            "from": account.external_id,
            "text": "",
            "owner": account.external_id,
            "direction": "out",
            "segmentCount": 1,
        }
        event: dict[str, Any] = {
            "type": _EVENTS[status],
            "time": _clock(now),
            "description": "ok",
            "to": sent.recipient,
        }
        event |= {"errorCode": 4720} if status == "failed" else {}
        return self._webhook({**event, "message": said}, account, now)

    def _webhook(self, event: dict[str, Any], account: Account, now: datetime) -> Request:
        headers = (("content-type", "application/json"),)
        body = json.dumps([event], separators=(",", ":")).encode()
        return self.sign(Request("POST", account.webhook_url, "", headers, body), account, now)

    def answer(self, call: HttpCall, fault: SimulatedFault, number: int) -> tuple[ProviderReply, SimulatedSend | None]:
        if fault != "none":
            status, kind = _FAULTS[fault]
            return _reply(status, {"type": kind, "description": "simulated"}), None
        sent = json.loads(call.body)
        identity = f"{number:029d}"
        body = {**sent, "id": identity, "owner": sent["from"], "direction": "out", "segmentCount": 1}
        return _reply(202, body), SimulatedSend(sent["to"][0], sent.get("text", ""), identity)


def _clock(now: datetime) -> str:
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _reply(status: int, body: dict[str, Any]) -> ProviderReply:
    return ProviderReply(status, (("content-type", "application/json"),), json.dumps(body).encode())


simulator = BandwidthSimulator()
