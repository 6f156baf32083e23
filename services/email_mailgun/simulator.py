"""Mailgun's side: posts signed forms and events, and answers as the messages API does."""

import hashlib
import json
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from backbone.channel import form
from backbone.channel.mail import simulation
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
from services.email_mailgun.settings import MailgunSettings
from services.email_mailgun.signing import sign

BOUNDARY = "mailgun-simulated"
_FAULTS: dict[str, tuple[int, str]] = {
    "throttle": (429, "Domain is sending too fast"),
    "transient": (500, "Internal Server Error"),
    "final": (400, "to parameter is not a valid address. please check documentation"),
}


class MailgunSimulator:
    demo_external_id = "support@mailgun.desk.example.test"

    def demo_settings(self, base_url: str, seed: str) -> dict[str, Any]:
        return {
            **simulation.mailbox("email_mailgun", self.demo_external_id, seed),
            "signing_keys": [simulation.secret("email_mailgun", "signing", seed)],
            "api_key": simulation.secret("email_mailgun", "api", seed),
            "api_base": base_url,
            "domain": "mailgun.desk.example.test",
        }

    def sign(self, request: Request, account: Account, now: datetime) -> Request:
        """The request with timestamp, token and signature put into its body, where they are not there yet."""
        settings: MailgunSettings = account.settings
        timestamp = str(int(now.timestamp()))
        token = hashlib.sha256(request.body).hexdigest()[:50]
        key = settings.signing_keys[0].get_secret_value()
        claims = {"timestamp": timestamp, "token": token, "signature": sign(key, timestamp, token)}
        return replace(request, body=_with(request.body, claims))

    def inbound(self, message: SimulatedMessage, account: Account, now: datetime) -> Request:
        fields = simulation.fields_of(message, account, now)
        parts = [
            ("recipient", account.settings.address),
            ("sender", simulation.address_of(message)),
            ("message-headers", json.dumps(list(fields.items()))),
            ("body-plain", message.text + "\n"),
        ]
        body = b"".join(_part(f'name="{name}"', value.encode()) for name, value in parts)
        if message.image_url:
            body += _part('name="attachment-1"; filename="picture.png"\r\nContent-Type: image/png', simulation.dot())
        headers = (("content-type", f"multipart/form-data; boundary={BOUNDARY}"),)
        whole = body + f"--{BOUNDARY}--\r\n".encode()
        return self.sign(Request("POST", account.webhook_url, "", headers, whole), account, now)

    def receipt(self, sent: SimulatedSend, status: str, account: Account, now: datetime) -> Request | None:
        kind = {"delivered": "delivered", "read": "opened", "failed": "failed"}.get(status)
        if kind is None:
            return None
        event: dict[str, Any] = {
            "event": kind,
            "id": hashlib.sha256(f"{sent.provider_message_id} {kind}".encode()).hexdigest()[:22],
            "timestamp": now.timestamp(),
            "recipient": sent.recipient,
            "user-variables": {OUR_ID: sent.provider_message_id},
        }
        if kind == "failed":
            event |= {"severity": "permanent", "delivery-status": {"code": 550, "message": "5.1.1 no such user"}}
        body = json.dumps({"event-data": event}, separators=(",", ":")).encode()
        headers = (("content-type", "application/json"),)
        return self.sign(Request("POST", account.webhook_url, "", headers, body), account, now)

    def answer(self, call: HttpCall, fault: SimulatedFault, number: int) -> tuple[ProviderReply, SimulatedSend | None]:
        if fault != "none":
            status, said = _FAULTS[fault]
            return ProviderReply(status, (), json.dumps({"message": said}).encode()), None
        sent = dict(parse_qsl(call.body.decode(), keep_blank_values=True))
        identity = sent[f"v:{OUR_ID}"]
        body = json.dumps({"id": identity, "message": "Queued. Thank you."}).encode()
        headers = (("x-request-id", f"simulated-{number}"),)
        return ProviderReply(200, headers, body), SimulatedSend(sent["to"], sent["text"], identity)


def _with(body: bytes, claims: dict[str, str]) -> bytes:
    if is_json(body):
        return json.dumps({**json.loads(body), "signature": claims}, separators=(",", ":")).encode()
    if not body.startswith(b"--"):
        return b"&".join([*([body] if body else []), form.dumps(claims.items())])
    boundary = body[2 : body.find(b"\r\n")]
    added = b"".join(
        b'--%b\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n' % (boundary, name.encode(), value.encode())
        for name, value in claims.items()
    )
    return body.replace(b"--" + boundary + b"--", added + b"--" + boundary + b"--")


def _part(disposition: str, data: bytes) -> bytes:
    return f"--{BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n".encode() + data + b"\r\n"


simulator = MailgunSimulator()
