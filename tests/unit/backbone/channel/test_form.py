"""Hostile form bodies: bounded, UTF-8, and `PayloadInvalid` for everything else."""

from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backbone.channel import form
from backbone.errors import PayloadInvalid


def test_values_are_decoded_and_empty_ones_are_kept() -> None:
    parsed = form.loads(b"a=1%202&b=&c&d=x+y&e=%E4%BD%A0")
    assert parsed.fields == {"a": ("1 2",), "b": ("",), "c": ("",), "d": ("x y",), "e": ("你",)}


def test_the_first_of_doubled_values_is_read_and_all_are_kept() -> None:
    parsed = form.loads(b"a=1&b=x&a=2")
    assert parsed.get("a") == "1"
    assert parsed.fields["a"] == ("1", "2")


def test_an_empty_value_reads_as_absent() -> None:
    parsed = form.loads(b"a=&b=x")
    assert parsed.get("a") is None
    with pytest.raises(PayloadInvalid):
        parsed.text("a")
    assert parsed.text("b") == "x"


def test_a_body_that_is_not_utf8_is_refused() -> None:
    with pytest.raises(PayloadInvalid):
        form.loads(b"a=%ff%fe")


def test_more_than_a_thousand_fields_are_refused() -> None:
    assert len(form.pairs(b"&".join(b"a%d=1" % number for number in range(1000)))) == 1000
    with pytest.raises(PayloadInvalid):
        form.pairs(b"a=1&" * 1000)


def test_what_postgresql_can_not_hold_is_replaced() -> None:
    assert form.loads(b"a=%00x").get("a") == "\ufffdx"


def test_a_broken_escape_stays_as_it_is() -> None:
    assert form.loads(b"a=%zz&b=%4").fields == {"a": ("%zz",), "b": ("%4",)}


@pytest.mark.parametrize("value", ["-1", "1.5", "x", "²", "9" * 30, "11"])
def test_a_number_out_of_range_is_refused(value: str) -> None:
    body = form.dumps([("n", value)])
    with pytest.raises(PayloadInvalid):
        form.loads(body).integer("n", most=10)


def test_a_number_is_read_or_its_default() -> None:
    parsed = form.loads(b"n=7")
    assert (parsed.integer("n"), parsed.integer("m"), parsed.integer("m", default=3)) == (7, 0, 3)


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        (None, True),
        ("application/x-www-form-urlencoded", True),
        ("Application/X-WWW-Form-Urlencoded; charset=UTF-8", True),
        ("application/json", False),
    ],
)
def test_the_content_type_says_whether_a_body_is_a_form(content_type: str | None, expected: bool) -> None:
    assert form.is_form(content_type) is expected


@given(st.lists(st.tuples(st.text(st.characters(codec="utf-8"), min_size=1), st.text(st.characters(codec="utf-8")))))
def test_what_was_written_is_read_back(fields: list[tuple[str, str]]) -> None:
    read = [(name.decode(), value.decode()) for name, value in form.pairs(form.dumps(fields))]
    assert read == fields


@given(st.binary(max_size=300))
def test_any_bytes_give_a_form_or_a_refusal(body: bytes) -> None:
    try:
        parsed = form.loads(body)
    except PayloadInvalid:
        return
    assert all("\0" not in value for values in parsed.fields.values() for value in values)


@given(
    st.lists(
        st.sampled_from(
            [b"%41", b"%c3%a9", b"%", b"%4", b"%zz", b"=", b"+", b"a", b"\\r\\n", b" ", b"_", b"=41", b"\\xff"]
        ),
        max_size=12,
    )
)
def test_escapes_are_read_as_the_standard_library_reads_them(pieces: list[bytes]) -> None:
    value = b"".join(pieces)
    assert form.pairs(b"a=" + value)[0][1] == unquote_to_bytes(value.replace(b"+", b" "))
