"""Vonage's side: signed form webhooks as the SMS API sends them, and its answers to our calls."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
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
from services.vonage_sms import signing
from services.vonage_sms.settings import VonageSmsSettings

_FAULTS: dict[str, tuple[str, str]] = {
    "throttle": ("1", "Throughput Rate Exceeded - please wait [ 250 ] and retry"),
    "transient": ("5", "Internal Error"),
    "final": ("6", "Unroutable message - rejected"),
}


class VonageSmsSimulator:
    """Pure: the same arguments give the same bytes."""

    demo_external_id = "+447700900000"

    def demo_settings(self, base_url: str, seed: str) -> dict[str, Any]:
        digest = hashlib.sha256(f"vonage_sms/{seed}".encode()).hexdigest()
        return {
            "api_key": digest[:8],
            "api_secret": digest[8:24],
            "signature_secrets": [digest[24:]],
            "api_base": base_url,
        }

    def sign(self, request: Request, account: Account, now: datetime) -> Request:
        """Adds `timestamp` and `sig` to the fields, or the key to the URL where the account signs nothing."""
        settings: VonageSmsSettings = account.settings
        if not settings.signature_secrets:
            key = form.dumps([("key", settings.webhook_secrets[0].get_secret_value())]).decode()
            query = f"{request.query}&{key}".strip("&")
            return replace(request, query=query, url=f"{account.webhook_url}?{query}")
        if request.body.startswith(b"{"):
            found = {**json.loads(request.body), signing.TIME_FIELD: str(int(now.timestamp()))}
            found[signing.FIELD] = _sig({name: str(value) for name, value in found.items()}, settings)
            return replace(request, body=json.dumps(found, separators=(",", ":")).encode())
        raw = request.body if request.method == "POST" else request.query.encode()
        fields = {name.decode(): value.decode() for name, value in form.pairs(raw)}
        fields[signing.TIME_FIELD] = str(int(now.timestamp()))
        written = form.dumps([*fields.items(), (signing.FIELD, _sig(fields, settings))])
        if request.method == "POST":
            return replace(request, body=written)
        return replace(request, query=written.decode(), url=f"{account.webhook_url}?{written.decode()}")

    def inbound(self, message: SimulatedMessage, account: Account, now: datetime) -> Request:
        fields = [
            ("msisdn", message.sender.removeprefix("+")),
            ("to", account.external_id.removeprefix("+")),
            ("messageId", hashlib.sha256(message.message_id.encode()).hexdigest()[:16].upper()),
            ("text", message.text),
            ("type", "unicode"),
            ("keyword", message.text.split(" ", 1)[0].upper()),
            ("message-timestamp", _clock(now)),
        ]
        return self._webhook(fields, account, now)

    def receipt(self, sent: SimulatedSend, status: str, account: Account, now: datetime) -> Request | None:
        names = {"sent": "accepted", "delivered": "delivered", "failed": "failed"}
        if status not in names:
            return None
        fields = [
            ("msisdn", sent.recipient),
            ("to", account.external_id.removeprefix("+")),
            ("network-code", "23410"),
            ("messageId", sent.provider_message_id),
            ("price", "0.03330000"),
            ("status", names[status]),
            ("scts", now.astimezone(UTC).strftime("%y%m%d%H%M")),
            ("err-code", "0" if status != "failed" else "6"),
            ("message-timestamp", _clock(now)),
        ]
        return self._webhook(fields, account, now)

    def _webhook(self, fields: list[tuple[str, str]], account: Account, now: datetime) -> Request:
        headers = (("content-type", form.MEDIA_TYPE),)
        return self.sign(Request("POST", account.webhook_url, "", headers, form.dumps(fields)), account, now)

    def answer(self, call: HttpCall, fault: SimulatedFault, number: int) -> tuple[ProviderReply, SimulatedSend | None]:
        if fault != "none":
            status, words = _FAULTS[fault]
            return _reply({"status": status, "error-text": words}), None
        fields = form.loads(call.body)
        identity = f"{number:016X}"
        sent = SimulatedSend(fields.text("to"), fields.get("text") or "", identity)
        return _reply({"to": sent.recipient, "message-id": identity, "status": "0", "network": "23410"}), sent


def _sig(fields: dict[str, str], settings: VonageSmsSettings) -> str:
    return signing.sign(fields, settings.signature_secrets[0], settings.signature_method)


def _clock(now: datetime) -> str:
    return now.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _reply(message: dict[str, str]) -> ProviderReply:
    body = json.dumps({"message-count": "1", "messages": [message]}).encode()
    return ProviderReply(200, (("content-type", "application/json"),), body)


simulator = VonageSmsSimulator()
