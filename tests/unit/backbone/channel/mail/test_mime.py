"""Taking mails apart: parts, names, charsets and header fields as they come in the wild."""

import base64
from datetime import UTC, datetime
from email.parser import BytesParser
from email.policy import compat32
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backbone.channel.mail.content import content_of
from backbone.channel.mail.headers import decode_text, decoded
from backbone.channel.mail.mime import _header_of, _mended, _message, clean_filename, extract_part, parse_mail
from backbone.channel.port import MediaExtractor
from backbone.errors import PayloadInvalid
from schemas.content import MediaKind
from services.email.codec import codec

HEAD = "From: a@example.test\n"


def text_and_html(text: str) -> tuple[str | None, str | None]:
    found = content_of(parse_mail((HEAD + text).encode()))
    return found.text, found.html


def multipart(kind: str, *parts: str, boundary: str = "b") -> str:
    return (
        f"Content-Type: multipart/{kind}; boundary={boundary}\n\n"
        + "".join(f"--{boundary}\n{part}\n" for part in parts)
        + f"--{boundary}--\n"
    )


PLAIN = "Content-Type: text/plain\n\nplain"
HTML = "Content-Type: text/html\n\n<p>html</p>"


@pytest.mark.parametrize(
    ("mail", "text", "html"),
    [
        (PLAIN, "plain", None),
        (HTML, "html", "<p>html</p>"),
        (multipart("alternative", PLAIN, HTML), "plain", "<p>html</p>"),
        (multipart("alternative", HTML, PLAIN), "plain", "<p>html</p>"),
        (multipart("alternative", "Content-Type: text/plain\n\n ", HTML), "html", "<p>html</p>"),
        (multipart("mixed", PLAIN, "Content-Type: text/plain\n\nmore"), "plain\n\nmore", None),
        (
            multipart("mixed", multipart("alternative", PLAIN, HTML, boundary="c"), PLAIN),
            "plain\n\nplain",
            "<p>html</p>\n<p>plain</p>",
        ),
        (multipart("related", HTML, "Content-Type: image/png\nContent-ID: <a>\n\nx"), "html", "<p>html</p>"),
        (multipart("signed", PLAIN, "Content-Type: application/pgp-signature\n\nx"), "plain", None),
        ("Content-Type: multipart/mixed\n\nno boundary", "no boundary", None),
        ("Content-Type: nonsense\n\nstill text", "still text", None),
        ("\nno header of its own", "no header of its own", None),
        (multipart("mixed", "Content-Type: text/plain\nContent-Disposition: attachment\n\nx"), None, None),
    ],
)
def test_the_body_of_a_mail_is_found(mail: str, text: str | None, html: str | None) -> None:
    assert text_and_html(mail) == (text, html)


def test_attachments_are_named_by_their_place_and_can_be_taken_out() -> None:
    data = base64.b64encode(b"\x00\x01binary").decode()
    image = f'Content-Type: image/png; name="a.png"\nContent-Transfer-Encoding: base64\n\n{data}'
    forwarded = "Content-Type: message/rfc822\n\nFrom: b@example.test\nSubject: inner\n\ninner text"
    body = (HEAD + multipart("mixed", multipart("alternative", PLAIN, HTML, boundary="c"), image, forwarded)).encode()
    media = content_of(parse_mail(body)).media
    assert [(item.kind, item.mime, item.filename, item.provider_ref, item.size) for item in media] == [
        (MediaKind.IMAGE, "image/png", "a.png", "part:2", 8),
        (MediaKind.FILE, "message/rfc822", None, "part:3", 47),
    ]
    assert extract_part(body, 2) == ("image/png", "a.png", b"\x00\x01binary")
    assert b"Subject: inner" in extract_part(body, 3)[2]
    assert isinstance(codec, MediaExtractor)
    assert codec.extract_media(body, ["part:3", "part:2"]) == {
        "part:2": extract_part(body, 2),
        "part:3": extract_part(body, 3),
    }
    for missing in (-1, 4, 10**9):
        with pytest.raises(PayloadInvalid):
            extract_part(body, missing)
    refs = ("part:4", "part:-1", "part:", "part:²", "part:02", "part:99999999999", "upload:2", "2", "")
    assert codec.extract_media(body, refs) == {}


def test_taking_out_every_part_of_a_large_mail_takes_it_apart_once() -> None:
    part = "Content-Type: application/zip\n\n" + "x" * 70 + "\n" * 1000
    body = (HEAD + multipart("mixed", *[part] * 250)).encode()
    started = process_time()
    taken = codec.extract_media(body, [f"part:{index}" for index in range(250)])
    assert process_time() - started < 2.0
    assert len(taken) == 250


def test_another_form_of_the_same_words_is_no_attachment() -> None:
    calendar = "Content-Type: text/calendar\n\nBEGIN:VCALENDAR"
    found = content_of(
        parse_mail(
            (HEAD + multipart("alternative", PLAIN, "Content-Type: text/watch-html\n\nx", HTML, calendar)).encode()
        )
    )
    assert [item.mime for item in found.media] == ["text/calendar"]


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("a.pdf", "a.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ana\\a.pdf", "a.pdf"),
        (".bashrc", "bashrc"),
        ("a\r\nb\0.pdf", "ab.pdf"),
        ("exe.\u202efdp.pdf", "exe.fdp.pdf"),
        ("=?utf-8?q?Gr=C3=BC=C3=9Fe.pdf?=", "Grüße.pdf"),
        ("a" * 300 + ".pdf", "a" * 116 + ".pdf"),
        ("...", None),
        ("/", None),
        ("", None),
    ],
)
def test_a_file_name_is_only_a_name(given: str, name: str | None) -> None:
    assert clean_filename(given) == name


@pytest.mark.parametrize(
    ("data", "charset", "text"),
    [
        ("Grüße".encode(), "utf-8", "Grüße"),
        ("Grüße".encode(), "us-ascii", "Grüße"),
        ("Grüße".encode("latin-1"), "us-ascii", "Grüße"),
        ("Grüße".encode("latin-1"), None, "Grüße"),
        ("Grüße".encode("latin-1"), "no-such-charset", "Grüße"),
        ("“x”".encode("cp1252"), "iso-8859-1", "“x”"),
        ("漢字".encode("cp932"), "Shift_JIS", "漢字"),
        ("한국".encode("cp949"), "ks_c_5601-1987", "한국"),
        ("繁體".encode("big5"), "big5", "繁體"),
        ("简体".encode("gb18030"), "gb2312", "简体"),
        ("かな".encode("iso-2022-jp"), "iso-2022-jp", "かな"),
        ("привет".encode("koi8-r"), "koi8-r", "привет"),
        (b"a\xff", "utf-8", "a\ufffd"),
        (b"a\0b", "utf-8", "a\ufffdb"),
        (b"\\x41", "unicode_escape", "\\x41"),
        (b"uryyb", "rot13", "uryyb"),
        (b"x", "\0", "x"),
        (b"x", "a" * 5000, "x"),
    ],
)
def test_text_is_decoded_by_its_charset_or_in_spite_of_it(data: bytes, charset: str | None, text: str) -> None:
    assert decode_text(data, charset) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        ("=?utf-8?b?R3LDvMOfZQ==?= und =?iso-8859-1?q?K=F6ln?=", "Grüße und Köln"),
        ("=?utf-8?b?R3LD?= =?utf-8?b?vMOfZQ==?=", "Grüße"),
        ("=?utf-8?b?broken base64", "=?utf-8?b?broken base64"),
        ("=?nonsense?q?a?=", "a"),
        ("plain", "plain"),
    ],
)
def test_encoded_words_are_decoded_where_they_can_be(value: str, text: str) -> None:
    assert decoded(value) == text


def test_header_fields_that_are_broken_in_known_ways_are_read() -> None:
    spaced = parse_mail(b"From : a@example.test\nSubject\t: x\n\nbody").headers
    assert (spaced.first("from"), spaced.first("subject")) == ("a@example.test", "x")
    stray = parse_mail(b"X-A: 1\nstray line\nFrom: a@example.test\n\nbody").headers
    assert stray.first("from") == "a@example.test"
    raw = parse_mail("From: Jörg <a@example.test>\nSubject: Grüße\n\nx".encode("latin-1")).headers
    assert (raw.text("subject", 100), raw.addresses("from")[0].name) == ("Grüße", "Jörg")
    bare = parse_mail(b"\n\n\nFrom: a@example.test\r\nSubject: x\n\rbody").headers
    assert bare.first("from") == "a@example.test"


@pytest.mark.parametrize(
    ("value", "at"),
    [
        ("Fri, 20 Nov 2026 10:00:00 +0100", datetime(2026, 11, 20, 9, tzinfo=UTC)),
        ("20 Nov 2026 09:00 -0000", datetime(2026, 11, 20, 9, tzinfo=UTC)),
        ("Fri, 20 Nov 2026 09:00:00", datetime(2026, 11, 20, 9, tzinfo=UTC)),
        ("yesterday", None),
        ("Fri, 99 Nov 2026 99:00:00 +9999", None),
        ("1" * 10_000, None),
        ("", None),
    ],
)
def test_a_date_is_a_time_or_nothing(value: str, at: datetime | None) -> None:
    assert parse_mail(f"From: a@example.test\nDate: {value}\n\nx".encode()).headers.date() == at


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("Ana <Ana@Example.test>", [("ana@example.test", "Ana")]),
        ('"Silva, Ana" <a@example.test>, b@example.test', [("a@example.test", "Silva, Ana"), ("b@example.test", None)]),
        ("=?utf-8?q?J=C3=B6rg?= <a@example.test>", [("a@example.test", "Jörg")]),
        ("a@example.test (Ana)", [("a@example.test", "Ana")]),
        ("broken <a@example.test", [("a@example.test", "broken")]),
        ("Ana a@example.test <>", [("a@example.test", None)]),
        ("a@example.test, A@example.test", [("a@example.test", None)]),
        ("undisclosed-recipients:;", []),
        ("nobody", []),
    ],
)
def test_addresses_are_found(value: str, found: list[tuple[str, str | None]]) -> None:
    headers = parse_mail(f"To: {value}\n\nx".encode()).headers
    assert [(item.address, item.name) for item in headers.addresses("to")] == found


@pytest.mark.parametrize("encoding", ["base64", "BASE64 ", '"base64"', "base64; x=y", "base64 (comment)"])
def test_the_name_of_an_encoding_may_be_dressed_up(encoding: str) -> None:
    body = f"Content-Transfer-Encoding: {encoding}\n\n{base64.b64encode(b'hello').decode()}"
    assert text_and_html(body)[0] == "hello"


@given(
    st.lists(
        st.sampled_from(
            [
                b"From: a@example.test", b"Subject: x", b" folded", b"\tfolded", b"stray", b"X : 1", b"From a b", b": none",
                b"Content-Type: text/plain; charset=latin-1", b"Content-Type: text/html", b"content-type:text/plain",
                b"Content-Type: multipart/mixed; boundary=b", b"Content-Type: message/rfc822", b"", b"--b", b"--b--", b"\xff: \xfe",
                b"Content-Transfer-Encoding: base64", b"aGVsbG8=", b"X: \x0b\x85 y", b"X:",
            ]
        ),
        max_size=9,
    ),
    st.sampled_from([b"\r\n", b"\n", b"\r"]),
)  # fmt: skip
def test_a_mail_of_one_text_is_read_as_the_standard_parser_reads_it(lines: list[bytes], end: bytes) -> None:
    source = b"From: a@example.test" + end + end.join(lines)
    written, plain = _mended(_header_of(source))
    body = written + source[len(_header_of(source)) :]
    fast, whole = _message(body, written, plain=plain), BytesParser(policy=compat32).parsebytes(body)
    assert (fast.items(), fast.get_payload(decode=True)) == (whole.items(), whole.get_payload(decode=True))
