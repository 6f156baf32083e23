"""The token of Vonage's webhooks: fresh, by one of the secrets, over this very body."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from backbone.channel import jwt, vonage
from backbone.channel.port import Request
from backbone.errors import SignatureInvalid, SignatureMissing, SignatureStale

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SECRETS = (SecretStr("newest"), SecretStr("older"))
BODY = b'{"uuid":"1"}'
CLAIMS = {"iat": int(NOW.timestamp()), "payload_hash": vonage.payload_hash(BODY), "application_id": "app"}


def request(claims: dict[str, Any], secret: str = "newest", body: bytes = BODY) -> Request:
    token = jwt.sign_hs256(claims, SecretStr(secret))
    return Request("POST", "https://desk.example.test/", "", (("authorization", f"Bearer {token}"),), body)


@pytest.mark.parametrize("secret", ["newest", "older"])
def test_a_token_by_an_active_secret_gives_its_claims(secret: str) -> None:
    assert vonage.check(request(CLAIMS, secret), SECRETS, NOW) == CLAIMS


def test_the_hash_may_be_written_in_capitals() -> None:
    claims = {**CLAIMS, "payload_hash": CLAIMS["payload_hash"].upper()}  # type: ignore[attr-defined]
    assert vonage.check(request(claims), SECRETS, NOW) == claims


def test_no_token_is_missing() -> None:
    with pytest.raises(SignatureMissing):
        vonage.check(Request("POST", "https://desk.example.test/", "", (), BODY), SECRETS, NOW)


@pytest.mark.parametrize(
    "given",
    [request(CLAIMS, "other"), request(CLAIMS, body=BODY + b" "), request({"iat": CLAIMS["iat"]}),
     request({**CLAIMS, "payload_hash": 1}), request({"payload_hash": CLAIMS["payload_hash"]})],
)  # fmt: skip
def test_another_secret_another_body_or_a_claim_left_out_is_refused(given: Request) -> None:
    with pytest.raises(SignatureInvalid):
        vonage.check(given, SECRETS, NOW)


@pytest.mark.parametrize("drift", [-301, 301])
def test_a_token_of_another_time_is_stale(drift: int) -> None:
    with pytest.raises(SignatureStale):
        vonage.check(request({**CLAIMS, "iat": int(NOW.timestamp()) + drift}), SECRETS, NOW)
