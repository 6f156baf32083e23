"""Form bodies as providers post them, and as nobody should."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backbone.channel.mail.multipart import FIELDS_MAX, read_fields
from backbone.errors import PayloadInvalid


def part(disposition: str, data: bytes, boundary: str = "b") -> bytes:
    return f"--{boundary}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n".encode() + data + b"\r\n"


def test_fields_and_files_come_in_order_with_every_byte() -> None:
    body = part('name="a"', b"1") + part('name="f"; filename="x.bin"\r\nContent-Type: image/png', b"\x00\xff\r\n-")
    fields = read_fields(body + part('name="a"', b"2") + b"--b--\r\n")
    assert [(item.name, item.data) for item in fields.uploads] == [("a", b"1"), ("f", b"\x00\xff\r\n-"), ("a", b"2")]
    assert (fields.uploads[1].filename, fields.uploads[1].mime) == ("x.bin", "image/png")
    assert (fields.text("a"), fields.text("a", last=True), fields.text("b")) == ("1", "2", None)


def test_a_text_is_read_in_the_charset_that_is_named() -> None:
    fields = read_fields(part('name="a"', "Grüße".encode("latin-1")) + b"--b--\r\n")
    assert fields.text("a", "iso-8859-1") == "Grüße"


def test_an_urlencoded_body_is_read_too() -> None:
    fields = read_fields(b"a=1&b=%C3%A9&a=2")
    assert (fields.text("a", last=True), fields.text("b")) == ("2", "é")


def test_a_form_that_breaks_off_keeps_the_parts_that_are_whole() -> None:
    assert [item.name for item in read_fields(part('name="a"', b"1") + b"--b\r\nContent-Dis").uploads] == ["a"]


@pytest.mark.parametrize(
    "body",
    [
        b"--",
        b"--\r\n",
        b"--" + b"b" * 500 + b"\r\n",
        part('name="a"', b"1") * (FIELDS_MAX + 1),
        b"--b\r\n" + b"X: " + b"y" * 100_000,
        b"--b\r\n" + b"X: y\r\n" * 1000 + b"\r\n",
    ],
)
def test_what_is_no_form_or_too_much_of_one_is_refused(body: bytes) -> None:
    with pytest.raises(PayloadInvalid):
        read_fields(body)


@given(st.binary(max_size=300))
def test_any_bytes_are_fields_or_refused(data: bytes) -> None:
    for body in (data, b"--b\r\n" + data, part('name="a"', data)):
        try:
            fields = read_fields(body)
        except PayloadInvalid:
            continue
        assert all(isinstance(item.name, str) for item in fields.uploads)
