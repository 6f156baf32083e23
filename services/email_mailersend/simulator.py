"""MailerSend's side: signs and posts mails and activities, and answers as the e-mail API does."""

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

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
from backbone.channel.signature import hmac_hex
from services.email_mailersend.codec import SIGNATURE
from services.email_mailersend.settings import MailersendSettings

_FAULTS: dict[str, tuple[int, str]] = {
    "throttle": (429, "Too Many Attempts."),
    "transient": (502, "Bad Gateway"),
    "final": (422, "The to.0.email must be a valid email address."),
}


class MailersendSimulator:
    demo_external_id = "support@mailersend.desk.example.test"

    def demo_settings(self, base_url: str, seed: str) -> dict[str, Any]:
        return {
            **simulation.mailbox("email_mailersend", self.demo_external_id, seed),
            "signing_secrets": [simulation.secret("email_mailersend", "signing", seed)[:32]],
            "api_token": "mlsn." + simulation.secret("email_mailersend", "api", seed),
            "api_base": base_url,
        }

    def sign(self, request: Request, account: Account, now: datetime) -> Request:
        settings: MailersendSettings = account.settings
        signature = hmac_hex(settings.signing_secrets[0], request.body)
        kept = tuple(item for item in request.headers if item[0].lower() != SIGNATURE)
        return replace(request, headers=(*kept, (SIGNATURE, signature)))

    def inbound(self, message: SimulatedMessage, account: Account, now: datetime) -> Request:
        data = {
            "object": "message",
            "id": simulation.plain(message.message_id),
            "recipients": {"rcptTo": [{"email": account.settings.address}]},
            "raw": simulation.mail_of(message, account, now).decode(),
        }
        return self.sign(simulation.json_request({"type": "inbound.message", "data": data}, account), account, now)

    def receipt(self, sent: SimulatedSend, status: str, account: Account, now: datetime) -> Request | None:
        kind = {"delivered": "delivered", "read": "opened", "failed": "hard_bounced"}.get(status)
        if kind is None:
            return None
        data: dict[str, Any] = {
            "object": "activity",
            "id": simulation.event_id(sent, kind)[:24],
            "created_at": now.isoformat(),
            "email": {"message": {"id": sent.provider_message_id}, "recipient": {"email": sent.recipient}},
        }
        if kind == "hard_bounced":
            data["morph"] = {"reason": "550 5.1.1 no such user"}
        payload = {"type": f"activity.{kind}", "created_at": now.isoformat(), "data": data}
        return self.sign(simulation.json_request(payload, account), account, now)

    def answer(self, call: HttpCall, fault: SimulatedFault, number: int) -> tuple[ProviderReply, SimulatedSend | None]:
        if fault != "none":
            status, said = _FAULTS[fault]
            return simulation.json_reply(status, {"message": said}), None
        sent = json.loads(call.body)
        identity = f"{number:024x}"
        understood = SimulatedSend(sent["to"][0]["email"], sent["text"], identity)
        return ProviderReply(202, (("x-message-id", identity),)), understood


simulator = MailersendSimulator()
