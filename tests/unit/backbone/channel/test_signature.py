"""HMAC headers: every active secret counts, nothing else does."""

import base64
import hashlib
import hmac

import pytest
from pydantic import SecretStr

from backbone.channel.port import Request
from backbone.channel.signature import check_hmac_header, hmac_base64, hmac_hex, same
from backbone.errors import SignatureInvalid, SignatureMissing

NEW, OLD = SecretStr("new secret"), SecretStr("old secret")
BODY = '{"text":"Grüße"}'.encode()


def request(*headers: tuple[str, str]) -> Request:
    return Request("POST", "https://desk.example.test/hook", "", headers, BODY)


def signed(secret: SecretStr) -> str:
    return "sha256=" + hmac.new(secret.get_secret_value().encode(), BODY, hashlib.sha256).hexdigest()


def test_the_hash_is_the_one_of_rfc_4231() -> None:
    key, data = SecretStr("Jefe"), b"what do ya want for nothing?"
    assert hmac_hex(key, data) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"


def test_the_base64_is_of_the_same_hash() -> None:
    key, data = SecretStr("Jefe"), b"what do ya want for nothing?"
    assert base64.b64decode(hmac_base64(key, data)).hex() == hmac_hex(key, data)
    assert len(base64.b64decode(hmac_base64(key, data, "sha512"))) == 64


def test_a_header_in_base64_is_compared_as_it_is_written() -> None:
    given = request(("x-signature", hmac_base64(OLD, BODY)))
    check_hmac_header(given, "x-signature", [NEW, OLD], BODY, of=hmac_base64)
    with pytest.raises(SignatureInvalid):
        check_hmac_header(given, "x-signature", [NEW, OLD], BODY)


@pytest.mark.parametrize("secret", [NEW, OLD])
def test_each_active_secret_is_taken(secret: SecretStr) -> None:
    good = request(("x-sig", signed(secret)))
    check_hmac_header(good, "X-Sig", (NEW, OLD), BODY, prefix="sha256=")
    with pytest.raises(SignatureInvalid):
        check_hmac_header(good, "X-Sig", (NEW, OLD), BODY + b" ", prefix="sha256=")


@pytest.mark.parametrize("headers", [(), (("x-sig", signed(NEW)), ("X-SIG", signed(NEW)))])
def test_an_absent_or_doubled_header_is_missing(headers: tuple[tuple[str, str], ...]) -> None:
    with pytest.raises(SignatureMissing):
        check_hmac_header(request(*headers), "x-sig", (NEW,), BODY, prefix="sha256=")


@pytest.mark.parametrize("value", ["", "é", "\ud800", signed(NEW).upper(), signed(NEW)[7:], signed(OLD)])
def test_any_other_value_is_invalid(value: str) -> None:
    with pytest.raises(SignatureInvalid):
        check_hmac_header(request(("x-sig", value)), "x-sig", (NEW,), BODY, prefix="sha256=")


def test_an_empty_secret_matches_nothing() -> None:
    empty = SecretStr("")
    with pytest.raises(SignatureInvalid):
        check_hmac_header(request(("x-sig", signed(empty))), "x-sig", (empty,), BODY, prefix="sha256=")


def test_texts_are_compared_whole() -> None:
    assert same("abc", "abc")
    assert not same("abc", "ab")
    assert not same("", "a")
