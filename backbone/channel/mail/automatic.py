"""Tells mails that no person wrote (loop guards), and reads what reports say of mails of ours."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from backbone.channel.mail.headers import Headers, one_line
from backbone.channel.mail.mime import Mail
from backbone.channel.mail.threads import OurId, read_our_id
from backbone.channel.port import Account
from schemas.inbound import ReceiptStatus

DSN, MDN, ARF = "message/delivery-status", "message/disposition-notification", "message/feedback-report"
MACHINE_PARTS = {DSN, MDN, ARF}
_PRECEDENCE = {"bulk", "auto_reply", "auto-reply", "list", "junk"}
_SYSTEM_SENDER = re.compile(r"(?:mailer-daemon|postmaster|mail-daemon)@.*|mailer-daemon")
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")


@dataclass(frozen=True, slots=True)
class Report:
    """What a mail server or a reader's program says of one of our mails; a `status` of None is a complaint about it.

    `code` is an enhanced status (RFC 3463) where a server gives one, or the kind of the complaint (RFC 5965 §7.3).
    """

    status: ReceiptStatus | None
    code: str | None = None
    detail: str | None = None
    recipient: str | None = None


def is_automatic(mail: Mail, sender: str, account: Account) -> bool:
    """Whether answering this mail by a machine could start a loop; `sender` in lower case.

    By RFC 3834 §2, RFC 3464, RFC 2919 and the fields that mail systems add: Auto-Submitted, Precedence, X-Autoreply,
    X-Autorespond, X-Auto-Response-Suppress, List-Id, an empty Return-Path, reports, system senders, and what comes from
    our own address or carries a Message-ID of our own domain.
    """
    headers = mail.headers
    submitted = (headers.first("auto-submitted") or "no").partition(";")[0].strip().lower()
    suppress = (headers.first("x-auto-response-suppress") or "none").strip().lower()
    own_ids = any(item.lower().endswith(f"@{account.settings.own_domain}") for item in headers.ids("message-id"))
    return (
        submitted != "no"
        or (headers.first("precedence") or "").strip().lower() in _PRECEDENCE
        or any(
            (headers.first(name) or "no").lower() not in {"no", "false"} for name in ("x-autoreply", "x-autorespond")
        )
        or suppress != "none"
        or "list-id" in headers
        or any(value.replace(" ", "") == "<>" for value in headers.all("return-path"))
        or mail.root.mime == "multipart/report"
        or _SYSTEM_SENDER.fullmatch(sender) is not None
        or sender in account.settings.own_addresses
        or own_ids
    )


def reported_mail(mail: Mail, account: Account) -> OurId | None:
    """The mail of ours that a report (multipart/report) is about; None for other mails and other people's.

    Reports keep its Message-ID in the returned message or its header, or else in their own references.
    """
    if mail.root.mime != "multipart/report":
        return None
    returned = [headers for mime, found in mail.embedded if mime not in MACHINE_PARTS for headers in found]
    ids = [item for headers in _blocks(mail, MDN) for item in headers.ids("original-message-id")]
    ids += [item for headers in returned for item in headers.ids("message-id")]
    ids += [*mail.headers.ids("in-reply-to"), *reversed(mail.headers.ids("references"))]
    return next((ours for ours in (read_our_id(item, account) for item in ids) if ours is not None), None)


def report_of(mail: Mail) -> Report | None:
    """Whether the reported mail failed or arrived (RFC 3464), was shown (RFC 8098) or complained of (RFC 5965).

    None for delays, for mails deleted unread, and for reports of other kinds. With several recipients a failure counts
    more than a success.
    """
    by_action = {(block.first("action") or "").strip().lower(): block for block in reversed(_blocks(mail, DSN))}
    if "failed" in by_action:
        block = by_action["failed"]
        return Report(ReceiptStatus.FAILED, _code(block), _detail(block))
    if "delivered" in by_action:
        return Report(ReceiptStatus.DELIVERED)
    if any(_disposition(block) == "displayed" for block in _blocks(mail, MDN)):
        return Report(ReceiptStatus.READ)
    for block in _blocks(mail, ARF):
        kind = one_line(block.first("feedback-type") or "", 40).lower()
        if kind and kind != "not-spam":
            to = next(iter(block.addresses("original-rcpt-to")), None)
            return Report(None, kind, recipient=to.address if to else None)
    return None


def _blocks(mail: Mail, mime: str) -> Sequence[Headers]:
    return [block for found_mime, found in mail.embedded if found_mime == mime for block in found]


def _disposition(block: Headers) -> str:
    """`displayed` of `manual-action/MDN-sent-manually; displayed/error` (RFC 8098 §3.2.6)."""
    return (block.first("disposition") or "").rpartition(";")[2].partition("/")[0].strip().lower()


def _code(block: Headers) -> str | None:
    for name in ("status", "diagnostic-code"):
        found = _STATUS.search(block.first(name) or "")
        if found:
            return found[1]
    return None


def _detail(block: Headers) -> str | None:
    return one_line(block.first("diagnostic-code") or "", 300) or None
