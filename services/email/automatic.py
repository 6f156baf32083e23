"""Tells mails that no person wrote (loop guards), and reads delivery reports on mails of ours."""

import re
from dataclasses import dataclass

from backbone.channel.port import Account
from schemas.inbound import ReceiptStatus
from services.email.headers import Headers, one_line
from services.email.mime import Mail
from services.email.threads import OurId, read_our_id

_PRECEDENCE = {"bulk", "auto_reply", "auto-reply", "list", "junk"}
_SYSTEM_SENDER = re.compile(r"(?:mailer-daemon|postmaster|mail-daemon)@.*|mailer-daemon")
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What a mail server says of one of our mails. `code` is an enhanced status (RFC 3463) where it gives one."""

    status: ReceiptStatus
    code: str | None = None
    detail: str | None = None


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
    returned = [headers for mime, found in mail.embedded if mime != "message/delivery-status" for headers in found]
    ids = [item for headers in returned for item in headers.ids("message-id")]
    ids += [*mail.headers.ids("in-reply-to"), *reversed(mail.headers.ids("references"))]
    return next((ours for ours in (read_our_id(item, account) for item in ids) if ours is not None), None)


def delivery_report(mail: Mail) -> DeliveryReport | None:
    """Whether the reported mail failed or arrived (RFC 3464); None for delays and for reports of other kinds.

    With several recipients a failure counts more than a success.
    """
    blocks = [block for mime, found in mail.embedded if mime == "message/delivery-status" for block in found]
    by_action = {(block.first("action") or "").strip().lower(): block for block in reversed(blocks)}
    if "failed" in by_action:
        block = by_action["failed"]
        return DeliveryReport(ReceiptStatus.FAILED, _code(block), _detail(block))
    return DeliveryReport(ReceiptStatus.DELIVERED) if "delivered" in by_action else None


def _code(block: Headers) -> str | None:
    for name in ("status", "diagnostic-code"):
        found = _STATUS.search(block.first(name) or "")
        if found:
            return found[1]
    return None


def _detail(block: Headers) -> str | None:
    return one_line(block.first("diagnostic-code") or "", 300) or None
