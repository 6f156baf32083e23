"""Amazon's side of a skill: signed requests with their certificates, tokens, and what the Proactive Events API answers."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from backbone.channel.port import (
    Account,
    HttpCall,
    ProviderReply,
    Request,
    SimulatedFault,
    SimulatedMessage,
    SimulatedSend,
)
from backbone.channel.simulated_rsa import simulated_key
from services.alexa import authority
from services.alexa.chain import HOST
from services.alexa.codec import CHAIN_URL, SIGNATURE
from services.alexa.settings import AlexaSettings

_FAULTS: dict[str, tuple[int, str]] = {
    "throttle": (429, "Too many requests"),
    "transient": (503, "Service unavailable"),
    "final": (403, "The token is not valid for this resource"),
}


class AlexaSimulator:
    """A customer's message is the intent that leaves one. Each account trusts a root of its own."""

    demo_external_id = "amzn1.ask.skill.00000000-0000-4000-8000-0000000000de"

    def demo_settings(self, base_url: str, seed: str) -> dict[str, Any]:
        return {
            "company": "Desk",
            "client_id": f"amzn1.application-oa2-client.{_digest('client', seed)}",
            "client_secret": _digest("secret", seed),
            "trusted_roots": authority.root_pem(f"Simulated root {_digest('root', seed)}"),
            "api_base": base_url,
            "login_base": base_url,
        }

    def keys(self, account: Account, now: datetime) -> Mapping[str, bytes]:
        root = authority.name_in(account.settings.trusted_roots)
        return {_url(root): authority.chain_pem(root, now.date().isoformat())}

    def sign(self, request: Request, account: Account, now: datetime) -> Request:
        settings: AlexaSettings = account.settings
        signature = simulated_key().sign(request.body, PKCS1v15(), SHA256())
        headers = (
            (CHAIN_URL, _url(authority.name_in(settings.trusted_roots))),
            (SIGNATURE, base64.b64encode(signature).decode()),
        )
        return replace(request, headers=(*request.headers, *headers))

    def inbound(self, message: SimulatedMessage, account: Account, now: datetime) -> Request:
        settings: AlexaSettings = account.settings
        slot = {"name": settings.message_slot, "value": message.text, "confirmationStatus": "NONE", "source": "USER"}
        intent = {
            "name": settings.message_intent,
            "confirmationStatus": "NONE",
            "slots": {settings.message_slot: slot},
        }
        told = {"type": "IntentRequest", "dialogState": "STARTED", "intent": intent}
        identity = f"amzn1.echo-api.request.{_digest('request', message.message_id)}"
        return self.request(told, message.sender, identity, account, now)

    def request(self, told: Mapping[str, Any], sender: str, identity: str, account: Account, now: datetime) -> Request:
        """A signed request of a customer's session."""
        application, user = {"applicationId": account.external_id}, {"userId": f"amzn1.ask.account.{sender}"}
        body = {
            "version": "1.0",
            "session": {
                "new": False,
                "sessionId": f"amzn1.echo-api.session.{_digest('session', identity)}",
                "application": application,
                "user": user,
            },
            "context": {"System": {"application": application, "user": user, "device": {"supportedInterfaces": {}}}},
            "request": {
                "requestId": identity,
                "timestamp": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "locale": "en-GB",
                **told,
            },
        }
        headers = (("content-type", "application/json; charset=utf-8"),)
        raw = json.dumps(body, separators=(",", ":")).encode()
        return self.sign(Request("POST", account.webhook_url, "", headers, raw), account, now)

    def receipt(self, sent: SimulatedSend, status: str, account: Account, now: datetime) -> Request | None:
        """Amazon tells nobody whether a notice was heard."""
        return None

    def answer(self, call: HttpCall, fault: SimulatedFault, number: int) -> tuple[ProviderReply, SimulatedSend | None]:
        """A notice holds no text, so none is understood."""
        if fault != "none":
            status, words = _FAULTS[fault]
            return _reply(status, {"message": words}), None
        if call.url.endswith("/auth/o2/token"):
            token = {"access_token": f"Atc|simulated-{number}", "expires_in": 3600, "token_type": "bearer"}
            return _reply(200, token), None
        sent = json.loads(call.body)
        recipient = sent["relevantAudience"]["payload"]["user"]
        headers = (("x-amzn-requestid", f"{number:08d}-0000-4000-8000-000000000000"),)
        return ProviderReply(202, headers), SimulatedSend(recipient, "", sent["referenceId"])


def _url(root: str) -> str:
    return f"https://{HOST}/echo.api/simulated-{_digest('chain', root)}.pem"


def _reply(status: int, body: dict[str, Any]) -> ProviderReply:
    return ProviderReply(status, (("content-type", "application/json"),), json.dumps(body).encode())


def _digest(purpose: str, seed: str) -> str:
    return hashlib.sha256(f"alexa/{purpose}/{seed}".encode()).hexdigest()[:32]


simulator = AlexaSimulator()
