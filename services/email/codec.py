"""The mail codec: raw MIME becomes a message, and a receipt where it reports on one of ours."""

import base64
import hashlib
from collections.abc import Mapping, Sequence

from backbone.channel.json import clean
from backbone.channel.port import (
    Account,
    AccountSettings,
    Context,
    HttpCall,
    Outcome,
    Parsed,
    ProviderCall,
    ProviderReply,
    Request,
)
from backbone.channel.signature import same
from backbone.errors import PayloadInvalid, SignatureInvalid, SignatureMissing
from schemas.inbound import AnyInboundEvent, MessageEchoed, MessageReceived, ReceiptReceived, Sender
from schemas.outbound import OutboundMessage
from services.email import outbound
from services.email.automatic import delivery_report, is_automatic, reported_mail
from services.email.content import content_of
from services.email.headers import Address, Headers, one_line
from services.email.mime import Mail, extract_part, parse_mail
from services.email.settings import EmailSettings
from services.email.threads import is_reply_address, read_our_id, thread_of

__all__ = ["EmailCodec", "codec", "extract_part"]

PARTICIPANTS_MAX = 50
_KNOWN_FIELDS = ("from", "sender", "return-path", "message-id", "date", "subject")


class EmailCodec:
    """The request's body is a message (RFC 5322) as it came over SMTP or from a mailbox."""

    settings_type: type[AccountSettings] = EmailSettings

    def verify(self, request: Request, context: Context) -> None:
        """Compares the Basic credentials (RFC 7617) with each active secret, as text, so that every byte counts."""
        given = request.header("authorization")
        if not given:
            raise SignatureMissing("the hook needs Basic credentials")
        settings = context.account.settings
        secrets = [secret.get_secret_value() for secret in settings.hook_secrets if secret.get_secret_value()]
        matches = [same(basic(settings.hook_username, secret), given) for secret in secrets]
        if not any(matches):
            raise SignatureInvalid("the hook's credentials are not ours")

    def parse(self, request: Request, context: Context) -> Parsed:
        mail = parse_mail(request.body)
        if not any(name in mail.headers for name in _KNOWN_FIELDS):
            raise PayloadInvalid("the body is not a mail")
        return Parsed(tuple(_events(mail, request.body, context.account)))

    def render(self, message: OutboundMessage, account: Account) -> Sequence[ProviderCall]:
        return outbound.render(message, account)

    def interpret(self, call: ProviderCall, reply: ProviderReply) -> Outcome:
        return outbound.interpret(call, reply)

    def media_call(self, ref: str, account: Account) -> HttpCall | None:
        """None: attachments are in the mail itself, from where `extract_media` takes them."""
        return None

    def extract_media(self, body: bytes, refs: Sequence[str]) -> Mapping[str, tuple[str, str | None, bytes]]:
        """What each `part:<index>` names in a mail: its type as claimed, its cleaned name and its bytes.

        What names no part is left out. Raises `PayloadInvalid` where the mail can't be read.
        """
        parts = {f"part:{part.index}": part for part in parse_mail(body).parts}
        found = {ref: parts[ref] for ref in refs if ref in parts}
        return {ref: (part.mime, part.filename, part.data) for ref, part in found.items()}


def basic(username: str, secret: str) -> str:
    """The value of the `Authorization` header that the hook's caller sends."""
    return "Basic " + base64.b64encode(f"{username}:{secret}".encode()).decode()


def _events(mail: Mail, body: bytes, account: Account) -> Sequence[AnyInboundEvent]:
    headers = mail.headers
    sender = _writer(headers, account)
    ids = headers.ids("message-id")
    print_of_body = _fingerprint(headers, sender, body)
    message_id = ids[0] if ids else f"{print_of_body}{outbound.NO_REAL_ID}"
    echo = read_our_id(message_id, account) if sender.address in account.settings.own_addresses else None
    if echo is not None:
        return [_echo(mail, echo.thread_key, message_id, print_of_body)]
    reported = reported_mail(mail, account)
    report = delivery_report(mail) if reported else None
    thread_key = reported.thread_key if reported else thread_of(headers, account, message_id)
    message = MessageReceived(
        thread_key=thread_key,
        dedup_key=f"{message_id[:400]}:{print_of_body}",
        provider_at=headers.date(),
        account_ref=_account_ref(headers, account),
        sender=Sender(address=sender.address, name=sender.name),
        content=content_of(mail),
        provider_message_id=f"<{message_id}>",
        in_reply_to=next((f"<{item}>" for item in reversed(headers.ids("in-reply-to"))), None),
        subject=headers.text("subject", 998),
        participants=_participants(headers, sender, account),
        automatic=is_automatic(mail, sender.address, account),
    )
    if reported is None or report is None:
        return [message]
    receipt = ReceiptReceived(
        thread_key=thread_key,
        dedup_key=message.dedup_key,
        provider_at=message.provider_at,
        status=report.status,
        provider_message_id=reported.message_id,
        error_code=report.code,
        error_detail=report.detail,
    )
    return [message, receipt]


def _echo(mail: Mail, thread_key: str, message_id: str, print_of_body: str) -> MessageEchoed:
    """A mail of ours that came back to us (a copy, a forwarding loop): told by its signed id, so nobody can forge it."""
    to = next(iter(mail.headers.addresses("to")), Address("", None))
    return MessageEchoed(
        thread_key=thread_key,
        dedup_key=f"{message_id[:400]}:{print_of_body}",
        provider_at=mail.headers.date(),
        recipient=Sender(address=to.address, name=to.name),
        content=content_of(mail),
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


def _fingerprint(headers: Headers, sender: Address, body: bytes) -> str:
    """A hash of sender, date and body, because Message-IDs are missing, doubled and forged in the wild.

    Line ends and trailing space don't count: the hook's copy and the mailbox's differ in them.
    """
    _, _, content = body.lstrip(b"\r\n").replace(b"\r\n", b"\n").replace(b"\r", b"\n").partition(b"\n\n")
    pieces = (sender.address.encode("utf-8", "replace"), (headers.first("date") or "").encode("utf-8", "replace"))
    return hashlib.sha256(b"\0".join((*pieces, content.rstrip()))).hexdigest()[:32]


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


codec = EmailCodec()
