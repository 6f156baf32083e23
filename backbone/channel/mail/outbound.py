"""Writes our mails: each has a Message-ID and a last reference that bring the reply back; the same input, the same bytes."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import SMTP, compat32
from email.utils import format_datetime

from backbone.channel import fallback, markup
from backbone.channel.json import clean
from backbone.channel.mail.headers import one_line
from backbone.channel.mail.html import from_text, sanitised
from backbone.channel.mail.settings import MailSettings
from backbone.channel.mail.threads import our_message_id, reply_address
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

TEXT_MAX = 100_000
REFERENCES_MAX = 20
# The standard policy would fold long ids by encoding them, and so break the thread; RFC 5322 allows 998.
_POLICY = SMTP.clone(max_line_length=998, cte_type="7bit")
_ID = re.compile(r"<?([^<>\s]{1,400}@[^<>\s]{1,253})>?")
_REPLY = re.compile(r"^(?:re|aw|antw|sv|vs|odp|rif|ynt|ha|res)(?:\[\d{1,3}\])?\s?[:：]", re.IGNORECASE)
_ENHANCED = re.compile(r"^\s*([245]\.\d{1,3}\.\d{1,3})\b")
NO_REAL_ID = "@missing.invalid"
"""What stands behind the hash that names a mail without a Message-ID; never sent."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail of ours before it is written down, for SMTP as MIME or for a provider in fields of its own.

    `fields` are the header fields beside From, To, Subject and Reply-To: those that keep the thread and stop loops. An
    automatic mail has the null envelope sender (RFC 3834 §3.3).
    """

    sender: Address
    recipient: Address
    subject: str
    text: str = field(repr=False)
    html: str | None = field(repr=False)
    message_id: str
    fields: tuple[tuple[str, str], ...] = field(repr=False)
    reply_to: Address | None
    created_at: datetime
    automatic: bool


def letters(message: OutboundMessage, account: Account) -> Sequence[Letter]:
    """One mail, or several for a text of over 100,000 characters. Media, buttons and places become lines and links.

    Raises `InputInvalid` for a recipient that is no address, for a mail that says nothing, and for any action but `send`.
    """
    if message.action != "send":
        raise InputInvalid("a mail can only be sent: nothing of it can be changed afterwards")
    recipient = _mailbox(message.recipient, message.recipient_name)
    texts = split(_text(message.content), TEXT_MAX)
    if not texts:
        raise InputInvalid("the message has nothing that a mail can show")
    found = []
    for number, text in enumerate(texts, 1):
        part = message if number == 1 else message.model_copy(update={"message_id": f"{message.message_id}-{number}"})
        found.append(_letter(part, account, recipient, text, is_whole=len(texts) == 1))
    return found


def render(message: OutboundMessage, account: Account) -> Sequence[SmtpCall]:
    """The letters of a message as mails to hand over by SMTP. Raises what `letters` raises."""
    return [
        SmtpCall("" if letter.automatic else letter.sender.addr_spec, (letter.recipient.addr_spec,), mime_of(letter))
        for letter in letters(message, account)
    ]


def mime_of(letter: Letter) -> bytes:
    """The letter as a MIME message; the same letter gives the same bytes."""
    mail = EmailMessage(policy=_POLICY)
    mail["Date"] = format_datetime(letter.created_at)
    mail["From"], mail["To"], mail["Subject"] = letter.sender, letter.recipient, letter.subject
    for name, value in letter.fields:
        mail[name] = value
    if letter.reply_to is not None:
        mail["Reply-To"] = letter.reply_to
    mail.set_content(letter.text + "\n")
    if letter.html is not None:
        mail.add_alternative(letter.html, subtype="html")
        mail.set_boundary(f"=_fd_{hashlib.sha256(letter.message_id.encode()).hexdigest()[:32]}")
    return mail.as_bytes()


def _letter(message: OutboundMessage, account: Account, recipient: Address, text: str, *, is_whole: bool) -> Letter:
    settings: MailSettings = account.settings
    own_id = f"<{our_message_id(message.thread_key, message.message_id, account)}>"
    references = [item for item in map(_id, message.references) if item]
    replied = _id(message.in_reply_to or "") or (references[-1] if references else None)
    fields = [("Message-ID", own_id)]
    if replied:
        fields.append(("In-Reply-To", replied))
    # Some gateways replace the Message-ID, but leave the references alone: the token stands there as well.
    thread = list(dict.fromkeys([*references, *([replied] if replied else [])]))
    kept = thread if len(thread) <= REFERENCES_MAX else [thread[0], *thread[1 - REFERENCES_MAX :]]
    fields.append(("References", " ".join([*kept, own_id])))
    if message.automatic:
        fields += [("Auto-Submitted", "auto-replied"), ("X-Auto-Response-Suppress", "All")]
    tagged = reply_address(message.thread_key, account)
    return Letter(
        sender=_mailbox(settings.address, settings.from_name),
        recipient=recipient,
        subject=_subject(message, settings.default_subject, is_reply=replied is not None),
        text=text,
        html=_html(message.content) if is_whole else None,
        message_id=own_id,
        fields=tuple(fields),
        reply_to=_mailbox(tagged, settings.from_name) if tagged else None,
        created_at=message.created_at.astimezone(UTC),
        automatic=message.automatic,
    )


def _html(content: Content) -> str | None:
    """The HTML beside the text: the writer's own made safe, or the text's light markup; None where neither is."""
    extra = _extra(content)
    tail = f"<p>{from_text(extra)}</p>" if extra else ""
    if content.html:
        html = sanitised(content.html, hold_images=False)
        return None if html is None else html + tail
    if content.text and content.text_format == "light":
        said = "\n".join(clean(content.text).splitlines())
        return "<p>" + markup.render(said, "html").replace("\n", "<br>\n") + "</p>" + tail
    return None


def _text(content: Content) -> str:
    # U+0085, U+2028 and others would end a line for the MIME writer but for no reader.
    plain = "\n".join(clean(content.text or "").splitlines())
    if content.text_format == "light":
        plain = markup.render(plain, "plain")
    return fallback.paragraphs(plain, _extra(content))


def _extra(content: Content) -> str:
    place = fallback.location_line(content.location) if content.location else None
    lines = [fallback.media_line(item) for item in content.media] + [fallback.card_line(card) for card in content.cards]
    choices = fallback.choice_lines(content.choices)
    things = fallback.carousel_lines(content.carousel)
    return fallback.paragraphs(*lines, place, things, choices, fallback.button_lines(content.buttons))


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
