"""What mails are besides messages: read receipts, complaints, invitations, pictures in their HTML."""

import pytest

from backbone.channel.mail.assembled import File, assembled
from backbone.channel.mail.received import events_of, events_of_body
from backbone.channel.mail.threads import our_message_id, root_key
from backbone.channel.port import HttpCall, Request
from schemas.inbound import AnyInboundEvent, ConsentChanged, MessageReceived, ReceiptReceived, ReceiptStatus
from tests.support import channels as support

ACCOUNT = support.account("email", external_id="support@desk.example.test")
KEY = root_key("root@customer.example.test")
OURS = our_message_id(KEY, "msg_7", ACCOUNT)
HEAD = "From: ana@customer.example.test\nMessage-ID: <1@customer.example.test>\nMIME-Version: 1.0\n"


def events(body: str) -> list[AnyInboundEvent]:
    return list(events_of_body((HEAD + body).encode(), ACCOUNT))


def report(kind: str, mime: str, fields: str, rest: str = "") -> str:
    return (
        f"Content-Type: multipart/report; report-type={kind}; boundary=r\n\n--r\n\nsee below\n"
        f"--r\nContent-Type: {mime}\n\n{fields}\n{rest}\n--r--\n"
    )


def shown(disposition: str) -> list[AnyInboundEvent]:
    fields = f"Reporting-UA: example\nOriginal-Message-ID: <{OURS}>\nDisposition: {disposition}\n"
    return events(report("disposition-notification", "message/disposition-notification", fields))


@pytest.mark.parametrize(
    "disposition",
    ["manual-action/MDN-sent-manually; displayed", "automatic-action/MDN-sent-automatically; Displayed/error"],
)
def test_that_a_mail_was_shown_is_a_read_receipt_and_no_message(disposition: str) -> None:
    [event] = shown(disposition)
    assert isinstance(event, ReceiptReceived)
    assert (event.status, event.provider_message_id, event.thread_key) == (ReceiptStatus.READ, f"<{OURS}>", KEY)


def test_that_a_mail_was_deleted_unread_is_no_receipt() -> None:
    [event] = shown("manual-action/MDN-sent-manually; deleted")
    assert isinstance(event, MessageReceived)
    assert event.automatic


def test_a_complaint_about_a_mail_of_ours_takes_back_the_consent() -> None:
    fields = "Feedback-Type: abuse\nUser-Agent: x/1\nVersion: 1\nOriginal-Rcpt-To: <Bob@customer.example.test>\n"
    returned = f"--r\nContent-Type: text/rfc822-headers\n\nMessage-ID: <{OURS}>\nTo: bob@customer.example.test\n"
    message, consent = events(report("feedback-report", "message/feedback-report", fields, returned))
    assert isinstance(message, MessageReceived)
    assert isinstance(consent, ConsentChanged)
    assert (consent.sender.address, consent.state, consent.word) == ("bob@customer.example.test", "opted_out", "abuse")


def test_a_report_that_a_provider_took_apart_is_read_as_well() -> None:
    status = b"Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; x@y.example\nAction: failed\nStatus: 5.1.1\n"
    fields = [("From", "mailer-daemon@mx.example.test"), ("Content-Type", "multipart/report; boundary=x")]
    files = [
        File("message/delivery-status", None, status),
        File("text/rfc822-headers", None, f"Message-ID: <{OURS}>\n".encode()),
    ]
    arrived = assembled(fields, "it failed", None, files)
    message, receipt = events_of(arrived.mail, arrived.content, ACCOUNT)
    assert isinstance(message, MessageReceived)
    assert message.automatic
    assert not message.content.media
    assert isinstance(receipt, ReceiptReceived)
    assert (receipt.status, receipt.error_code, receipt.provider_message_id) == (
        ReceiptStatus.FAILED,
        "5.1.1",
        f"<{OURS}>",
    )


def test_an_invitation_is_a_file_with_a_caption_and_the_text_of_a_mail_without_one() -> None:
    ics = "BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nSUMMARY:Tea\nDTSTART:20261120T090000Z\nEND:VEVENT\nEND:VCALENDAR\n"
    [event] = events("Content-Type: text/calendar; method=REQUEST\n\n" + ics)
    assert isinstance(event, MessageReceived)
    assert event.content.text == "REQUEST: Tea, 2026-11-20 09:00 UTC"
    assert [(item.mime, item.caption) for item in event.content.media] == [("text/calendar", event.content.text)]


def test_a_picture_in_the_html_says_which_of_the_media_it_is_and_remote_ones_are_counted() -> None:
    html = '<p>a <img src="cid:p%201"> <img src="cid:gone"> <img src="https://t.example.test/1"><img src="http://t.example.test/2"></p>'
    body = (
        f"Content-Type: multipart/related; boundary=b\n\n--b\nContent-Type: text/html\n\n{html}\n"
        "--b\nContent-Type: image/png\n\nx\n--b\nContent-Type: image/png\nContent-ID: <p 1>\n\nx\n"
        "--b\nContent-Type: image/png\nContent-ID: <p1>\n\nx\n--b--\n"
    )
    [event] = events(body.replace("p%201", "p1"))
    assert isinstance(event, MessageReceived)
    shown_html = event.content.html or ""
    assert '<img src="cid:p1" data-media="2">' in shown_html
    assert '<img src="cid:gone">' in shown_html
    assert shown_html.startswith('<div data-held-images="2">')


def test_what_outlook_packs_up_is_kept_as_a_file() -> None:
    [event] = events(
        "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nsee\n"
        '--b\nContent-Type: application/ms-tnef; name="winmail.dat"\nContent-Transfer-Encoding: base64\n\neJ8+Ig==\n--b--\n'
    )
    assert isinstance(event, MessageReceived)
    assert [(item.mime, item.filename) for item in event.content.media] == [("application/ms-tnef", "winmail.dat")]


@pytest.mark.parametrize("name", ["email_sparkpost", "email_mandrill"])
def test_the_parts_of_two_mails_of_one_request_are_told_apart(name: str) -> None:
    fixture = next(item for item in support.fixtures("inbound", name) if item.path.stem == "two_mails")
    account, codec = support.fixture_account(fixture), support.load(name).codec
    request: Request = support.request_of(fixture, account)
    found = codec.parse(request, support.context_of(fixture, account)).events
    refs = [
        media.provider_ref for event in found if isinstance(event, MessageReceived) for media in event.content.media
    ]
    extracted = codec.extract_media(request.body, [str(ref) for ref in refs] + ["part:9", "x"])  # type: ignore[attr-defined]
    assert set(extracted) == set(refs)
    assert {data for _, _, data in extracted.values()} == {b"\x89PNG\r\n\x1a\n"}


def test_a_files_reference_leads_the_key_to_the_providers_own_host_only() -> None:
    account, codec = (
        support.account("email_mailgun", {"api_base": "https://api.mailgun.net"}),
        support.load("email_mailgun").codec,
    )
    known = codec.media_call("https://storage.mailgun.net/v3/domains/x/messages/k/attachments/0", account)
    assert isinstance(known, HttpCall)
    assert dict(known.headers)["authorization"].startswith("Basic ")
    for ref in (
        "https://storage.mailgun.net.evil.example.test/",
        "http://storage.mailgun.net/a",
        "https://a@x.mailgun.net/",
    ):
        assert codec.media_call(ref, account) is None
    resend, brevo = support.account("email_resend"), support.account("email_brevo")
    assert support.load("email_resend").codec.media_call("resend-attachment:../x/y", resend) is None
    assert support.load("email_brevo").codec.media_call("brevo-download:../../x", brevo) is None
