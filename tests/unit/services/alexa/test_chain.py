"""Whose certificates are believed, from where, and when."""

import base64
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1
from pydantic import ValidationError

from backbone.channel.port import Request
from backbone.channel.simulated_rsa import simulated_key
from backbone.errors import SignatureInvalid, SignatureMissing, SignatureStale
from services.alexa import authority, chain
from services.alexa.codec import codec
from services.alexa.simulator import simulator
from tests.support import channels as support

ROOT, DAY = "Simulated root of a test", support.NOW.date().isoformat()


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("https://s3.amazonaws.com/echo.api/echo-api-cert.pem", "https://s3.amazonaws.com/echo.api/echo-api-cert.pem"),
        ("HTTPS://S3.Amazonaws.com:443/echo.api/a.pem", "https://s3.amazonaws.com/echo.api/a.pem"),
        ("https://s3.amazonaws.com/echo.api/../echo.api/a.pem", "https://s3.amazonaws.com/echo.api/a.pem"),
        ("http://s3.amazonaws.com/echo.api/a.pem", None),
        ("https://notamazon.example.test/echo.api/a.pem", None),
        ("https://s3.amazonaws.com.example.test/echo.api/a.pem", None),
        ("https://s3.amazonaws.com@example.test/echo.api/a.pem", None),
        ("https://user@s3.amazonaws.com/echo.api/a.pem", None),
        ("https://s3.amazonaws.com/EcHo.aPi/a.pem", None),
        ("https://s3.amazonaws.com/invalid.path/a.pem", None),
        ("https://s3.amazonaws.com/echo.api/../other/a.pem", None),
        ("https://s3.amazonaws.com/echo.api/%2e%2e/other/a.pem", None),
        ("https://s3.amazonaws.com/echo.api/a.pem?x=1", None),
        ("https://s3.amazonaws.com/echo.api/a.pem#x", None),
        ("https://s3.amazonaws.com:563/echo.api/a.pem", None),
        ("https://s3.amazonaws.com:port/echo.api/a.pem", None),
        ("https://s3.amazonaws.com/echo.api/" + "a" * 500, None),
        ("https://[s3.amazonaws.com/echo.api/a.pem", None),
        ("", None),
    ],
)
def test_a_chain_may_stand_at_amazons_place_alone(given: str, found: str | None) -> None:
    assert chain.url_of(given) == found


def test_a_chain_below_a_trusted_root_gives_the_key_of_its_leaf() -> None:
    key = chain.key_of(authority.chain_pem(ROOT, DAY), authority.root_pem(ROOT), support.NOW)
    assert key.public_numbers() == simulated_key().public_key().public_numbers()


@pytest.mark.parametrize("days", [-31, 31])
def test_a_chain_is_refused_before_and_after_its_time(days: int) -> None:
    with pytest.raises(SignatureInvalid):
        chain.key_of(authority.chain_pem(ROOT, DAY), authority.root_pem(ROOT), support.NOW + timedelta(days=days))


def test_a_chain_below_another_root_is_refused() -> None:
    with pytest.raises(SignatureInvalid):
        chain.key_of(authority.chain_pem("Another root", DAY), authority.root_pem(ROOT), support.NOW)


def test_without_roots_of_our_own_only_amazons_are_trusted() -> None:
    assert len(chain.roots_of(chain.amazon_roots())) == 4
    with pytest.raises(SignatureInvalid):
        chain.key_of(authority.chain_pem(ROOT, DAY), "", support.NOW)


def test_a_trusted_certificate_of_another_name_is_refused() -> None:
    pem = authority.chain_pem(ROOT, DAY, "echo-api.example.test")
    with pytest.raises(SignatureInvalid):
        chain.key_of(pem, authority.root_pem(ROOT), support.NOW)


def test_a_leaf_without_its_intermediate_is_refused() -> None:
    leaf = authority.chain_pem(ROOT, DAY).split(b"-----END CERTIFICATE-----")[0] + b"-----END CERTIFICATE-----\n"
    with pytest.raises(SignatureInvalid):
        chain.key_of(leaf, authority.root_pem(ROOT), support.NOW)


def test_a_certificate_that_is_an_authority_itself_signs_no_requests() -> None:
    with pytest.raises(SignatureInvalid):
        chain.key_of(authority.root_pem(ROOT).encode(), authority.root_pem(ROOT), support.NOW)


@pytest.mark.parametrize("pem", [b"", b"\xff", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_what_is_no_certificate_is_refused(pem: bytes) -> None:
    with pytest.raises(SignatureInvalid):
        chain.key_of(pem, authority.root_pem(ROOT), support.NOW)


def test_a_chain_of_too_many_certificates_is_refused() -> None:
    pem = authority.chain_pem(ROOT, DAY) + authority.root_pem(ROOT).encode() * 11
    with pytest.raises(SignatureInvalid):
        chain.key_of(pem, authority.root_pem(ROOT), support.NOW)


@pytest.mark.parametrize("roots", ["nonsense", "\ud800", authority.root_pem(ROOT) * 301])
def test_settings_refuse_roots_that_are_no_certificates(roots: str) -> None:
    with pytest.raises(ValidationError):
        support.account("alexa", {"trusted_roots": roots})


def signed(seconds: int) -> Request:
    account = support.account("alexa")
    at = support.NOW + timedelta(seconds=seconds)
    return simulator.request({"type": "LaunchRequest"}, "AEXAMPLE", "request-1", account, at)


@pytest.mark.parametrize("seconds", [-150, 0, 150])
def test_a_request_is_taken_within_150_seconds(seconds: int) -> None:
    context = support.context(support.account("alexa"), "alexa")
    codec.verify(signed(seconds), context)
    assert [event.kind for event in codec.parse(signed(seconds), context).events] == ["ignored"]


@pytest.mark.parametrize("seconds", [-151, 151])
def test_a_request_is_stale_after_150_seconds(seconds: int) -> None:
    with pytest.raises(SignatureStale):
        codec.verify(signed(seconds), support.context(support.account("alexa"), "alexa"))


def old_way(*more: tuple[str, str]) -> Request:
    """A request with the older header alone, and what else is given."""
    request = signed(0)
    kept = tuple((name, value) for name, value in request.headers if name != "signature-256")
    older = base64.b64encode(simulated_key().sign(request.body, PKCS1v15(), SHA1())).decode()
    return Request(request.method, request.url, request.query, (*kept, ("signature", older), *more), request.body)


def test_the_older_signature_is_believed_only_where_the_settings_say_so() -> None:
    trusting = support.account("alexa", {"trust_sha1": True})
    codec.verify(old_way(), support.context(trusting, "alexa"))
    with pytest.raises(SignatureMissing):
        codec.verify(old_way(), support.context(support.account("alexa"), "alexa"))


def test_the_older_signature_never_stands_in_for_a_wrong_newer_one() -> None:
    trusting = support.account("alexa", {"trust_sha1": True})
    with pytest.raises(SignatureInvalid):
        codec.verify(old_way(("signature-256", "AAAA")), support.context(trusting, "alexa"))
    with pytest.raises(SignatureMissing):
        codec.verify(old_way(("signature-256", "A"), ("signature-256", "A")), support.context(trusting, "alexa"))
