"""Mandrill's side: signs and posts forms, and answers as the messages API does."""

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from backbone.channel import form, form_signature
from backbone.channel.mail import simulation
from backbone.channel.mail.multipart import read_fields
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
from backbone.errors import PayloadInvalid
from services.email_mandrill.codec import SIGNATURE
from services.email_mandrill.inbound import FIELD
from services.email_mandrill.settings import MandrillSettings

_FAULTS: dict[str, tuple[int, str, str]] = {
    "throttle": (429, "TooManyRequests", "Too many requests"),
    "transient": (500, "GeneralError", "Oops, something went wrong"),
    "final": (500, "ValidationError", "You must specify a key value"),
}


class MandrillSimulator:
    demo_external_id = "support@mandrill.desk.example.test"

    def demo_settings(self, base_url: str, seed: str) -> dict[str, Any]:
        return {
            **simulation.mailbox("email_mandrill", self.demo_external_id, seed),
            "webhook_keys": [simulation.secret("email_mandrill", "webhook", seed)[:22]],
            "api_key": "md-" + simulation.secret("email_mandrill", "api", seed)[:22],
            "api_base": base_url,
        }

    def sign(self, request: Request, account: Account, now: datetime) -> Request:
        settings: MandrillSettings = account.settings
        try:
            fields = [(item.name.encode(), item.data) for item in read_fields(request.body).uploads]
        except PayloadInvalid:
            fields = []
        signature = form_signature.sign(settings.webhook_keys[0].get_secret_value(), request.url, fields)
        kept = tuple(item for item in request.headers if item[0].lower() != SIGNATURE)
        return replace(request, headers=(*kept, (SIGNATURE, signature)))

    def inbound(self, message: SimulatedMessage, account: Account, now: datetime) -> Request:
        about = {
            "raw_msg": simulation.mail_of(message, account, now).decode(),
            "email": account.settings.address,
            "from_email": simulation.address_of(message),
        }
        return self._posted({"event": "inbound", "ts": int(now.timestamp()), "msg": about}, account, now)

    def receipt(self, sent: SimulatedSend, status: str, account: Account, now: datetime) -> Request | None:
        kind = {"delivered": "delivered", "read": "open", "failed": "hard_bounce"}.get(status)
        if kind is None:
            return None
        about: dict[str, Any] = {
            "_id": simulation.event_id(sent, "message"),
            "email": sent.recipient,
            "metadata": {OUR_ID: sent.provider_message_id},
        }
        if kind == "hard_bounce":
            about |= {"bounce_description": "bad_mailbox", "diag": "smtp;550 5.1.1 no such user"}
        return self._posted({"event": kind, "ts": int(now.timestamp()), "msg": about}, account, now)

    def answer(self, call: HttpCall, fault: SimulatedFault, number: int) -> tuple[ProviderReply, SimulatedSend | None]:
        if fault != "none":
            status, name, said = _FAULTS[fault]
            return simulation.json_reply(status, {"status": "error", "code": -1, "name": name, "message": said}), None
        sent = json.loads(call.body)["message"]
        recipient = sent["to"][0]["email"]
        taken = [{"email": recipient, "status": "sent", "_id": f"{number:032x}", "reject_reason": None}]
        return simulation.json_reply(200, taken), SimulatedSend(recipient, sent["text"], sent["metadata"][OUR_ID])

    def _posted(self, event: Any, account: Account, now: datetime) -> Request:
        body = form.dumps([(FIELD, json.dumps([event], separators=(",", ":")))])
        headers = (("content-type", form.MEDIA_TYPE),)
        return self.sign(Request("POST", account.webhook_url, "", headers, body), account, now)


simulator = MandrillSimulator()
