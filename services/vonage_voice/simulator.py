"""Vonage's side of telephony: signed webhooks of calls, and its answers to calls we ask for."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from xml.sax.saxutils import unescape

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from backbone.channel import jwt, vonage
from backbone.channel.calls.script import RECORDED, STATUS, State
from backbone.channel.port import (
    Account,
    HttpCall,
    ProviderReply,
    Request,
    SimulatedFault,
    SimulatedMessage,
    SimulatedSend,
)
from services.vonage_voice.settings import VonageVoiceSettings
from services.vonage_voice.state import sealed, url_for

_FAULTS: dict[str, tuple[int, dict[str, Any]]] = {
    "throttle": (429, {"type": "https://developer.vonage.com/api-errors#rate-limit", "title": "Too Many Requests"}),
    "transient": (503, {"type": "https://developer.vonage.com/api-errors#unavailable", "title": "Unavailable"}),
    "final": (400, {"type": "https://developer.vonage.com/api-errors#bad-request", "title": "Bad Request"}),
}


@lru_cache(maxsize=16)
def _key_pem(seed: str) -> str:  # noqa: ARG001  the cache keeps one for each
    key = generate_private_key(65537, 2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


class VonageVoiceSimulator:
    """A customer's message is what was recognised of a caller's words: the one webhook that carries them.

    The same arguments give the same bytes; only the applications' keys are new in each process.
    """

    demo_external_id = "+447700900300"

    def demo_settings(self, base_url: str, seed: str) -> dict[str, Any]:
        digest = hashlib.sha256(f"vonage_voice/{seed}".encode()).hexdigest()
        return {
            "application_id": f"{digest[:8]}-0000-4000-8000-{digest[8:20]}",
            "private_key": _key_pem(seed),
            "signature_secrets": [digest[24:]],
            "api_base": base_url,
        }

    def sign(self, request: Request, account: Account, now: datetime) -> Request:
        """The token of Vonage; a state of the script that has no seal of ours yet gets it, as it stood in the URL we gave."""
        settings: VonageVoiceSettings = account.settings
        claims = {
            "iat": int(now.timestamp()),
            "jti": hashlib.sha256(request.body).hexdigest()[:32],
            "iss": "Vonage",
            "payload_hash": vonage.payload_hash(request.body),
            "application_id": settings.application_id,
        }
        token = jwt.sign_hs256(claims, settings.signature_secrets[0])
        query = request.query
        if query and "seal=" not in query:
            query = sealed(query, settings.signature_secrets[0])
        url = request.url.partition("?")[0] + (f"?{query}" if query else "")
        headers = (*request.headers, ("authorization", f"Bearer {token}"))
        return replace(request, url=url, query=query, headers=headers)

    def inbound(self, message: SimulatedMessage, account: Account, now: datetime) -> Request:
        body = {
            **_call(message.message_id, now),
            "from": message.sender.removeprefix("+"),
            "to": account.external_id.removeprefix("+"),
            "speech": {
                "timeout_reason": "end_on_silence_timeout",
                "results": [{"confidence": "0.94", "text": message.text}],
            },
        }
        return self.webhook(body, State(RECORDED, "en"), account, now)

    def receipt(self, sent: SimulatedSend, status: str, account: Account, now: datetime) -> Request | None:
        """The end of our call: `delivered` when it was answered. Telephony has no other receipt."""
        body = {
            **_call(sent.provider_message_id, now),
            "uuid": sent.provider_message_id,
            "from": account.external_id.removeprefix("+"),
            "to": sent.recipient,
            "direction": "outbound",
            "status": "completed" if status == "delivered" else "unanswered",
            "duration": "12",
        }
        return self.webhook(body, State(STATUS), account, now)

    def webhook(self, body: dict[str, Any], state: State, account: Account, now: datetime) -> Request:
        """A signed webhook in a state of the script; the empty state is a URL that stands in the application."""
        url = url_for(account, state) if state != State() else account.webhook_url
        payload = json.dumps(body, separators=(",", ":")).encode()
        headers = (("content-type", "application/json"),)
        return self.sign(Request("POST", url, url.partition("?")[2], headers, payload), account, now)

    def answer(self, call: HttpCall, fault: SimulatedFault, number: int) -> tuple[ProviderReply, SimulatedSend | None]:
        if fault != "none":
            status, problem = _FAULTS[fault]
            return _reply(status, problem), None
        if call.method == "GET":
            return ProviderReply(200, (("content-type", "audio/mpeg"),), b"ID3"), None
        asked = json.loads(call.body)
        said = [unescape(action["text"].removeprefix("<speak>").removesuffix("</speak>")) for action in asked["ncco"]]
        leg = f"00000000-0000-4000-8000-{number:012d}"
        sent = SimulatedSend(asked["to"][0]["number"], "".join(said[1:]), leg)
        body = {"uuid": leg, "status": "started", "direction": "outbound", "conversation_uuid": f"CON-{leg}"}
        return _reply(201, body), sent


def _call(name: str, now: datetime) -> dict[str, Any]:
    digest = hashlib.sha256(name.encode()).hexdigest()
    at = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return {"uuid": digest[:32], "conversation_uuid": f"CON-{digest[32:]}", "timestamp": at}


def _reply(status: int, body: dict[str, Any]) -> ProviderReply:
    return ProviderReply(status, (("content-type", "application/json"),), json.dumps(body).encode())


simulator = VonageVoiceSimulator()
