"""Plays the mail servers around us: mails to the hook, delivery reports, and the answers of an SMTP server."""

import hashlib
from dataclasses import replace
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

from backbone.channel.mail import simulation
from backbone.channel.mail.hook import basic
from backbone.channel.port import (
    Account,
    HttpCall,
    ProviderReply,
    Request,
    SimulatedFault,
    SimulatedMessage,
    SimulatedSend,
)

_FAULTS: dict[SimulatedFault, ProviderReply] = {
    "throttle": ProviderReply(421, body=b"4.7.0 Too many messages, slow down"),
    "transient": ProviderReply(451, body=b"4.7.1 Greylisted, try again later"),
    "final": ProviderReply(550, body=b"5.1.1 No such user here"),
}


class EmailSimulator:
    demo_external_id = "support@desk.example.test"

    def demo_settings(self, base_url: str, seed: str) -> dict[str, Any]:
        """The SMTP server is on the host of `base_url`; on this machine without TLS, two ports above the API's, so that
        several demos don't take each other's mail.
        """
        place = urlsplit(base_url)
        host = place.hostname or "localhost"
        local = host in {"127.0.0.1", "localhost"}
        return {
            **simulation.mailbox("email", self.demo_external_id, seed),
            "hook_secrets": [simulation.secret("email", "hook", seed)],
            "smtp_host": host,
            "smtp_port": (place.port or 2523) + 2 if local else 587,
            "smtp_security": "plain" if local else "starttls",
        }

    def sign(self, request: Request, account: Account, now: datetime) -> Request:
        """The request with the hook's Basic credentials."""
        settings = account.settings
        value = basic(settings.hook_username, settings.hook_secrets[0].get_secret_value())
        kept = tuple(item for item in request.headers if item[0].lower() != "authorization")
        return replace(request, headers=(*kept, ("authorization", value)))

    def inbound(self, message: SimulatedMessage, account: Account, now: datetime) -> Request:
        """A mail; all mails of one sender refer to the same first one, so they are one thread."""
        headers = (("content-type", "message/rfc822"),)
        mail = simulation.mail_of(message, account, now)
        return self.sign(Request("POST", account.webhook_url, "", headers, mail), account, now)

    def receipt(self, sent: SimulatedSend, status: str, account: Account, now: datetime) -> Request | None:
        """A delivery report (RFC 3464) for `failed`; mail has no other receipts that can be relied on."""
        if status != "failed":
            return None
        boundary = "=_sim_report"
        head = [
            "From: Mail Delivery System <mailer-daemon@mx.example.test>",
            f"To: {account.settings.address}",
            "Subject: Undelivered Mail Returned to Sender",
            f"Date: {format_datetime(now)}",
            f"Message-ID: <{hashlib.sha256(sent.provider_message_id.encode()).hexdigest()[:32]}@mx.example.test>",
            "Auto-Submitted: auto-replied",
            "MIME-Version: 1.0",
            f'Content-Type: multipart/report; report-type=delivery-status; boundary="{boundary}"',
        ]
        status = (
            "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.test\n\n"
            f"Final-Recipient: rfc822; {sent.recipient}\nAction: failed\nStatus: 5.1.1\n"
            "Diagnostic-Code: smtp; 550 5.1.1 No such user here\n"
        )
        parts = [
            "Content-Type: text/plain; charset=us-ascii\n\nYour message could not be delivered.\n",
            status,
            f"Content-Type: text/rfc822-headers\n\nMessage-ID: {sent.provider_message_id}\nTo: {sent.recipient}\n",
        ]
        body = "\n".join(head) + "\n\n" + "".join(f"--{boundary}\n{part}\n" for part in parts) + f"--{boundary}--\n"
        request = Request("POST", account.webhook_url, "", (("content-type", "message/rfc822"),), body.encode())
        return self.sign(request, account, now)

    def answer(self, call: HttpCall, fault: SimulatedFault, number: int) -> tuple[ProviderReply, SimulatedSend | None]:
        """An SMTP server's answer (status is the reply code) to a mail handed over as the body of a call."""
        if fault != "none":
            return _FAULTS[fault], None
        recipient, text, identity = simulation.sent_text(call.body)
        sent = SimulatedSend(recipient=recipient, text=text, provider_message_id=identity)
        return ProviderReply(250, body=f"2.0.0 Ok: queued as {number:010X}".encode()), sent


simulator = EmailSimulator()
