"""X's challenge answers nothing that could sign a webhook, its tokens rotate, its limits end when it says."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from backbone.channel import form, x_api, x_media
from backbone.channel.port import Accepted, Account, Final, ProviderReply, Request, Throttled, Transient
from backbone.channel.sources import Token
from backbone.channel.x_api import XSettings
from backbone.errors import InputInvalid, PayloadInvalid, SignatureInvalid, SignatureMissing
from schemas.content import Location, MediaKind

SECRET = SecretStr("a consumer secret")


def settings(**more: Any) -> XSettings:
    return XSettings(consumer_secrets=(SECRET,), api_base="https://x.example.test", **more)


def account(settings: XSettings, **more: Any) -> Account:
    return Account("acc_1", "ten_1", "x", "1", settings, "https://desk.example.test/hook", **more)


def get(query: str) -> Request:
    return Request("GET", f"https://desk.example.test/hook?{query}", query, (), b"")


def test_a_challenge_is_answered_with_its_hmac() -> None:
    x_api.check(get("crc_token=abc_-.123&nonce=1"), settings())
    answer = json.loads(x_api.challenge(get("crc_token=abc_-.123"), settings()).response.body)
    assert answer == {"response_token": x_api.sign(SECRET, b"abc_-.123")}


@pytest.mark.parametrize(
    "token", ["%7B%22for_user_id%22%3A%221%22%7D", "%7B%7D", "[]", "%0A%7B%7D", "a" * 513, "%C3%A9"]
)
def test_no_challenge_gets_a_webhook_signed(token: str) -> None:
    with pytest.raises(SignatureInvalid):
        x_api.check(get(f"crc_token={token}"), settings())
    with pytest.raises(PayloadInvalid):
        x_api.challenge(get(f"crc_token={token}"), settings())


def test_a_get_without_a_challenge_proves_nothing() -> None:
    with pytest.raises(SignatureMissing):
        x_api.check(get("a=b"), settings())


def test_a_refresh_token_is_changed_for_an_access_token_the_newest_first() -> None:
    known = settings(client_id="app", client_secret=SecretStr("s"), refresh_token=SecretStr("first"))
    call = x_api.token_call(account(known), known)
    assert call is not None
    assert form.loads(call.body).get("refresh_token") == "first"
    assert dict(call.headers)["authorization"] == f"Basic {base64.b64encode(b'app:s').decode()}"
    newer = x_api.token_call(account(known, refresh_token=SecretStr("second")), known)
    assert newer is not None
    assert form.loads(newer.body).get("refresh_token") == "second"


def test_a_public_app_names_itself_in_the_form() -> None:
    known = settings(client_id="app", refresh_token=SecretStr("r"))
    call = x_api.token_call(account(known), known)
    assert call is not None
    assert form.loads(call.body).get("client_id") == "app"
    assert "authorization" not in dict(call.headers)


def test_no_token_is_asked_for_where_one_is_set_or_none_can_be_had() -> None:
    for known in (settings(), settings(access_token=SecretStr("t"), refresh_token=SecretStr("r"))):
        assert x_api.token_call(account(known), known) is None


def reply(status: int, body: Any, **headers: str) -> ProviderReply:
    return ProviderReply(status, tuple((k.replace("_", "-"), v) for k, v in headers.items()), json.dumps(body).encode())


def test_a_token_comes_with_the_refresh_token_that_replaces_the_used_one() -> None:
    found = x_api.token_found(reply(200, {"access_token": "a", "expires_in": 7200, "refresh_token": "r2"}))
    assert found == Token(SecretStr("a"), timedelta(hours=2), SecretStr("r2"))


def test_a_used_refresh_token_needs_a_person_and_a_busy_server_does_not() -> None:
    assert x_api.token_found(reply(400, {"error": "invalid_request"})) == Final("invalid_request")
    assert x_api.token_found(reply(429, {})) == Transient("http_429")
    assert x_api.token_found(reply(200, {"access_token": "a", "expires_in": True})) == Transient("token_unreadable")


def test_a_limit_ends_when_its_reset_says_by_the_answers_own_clock() -> None:
    limits = {"x_rate_limit_reset": "1763629290", "date": "Thu, 20 Nov 2025 09:00:00 GMT"}
    assert x_api.outcome_of(reply(429, {}, **limits)) == Throttled("http_429", timedelta(seconds=90))
    late = {"x_rate_limit_reset": "1", "date": "Thu, 20 Nov 2025 09:00:00 GMT"}
    assert x_api.outcome_of(reply(429, {}, **late)) == Throttled("http_429", timedelta(seconds=1))
    assert x_api.outcome_of(reply(429, {}, x_rate_limit_reset="soon")) == Throttled("http_429")


def test_a_yes_is_a_yes_and_an_error_in_it_is_none() -> None:
    assert x_api.outcome_of(reply(201, {"data": {"dm_event_id": "7"}})) == Accepted("7")
    assert x_api.outcome_of(reply(200, {"errors": [{"code": 349}]})) == Final("349")
    assert x_api.outcome_of(reply(200, {"errors": [17]})) == Accepted(None)
    assert x_api.outcome_of(reply(400, {"errors": [{"code": [], "message": "odd"}]})) == Final("http_400", "odd")


def test_times_come_from_the_event_else_from_its_id() -> None:
    at = datetime(2025, 11, 20, 9, 0, 0, 123_000, tzinfo=UTC)
    assert x_api.instant("1763629200123", "1") == at
    made = ((1763629200123 - x_api.ID_EPOCH_MS) << x_api.ID_BITS_AT) + 5
    assert x_api.instant(None, str(made)) == at
    assert x_api.instant("soon", "odd") is None
    assert x_api.instant(None, "17") is None


@pytest.mark.parametrize("value", ["", "../me", "1/2", "1" * 21, "é"])
def test_what_is_no_id_gets_into_no_url(value: str) -> None:
    with pytest.raises(InputInvalid):
        x_api.checked_id(value, "a user")


def test_the_sharpest_film_is_taken_and_entries_without_a_link_are_passed_over() -> None:
    variants = [
        {"content_type": "video/mp4", "bitrate": 1, "url": "https://v.example.test/s.mp4"},
        {"content_type": "video/mp4", "bitrate": 9, "url": "https://v.example.test/l.mp4"},
        17,
    ]
    found = x_media.media_of([{"type": "video", "video_info": {"variants": variants}}, {"type": "photo"}, 17])
    assert [(media.kind, media.url) for media in found] == [(MediaKind.VIDEO, "https://v.example.test/l.mp4")]


def test_only_the_links_of_media_at_the_end_are_dropped() -> None:
    entries = [{"url": "https://t.co/a"}, {"url": "https://t.co/a"}, {"url": "https://t.co/b"}]
    assert x_media.without_own_links("see https://t.co/a https://t.co/b", entries) == "see"
    assert x_media.without_own_links("https://t.co/a is it", entries) == "https://t.co/a is it"
    assert x_media.without_own_links(" https://t.co/b", entries) is None


def test_a_point_has_its_longitude_first() -> None:
    assert x_media.location_of({"coordinates": [4.25, 52.0]}) == Location(latitude=52.0, longitude=4.25)
    for odd in (None, {}, {"coordinates": [1]}, {"coordinates": ["a", "b"]}):
        assert x_media.location_of(odd) is None


def test_the_token_goes_to_xs_own_hosts_only() -> None:
    known = settings(access_token=SecretStr("t"))
    call = x_media.guarded_call("https://ton.twitter.com/1.1/ton/data/dm/1/2/a.jpg", account(known), known)
    assert call is not None
    assert dict(call.headers) == {"authorization": "Bearer t"}
    for ref in (
        "https://ton.twitter.com.evil.test/",
        "http://ton.twitter.com/",
        "https://u@ton.twitter.com/",
        "https://ton.x.com:81/",
        "https://[::1",
    ):
        assert x_media.guarded_call(ref, account(known), known) is None
    bare = settings()
    assert x_media.guarded_call("https://ton.x.com/a", account(bare), bare) is None
