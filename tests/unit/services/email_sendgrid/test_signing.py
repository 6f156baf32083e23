"""Which of SendGrid's requests have to be signed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from backbone.channel.port import Context, Request
from backbone.errors import SignatureInvalid, SignatureMissing, SignatureStale
from services.email_sendgrid.codec import codec
from services.email_sendgrid.signing import SIGNATURE, TIMESTAMP
from tests.support import channels as support

ACCOUNT = support.account("email_sendgrid")
SIMULATOR = support.load("email_sendgrid").simulator


def signed(body: bytes) -> Request:
    return SIMULATOR.sign(Request("POST", "", "", (), body), ACCOUNT, support.NOW)


def bare(request: Request) -> Request:
    kept = tuple(item for item in request.headers if item[0] not in {SIGNATURE, TIMESTAMP})
    return replace(request, headers=kept)


def test_events_need_the_signature_where_a_key_is_set_and_mails_have_none() -> None:
    context = Context(ACCOUNT, support.NOW)
    codec.verify(signed(b"[]"), context)
    codec.verify(bare(signed(b"--b\r\n")), context)
    with pytest.raises(SignatureMissing):
        codec.verify(bare(signed(b"[]")), context)
    without = replace(ACCOUNT, settings=ACCOUNT.settings.model_copy(update={"verification_keys": ()}))
    codec.verify(bare(signed(b"[]")), Context(without, support.NOW))


def test_each_byte_of_the_body_is_signed() -> None:
    with pytest.raises(SignatureInvalid):
        codec.verify(replace(signed(b"[]"), body=b"[] "), Context(ACCOUNT, support.NOW))


def test_an_old_signature_is_stale() -> None:
    for drift in (timedelta(minutes=6), -timedelta(minutes=6)):
        with pytest.raises(SignatureStale):
            codec.verify(signed(b"[]"), Context(ACCOUNT, support.NOW + drift))


@pytest.mark.parametrize("key", ["", "AAAA", "not base64", "MFkwEwYHKoZIzj0CAQ=="])
def test_a_key_that_is_none_verifies_nothing(key: str) -> None:
    odd = replace(ACCOUNT, settings=ACCOUNT.settings.model_copy(update={"verification_keys": (key,)}))
    with pytest.raises(SignatureInvalid):
        codec.verify(signed(b"[]"), Context(odd, support.NOW))


def test_the_older_of_two_keys_still_verifies() -> None:
    other = support.account("email_sendgrid", seed="another").settings.verification_keys
    both = (*other, *ACCOUNT.settings.verification_keys)
    rotated = replace(ACCOUNT, settings=ACCOUNT.settings.model_copy(update={"verification_keys": both}))
    codec.verify(signed(b"[]"), Context(rotated, support.NOW))
    alone = replace(ACCOUNT, settings=ACCOUNT.settings.model_copy(update={"verification_keys": other}))
    with pytest.raises(SignatureInvalid):
        codec.verify(signed(b"[]"), Context(alone, support.NOW))
