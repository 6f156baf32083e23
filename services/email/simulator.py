"""Plays the mail servers around us: mails to the hook, delivery reports, and the answers of an SMTP server."""

import hashlib
import struct
import zlib
from dataclasses import replace
from datetime import datetime
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP, default
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

from backbone.channel.port import (
    Account,
    HttpCall,
    ProviderReply,
    Request,
    SimulatedFault,
    SimulatedMessage,
    SimulatedSend,
)
from services.email.codec import basic

_FAULTS: dict[SimulatedFault, ProviderReply] = {
    "throttle": ProviderReply(421, body=b"4.7.0 Too many messages, slow down"),
    "transient": ProviderReply(451, body=b"4.7.1 Greylisted, try again later"),
    "final": ProviderReply(550, body=b"5.1.1 No such user here"),
}
_POLICY = SMTP.clone(max_line_length=998)


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
            "address": self.demo_external_id,
            "from_name": "Example Support",
            "hook_secrets": [_secret("hook", seed)],
            "reply_keys": [_secret("reply", seed)],
            "reply_address": "reply@desk.example.test",
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
        address = message.sender if "@" in message.sender else f"{message.sender}@customer.example.test"
        mail = EmailMessage(policy=_POLICY)
        mail["From"] = f'"{message.name}" <{address}>' if message.name else address
        mail["To"] = account.settings.address
        mail["Subject"] = "A question"
        mail["Date"] = format_datetime(now)
        mail["Message-ID"] = f"<{_plain(message.message_id)}@customer.example.test>"
        mail["References"] = f"<{hashlib.sha256(address.encode()).hexdigest()[:32]}@customer.example.test>"
        mail.set_content(message.text + "\n")
        if message.image_url:
            mail.add_attachment(_dot(), maintype="image", subtype="png", filename="picture.png")
            mail.set_boundary(f"=_sim_{_plain(message.message_id)}")
        return self._posted(mail, account, now)

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
        mail = BytesParser(policy=default).parsebytes(call.body)
        text = mail.get_body(("plain",))
        sent = SimulatedSend(
            recipient=str(mail["To"] or ""),
            text="\n".join(text.get_content().splitlines()) if text is not None else "",
            provider_message_id=str(mail["Message-ID"] or ""),
        )
        return ProviderReply(250, body=f"2.0.0 Ok: queued as {number:010X}".encode()), sent

    def _posted(self, mail: EmailMessage, account: Account, now: datetime) -> Request:
        headers = (("content-type", "message/rfc822"),)
        return self.sign(Request("POST", account.webhook_url, "", headers, mail.as_bytes()), account, now)


def _plain(text: str) -> str:
    return "".join(character if character.isalnum() and character.isascii() else "-" for character in text)[:60]


def _secret(purpose: str, seed: str) -> str:
    return hashlib.sha256(f"email {purpose} {seed}".encode()).hexdigest()


def _dot() -> bytes:
    """A picture of one grey point (PNG)."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0\x80")) + chunk(b"IEND", b"")
    )


simulator = EmailSimulator()
