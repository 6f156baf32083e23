"""Mailjet's side: posts mails and events, and answers as the Send API does."""

import base64
import json
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

_FAULTS: dict[str, tuple[int, str, str]] = {
    "throttle": (429, "mj-0029", "Too many requests"),
    "transient": (500, "mj-0001", "Internal error"),
    "final": (400, "mj-0013", "is an invalid email address."),
}


class MailjetSimulator(simulation.HookSimulator):
    channel = "email_mailjet"
    demo_external_id = "support@mailjet.desk.example.test"

    def demo_settings(self, base_url: str, seed: str) -> dict[str, Any]:
        pair = {name: simulation.secret(self.channel, name, seed)[:32] for name in ("api_key", "api_secret")}
        return {**self.hook_settings(seed), **pair, "api_base": base_url}

    def inbound(self, message: SimulatedMessage, account: Account, now: datetime) -> Request:
        fields = simulation.fields_of(message, account, now)
        text_type = {"Content-Type": ["text/plain; charset=UTF-8"]}
        payload: dict[str, Any] = {
            "Sender": simulation.address_of(message),
            "Recipient": account.settings.address,
            "Date": now.strftime("%Y%m%dT%H%M%S"),
            "From": fields["From"],
            "Subject": fields["Subject"],
            "Headers": {name: [value] for name, value in fields.items()},
            "Parts": [{"Headers": text_type, "ContentRef": "Text-part"}],
            "Text-part": message.text + "\n",
        }
        if message.image_url:
            head = {"Content-Type": ["image/png"], "Content-Disposition": ['attachment; filename="picture.png"']}
            payload["Parts"].append({"Headers": head, "ContentRef": "Attachment1"})
            payload["Attachment1"] = base64.b64encode(simulation.dot()).decode()
        return self.posted(payload, account, now)

    def receipt(self, sent: SimulatedSend, status: str, account: Account, now: datetime) -> Request | None:
        kind = {"delivered": "sent", "read": "open", "failed": "bounce"}.get(status)
        if kind is None:
            return None
        event = {
            "event": kind,
            "time": int(now.timestamp()),
            "MessageID": 19421777835146490,
            "email": sent.recipient,
            "Payload": sent.provider_message_id,
        }
        if kind == "bounce":
            event |= {"hard_bounce": True, "error_related_to": "recipient", "error": "user unknown"}
        return self.posted([event], account, now)

    def answer(self, call: HttpCall, fault: SimulatedFault, number: int) -> tuple[ProviderReply, SimulatedSend | None]:
        if fault != "none":
            status, code, said = _FAULTS[fault]
            told = {"Status": "error", "Errors": [{"ErrorCode": code, "StatusCode": status, "ErrorMessage": said}]}
            return simulation.json_reply(status, {"Messages": [told]}), None
        sent = json.loads(call.body)["Messages"][0]
        recipient = sent["To"][0]["Email"]
        taken = {"Status": "success", "To": [{"Email": recipient, "MessageID": 10**18 + number}]}
        understood = SimulatedSend(recipient, sent["TextPart"], sent["EventPayload"])
        return simulation.json_reply(200, {"Messages": [taken]}), understood


simulator = MailjetSimulator()
