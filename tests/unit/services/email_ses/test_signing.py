"""Amazon's two signatures: that of SNS which we check, and that of AWS which we make."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1

from backbone.channel.port import Context, HttpCall, Request
from backbone.channel.simulated_rsa import simulated_key
from backbone.errors import SignatureInvalid, SignatureMissing, SignatureStale
from services.email_ses import signing, sns
from services.email_ses.codec import codec
from tests.support import channels as support

ACCOUNT = support.account("email_ses")
CONTEXT = support.context(ACCOUNT, "email_ses")


def envelope(**changes: Any) -> Request:
    body = json.dumps({"Type": "Notification", "MessageId": "n-1", "Message": "{}"}).encode()
    signed = support.load("email_ses").simulator.sign(Request("POST", "", "", (), body), ACCOUNT, support.NOW)
    return replace(signed, body=json.dumps({**json.loads(signed.body), **changes}).encode())


def test_a_signed_notification_of_our_topic_is_accepted_and_its_certificate_asked_for() -> None:
    request = envelope()
    codec.verify(request, CONTEXT)
    assert list(codec.key_urls(request, ACCOUNT)) == list(CONTEXT.keys)


def test_the_older_version_of_the_signature_is_accepted() -> None:
    found = {**json.loads(envelope().body), "SignatureVersion": "1"}
    key = simulated_key()
    found["Signature"] = base64.b64encode(key.sign(sns.canonical(found), PKCS1v15(), SHA1())).decode()
    request = Request("POST", "", "", (), json.dumps(found).encode())
    codec.verify(request, CONTEXT)
    with pytest.raises(SignatureInvalid):
        codec.verify(replace(request, body=json.dumps({**found, "SignatureVersion": "2"}).encode()), CONTEXT)


@pytest.mark.parametrize(
    "url",
    [
        "https://sns.eu-west-1.amazonaws.com.evil.example.test/a.pem",
        "https://evil.example.test/sns.eu-west-1.amazonaws.com/a.pem",
        "http://sns.eu-west-1.amazonaws.com/a.pem",
        "https://sns.eu-west-1.amazonaws.com:8443/a.pem",
        "https://x@sns.eu-west-1.amazonaws.com/a.pem",
        "https://sns.eu-west-1.amazonaws.com/a.pem?x",
        "https://sns.eu-west-1.amazonaws.com/a.txt",
        "https://evilsns.eu-west-1.amazonaws.com/a.pem",
        "https://s3.eu-west-1.amazonaws.com/a.pem",
        "https://[::1/a.pem",
        17,
        None,
    ],
)
def test_a_certificate_from_anywhere_else_is_neither_asked_for_nor_believed(url: Any) -> None:
    request = envelope(SigningCertURL=url)
    assert not codec.key_urls(request, ACCOUNT)
    with pytest.raises(SignatureInvalid):
        codec.verify(request, replace(CONTEXT, keys={str(url): next(iter(CONTEXT.keys.values()))}))


@pytest.mark.parametrize(
    "changes",
    [
        {"Message": "{ }"},
        {"MessageId": "n-2"},
        {"Subject": "added"},
        {"TopicArn": "arn:aws:sns:eu-west-1:999999999999:mail"},
        {"Type": "SubscriptionConfirmation"},
        {"Type": "Other"},
        {"Timestamp": "2026-11-20T09:00:01.000Z"},
        {"Message": 17},
        {"SignatureVersion": "3"},
        {"SignatureVersion": []},
        {"Signature": "AAAA"},
        {"Signature": "!"},
    ],
    ids=str,
)
def test_every_signed_field_counts(changes: dict[str, Any]) -> None:
    with pytest.raises(SignatureInvalid):
        codec.verify(envelope(**changes), CONTEXT)


def test_a_missing_signature_and_a_missing_certificate_are_refused() -> None:
    with pytest.raises(SignatureMissing):
        codec.verify(envelope(Signature=None), CONTEXT)
    with pytest.raises(SignatureInvalid):
        codec.verify(envelope(), replace(CONTEXT, keys={}))
    with pytest.raises(SignatureInvalid):
        codec.verify(envelope(), replace(CONTEXT, keys=dict.fromkeys(CONTEXT.keys, b"no certificate")))


@pytest.mark.parametrize("days", [-40, 40])
def test_a_certificate_out_of_its_time_is_refused(days: int) -> None:
    settings = ACCOUNT.settings.model_copy(update={"signature_max_age_seconds": 10**8})
    later = Context(replace(ACCOUNT, settings=settings), support.NOW + timedelta(days=days), keys=CONTEXT.keys)
    with pytest.raises(SignatureInvalid, match="certificate"):
        codec.verify(envelope(), later)


def test_a_notification_older_than_a_day_is_stale() -> None:
    with pytest.raises(SignatureStale):
        codec.verify(envelope(), replace(CONTEXT, now=support.NOW + timedelta(days=1, seconds=1)))


def test_a_certificate_of_another_kind_of_key_is_refused() -> None:
    with pytest.raises(SignatureInvalid):
        sns._check_rsa(b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", "AAAA", b"", SHA1(), support.NOW)


def test_our_signature_is_that_of_the_published_example() -> None:
    """The case `post-vanilla` of AWS's Signature Version 4 test suite."""
    call = signing.signed(
        HttpCall("POST", "https://example.amazonaws.com/"),
        access_key_id="AKIDEXAMPLE",
        secret="wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        region="us-east-1",
        service="service",
        now=datetime(2015, 8, 30, 12, 36, tzinfo=UTC),
    )
    authorization = dict(call.headers)["authorization"]
    assert authorization.endswith("Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b")
    assert "SignedHeaders=host;x-amz-date" in authorization


def test_a_later_attempt_is_signed_anew_over_the_same_body() -> None:
    message = support.outbound_message(ACCOUNT, content={"text": "hi"}, recipient="ana@customer.example.test")
    [call] = codec.render(message, ACCOUNT)
    again = codec.sign_attempt(call, ACCOUNT, support.NOW + timedelta(hours=1))
    assert (again.url, again.body) == (call.url, call.body)
    assert dict(again.headers)["x-amz-date"] == "20261120T100000Z"
    assert dict(again.headers)["authorization"] != dict(call.headers)["authorization"]
    assert [name for name, _ in again.headers].count("authorization") == 1
