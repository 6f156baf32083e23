"""The signature over a URL and its sorted form fields, against the vector that Twilio's helpers publish."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backbone.channel import form
from backbone.channel.form_signature import matches, sign

# The published vector: the token, URL, fields and signature of the request validators' own tests.
TOKEN = "12345"
URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
SIGNATURE = "vOEb5UThFn24KEfnOFLQY2AE5FY="
BODY = form.dumps(
    [
        ("Digits", "1234"),
        ("CallSid", "CA1234567890ABCDE"),
        ("To", "+18005551212"),
        ("Caller", "+14158675309"),
        ("From", "+14158675309"),
        ("ReasonConferenceEnded", "test"),
        ("Reason", "Participant"),
    ]
)


def check(url: str = URL, body: bytes = BODY, secrets: tuple[str, ...] = (TOKEN,), signature: str = SIGNATURE) -> bool:
    return matches(secrets, signature, url, body, is_form=True)


def test_the_published_vector_matches() -> None:
    assert sign(TOKEN, URL, form.pairs(BODY)) == SIGNATURE
    assert check()


def test_the_url_counts_with_and_without_its_port() -> None:
    assert check("https://mycompany.com:443/myapp.php?foo=1&bar=2")
    assert check("https://mycompany.com:8443/myapp.php?foo=1&bar=2")
    with_port = sign(TOKEN, "https://mycompany.com:443/myapp.php?foo=1&bar=2", form.pairs(BODY))
    assert check(signature=with_port)


def test_the_fragment_of_an_override_may_be_signed_too() -> None:
    signed = sign(TOKEN, f"{URL}#rc=5&rp=all", form.pairs(BODY))
    assert matches((TOKEN,), signed, URL, BODY, is_form=True, override="rc=5&rp=all")
    assert not matches((TOKEN,), signed, URL, BODY, is_form=True)


def test_either_of_two_secrets_matches_and_no_other() -> None:
    assert check(secrets=("new", TOKEN))
    assert not check(secrets=("new", "old"))
    assert not check(secrets=())


def test_empty_values_are_signed() -> None:
    assert sign(TOKEN, URL, [(b"a", b""), (b"b", b"1")]) == sign(TOKEN, URL, [(b"ab", b"1")])
    assert not check(body=BODY + b"&Empty=")


def test_doubled_names_match_in_both_readings() -> None:
    body = b"a=2&a=1&a=2&b=x"
    distinct = sign(TOKEN, f"{URL}a1a2bx", [])
    ordered = sign(TOKEN, f"{URL}a2a1a2bx", [])
    assert distinct == sign(TOKEN, URL, form.pairs(body))
    assert check(body=body, signature=distinct)
    assert check(body=body, signature=ordered)
    assert not check(body=body, signature=sign(TOKEN, f"{URL}a2a2a1bx", []))


def test_a_body_that_is_no_form_is_covered_by_its_hash_in_the_url() -> None:
    body = b'{"a":1}'
    url = f"{URL}&bodySHA256={hashlib.sha256(body).hexdigest()}"
    signature = sign(TOKEN, url, [])
    assert matches((TOKEN,), signature, url, body, is_form=False)
    assert not matches((TOKEN,), signature, url, b'{"a":2}', is_form=False)
    assert not matches((TOKEN,), sign(TOKEN, URL, []), URL, body, is_form=False)


@pytest.mark.parametrize("signature", ["", "x", "é", "\ud800", SIGNATURE.lower(), SIGNATURE + " "])
def test_an_odd_signature_never_matches(signature: str) -> None:
    assert not check(signature=signature)


@given(st.text(max_size=80), st.binary(max_size=200), st.booleans(), st.text(max_size=40))
def test_any_input_is_answered(url: str, body: bytes, is_form: bool, signature: str) -> None:
    assert not matches((TOKEN,), signature, url, body, is_form=is_form)


def test_too_many_fields_never_match() -> None:
    assert not check(body=b"a=1&" * 2000)
