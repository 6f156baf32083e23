"""Apple's gateway: requests with its token, and its answers to our calls."""

import base64
import hashlib
import json
import uuid
from dataclasses import replace
from datetime import datetime
from typing import Any

from backbone.channel.jwt import sign_hs256
from backbone.channel.port import (
    Account,
    HttpCall,
    ProviderReply,
    Request,
    SimulatedFault,
    SimulatedMessage,
    SimulatedSend,
)
from services.apple_mfb.settings import AppleSettings, key_of

_FAULTS: dict[str, int] = {"throttle": 429, "transient": 503, "final": 410}


class AppleSimulator:
    """Pure: the same input gives the same requests and answers."""

    demo_external_id = "6c1d0a52-0000-4000-8000-000000000001"

    def demo_settings(self, base_url: str, seed: str) -> dict[str, Any]:
        key = hashlib.sha256(f"apple/{seed}".encode()).digest()
        return {
            "csp_id": "8f2b7a10-0000-4000-8000-000000000009",
            "api_secrets": [base64.b64encode(key).decode("ascii")],
            "api_base": base_url,
        }

    def sign(self, request: Request, account: Account, now: datetime) -> Request:
        settings: AppleSettings = account.settings
        claims = {"aud": settings.csp_id, "iat": int(now.timestamp())}
        token = sign_hs256(claims, key_of(settings.api_secrets[0]))
        return replace(request, headers=(*request.headers, ("authorization", f"Bearer {token}")))

    def inbound(self, message: SimulatedMessage, account: Account, now: datetime) -> Request:
        body: dict[str, Any] = {
            "v": 1,
            "type": "text",
            "id": str(uuid.uuid5(uuid.NAMESPACE_OID, message.message_id)),
            "sourceId": message.sender,
            "destinationId": account.external_id,
            "body": message.text,
            "locale": "en_US",
        }
        if message.image_url:
            body["body"] += "\ufffc"
            sealed = {
                "url": message.image_url,
                "owner": "simulated",
                "signature-base64": "AQ==",
                "key": f"00{'a' * 64}",
            }
            body["attachments"] = [{"name": "picture.jpg", "mimeType": "image/jpeg", "size": 1000, **sealed}]
        headers = (
            ("content-type", "application/json"),
            ("id", body["id"]),
            ("source-id", message.sender),
            ("destination-id", account.external_id),
        )
        request = Request("POST", account.webhook_url, "", headers, json.dumps(body).encode())
        return self.sign(request, account, now)

    def receipt(self, sent: SimulatedSend, status: str, account: Account, now: datetime) -> Request | None:
        """Apple tells nobody what was delivered or read."""
        return None

    def answer(self, call: HttpCall, fault: SimulatedFault, number: int) -> tuple[ProviderReply, SimulatedSend | None]:
        """The id of a message is ours, so `number` says nothing here."""
        if fault != "none":
            return ProviderReply(_FAULTS[fault]), None
        if call.url.endswith("/preDownload"):
            link = f"https://cvws.icloud-content.com/simulated/{number}"
            return ProviderReply(200, (), json.dumps({"download-url": link}).encode()), None
        sent = json.loads(call.body)
        if sent["type"] == "typing_start":
            return ProviderReply(200), None
        reply = ProviderReply(200)
        return reply, SimulatedSend(sent["destinationId"], sent.get("body", ""), sent["id"])


simulator = AppleSimulator()
