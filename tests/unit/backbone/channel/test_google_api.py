"""Ways to a token of Google's, and what its APIs' answers mean."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pydantic import SecretStr

from backbone.channel import form, google_api
from backbone.channel.google_api import GoogleSettings
from backbone.channel.port import Accepted, Account, Final, ProviderReply, Throttled, Transient

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def account(settings: GoogleSettings, **more: Any) -> Account:
    return Account("acc_1", "ten_1", "google_play", "com.example", settings, "https://desk.example.test/hook", **more)


def test_a_service_account_asks_with_an_assertion() -> None:
    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    settings = GoogleSettings(service_account_email="desk@p.example.test", private_key=SecretStr(pem))
    call = google_api.token_call(account(settings), settings, "scope", NOW)
    assert call is not None
    assert call.url == "https://oauth2.googleapis.com/token"
    assert form.loads(call.body).get("grant_type") == "urn:ietf:params:oauth:grant-type:jwt-bearer"


def test_a_users_consent_asks_with_its_newest_refresh_token() -> None:
    settings = GoogleSettings(client_id="c", client_secret=SecretStr("s"), refresh_token=SecretStr("first"))
    for given, used in ((None, "first"), (SecretStr("second"), "second")):
        call = google_api.token_call(account(settings, refresh_token=given), settings, "scope", NOW)
        assert call is not None
        fields = form.loads(call.body)
        assert [fields.get(name) for name in ("grant_type", "client_id", "client_secret", "refresh_token")] == [
            "refresh_token", "c", "s", used
        ]  # fmt: skip


def test_nothing_is_asked_where_a_token_is_set_or_there_is_no_way_to_one() -> None:
    for settings in (GoogleSettings(), GoogleSettings(access_token=SecretStr("t"), refresh_token=SecretStr("r"))):
        assert google_api.token_call(account(settings), settings, "scope", NOW) is None


def test_a_fresh_token_stands_before_the_one_in_the_settings() -> None:
    settings = GoogleSettings(access_token=SecretStr("old"))
    call = google_api.call(
        account(settings, token=SecretStr("new")), settings, "GET", "https://a.test/x", query={"q": "a b"}
    )
    assert (call.url, dict(call.headers)) == ("https://a.test/x?q=a+b", {"authorization": "Bearer new"})


def error(http_status: int, **fields: Any) -> ProviderReply:
    return ProviderReply(
        http_status, (("retry-after", "5"),), json.dumps({"error": {"message": "why", **fields}}).encode()
    )


@pytest.mark.parametrize(
    ("reply", "meaning"),
    [
        (ProviderReply(200, (), b"{}"), Accepted("made")),
        (error(403, errors=[{"reason": "quotaExceeded"}]), Throttled("quotaExceeded", timedelta(seconds=5))),
        (error(429, status="RESOURCE_EXHAUSTED"), Throttled("RESOURCE_EXHAUSTED", timedelta(seconds=5))),
        (
            error(400, errors=[{"reason": "processingFailure"}]),
            Transient("processingFailure", "why", timedelta(seconds=5)),
        ),
        (error(503, status="UNAVAILABLE"), Transient("UNAVAILABLE", "why", timedelta(seconds=5))),
        (
            error(403, errors=[{"reason": "commentsDisabled"}], status="PERMISSION_DENIED"),
            Final("commentsDisabled", "why"),
        ),
        (
            error(403, errors=[{"reason": "SERVICE_UNAVAILABLE"}], status="PERMISSION_DENIED"),
            Final("SERVICE_UNAVAILABLE", "why"),
        ),
        (error(401, errors=[17]), Final("http_401", "why")),
    ],
)
def test_the_reason_decides(reply: ProviderReply, meaning: object) -> None:
    assert google_api.outcome_of(reply, "made") == meaning
    assert (google_api.trouble_of(reply) is None) == isinstance(meaning, Accepted)
