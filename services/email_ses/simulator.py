"""Amazon's side: SNS signs and posts, SES answers."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from backbone.channel.mail import simulation
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
from services.email_ses.settings import SesSettings
from services.email_ses.sns import canonical

REGION = "eu-west-1"
_FAULTS: dict[str, tuple[int, str]] = {
    "throttle": (429, "TooManyRequestsException"),
    "transient": (500, "InternalServiceErrorException"),
    "final": (400, "MessageRejected"),
}


class SesSimulator:
    """Its certificate is another for each topic, so that one account's signature is no other's."""

    demo_external_id = "support@ses.desk.example.test"

    def demo_settings(self, base_url: str, seed: str) -> dict[str, Any]:
        number = int(simulation.secret("email_ses", "account", seed), 16) % 10**12
        return {
            **simulation.mailbox("email_ses", self.demo_external_id, seed),
            "topics": [f"arn:aws:sns:{REGION}:{number:012d}:mail"],
            "region": REGION,
            "access_key_id": "AKIA" + simulation.secret("email_ses", "key", seed)[:16].upper(),
            "secret_access_key": simulation.secret("email_ses", "secret", seed),
            "api_base": base_url,
        }

    def keys(self, account: Account, now: datetime) -> Mapping[str, bytes]:
        topic = _topic(account)
        return {_url(topic): _certificate(now.date().isoformat())}

    def sign(self, request: Request, account: Account, now: datetime) -> Request:
        """The envelope with its time, topic and signature; fields that are there stay as they are."""
        topic = _topic(account)
        at = now.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        filled = {"TopicArn": topic, **json.loads(request.body), "Timestamp": at, "SignatureVersion": "2"}
        signature = simulated_key().sign(canonical(filled), PKCS1v15(), SHA256())
        whole = {**filled, "Signature": base64.b64encode(signature).decode(), "SigningCertURL": _url(topic)}
        return replace(request, body=json.dumps(whole, separators=(",", ":")).encode())

    def inbound(self, message: SimulatedMessage, account: Account, now: datetime) -> Request:
        content = base64.b64encode(simulation.mail_of(message, account, now)).decode()
        told = {
            "notificationType": "Received",
            "mail": {"messageId": simulation.plain(message.message_id), "source": simulation.address_of(message)},
            "receipt": {"recipients": [account.settings.address], "action": {"type": "SNS", "encoding": "BASE64"}},
            "content": content,
        }
        return self._notified(told, account, now)

    def receipt(self, sent: SimulatedSend, status: str, account: Account, now: datetime) -> Request | None:
        kind = {"delivered": "Delivery", "read": "Open", "failed": "Bounce"}.get(status)
        if kind is None:
            return None
        about: dict[str, Any] = {"timestamp": now.isoformat()}
        if kind == "Bounce":
            about |= {
                "bounceType": "Permanent",
                "bouncedRecipients": [{"emailAddress": sent.recipient, "status": "5.1.1"}],
            }
        elif kind == "Delivery":
            about["recipients"] = [sent.recipient]
        mail = {"messageId": sent.provider_message_id, "destination": [sent.recipient]}
        return self._notified({"eventType": kind, "mail": mail, kind.lower(): about}, account, now)

    def answer(self, call: HttpCall, fault: SimulatedFault, number: int) -> tuple[ProviderReply, SimulatedSend | None]:
        if fault != "none":
            status, kind = _FAULTS[fault]
            return simulation.json_reply(status, {"message": "no"}, ("x-amzn-errortype", kind)), None
        sent = json.loads(call.body)
        _, text, _ = simulation.sent_text(base64.b64decode(sent["Content"]["Raw"]["Data"]))
        identity = f"01020190{number:08d}-simulated-000000"
        recipient = sent["Destination"]["ToAddresses"][0]
        return simulation.json_reply(200, {"MessageId": identity}), SimulatedSend(recipient, text, identity)

    def _notified(self, told: Mapping[str, Any], account: Account, now: datetime) -> Request:
        text = json.dumps(told)
        identity = hashlib.sha256(text.encode()).hexdigest()[:32]
        body = json.dumps({"Type": "Notification", "MessageId": identity, "Message": text}).encode()
        headers = (("content-type", "text/plain; charset=UTF-8"),)
        return self.sign(Request("POST", account.webhook_url, "", headers, body), account, now)


def _topic(account: Account) -> str:
    settings: SesSettings = account.settings
    return settings.topics[0]


def _url(topic: str) -> str:
    name = hashlib.sha256(topic.encode()).hexdigest()[:32]
    return f"https://sns.{REGION}.amazonaws.com/SimpleNotificationService-{name}.pem"


@cache
def _certificate(day: str) -> bytes:
    middle = datetime.fromisoformat(f"{day}T00:00:00+00:00")
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sns.amazonaws.com")])
    builder = x509.CertificateBuilder(name, name, simulated_key().public_key(), 1)
    span = timedelta(days=30)
    signed = builder.not_valid_before(middle - span).not_valid_after(middle + span).sign(simulated_key(), SHA256())
    return signed.public_bytes(Encoding.PEM)


simulator = SesSimulator()
