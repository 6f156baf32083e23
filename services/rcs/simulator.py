"""Google's side: events in envelopes of Pub/Sub, signed with the client token, and the RBM API's answers to our calls."""

import base64
import hashlib
import json
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

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
from backbone.errors import PayloadInvalid
from services.rcs.codec import SIGNATURE_HEADER
from services.rcs.parse import inner_of
from services.rcs.settings import RcsSettings

JSON_HEADERS = (("content-type", "application/json"),)
_FAULTS: dict[str, tuple[int, str]] = {
    "throttle": (429, "RESOURCE_EXHAUSTED"),
    "transient": (503, "UNAVAILABLE"),
    "final": (404, "NOT_FOUND"),
}
_EVENTS = {"delivered": "DELIVERED", "read": "READ"}


class RcsSimulator:
    """Pure: the same input gives the same requests and answers."""

    demo_external_id = "demo_agent@rbm.goog"

    def demo_settings(self, base_url: str, seed: str) -> dict[str, Any]:
        digest = hashlib.sha512(f"rcs/{seed}".encode()).hexdigest()
        return {
            "client_tokens": [digest[:24]],
            "client_email": "desk@demo-project.iam.gserviceaccount.com",
            "access_token": f"ya29.{digest[24:100]}",
            "api_base": base_url,
            "token_url": f"{base_url}/token",
        }

    def sign(self, request: Request, account: Account, now: datetime) -> Request:
        settings: RcsSettings = account.settings
        signature = hmac_base64(settings.client_tokens[0], _signed(request.body), "sha512")
        return replace(request, headers=(*request.headers, (SIGNATURE_HEADER, signature)))

    def inbound(self, message: SimulatedMessage, account: Account, now: datetime) -> Request:
        said: dict[str, Any] = {"messageId": message.message_id, "text": message.text}
        if message.image_url:
            payload = {"mimeType": "image/jpeg", "fileName": "picture.jpg", "fileUri": message.image_url}
            said |= {"userFile": {"payload": payload}}
        return self._webhook({"senderPhoneNumber": message.sender, **said}, account, now)

    def receipt(self, sent: SimulatedSend, status: str, account: Account, now: datetime) -> Request | None:
        if status not in _EVENTS:
            return None
        event = {
            "senderPhoneNumber": sent.recipient,
            "eventType": _EVENTS[status],
            "eventId": f"{sent.provider_message_id}-{status}",
            "messageId": sent.provider_message_id,
        }
        return self._webhook(event, account, now)

    def _webhook(self, event: dict[str, Any], account: Account, now: datetime) -> Request:
        whole = {**event, "sendTime": now.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), "agentId": account.external_id}
        data = base64.b64encode(json.dumps(whole).encode()).decode("ascii")
        body = json.dumps({"message": {"data": data}, "subscription": "projects/demo/subscriptions/rbm"}).encode()
        return self.sign(Request("POST", account.webhook_url, "", JSON_HEADERS, body), account, now)

    def answer(self, call: HttpCall, fault: SimulatedFault, number: int) -> tuple[ProviderReply, SimulatedSend | None]:
        """The id of a message is ours, so `number` says nothing here."""
        if fault != "none":
            status, name = _FAULTS[fault]
            body: dict[str, Any] = {"error": {"code": status, "status": name, "message": name.lower()}}
            return ProviderReply(status, JSON_HEADERS, json.dumps(body).encode()), None
        if call.url.endswith("/token"):
            token = {"access_token": "ya29.simulated", "expires_in": 3599, "token_type": "Bearer"}
            return ProviderReply(200, JSON_HEADERS, json.dumps(token).encode()), None
        parts = urlsplit(call.url)
        identity = parse_qs(parts.query).get("messageId", [""])[0]
        if call.method != "POST" or not identity:
            return ProviderReply(200, JSON_HEADERS, b"{}"), None
        sent = json.loads(call.body)["contentMessage"]
        phone = unquote(parts.path.split("/phones/")[1].split("/")[0])
        body = {"name": f"phones/{phone}/agentMessages/{identity}", "contentMessage": sent}
        return ProviderReply(200, JSON_HEADERS, json.dumps(body).encode()), SimulatedSend(
            phone, sent.get("text", ""), identity
        )


def _signed(body: bytes) -> bytes:
    """What Google signs: the bytes that the envelope carries; of anything else all of it."""
    try:
        found = json.loads(body)
        inner = inner_of(found) if isinstance(found, dict) else None
    except (ValueError, RecursionError, PayloadInvalid):
        return body
    return body if inner is None else inner


simulator = RcsSimulator()
