"""Meta's side of WhatsApp: signs webhooks with the app secret and answers as the Graph API does."""

import hashlib
import json
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
from backbone.channel.signature import hmac_hex
from services.whatsapp.people import is_user_id
from services.whatsapp.settings import WhatsAppSettings

JSON_HEADERS = (("content-type", "application/json"),)
_FAULTS: dict[str, tuple[int, int, str]] = {
    "throttle": (400, 130429, "Cloud API message throughput has been reached."),
    "transient": (500, 131000, "Something went wrong."),
    "final": (400, 131026, "Message undeliverable."),
}


class WhatsAppSimulator:
    """Pure: the same input gives the same requests and answers."""

    demo_external_id = "106540352242922"

    def demo_settings(self, base_url: str, seed: str) -> dict[str, Any]:
        digest = hashlib.sha512(f"whatsapp/{seed}".encode()).hexdigest()
        return {
            "app_secrets": [digest[:32]],
            "verify_token": digest[32:64],
            "access_token": f"EAA{digest[64:]}",
            "api_base": base_url,
        }

    def sign(self, request: Request, account: Account, now: datetime) -> Request:
        settings: WhatsAppSettings = account.settings
        signature = f"sha256={hmac_hex(settings.app_secrets[0], request.body)}"
        return replace(request, headers=(*request.headers, ("x-hub-signature-256", signature)))

    def inbound(self, message: SimulatedMessage, account: Account, now: datetime) -> Request:
        by_user_id = is_user_id(message.sender)
        element: dict[str, Any] = {
            "from_user_id" if by_user_id else "from": message.sender,
            "id": message.message_id,
            "timestamp": str(int(now.timestamp())),
        }
        if message.image_url:
            image = {
                "id": message.message_id,
                "mime_type": "image/jpeg",
                "url": message.image_url,
                "caption": message.text,
            }
            element |= {"type": "image", "image": image}
        else:
            element |= {"type": "text", "text": {"body": message.text}}
        contact: dict[str, Any] = {"user_id" if by_user_id else "wa_id": message.sender}
        if message.name:
            contact["profile"] = {"name": message.name}
        return self._webhook({"contacts": [contact], "messages": [element]}, account, now)

    def receipt(self, sent: SimulatedSend, status: str, account: Account, now: datetime) -> Request | None:
        element: dict[str, Any] = {
            "id": sent.provider_message_id,
            "status": status,
            "timestamp": str(int(now.timestamp())),
            "recipient_user_id" if is_user_id(sent.recipient) else "recipient_id": sent.recipient,
        }
        if status == "failed":
            element["errors"] = [{"code": 131026, "title": "Message undeliverable"}]
        return self._webhook({"statuses": [element]}, account, now)

    def _webhook(self, value: dict[str, Any], account: Account, now: datetime) -> Request:
        metadata = {"display_phone_number": "15550100", "phone_number_id": account.external_id}
        change = {"field": "messages", "value": {"messaging_product": "whatsapp", "metadata": metadata, **value}}
        envelope = {"object": "whatsapp_business_account", "entry": [{"id": "100", "changes": [change]}]}
        body = json.dumps(envelope, separators=(",", ":")).encode()
        return self.sign(Request("POST", account.webhook_url, "", JSON_HEADERS, body), account, now)

    def answer(self, call: HttpCall, fault: SimulatedFault, number: int) -> tuple[ProviderReply, SimulatedSend | None]:
        if fault != "none":
            status, code, message = _FAULTS[fault]
            error = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": f"trace{number}"}
            return ProviderReply(status, JSON_HEADERS, json.dumps({"error": error}).encode()), None
        sent = json.loads(call.body)
        if "status" in sent:
            return ProviderReply(200, JSON_HEADERS, b'{"success":true}'), None
        recipient = sent.get("to") or sent.get("recipient")
        identity = f"wamid.simulated.{number}"
        body = {
            "messaging_product": "whatsapp",
            "contacts": [{"input": recipient, "wa_id": recipient}],
            "messages": [{"id": identity}],
        }
        return ProviderReply(200, JSON_HEADERS, json.dumps(body).encode()), SimulatedSend(
            recipient, _text(sent), identity
        )


def _text(sent: dict[str, Any]) -> str:
    value = sent.get(sent["type"], {})
    if sent["type"] == "text":
        return str(value["body"])
    if sent["type"] == "interactive":
        return str(value["body"]["text"])
    return str(value.get("caption", "")) if isinstance(value, dict) else ""


simulator = WhatsAppSimulator()
