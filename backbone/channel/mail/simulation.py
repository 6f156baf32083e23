"""What the simulators of mail channels share: a demo mailbox, a customer's mail, and what was sent read back."""

import hashlib
import json
import struct
import zlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP, default
from email.utils import format_datetime
from typing import Any

from backbone.channel.mail.hook import basic
from backbone.channel.port import Account, ProviderReply, Request, SimulatedMessage, SimulatedSend

_POLICY = SMTP.clone(max_line_length=998)


def secret(channel: str, purpose: str, seed: str) -> str:
    """64 hex digits that differ for each channel, purpose and seed."""
    return hashlib.sha256(f"{channel} {purpose} {seed}".encode()).hexdigest()


def mailbox(channel: str, address: str, seed: str) -> dict[str, Any]:
    """The settings that every mail account has."""
    return {
        "address": address,
        "from_name": "Example Support",
        "reply_keys": [secret(channel, "reply", seed)],
        "reply_address": f"reply@{address.rpartition('@')[2]}",
    }


def address_of(message: SimulatedMessage) -> str:
    return message.sender if "@" in message.sender else f"{message.sender}@customer.example.test"


def fields_of(message: SimulatedMessage, account: Account, now: datetime) -> Mapping[str, str]:
    """The header of a customer's mail; all mails of one sender refer to the same first one, so they are one thread."""
    address = address_of(message)
    return {
        "From": f'"{message.name}" <{address}>' if message.name else address,
        "To": account.settings.address,
        "Subject": "A question",
        "Date": format_datetime(now),
        "Message-ID": f"<{plain(message.message_id)}@customer.example.test>",
        "References": f"<{hashlib.sha256(address.encode()).hexdigest()[:32]}@customer.example.test>",
    }


def mail_of(message: SimulatedMessage, account: Account, now: datetime) -> bytes:
    """A customer's mail as it came over SMTP, with a picture where the message has one."""
    mail = EmailMessage(policy=_POLICY)
    for name, value in fields_of(message, account, now).items():
        mail[name] = value
    mail.set_content(message.text + "\n")
    if message.image_url:
        mail.add_attachment(dot(), maintype="image", subtype="png", filename="picture.png")
        mail.set_boundary(f"=_sim_{plain(message.message_id)}")
    return mail.as_bytes()


def sent_text(mime: bytes) -> tuple[str, str, str]:
    """Recipient, text and Message-ID of a mail that we sent."""
    mail = BytesParser(policy=default).parsebytes(mime)
    text = mail.get_body(("plain",))
    said = "\n".join(text.get_content().splitlines()) if text is not None else ""
    return str(mail["To"] or ""), said, str(mail["Message-ID"] or "")


class HookSimulator:
    """A provider that calls the hook with Basic credentials and posts JSON. `channel` is the folder's name."""

    channel: str
    demo_external_id: str

    def hook_settings(self, seed: str) -> dict[str, Any]:
        return {
            **mailbox(self.channel, self.demo_external_id, seed),
            "hook_secrets": [secret(self.channel, "hook", seed)],
        }

    def sign(self, request: Request, account: Account, now: datetime) -> Request:
        """The request with the hook's Basic credentials."""
        settings = account.settings
        value = basic(settings.hook_username, settings.hook_secrets[0].get_secret_value())
        kept = tuple(item for item in request.headers if item[0].lower() != "authorization")
        return replace(request, headers=(*kept, ("authorization", value)))

    def posted(self, payload: Any, account: Account, now: datetime) -> Request:
        """A signed webhook with this JSON."""
        return self.sign(json_request(payload, account), account, now)


def json_request(payload: Any, account: Account) -> Request:
    body = json.dumps(payload, separators=(",", ":")).encode()
    return Request("POST", account.webhook_url, "", (("content-type", "application/json"),), body)


def event_id(sent: SimulatedSend, kind: str) -> str:
    """An id of an event, the same for the same."""
    return hashlib.sha256(f"{sent.provider_message_id} {kind}".encode()).hexdigest()[:32]


def json_reply(status: int, body: Any, *headers: tuple[str, str]) -> ProviderReply:
    return ProviderReply(status, headers, json.dumps(body).encode())


def plain(text: str) -> str:
    return "".join(character if character.isalnum() and character.isascii() else "-" for character in text)[:60]


def dot() -> bytes:
    """A picture of one grey point (PNG)."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0\x80")) + chunk(b"IEND", b"")
    )
