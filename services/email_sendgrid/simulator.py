"""SendGrid's side: posts forms and signed events, and answers as the Mail Send API does."""

import base64
import hashlib
import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, derive_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from backbone.channel.mail import simulation
from backbone.channel.mail.hook import basic
from backbone.channel.mail.provider import is_json
from backbone.channel.mail.reports import OUR_ID
from backbone.channel.port import (
    Account,
    HttpCall,
    ProviderReply,
    Request,
    SimulatedFault,
    SimulatedMessage,
    SimulatedSend,
)
from services.email_sendgrid.settings import SendgridSettings
from services.email_sendgrid.signing import SIGNATURE, TIMESTAMP

BOUNDARY = "xYzZY"
_FAULTS: dict[str, tuple[int, str]] = {
    "throttle": (429, "too many requests"),
    "transient": (503, "service unavailable"),
    "final": (400, "Does not contain a valid address."),
}


class SendgridSimulator:
    demo_external_id = "support@sendgrid.desk.example.test"

    def demo_settings(self, base_url: str, seed: str) -> dict[str, Any]:
        hook = simulation.secret("email_sendgrid", "hook", seed)
        public = _private_key(hook).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return {
            **simulation.mailbox("email_sendgrid", self.demo_external_id, seed),
            "hook_secrets": [hook],
            "verification_keys": [base64.b64encode(public).decode()],
            "api_key": "SG." + simulation.secret("email_sendgrid", "api", seed),
            "api_base": base_url,
        }

    def sign(self, request: Request, account: Account, now: datetime) -> Request:
        """The Basic credentials, and for events the signature of a key that derives from the hook's secret.

        ECDSA draws a random number for each signature, which RFC 6979 replaces by one that derives from what is signed.
        """
        settings: SendgridSettings = account.settings
        hook = settings.hook_secrets[0].get_secret_value()
        added = [("authorization", basic(settings.hook_username, hook))]
        if is_json(request.body):
            timestamp = str(int(now.timestamp()))
            algorithm = ECDSA(SHA256(), deterministic_signing=True)
            signature = _private_key(hook).sign(timestamp.encode() + request.body, algorithm)
            added += [(SIGNATURE, base64.b64encode(signature).decode()), (TIMESTAMP, timestamp)]
        kept = tuple(item for item in request.headers if item[0].lower() not in {name for name, _ in added})
        return replace(request, headers=(*kept, *added))

    def inbound(self, message: SimulatedMessage, account: Account, now: datetime) -> Request:
        fields = simulation.fields_of(message, account, now)
        parts = [
            ("headers", "\n".join(f"{name}: {value}" for name, value in fields.items()) + "\n"),
            ("text", message.text + "\n"),
            ("envelope", json.dumps({"to": [account.settings.address], "from": simulation.address_of(message)})),
            ("charsets", '{"text":"UTF-8"}'),
        ]
        body = b"".join(_part(f'name="{name}"', value.encode()) for name, value in parts)
        if message.image_url:
            body += _part('name="attachment1"; filename="picture.png"\r\nContent-Type: image/png', simulation.dot())
        body += f"--{BOUNDARY}--\r\n".encode()
        headers = (("content-type", f"multipart/form-data; boundary={BOUNDARY}"),)
        return self.sign(Request("POST", account.webhook_url, "", headers, body), account, now)

    def receipt(self, sent: SimulatedSend, status: str, account: Account, now: datetime) -> Request | None:
        kind = {"delivered": "delivered", "read": "open", "failed": "bounce"}.get(status)
        if kind is None:
            return None
        event = {
            "email": sent.recipient,
            "timestamp": int(now.timestamp()),
            "event": kind,
            "sg_event_id": hashlib.sha256(f"{sent.provider_message_id} {kind}".encode()).hexdigest()[:22],
            OUR_ID: sent.provider_message_id,
            **({"status": "5.1.1", "reason": "550 5.1.1 no such user"} if kind == "bounce" else {}),
        }
        headers = (("content-type", "application/json"),)
        body = json.dumps([event], separators=(",", ":")).encode()
        return self.sign(Request("POST", account.webhook_url, "", headers, body), account, now)

    def answer(self, call: HttpCall, fault: SimulatedFault, number: int) -> tuple[ProviderReply, SimulatedSend | None]:
        if fault != "none":
            status, said = _FAULTS[fault]
            return ProviderReply(status, (), json.dumps({"errors": [{"message": said, "field": None}]}).encode()), None
        sent = json.loads(call.body)
        recipient = sent["personalizations"][0]["to"][0]["email"]
        understood = SimulatedSend(recipient, sent["content"][0]["value"], sent["custom_args"][OUR_ID])
        return ProviderReply(202, (("x-message-id", f"sim{number:019d}"),)), understood


def _part(disposition: str, data: bytes) -> bytes:
    return f"--{BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n".encode() + data + b"\r\n"


def _private_key(secret: str) -> EllipticCurvePrivateKey:
    scalar = int.from_bytes(hashlib.sha256(secret.encode()).digest(), "big") % (2**255)
    return derive_private_key(scalar + 1, SECP256R1())


simulator = SendgridSimulator()
