"""Mails and replies as they were recorded elsewhere: each is read or refused with a reason, and what is known of some is found."""

from pathlib import Path

import pytest

from backbone.channel.mail.mime import extract_part
from backbone.channel.mail.quotes import reply_of
from backbone.channel.port import Context, Request
from backbone.errors import PayloadInvalid
from schemas.inbound import MessageReceived
from services.email.codec import codec
from tests.support import channels as support
from tests.support import fuzz

ACCOUNT = support.account("email", external_id="support@desk.example.test")
MAILS = support.payload_files("email")
REPLIES = support.payload_files("email_reply_text")
ABSENT = "no recorded mails beside this checkout (../shared/payloads/email)"
NO_MAILS = {"enmime_mail_erroneous.eml", "mailparser_mail_outlook_1.eml"}


def message(path: Path) -> MessageReceived:
    request = Request("POST", ACCOUNT.webhook_url, "", (), path.read_bytes())
    parsed = codec.parse(request, Context(ACCOUNT, support.NOW))
    fuzz.check(parsed)
    event = parsed.events[0]
    assert isinstance(event, MessageReceived)
    return event


@pytest.mark.skipif(not MAILS, reason=ABSENT)
@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.name)
def test_a_recorded_mail_is_read(path: Path) -> None:
    if path.name in NO_MAILS:
        with pytest.raises(PayloadInvalid):
            message(path)
        return
    event = message(path)
    assert event.sender.address
    for media in event.content.media:
        assert media.provider_ref is not None
        mime, filename, data = extract_part(path.read_bytes(), int(media.provider_ref.removeprefix("part:")))
        assert (mime, filename, len(data)) == (media.mime, media.filename, media.size)


def recorded(name: str) -> Path:
    path = support.PAYLOADS / "email" / name
    if not path.is_file():
        pytest.skip(ABSENT)
    return path


@pytest.mark.parametrize(
    ("name", "text", "subject"),
    [
        ("rubymail_japanese.eml", "かきくえこ", "まみむめも"),
        ("rubymail_japanese_iso_2022.eml", "すみません。", "まみむめも"),
        ("rubymail_ks_c_5601-1987.eml", "스티해", "test"),
        ("enmime_low-quality_bad-final-boundary.eml", "A text section", "Attachment"),
        ("rubymail_example13.eml", 'This is a message just to say hello.\nSo, "Hello".', "Saying Hello"),
        ("rubymail_raw_email_reply.eml", "Message body", "Re: Test reply email"),
        ("enmime_mail_html-only-inline.eml", "Test of HTML section", "MIME test 1"),
    ],
)
def test_a_recorded_mail_says_what_it_says(name: str, text: str, subject: str) -> None:
    event = message(recorded(name))
    assert (event.content.text, event.subject) == (text, subject)


@pytest.mark.parametrize(
    "name",
    [
        "enmime_dsn_simple_dsn_with_html.eml",
        "enmime_dsn_delayed_dsn.eml",
        "rubymail_multi_address_bounce1.eml",
        "rubymail_report_422.eml",
        "enmime_mail_multipart-wo-boundary.eml",
    ],
)
def test_a_recorded_report_is_automatic(name: str) -> None:
    assert message(recorded(name)).automatic


@pytest.mark.skipif(
    not REPLIES, reason="no recorded replies beside this checkout (../shared/payloads/email_reply_text)"
)
@pytest.mark.parametrize("path", REPLIES, ids=lambda path: path.name)
def test_a_recorded_reply_keeps_only_lines_of_its_own(path: Path) -> None:
    text = path.read_text("utf-8")
    kept = reply_of(text)
    assert kept.strip()
    assert {line.strip() for line in kept.split("\n")} <= {line.strip() for line in text.split("\n")}


@pytest.mark.parametrize(
    "name",
    [
        "german",
        "french_2",
        "portuguese",
        "russian",
        "finnish",
        "italian",
        "norwegian_gmail",
        "danish_dash_separator",
        "ios_outlook",
    ],
)
def test_the_history_of_a_recorded_reply_is_cut(name: str) -> None:
    path = support.PAYLOADS / "email_reply_text" / f"crisp_email_{name}.txt"
    if not path.is_file():
        pytest.skip("no recorded replies beside this checkout (../shared/payloads/email_reply_text)")
    kept = reply_of(path.read_text("utf-8"))
    assert kept.endswith("arcu varius aliquet nec nec nibh.")
    assert "@" not in kept


FIRST_WORDS = "Fusce bibendum, quam hendrerit sagittis tempor"
LAST_WORDS = "Fusce sed odio id arcu varius aliquet nec nec nibh."
KEPT_MORE = {"crisp_email_15.txt"}
"""A device's line in the middle, with words under it that may be the customer's: they stay."""


def test_nearly_every_recorded_reply_of_one_writer_is_cut_to_the_same_words(capsys: pytest.CaptureFixture[str]) -> None:
    texts = {path.name: path.read_text("utf-8") for path in REPLIES}
    same = {name: text for name, text in texts.items() if FIRST_WORDS in text and LAST_WORDS in text}
    if not same:
        pytest.skip("no recorded replies beside this checkout (../shared/payloads/email_reply_text)")
    replies = {name: reply_of(text) for name, text in same.items()}
    exact = {name for name, reply in replies.items() if reply.startswith(FIRST_WORDS) and reply.endswith(LAST_WORDS)}
    with capsys.disabled():
        print(f"\n{len(exact)} of {len(same)} recorded replies are cut exactly")
    assert same.keys() - exact <= KEPT_MORE
