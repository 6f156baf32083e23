"""SparkPost's side: posts mails and events, and answers as the transmissions API does."""

import json
from datetime import datetime
from typing import Any

from backbone.channel.mail import simulation
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

_FAULTS: dict[str, tuple[int, str, str]] = {
    "throttle": (420, "2102", "Exceed Sending Limit (daily)"),
    "transient": (503, "1603", "service unavailable"),
    "final": (400, "7001", "Invalid domain"),
}


class SparkpostSimulator(simulation.HookSimulator):
    channel = "email_sparkpost"
    demo_external_id = "support@sparkpost.desk.example.test"

    def demo_settings(self, base_url: str, seed: str) -> dict[str, Any]:
        key = simulation.secret(self.channel, "api", seed)
        return {**self.hook_settings(seed), "api_key": key, "api_base": base_url}

    def inbound(self, message: SimulatedMessage, account: Account, now: datetime) -> Request:
        mail = simulation.mail_of(message, account, now).decode()
        relayed = {
            "rcpt_to": account.settings.address,
            "msg_from": simulation.address_of(message),
            "webhook_id": "4839201967643219",
            "content": {"email_rfc822": mail, "email_rfc822_is_base64": False},
        }
        return self.posted([{"msys": {"relay_message": relayed}}], account, now)

    def receipt(self, sent: SimulatedSend, status: str, account: Account, now: datetime) -> Request | None:
        kind, group = {
            "delivered": ("delivery", "message_event"),
            "read": ("open", "track_event"),
            "failed": ("bounce", "message_event"),
        }.get(status, ("", ""))
        if not kind:
            return None
        event = {
            "type": kind,
            "event_id": simulation.event_id(sent, kind),
            "timestamp": str(int(now.timestamp())),
            "rcpt_to": sent.recipient,
            "rcpt_meta": {OUR_ID: sent.provider_message_id},
        }
        if kind == "bounce":
            event |= {"bounce_class": "10", "error_code": "550", "raw_reason": "550 5.1.1 no such user"}
        return self.posted([{"msys": {group: event}}], account, now)

    def answer(self, call: HttpCall, fault: SimulatedFault, number: int) -> tuple[ProviderReply, SimulatedSend | None]:
        if fault != "none":
            status, code, said = _FAULTS[fault]
            return simulation.json_reply(status, {"errors": [{"message": said, "code": code}]}), None
        sent = json.loads(call.body)
        _, text, identity = simulation.sent_text(sent["content"]["email_rfc822"].encode())
        taken = {"total_rejected_recipients": 0, "total_accepted_recipients": 1, "id": f"{10**16 + number}"}
        recipient = sent["recipients"][0]["address"]["email"]
        return simulation.json_reply(200, {"results": taken}), SimulatedSend(recipient, text, identity)


simulator = SparkpostSimulator()
