"""Loop guards and delivery reports."""

import pytest

from backbone.channel.mail.threads import our_message_id, root_key
from backbone.channel.port import Context, Request
from schemas.inbound import MessageEchoed, MessageReceived, ReceiptReceived, ReceiptStatus
from services.email.codec import codec
from tests.support import channels as support

ACCOUNT = support.account("email", external_id="support@desk.example.test")
KEY = root_key("root@customer.example.test")
OURS = our_message_id(KEY, "msg_7", ACCOUNT)


def events(text: str) -> list[object]:
    request = Request("POST", ACCOUNT.webhook_url, "", (), text.encode())
    return list(codec.parse(request, Context(ACCOUNT, support.NOW)).events)


def automatic(header: str, sender: str = "ana@customer.example.test") -> bool:
    (event,) = events(f"From: {sender}\n{header}\n\nx")
    assert isinstance(event, MessageReceived)
    return event.automatic


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: auto-replied",
        "auto-submitted: AUTO-GENERATED; why=vacation",
        "Precedence: bulk",
        "Precedence: List",
        "Precedence: auto_reply",
        "X-Autoreply: yes",
        "X-Auto-Response-Suppress: All",
        "X-Auto-Response-Suppress: OOF, AutoReply",
        "List-Id: <news.example.test>",
        "Return-Path: <>",
        "Return-Path: < >",
        "Content-Type: multipart/report; boundary=x\n\n--x\n\nhi\n--x--",
        f"Message-ID: <1@{ACCOUNT.settings.own_domain}>",
    ],
)
def test_what_no_person_wrote_is_automatic(header: str) -> None:
    assert automatic(header)


@pytest.mark.parametrize(
    "sender",
    [
        "MAILER-DAEMON@mx.example.test",
        "postmaster@mx.example.test",
        "support@desk.example.test",
        "Reply@desk.example.test",
    ],
)
def test_what_a_system_or_we_ourselves_sent_is_automatic(sender: str) -> None:
    assert automatic("Subject: x", sender)


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: no",
        "Precedence: normal",
        "X-Autoreply: no",
        "X-Auto-Response-Suppress: None",
        "Return-Path: <ana@customer.example.test>",
        "Message-ID: <1@desk.example.test>",
        "Subject: automatic reply",
        "Content-Type: multipart/mixed; boundary=x\n\n--x\n\nhi\n--x--",
    ],
)
def test_what_a_person_wrote_is_not(header: str) -> None:
    assert not automatic(header)


def report(
    status: str, returned: str = f"Message-ID: <{OURS}>", kind: str = "text/rfc822-headers", extra: str = ""
) -> str:
    return (
        f"From: mailer-daemon@mx.example.test\nMessage-ID: <b@mx.example.test>\n{extra}"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="r"\n\n'
        "--r\nContent-Type: text/plain\n\nsorry\n"
        f"--r\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.test\n\n{status}\n\n"
        f"--r\nContent-Type: {kind}\n\n{returned}\n\n--r--\n"
    )


FAILED = (
    "Final-Recipient: rfc822; ana@example.test\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 no such user"
)


@pytest.mark.parametrize("kind", ["text/rfc822-headers", "message/rfc822", "message/global"])
def test_a_failure_of_our_mail_is_a_receipt_and_a_message_nobody_answers(kind: str) -> None:
    message, receipt = events(report(FAILED, kind=kind))
    assert isinstance(message, MessageReceived)
    assert isinstance(receipt, ReceiptReceived)
    assert message.automatic
    assert message.thread_key == receipt.thread_key == KEY
    assert (receipt.status, receipt.provider_message_id) == (ReceiptStatus.FAILED, f"<{OURS}>")
    assert (receipt.error_code, receipt.error_detail) == ("5.1.1", "smtp; 550 no such user")


def test_the_returned_id_may_stand_in_the_references_only() -> None:
    _, receipt = events(report(FAILED, returned="Subject: x", extra=f"References: <{OURS}>\n"))
    assert isinstance(receipt, ReceiptReceived)


def test_one_failed_recipient_counts_more_than_one_reached() -> None:
    both = "Final-Recipient: rfc822; b@example.test\nAction: delivered\nStatus: 2.0.0\n\n" + FAILED
    _, receipt = events(report(both))
    assert isinstance(receipt, ReceiptReceived)
    assert receipt.status is ReceiptStatus.FAILED


def test_an_arrival_is_a_receipt() -> None:
    _, receipt = events(report("Final-Recipient: rfc822; b@example.test\nAction: delivered\nStatus: 2.0.0"))
    assert isinstance(receipt, ReceiptReceived)
    assert (receipt.status, receipt.error_code) == (ReceiptStatus.DELIVERED, None)


@pytest.mark.parametrize("action", ["delayed", "relayed", "expanded", "", "nonsense"])
def test_what_is_undecided_is_no_receipt_but_stays_in_the_thread(action: str) -> None:
    (message,) = events(report(f"Final-Recipient: rfc822; a@example.test\nAction: {action}\nStatus: 4.4.1"))
    assert isinstance(message, MessageReceived)
    assert message.thread_key == KEY


@pytest.mark.parametrize(
    "returned", ["Message-ID: <theirs@example.test>", f"Message-ID: <{OURS[:-30]}@x>", "Subject: x", ""]
)
def test_a_report_on_a_mail_that_is_not_ours_is_no_receipt(returned: str) -> None:
    (message,) = events(report(FAILED, returned=returned))
    assert isinstance(message, MessageReceived)
    assert message.automatic


def test_our_own_mail_that_comes_back_is_an_echo() -> None:
    (event,) = events(f"From: support@desk.example.test\nTo: Ana <ana@example.test>\nMessage-ID: <{OURS}>\n\nhi")
    assert isinstance(event, MessageEchoed)
    assert (event.recipient.address, event.provider_message_id, event.thread_key) == (
        "ana@example.test",
        f"<{OURS}>",
        KEY,
    )


def test_somebody_who_takes_our_id_or_our_address_is_no_echo() -> None:
    (other,) = events(f"From: ana@example.test\nMessage-ID: <{OURS}>\n\nhi")
    (forged,) = events("From: support@desk.example.test\nMessage-ID: <x@example.test>\n\nhi")
    assert isinstance(other, MessageReceived)
    assert isinstance(forged, MessageReceived)
    assert other.automatic
    assert forged.automatic
