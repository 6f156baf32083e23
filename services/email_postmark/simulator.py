"""Postmark's side: posts mails and reports, and answers as the e-mail API does."""

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
from services.email_postmark.inbound import metadata

_FAULTS: dict[str, tuple[int, int, str]] = {
    "throttle": (429, 429, "Rate limit exceeded."),
    "transient": (503, 100, "Maintenance."),
    "final": (422, 406, "You tried to send to a recipient that has been marked as inactive."),
}


class PostmarkSimulator(simulation.HookSimulator):
    channel = "email_postmark"
    demo_external_id = "support@postmark.desk.example.test"

    def demo_settings(self, base_url: str, seed: str) -> dict[str, Any]:
        token = simulation.secret(self.channel, "token", seed)
        return {**self.hook_settings(seed), "server_token": token, "api_base": base_url}

    def inbound(self, message: SimulatedMessage, account: Account, now: datetime) -> Request:
        fields = simulation.fields_of(message, account, now)
        payload: dict[str, Any] = {
            "FromFull": {"Email": simulation.address_of(message), "Name": message.name or "", "MailboxHash": ""},
            "ToFull": [{"Email": account.settings.address, "Name": "", "MailboxHash": ""}],
            "OriginalRecipient": account.settings.address,
            "Subject": fields["Subject"],
            "Date": fields["Date"],
            "MessageID": f"sim-{simulation.plain(message.message_id)}",
            "TextBody": message.text + "\n",
            "Headers": [{"Name": name, "Value": fields[name]} for name in ("Message-ID", "References")],
            "Attachments": [],
        }
        if message.image_url:
            content = base64.b64encode(simulation.dot()).decode()
            payload["Attachments"] = [{"Name": "picture.png", "ContentType": "image/png", "Content": content}]
        return self.posted(payload, account, now)

    def receipt(self, sent: SimulatedSend, status: str, account: Account, now: datetime) -> Request | None:
        record = {"delivered": "Delivery", "read": "Open", "failed": "Bounce"}.get(status)
        if record is None:
            return None
        at = {"Delivery": "DeliveredAt", "Open": "ReceivedAt", "Bounce": "BouncedAt"}[record]
        event: dict[str, Any] = {
            "RecordType": record,
            "MessageID": simulation.event_id(sent, "message"),
            "Recipient": sent.recipient,
            at: now.isoformat(),
            "Metadata": metadata(sent.provider_message_id),
        }
        if record == "Bounce":
            event |= {"ID": 4323372036, "Type": "HardBounce", "Details": "smtp;550 5.1.1 no such user"}
        return self.posted(event, account, now)

    def answer(self, call: HttpCall, fault: SimulatedFault, number: int) -> tuple[ProviderReply, SimulatedSend | None]:
        if fault != "none":
            status, code, said = _FAULTS[fault]
            return simulation.json_reply(status, {"ErrorCode": code, "Message": said}), None
        sent = json.loads(call.body)
        identity = "".join(sent["Metadata"][name] for name in sorted(sent["Metadata"]))
        body = {"To": sent["To"], "MessageID": f"simulated-{number}", "ErrorCode": 0, "Message": "OK"}
        return simulation.json_reply(200, body), SimulatedSend(sent["To"], sent["TextBody"], identity)


simulator = PostmarkSimulator()
