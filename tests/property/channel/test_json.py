"""The fast parser and the careful one agree on everything: on values, and on what is refused."""

import json as stdlib_json
import math
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from backbone.channel import json
from backbone.errors import PayloadInvalid

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=30,
)


def outcome(parse: Any, body: bytes) -> tuple[str, Any]:
    try:
        return "value", repr(parse(body))
    except PayloadInvalid:
        return "refused", None


@given(values, st.booleans())
def test_both_parsers_give_the_same_value(value: Any, ascii_only: bool) -> None:
    body = stdlib_json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    assert outcome(json.loads, body) == outcome(json._careful, body)


@given(values, st.integers(0, 200), st.binary(max_size=3))
@example(value={"a": 1.5}, at=6, change=b"e999")
@example(value=-(10**19), at=20, change=b"0")
@example(value=-(10**19), at=20, change=b"00")
def test_both_parsers_refuse_the_same_bytes(value: Any, at: int, change: bytes) -> None:
    body = bytearray(stdlib_json.dumps(value).encode())
    body[at : at + 1] = change
    assert outcome(json.loads, bytes(body)) == outcome(json._careful, bytes(body))


@given(st.binary(max_size=60))
def test_both_parsers_treat_rubbish_alike(body: bytes) -> None:
    assert outcome(json.loads, body) == outcome(json._careful, body)


@pytest.mark.parametrize(
    "body",
    [
        b"NaN",
        b"-Infinity",
        b"1e999",
        b"9" * 21,
        b"-" + b"9" * 21,
        b"[" * 65 + b"]" * 65,
        b'"\xed\xa0\x80"',
        b"\xff",
        b"",
        b"[1,]",
        b"{} x",
    ],
)
def test_what_is_out_of_bounds_is_refused(body: bytes) -> None:
    with pytest.raises(PayloadInvalid):
        json.loads(body)


def test_what_is_within_bounds_is_taken() -> None:
    assert json.loads(b"9" * 20) == int("9" * 20)
    assert json.loads(b"[" * 64 + b"]" * 64) is not None
    assert json.loads(b'"\\ud800"') == "\ud800"
    assert json.loads(b'{"a":1,"a":2}') == {"a": 2}
    assert json.loads(b'"' + b"1" * 30 + b'"') == "1" * 30
    assert math.isclose(json.loads(b"1e-3"), 0.001)
