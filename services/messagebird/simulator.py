"""MessageBird's side: forms signed by a token, states by GET, and its answers to our calls."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from backbone.channel import form, jwt
from backbone.channel.port import (
    Account,
    HttpCall,
    ProviderReply,
    Request,
    SimulatedFault,
    SimulatedMessage,
    SimulatedSend,
)
from services.messagebird import signing
from services.messagebird.settings import MessagebirdSettings

_FAULTS: dict[str, tuple[int, int, str]] = {
    "throttle": (429, 429, "Too many requests"),
    "transient": (500, 99, "Internal error"),
    "final": (422, 10, "recipient is invalid"),
}


class MessagebirdSimulator:
    """Pure: the same arguments give the same bytes."""

    demo_external_id = "+31970102700"

    def demo_settings(self, base_url: str, seed: str) -> dict[str, Any]:
        digest = hashlib.sha256(f"messagebird/{seed}".encode()).hexdigest()
        return {"signing_keys": [digest[:32]], "access_key": digest[32:], "api_base": base_url, "mms": True}

    def sign(self, request: Request, account: Account, now: datetime) -> Request:
        settings: MessagebirdSettings = account.settings
        claims = {
            "iss": signing.ISSUER,
            "nbf": int(now.timestamp()),
            "exp": int((now + timedelta(seconds=60)).timestamp()),
            "jti": hashlib.sha256(request.body).hexdigest()[:32],
            **signing.claims_of(request),
        }
        token = jwt.sign_hs256(claims, settings.signing_keys[0])
        return replace(request, headers=(*request.headers, (signing.HEADER, token)))

    def inbound(self, message: SimulatedMessage, account: Account, now: datetime) -> Request:
        fields = [
            ("id", hashlib.sha256(message.message_id.encode()).hexdigest()[:32]),
            ("originator", message.sender.removeprefix("+")),
            ("recipient", account.external_id.removeprefix("+")),
            ("body", message.text),
            ("createdDatetime", now.astimezone(UTC).isoformat(timespec="seconds")),
        ]
        fields += [("mediaURLs", message.image_url)] if message.image_url else []
        headers = (("content-type", form.MEDIA_TYPE),)
        return self.sign(Request("POST", account.webhook_url, "", headers, form.dumps(fields)), account, now)

    def receipt(self, sent: SimulatedSend, status: str, account: Account, now: datetime) -> Request | None:
        names = {"sent": "sent", "delivered": "delivered", "failed": "delivery_failed"}
        if status not in names:
            return None
        fields = [
            ("id", sent.provider_message_id),
            ("recipient", sent.recipient),
            ("status", names[status]),
            ("statusDatetime", now.astimezone(UTC).isoformat(timespec="seconds")),
        ]
        fields += [("statusErrorCode", "27")] if status == "failed" else []
        query = form.dumps(fields).decode("ascii")
        return self.sign(Request("GET", f"{account.webhook_url}?{query}", query, (), b""), account, now)

    def answer(self, call: HttpCall, fault: SimulatedFault, number: int) -> tuple[ProviderReply, SimulatedSend | None]:
        if fault != "none":
            status, code, words = _FAULTS[fault]
            return _reply(status, {"errors": [{"code": code, "description": words, "parameter": None}]}), None
        sent = json.loads(call.body)
        identity = f"{number:032x}"
        understood = SimulatedSend(sent["recipients"][0], sent["body"], identity)
        return _reply(201, {"id": identity, "originator": sent["originator"], "body": sent["body"]}), understood


def _reply(status: int, body: dict[str, Any]) -> ProviderReply:
    return ProviderReply(status, (("content-type", "application/json"),), json.dumps(body).encode())


simulator = MessagebirdSimulator()
