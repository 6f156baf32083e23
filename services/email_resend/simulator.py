"""Resend's side: signs and posts events, has mails to fetch, and answers as the e-mail API does."""

import base64
import hashlib
import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from backbone.channel import standard_webhooks
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
from services.email_resend.codec import PREFIX
from services.email_resend.settings import ResendSettings

_FAULTS: dict[str, tuple[int, str]] = {
    "throttle": (429, "rate_limit_exceeded"),
    "transient": (500, "internal_server_error"),
    "final": (422, "validation_error"),
}


class ResendSimulator:
    demo_external_id = "support@resend.desk.example.test"

    def demo_settings(self, base_url: str, seed: str) -> dict[str, Any]:
        key = hashlib.sha256(f"email_resend webhook {seed}".encode()).digest()
        return {
            **simulation.mailbox("email_resend", self.demo_external_id, seed),
            "webhook_secrets": ["whsec_" + base64.b64encode(key).decode()],
            "api_key": "re_" + simulation.secret("email_resend", "api", seed),
            "api_base": base_url,
        }

    def sign(self, request: Request, account: Account, now: datetime) -> Request:
        settings: ResendSettings = account.settings
        identity = "msg_" + hashlib.sha256(request.body).hexdigest()[:27]
        added = standard_webhooks.headers(settings.webhook_secrets[:1], identity, now, request.body, prefix=PREFIX)
        kept = tuple(item for item in request.headers if not item[0].lower().startswith(f"{PREFIX}-"))
        return replace(request, headers=(*kept, *added))

    def inbound(self, message: SimulatedMessage, account: Account, now: datetime) -> Request:
        """A mail as a poll brings it: the webhook before it says only that there is one."""
        fields = simulation.fields_of(message, account, now)
        mail: dict[str, Any] = {
            "object": "email",
            "id": simulation.plain(message.message_id),
            "from": fields["From"],
            "to": [account.settings.address],
            "created_at": now.isoformat(),
            "subject": fields["Subject"],
            "message_id": fields["Message-ID"],
            "headers": {name.lower(): value for name, value in fields.items()},
            "text": message.text + "\n",
            "html": None,
            "attachments": [],
        }
        if message.image_url:
            mail["attachments"] = [{"id": "att-1", "filename": "picture.png", "content_type": "image/png", "size": 70}]
        return replace(simulation.json_request(mail, account), method="POLL")

    def receipt(self, sent: SimulatedSend, status: str, account: Account, now: datetime) -> Request | None:
        kind = {"delivered": "delivered", "read": "opened", "failed": "bounced"}.get(status)
        if kind is None:
            return None
        data: dict[str, Any] = {"email_id": sent.provider_message_id, "to": [sent.recipient]}
        if kind == "bounced":
            data["bounce"] = {"type": "Permanent", "subType": "General", "message": "550 5.1.1 no such user"}
        payload = {"type": f"email.{kind}", "created_at": now.isoformat(), "data": data}
        return self.sign(simulation.json_request(payload, account), account, now)

    def answer(self, call: HttpCall, fault: SimulatedFault, number: int) -> tuple[ProviderReply, SimulatedSend | None]:
        if fault != "none":
            status, name = _FAULTS[fault]
            return simulation.json_reply(status, {"statusCode": status, "name": name, "message": "no"}), None
        if call.method == "GET":
            return simulation.json_reply(200, {"object": "list", "has_more": False, "data": []}), None
        sent = json.loads(call.body)
        identity = f"00000000-0000-4000-8000-{number:012d}"
        return simulation.json_reply(200, {"id": identity}), SimulatedSend(sent["to"][0], sent["text"], identity)


simulator = ResendSimulator()
