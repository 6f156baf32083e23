"""Writes our mails: one MIME message whose Message-ID and last reference bring the reply back; the same input, the same bytes."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import UTC
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import SMTP, compat32
from email.utils import format_datetime

from backbone.channel import fallback
from backbone.channel.json import clean
from backbone.channel.port import (
    Accepted,
    Account,
    Final,
    HttpCall,
    Outcome,
    ProviderCall,
    ProviderReply,
    SmtpCall,
    Transient,
)
from backbone.channel.text import split
from backbone.errors import InputInvalid
from schemas.content import Content
from schemas.outbound import OutboundMessage
from services.email.headers import one_line
from services.email.html import from_text, sanitised
from services.email.threads import our_message_id, reply_address

TEXT_MAX = 100_000
REFERENCES_MAX = 20
# The standard policy would fold long ids by encoding them, and so break the thread; RFC 5322 allows 998.
_POLICY = SMTP.clone(max_line_length=998, cte_type="7bit")
_ID = re.compile(r"<?([^<>\s]{1,400}@[^<>\s]{1,253})>?")
_REPLY = re.compile(r"^(?:re|aw|antw|sv|vs|odp|rif|ynt|ha|res)(?:\[\d{1,3}\])?\s?[:：]", re.IGNORECASE)
_ENHANCED = re.compile(r"^\s*([245]\.\d{1,3}\.\d{1,3})\b")
NO_REAL_ID = "@missing.invalid"
"""What stands behind the hash that names a mail without a Message-ID; never sent."""


def render(message: OutboundMessage, account: Account) -> Sequence[SmtpCall]:
    """One mail, or several for a text of over 100,000 characters. Media, buttons and places become lines and links.

    An automatic mail says so and has the null envelope sender, so that nothing answers it (RFC 3834 §3.1.7, §3.3). Raises
    `InputInvalid` for a recipient that is no address and for a mail that says nothing.
    """
    recipient = _mailbox(message.recipient, message.recipient_name)
    texts = split(_text(message.content), TEXT_MAX)
    if not texts:
        raise InputInvalid("the message has nothing that a mail can show")
    sender = "" if message.automatic else account.settings.address
    calls = []
    for number, text in enumerate(texts, 1):
        part = message if number == 1 else message.model_copy(update={"message_id": f"{message.message_id}-{number}"})
        mail = EmailMessage(policy=_POLICY)
        for name, value in _header(part, account, recipient):
            mail[name] = value
        _fill(mail, part, text, is_whole=len(texts) == 1)
        calls.append(SmtpCall(sender, (recipient.addr_spec,), mail.as_bytes()))
    return calls


def _header(message: OutboundMessage, account: Account, recipient: Address) -> Iterator[tuple[str, object]]:
    settings = account.settings
    own_id = f"<{our_message_id(message.thread_key, message.message_id, account)}>"
    references = [item for item in map(_id, message.references) if item]
    replied = _id(message.in_reply_to or "") or (references[-1] if references else None)
    yield "Date", format_datetime(message.created_at.astimezone(UTC))
    yield "From", _mailbox(settings.address, settings.from_name)
    yield "To", recipient
    yield "Subject", _subject(message, settings.default_subject, is_reply=replied is not None)
    yield "Message-ID", own_id
    if replied:
        yield "In-Reply-To", replied
    # Some gateways replace the Message-ID, but leave the references alone: the token stands there as well.
    thread = list(dict.fromkeys([*references, *([replied] if replied else [])]))
    kept = thread if len(thread) <= REFERENCES_MAX else [thread[0], *thread[1 - REFERENCES_MAX :]]
    yield "References", " ".join([*kept, own_id])
    tagged = reply_address(message.thread_key, account)
    if tagged:
        yield "Reply-To", _mailbox(tagged, settings.from_name)
    if message.automatic:
        yield "Auto-Submitted", "auto-replied"
        yield "X-Auto-Response-Suppress", "All"


def _fill(mail: EmailMessage, message: OutboundMessage, text: str, *, is_whole: bool) -> None:
    """The text, and beside it the HTML where there is one and one mail holds all."""
    source = message.content.html if is_whole else None
    html = sanitised(source, hold_images=False) if source else None
    mail.set_content(text + "\n")
    if html is None:
        return
    extra = _extra(message.content)
    mail.add_alternative(html + (f"<p>{from_text(extra)}</p>" if extra else ""), subtype="html")
    mail.set_boundary(f"=_fd_{hashlib.sha256(message.message_id.encode()).hexdigest()[:32]}")


def _text(content: Content) -> str:
    # U+0085, U+2028 and others would end a line for the MIME writer but for no reader.
    plain = "\n".join(clean(content.text or "").splitlines())
    return fallback.paragraphs(plain, _extra(content))


def _extra(content: Content) -> str:
    place = fallback.location_line(content.location) if content.location else None
    lines = [fallback.media_line(item) for item in content.media] + [fallback.card_line(card) for card in content.cards]
    return fallback.paragraphs(*lines, place, fallback.button_lines(content.buttons))


def _subject(message: OutboundMessage, default: str, *, is_reply: bool) -> str:
    subject = one_line(message.subject or "", 500) or default
    return f"Re: {subject}" if is_reply and not _REPLY.match(subject) else subject


def _id(value: str) -> str | None:
    """A message id in angle brackets; None for what is none, and for the ids we gave to mails without one."""
    found = _ID.fullmatch(value.strip())
    if found is None or not found[1].isascii() or not found[1].isprintable() or found[1].endswith(NO_REAL_ID):
        return None
    return f"<{found[1]}>"


def _mailbox(address: str, name: str | None) -> Address:
    try:
        local, _, domain = address.strip().rpartition("@")
        ascii_domain = domain if domain.isascii() else domain.encode("idna").decode()
        spec = f"{local}@{ascii_domain}"
        mailbox = Address(one_line(name or "", 200), addr_spec=spec)
    except (ValueError, IndexError, MessageError) as error:
        raise InputInvalid("the recipient is not a mail address") from error
    if not spec.isascii() or not mailbox.username or not mailbox.domain or re.search(r"[\s<>,;\x00-\x1f]", spec):
        raise InputInvalid("the recipient is not a mail address we can send to")
    return mailbox


def interpret(call: ProviderCall, reply: ProviderReply) -> Outcome:
    """SMTP reply codes (RFC 5321 §4.2): 2xx taken, 4xx (421, 450 and 451 of greylisting too) later, 5xx never."""
    line = one_line(reply.body[:2000].decode("utf-8", "replace"), 300)
    enhanced = _ENHANCED.match(line)
    code = enhanced[1] if enhanced else str(reply.status)
    if 200 <= reply.status < 300:
        return Accepted(sent_id(call))
    if 500 <= reply.status < 600:
        return Final(code, line)
    return Transient(code, line)


def sent_id(call: ProviderCall) -> str | None:
    """The Message-ID of a rendered mail."""
    mime = call.mime if isinstance(call, SmtpCall) else call.body if isinstance(call, HttpCall) else b""
    found = BytesHeaderParser(policy=compat32).parsebytes(mime).get("Message-ID")
    return str(found).strip() if found else None
