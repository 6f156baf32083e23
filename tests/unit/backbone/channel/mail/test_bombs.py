"""Mails made to hurt: each is refused or read, within two seconds of processor time."""

import base64
import pickle
from time import process_time

import pytest

from backbone.channel.mail.html import sanitised, text_of
from backbone.channel.mail.mime import PARTS_MAX, parse_mail
from backbone.channel.mail.quotes import reply_of
from backbone.channel.port import Context, Request
from backbone.errors import PayloadInvalid
from services.email.codec import codec
from tests.support import channels as support

ACCOUNT = support.account("email", external_id="support@desk.example.test")
HEAD = b"From: a@example.test\nMessage-ID: <1@example.test>\nMIME-Version: 1.0\n"
MIXED = b"Content-Type: multipart/mixed; boundary=x\n\n"
SECONDS = 2.0


def nested(depth: int) -> bytes:
    return b"".join(
        b"Content-Type: multipart/mixed; boundary=x%d\n\n--x%d\n" % (level, level) for level in range(depth)
    )


def encoded(data: bytes) -> bytes:
    return base64.encodebytes(data)


BOMBS = {
    "ten thousand parts": HEAD + MIXED + b"--x\nContent-Type: text/plain\n\nhi\n" * 10_000 + b"--x--\n",
    "a hundred thousand parts": HEAD + MIXED + b"--x\n\nhi\n" * 100_000,
    "a thousand levels": HEAD + nested(1000),
    "a thousand levels that end": HEAD + nested(1000) + b"".join(b"--x%d--\n" % level for level in range(999, -1, -1)),
    "a thousand messages in messages": HEAD + b"Content-Type: message/rfc822\n\n" * 1000,
    "a hundred levels and many lines": HEAD + nested(100) + b"\n" + b"-\n" * 60_000,
    "a megabyte in one field": HEAD + b"X-A: " + b"a" * 1_000_000 + b"\n\nhi",
    "a megabyte of folding": HEAD + b"Subject: a\n" + b" =?utf-8?q?a?=\n" * 60_000 + b"\nhi",
    "half a megabyte of folding": HEAD + b"Subject: a\n" + b" =?utf-8?q?a?=\n" * 30_000 + b"\nhi",
    "half a megabyte of addresses": HEAD + b"To: " + b"a@example.test,\n " * 30_000 + b"b@example.test\n\nhi",
    "brackets and comments": HEAD + b"To: " + b"<" * 100_000 + b"(" * 100_000 + b"@" * 100_000 + b"\n\nhi",
    "encoded words": HEAD + b"Subject: " + b"=?utf-8?b?YQ==?= " * 20_000 + b"\n\nhi",
    "half encoded words": HEAD + b"Subject: " + b"=?a?q?" * 60_000 + b"\n\nhi",
    "references": HEAD + b"References: " + b"<a@b> " * 60_000 + b"\n\nhi",
    "broken references": HEAD + b"References: " + b"<" * 300_000 + b"\n\nhi",
    "a hundred thousand fields": HEAD + b"X-A: a\n" * 100_000 + b"\nhi",
    "fields of a part": HEAD + MIXED + b"--x\n" + b"X-A: a\n" * 300_000 + b"\nhi\n--x--\n",
    "parameters": HEAD + b"Content-Type: text/plain" + b"; a*0*=b" * 50_000 + b"\n\nhi",
    "quoted parameters": HEAD + b'Content-Type: text/plain; a="' + b"\\" * 400_000 + b"\n\nhi",
    "nested elements": HEAD + b"Content-Type: text/html\n\n" + b"<div>" * 200_000,
    "nested quotes": HEAD + b"Content-Type: text/html\n\n" + b"<blockquote>" * 40_000,
    "reopened elements": HEAD
    + b"Content-Type: text/html\n\n"
    + b"".join(b"<font color=%d>" % number for number in range(400))
    + b"<p>x" * 100_000,
    "open brackets": HEAD + b"Content-Type: text/html\n\n" + b"<" * 1_000_000,
    "open comments": HEAD + b"Content-Type: text/html\n\n" + b"<!--" * 250_000,
    "attributes": HEAD + b"Content-Type: text/html\n\n<a " + b'a="' * 300_000,
    "quote headers": HEAD + b"\n" + (b"On 1 a1 " + b"a " * 90 + b":\n") * 4_000,
    "quote marks": HEAD + b"\n" + b">" * 1_000_000,
    "empty lines": HEAD + b"\n" + b"\n" * 2_000_000,
    "twenty megabytes attached": HEAD
    + MIXED
    + b"--x\nContent-Transfer-Encoding: base64\nContent-Type: application/zip\n\n"
    + encoded(b"z" * 15_000_000)
    + b"--x--\n",
    "broken base64": HEAD + b"Content-Transfer-Encoding: base64\n\n" + b"A=A" * 500_000,
    "quoted-printable": HEAD + b"Content-Transfer-Encoding: quoted-printable\n\n" + b"=" * 2_000_000,
    "uuencode": HEAD + b"Content-Transfer-Encoding: x-uuencode\n\nbegin 644 a\n" + b"M" * 2_000_000,
    "utf-7": HEAD + b"Content-Type: text/plain; charset=utf-7\n\n" + b"+AAA" * 300_000,
    "punycode": HEAD + b"Content-Type: text/plain; charset=punycode\n\n" + b"a-" + b"9" * 300_000,
    "a codec that is none": HEAD + b"Content-Type: text/plain; charset=unicode_escape\n\n" + b"\\" * 300_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_or_read_in_two_seconds(name: str) -> None:
    started = process_time()
    try:
        parsed = codec.parse(Request("POST", ACCOUNT.webhook_url, "", (), BOMBS[name]), Context(ACCOUNT, support.NOW))
    except PayloadInvalid:
        parsed = None
    assert process_time() - started < SECONDS
    if parsed is not None:
        assert len(parsed.events) == 1
        assert len(parsed.events[0].model_dump_json()) < 3_000_000


@pytest.mark.parametrize("name", ["a megabyte in one field", "a megabyte of folding", "a hundred thousand fields"])
def test_a_header_beyond_the_limits_is_refused(name: str) -> None:
    with pytest.raises(PayloadInvalid):
        parse_mail(BOMBS[name])


@pytest.mark.parametrize(
    "name",
    [
        "a thousand levels",
        "a thousand messages in messages",
        "a hundred thousand parts",
        "a hundred levels and many lines",
    ],
)
def test_a_structure_beyond_the_limits_still_gives_the_header(name: str) -> None:
    mail = parse_mail(BOMBS[name])
    assert mail.whole is (name == "a hundred levels and many lines")
    assert mail.headers.first("from") == "a@example.test"


def test_parts_beyond_the_limit_are_left_out() -> None:
    assert len(parse_mail(BOMBS["ten thousand parts"]).parts) == PARTS_MAX


def test_a_parsed_mail_can_be_handed_to_another_process() -> None:
    mail = parse_mail(HEAD + MIXED + b"--x\n\nhi\n--x--\n")
    copy = pickle.loads(pickle.dumps(mail))
    assert copy.root == mail.root
    assert copy.headers.first("from") == "a@example.test"
    assert pickle.loads(pickle.dumps(parse_mail)) is parse_mail


HTML_BOMBS = [
    "<b><p>" * 60_000,
    "<a href=x>" * 60_000,
    "<table><td>" * 40_000,
    "&" * 500_000,
    "&" * 79_000,
    "<a " + " ".join(f"a{number}" for number in range(70_000)),
    ("<a " + " ".join(f"a{number}" for number in range(9_900)) + ">") * 8,
]


@pytest.mark.parametrize("source", HTML_BOMBS)
def test_html_is_read_or_given_up_soon(source: str) -> None:
    started = process_time()
    assert len(text_of(source)) <= len(source)
    assert len(sanitised(source) or "") <= 262_144
    assert process_time() - started < SECONDS


@pytest.mark.parametrize(
    "line",
    [
        "On 1 wrote" * 20 + ":",
        "Am 1 schrieb " * 15 + ":",
        "Le 1 a écrit " * 15 + ":",
        "12:30 <a@b> " * 15 + ":",
        "From: 1",
    ],
)
def test_quotes_are_looked_for_in_bounded_time(line: str) -> None:
    started = process_time()
    assert reply_of("\n".join([line] * 3_900))
    assert process_time() - started < SECONDS
