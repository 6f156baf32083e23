"""What a mail that came in means: a message, an echo of our own, and a receipt where it reports on one of ours."""

import hashlib
from collections.abc import Sequence

from backbone.channel.json import clean
from backbone.channel.mail.automatic import Report, is_automatic, report_of, reported_mail
from backbone.channel.mail.content import PART, content_of
from backbone.channel.mail.headers import Address, Headers, one_line
from backbone.channel.mail.mime import Mail, parse_mail
from backbone.channel.mail.outbound import NO_REAL_ID
from backbone.channel.mail.threads import OurId, is_reply_address, read_our_id, thread_of
from backbone.channel.port import Account
from backbone.errors import PayloadInvalid
from schemas.inbound import (
    AnyInboundEvent,
    ConsentChanged,
    MessageEchoed,
    MessageReceived,
    ReceiptReceived,
    ReceiptStatus,
    Sender,
)

PARTICIPANTS_MAX = 50
_KNOWN_FIELDS = ("from", "sender", "return-path", "message-id", "date", "subject")


def events_of_body(body: bytes, account: Account) -> Sequence[AnyInboundEvent]:
    """The events of a mail as it came over SMTP (RFC 5322). Raises `PayloadInvalid` for what is no mail."""
    return events_of(parse_mail(body), content_bytes(body), account)


def content_bytes(body: bytes) -> bytes:
    """What stands under the header; line ends and trailing space don't count, as the copies of a mail differ in them."""
    _, _, content = body.lstrip(b"\r\n").replace(b"\r\n", b"\n").replace(b"\r", b"\n").partition(b"\n\n")
    return content.rstrip()


def events_of(mail: Mail, content: bytes, account: Account, *, prefix: str = PART) -> Sequence[AnyInboundEvent]:
    """The events of a mail; `content` is what tells it from others of the same sender and date.

    `prefix` begins the references to its parts. Raises `PayloadInvalid` for what is no mail or names no sender.
    """
    headers = mail.headers
    if not any(name in headers for name in _KNOWN_FIELDS):
        raise PayloadInvalid("the body is not a mail")
    sender = _writer(headers, account)
    ids = headers.ids("message-id")
    print_of_body = _fingerprint(headers, sender, content)
    message_id = ids[0] if ids else f"{print_of_body}{NO_REAL_ID}"
    key = f"{message_id[:400]}:{print_of_body}"
    echo = read_our_id(message_id, account) if sender.address in account.settings.own_addresses else None
    if echo is not None:
        return [_echo(mail, echo.thread_key, message_id, key, prefix)]
    reported = reported_mail(mail, account)
    report = report_of(mail) if reported else None
    thread_key = reported.thread_key if reported else thread_of(headers, account, message_id)
    message = MessageReceived(
        thread_key=thread_key,
        dedup_key=key,
        provider_at=headers.date(),
        account_ref=_account_ref(headers, account),
        sender=Sender(address=sender.address, name=sender.name),
        content=content_of(mail, prefix),
        provider_message_id=f"<{message_id}>",
        in_reply_to=next((f"<{item}>" for item in reversed(headers.ids("in-reply-to"))), None),
        subject=headers.text("subject", 998),
        participants=_participants(headers, sender, account),
        automatic=is_automatic(mail, sender.address, account),
    )
    if reported is None or report is None:
        return [message]
    told = _reported(report, reported, message)
    # That a mail was shown is no message: nobody wrote it and nobody has to read it.
    return [told] if report.status is ReceiptStatus.READ else [message, told]


def _reported(report: Report, ours: OurId, message: MessageReceived) -> AnyInboundEvent:
    """What the report says of our mail: its fate, or that its reader complained."""
    if report.status is None:
        return ConsentChanged(
            thread_key=ours.thread_key,
            dedup_key=message.dedup_key,
            provider_at=message.provider_at,
            sender=Sender(address=report.recipient or message.sender.address),
            state="opted_out",
            word=report.code,
        )
    return ReceiptReceived(
        thread_key=ours.thread_key,
        dedup_key=message.dedup_key,
        provider_at=message.provider_at,
        status=report.status,
        provider_message_id=ours.message_id,
        error_code=report.code,
        error_detail=report.detail,
    )


def _echo(mail: Mail, thread_key: str, message_id: str, key: str, prefix: str) -> MessageEchoed:
    """A mail of ours that came back to us (a copy, a forwarding loop): told by its signed id, so nobody can forge it."""
    to = next(iter(mail.headers.addresses("to")), Address("", None))
    return MessageEchoed(
        thread_key=thread_key,
        dedup_key=key,
        provider_at=mail.headers.date(),
        recipient=Sender(address=to.address, name=to.name),
        content=content_of(mail, prefix),
        provider_message_id=f"<{message_id}>",
    )


def _writer(headers: Headers, account: Account) -> Address:
    """Who wrote: From, else Sender, else Return-Path. A Reply-To counts only for our own contact forms.

    Raises `PayloadInvalid` where the mail names nobody: it could be given to nobody and answered to nobody.
    """
    for name in ("from", "sender", "return-path"):
        found = headers.addresses(name)
        if found:
            forms = {item.lower() for item in account.settings.form_senders}
            reply_to = headers.addresses("reply-to") if found[0].address in forms else ()
            return next(iter(reply_to), found[0])
    named = one_line(clean(headers.first("from") or ""), 200).lower()
    if not named:
        raise PayloadInvalid("the mail names no sender")
    return Address(named, None)


def _fingerprint(headers: Headers, sender: Address, content: bytes) -> str:
    """A hash of sender, date and body, because Message-IDs are missing, doubled and forged in the wild."""
    pieces = (sender.address.encode("utf-8", "replace"), (headers.first("date") or "").encode("utf-8", "replace"))
    return hashlib.sha256(b"\0".join((*pieces, content))).hexdigest()[:32]


def _account_ref(headers: Headers, account: Account) -> str | None:
    """The account's own id where the mail names its address; a blind copy names nobody."""
    named = headers.addresses("to", "cc", "delivered-to", "x-original-to", "envelope-to")
    return account.external_id if any(_is_ours(item.address, account) for item in named) else None


def _participants(headers: Headers, sender: Address, account: Account) -> tuple[Sender, ...]:
    named = headers.addresses("to", "cc")
    others = [item for item in named if item.address != sender.address and not _is_ours(item.address, account)]
    return tuple(Sender(address=item.address, name=item.name) for item in others[:PARTICIPANTS_MAX])


def _is_ours(address: str, account: Account) -> bool:
    return address in account.settings.own_addresses or is_reply_address(address, account)
