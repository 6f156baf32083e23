"""Brevo's side: posts mails and events, and answers as the SMTP API does."""

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
from services.email_brevo.inbound import CUSTOM_HEADER

_FAULTS: dict[str, tuple[int, str, str]] = {
    "throttle": (429, "too_many_requests", "The expected rate limit is exceeded."),
    "transient": (500, "internal_error", "Something went wrong."),
    "final": (400, "invalid_parameter", "email is not valid in to"),
}


class BrevoSimulator(simulation.HookSimulator):
    channel = "email_brevo"
    demo_external_id = "support@brevo.desk.example.test"

    def demo_settings(self, base_url: str, seed: str) -> dict[str, Any]:
        key = "xkeysib-" + simulation.secret(self.channel, "api", seed)
        return {**self.hook_settings(seed), "api_key": key, "api_base": base_url}

    def inbound(self, message: SimulatedMessage, account: Account, now: datetime) -> Request:
        fields = simulation.fields_of(message, account, now)
        item: dict[str, Any] = {
            "Uuid": [simulation.plain(message.message_id)],
            "MessageId": fields["Message-ID"],
            "From": {"Name": message.name, "Address": simulation.address_of(message)},
            "To": [{"Name": None, "Address": account.settings.address}],
            "SentAtDate": fields["Date"],
            "Subject": fields["Subject"],
            "Headers": dict(fields),
            "RawTextBody": message.text + "\r\n",
            "Attachments": [],
        }
        if message.image_url:
            file = {
                "Name": "picture.png",
                "ContentType": "image/png",
                "ContentLength": 70,
                "DownloadToken": "simulated",
            }
            item["Attachments"] = [file]
        return self.posted({"items": [item]}, account, now)

    def receipt(self, sent: SimulatedSend, status: str, account: Account, now: datetime) -> Request | None:
        kind = {"delivered": "delivered", "read": "unique_opened", "failed": "hard_bounce"}.get(status)
        if kind is None:
            return None
        event = {
            "event": kind,
            "email": sent.recipient,
            "id": 26224,
            "ts_event": int(now.timestamp()),
            "message-id": "<simulated@smtp-relay.example.test>",
            CUSTOM_HEADER: sent.provider_message_id,
            **({"reason": "550 5.1.1 no such user"} if kind == "hard_bounce" else {}),
        }
        return self.posted(event, account, now)

    def answer(self, call: HttpCall, fault: SimulatedFault, number: int) -> tuple[ProviderReply, SimulatedSend | None]:
        if fault != "none":
            status, code, said = _FAULTS[fault]
            return simulation.json_reply(status, {"code": code, "message": said}), None
        sent = json.loads(call.body)
        taken = {"messageId": f"<{number}@smtp-relay.example.test>"}
        understood = SimulatedSend(sent["to"][0]["email"], sent["textContent"], sent["headers"][CUSTOM_HEADER])
        return simulation.json_reply(201, taken), understood


simulator = BrevoSimulator()
