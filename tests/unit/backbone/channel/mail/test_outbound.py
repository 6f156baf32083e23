"""The mails we send, read back by the standard library and by our own codec."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from backbone.channel.mail.outbound import REFERENCES_MAX, TEXT_MAX
from backbone.channel.mail.threads import root_key
from backbone.channel.port import Accepted, Context, Final, HttpCall, ProviderReply, Request, SmtpCall, Transient
from backbone.errors import InputInvalid, SignatureInvalid
from schemas.inbound import MessageReceived
from services.email.codec import codec
from tests.support import channels as support

ACCOUNT = support.account("email", external_id="support@desk.example.test")
KEY = root_key("root@customer.example.test")


def send(on: Any = ACCOUNT, **fields: Any) -> SmtpCall:
    values = {"content": {"text": "hi"}, "recipient": "ana@customer.example.test", "thread_key": KEY, **fields}
    calls = codec.render(support.outbound_message(on, **values), on)
    assert isinstance(calls[0], SmtpCall)
    return calls[0]


def read(call: SmtpCall) -> EmailMessage:
    mail = message_from_bytes(call.mime, policy=default)
    assert isinstance(mail, EmailMessage)
    return mail


def text_of(call: SmtpCall) -> str:
    body = read(call).get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=2000).filter(str.strip))
def test_any_text_arrives_as_it_was_written(text: str) -> None:
    call = send(content={"text": text})
    assert text_of(call).split() == text.split()
    assert call.mime.isascii()
    assert max(map(len, call.mime.split(b"\r\n"))) <= 998
    assert b"\n" not in call.mime.replace(b"\r\n", b"")


def test_a_reply_to_our_mail_comes_back_to_its_thread() -> None:
    sent = read(send(references=("<root@customer.example.test>",)))
    reply = (
        f"From: ana@customer.example.test\nTo: {sent['Reply-To']}\nMessage-ID: <2@customer.example.test>\n"
        f"In-Reply-To: {sent['Message-ID']}\nReferences: {sent['References']} {sent['Message-ID']}\n\nthanks"
    )
    for left_out in ("", "In-Reply-To", "References", "To"):
        kept = "\n".join(line for line in reply.split("\n") if not left_out or not line.startswith(f"{left_out}:"))
        (event,) = codec.parse(Request("POST", "", "", (), kept.encode()), Context(ACCOUNT, support.NOW)).events
        assert isinstance(event, MessageReceived)
        assert event.thread_key == KEY


def test_ids_are_never_folded_or_encoded() -> None:
    references = tuple(f"<{number}.{'x' * 90}@customer.example.test>" for number in range(60))
    call = send(references=references, in_reply_to=references[-1])
    mail = read(call)
    found = str(mail["References"]).split()
    assert b"=?" not in call.mime
    assert len(found) == REFERENCES_MAX + 1
    assert (found[0], found[-2], found[-1]) == (references[0], references[-1], mail["Message-ID"])
    assert mail["In-Reply-To"] == references[-1]


@pytest.mark.parametrize(
    "bad", ["x", "<a b@c>", "<a@b>\r\nBcc: x@example.test", "<" + "é@b>", "<1@missing.invalid>", "<a\x01@b>"]
)
def test_what_is_no_id_of_a_mail_is_left_out(bad: str) -> None:
    mail = read(send(references=(bad,), in_reply_to=bad))
    assert mail["In-Reply-To"] is None
    assert mail["References"] == mail["Message-ID"]
    assert mail["Bcc"] is None


@pytest.mark.parametrize(
    ("fields", "subject"),
    [
        ({}, "Your message"),
        ({"subject": "Parcel"}, "Parcel"),
        ({"subject": "Parcel", "in_reply_to": "<a@b>"}, "Re: Parcel"),
        ({"subject": "RE: Parcel", "in_reply_to": "<a@b>"}, "RE: Parcel"),
        ({"subject": "AW: Paket", "in_reply_to": "<a@b>"}, "AW: Paket"),
        ({"subject": "Re[2]: Parcel", "in_reply_to": "<a@b>"}, "Re[2]: Parcel"),
        ({"subject": "Reparatur", "in_reply_to": "<a@b>"}, "Re: Reparatur"),
        ({"subject": "a\r\nBcc: x@example.test"}, "a Bcc: x@example.test"),
        ({"subject": "Grüße 📦"}, "Grüße 📦"),
        ({"in_reply_to": "<a@b>"}, "Re: Your message"),
    ],
)
def test_the_subject_says_what_it_answers(fields: dict[str, Any], subject: str) -> None:
    assert read(send(**fields))["Subject"] == subject


def test_an_automatic_mail_can_not_start_a_loop() -> None:
    call = send(automatic=True)
    mail = read(call)
    assert (call.sender, mail["Auto-Submitted"]) == ("", "auto-replied")
    person = send()
    assert (person.sender, read(person)["Auto-Submitted"]) == ("support@desk.example.test", None)
    event = codec.parse(
        Request("POST", "", "", (), call.mime), Context(support.account("email", seed="other"), support.NOW)
    ).events[0]
    assert isinstance(event, MessageReceived)
    assert event.automatic


@pytest.mark.parametrize(
    "recipient",
    [
        "",
        "a",
        "a@",
        "@b",
        "a@b, c@d",
        "a@b\r\nRCPT TO:<c@d>",
        "<a@b>",
        "a b@c",
        "ä@example.test",
        "a@b@c",
        "a@b;c",
        "x" * 65 + " @b",
    ],
)
def test_what_is_no_single_address_gets_no_mail(recipient: str) -> None:
    with pytest.raises(InputInvalid):
        send(recipient=recipient)


def test_a_domain_in_another_script_is_written_for_the_wire() -> None:
    assert send(recipient="ana@müller.example").recipients == ("ana@xn--mller-kva.example",)


def test_a_name_can_not_add_a_header() -> None:
    mail = read(send(recipient_name='Ana\r\nBcc: x@example.test, "b" <c@d>'))
    assert mail["Bcc"] is None
    assert [item.addr_spec for item in mail["To"].addresses] == ["ana@customer.example.test"]


def test_html_stands_beside_the_text_and_is_made_safe() -> None:
    call = send(
        content={"text": "See", "html": "<b>See</b><script>x</script>", "buttons": [{"id": "1", "title": "Go <on>"}]}
    )
    html = read(call).get_body(("html",))
    assert html is not None
    assert html.get_content().strip() == "<b>See</b><p>1. Go &lt;on&gt;</p>"
    assert text_of(call) == "See\n\n1. Go <on>\n"


def test_a_long_text_becomes_several_mails_of_one_thread() -> None:
    message = support.outbound_message(
        ACCOUNT, content={"text": "word " * 50_000, "html": "<p>x</p>"}, recipient="ana@example.test", thread_key=KEY
    )
    calls = codec.render(message, ACCOUNT)
    mails = [read(call) for call in calls if isinstance(call, SmtpCall)]
    assert len(mails) == 3
    assert len({str(mail["Message-ID"]) for mail in mails}) == 3
    assert all(mail.get_content_type() == "text/plain" and len(mail.get_content()) <= TEXT_MAX + 1 for mail in mails)


@pytest.mark.parametrize(
    ("status", "text", "outcome"),
    [
        (250, "2.0.0 Ok", Accepted),
        (251, "", Accepted),
        (421, "4.7.0 slow down", Transient("4.7.0", "4.7.0 slow down")),
        (450, "", Transient("450")),
        (451, "4.7.1 greylisted", Transient("4.7.1", "4.7.1 greylisted")),
        (354, "go on", Transient("354", "go on")),
        (550, "5.1.1 unknown\r\nsecond line", Final("5.1.1", "5.1.1 unknown second line")),
        (554, "\xff", Final("554", "ÿ")),
    ],
)
def test_the_servers_answer_is_understood(status: int, text: str, outcome: Any) -> None:
    call = send()
    got = codec.interpret(call, ProviderReply(status, body=text.encode()))
    assert got == (Accepted(str(read(call)["Message-ID"])) if outcome is Accepted else outcome)


def test_the_simulated_server_reads_our_mail() -> None:
    simulator = support.load("email").simulator
    call = send(content={"text": "two\nlines"})
    posted = HttpCall("POST", "smtp://127.0.0.1", body=call.mime)
    reply, understood = simulator.answer(posted, "none", 1)
    assert understood is not None
    assert (understood.recipient, understood.text) == ("ana@customer.example.test", "two\nlines")
    assert codec.interpret(call, reply) == Accepted(understood.provider_message_id)
    bounced = simulator.receipt(understood, "failed", ACCOUNT, support.NOW)
    assert bounced is not None
    codec.verify(bounced, Context(ACCOUNT, support.NOW))
    assert [event.kind for event in codec.parse(bounced, Context(ACCOUNT, support.NOW)).events] == [
        "message",
        "receipt",
    ]
    assert simulator.receipt(understood, "read", ACCOUNT, support.NOW) is None


def test_the_hooks_credentials_are_compared_whole() -> None:
    simulator = support.load("email").simulator
    request = simulator.sign(Request("POST", "", "", (), b""), ACCOUNT, support.NOW)
    codec.verify(request, Context(ACCOUNT, support.NOW))
    for value in ("Basic", "basic " + (request.header("authorization") or "")[6:], "Basic Og==", "Bearer x", "é"):
        with pytest.raises(SignatureInvalid):
            codec.verify(Request("POST", "", "", (("authorization", value),), b""), Context(ACCOUNT, support.NOW))


@pytest.mark.parametrize(
    "changed",
    [
        {"address": "Ana <a@b>"},
        {"address": "a@b\r\nx"},
        {"reply_address": "x"},
        {"message_id_domain": "a b"},
        {"from_name": "a\nb"},
        {"hook_secrets": ["short"]},
        {"hook_secrets": []},
        {"reply_keys": ["short"]},
        {"reply_keys": ["a" * 32] * 3},
        {"smtp_security": "plain", "smtp_host": "mail.example.test"},
        {"imap_password": "a\r\nb"},
        {"imap_port": 0},
    ],
)
def test_settings_that_can_not_work_are_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        support.account("email", changed)
