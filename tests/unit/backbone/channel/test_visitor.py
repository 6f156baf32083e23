"""The visitor token: made here, believed only here, and not for longer than it says."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from backbone.channel.visitor import bearer, check_token, claimed_visitor, make_token
from backbone.errors import SignatureInvalid, SignatureMissing, SignatureStale, Unauthenticated

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
NEW, OLD = SecretStr("n" * 32), SecretStr("o" * 32)
TOKEN = make_token("visitor-1", NOW + timedelta(hours=1), NEW)


def test_a_token_names_its_visitor() -> None:
    assert check_token(TOKEN, (NEW,), NOW) == claimed_visitor(TOKEN) == "visitor-1"


def test_a_token_of_the_older_secret_is_believed_while_that_is_active() -> None:
    token = make_token("v", NOW + timedelta(hours=1), OLD)
    assert check_token(token, (NEW, OLD), NOW) == "v"
    with pytest.raises(SignatureInvalid):
        check_token(token, (NEW,), NOW)


def test_a_token_is_over_at_its_very_second() -> None:
    assert check_token(TOKEN, (NEW,), NOW + timedelta(seconds=3599)) == "visitor-1"
    with pytest.raises(SignatureStale):
        check_token(TOKEN, (NEW,), NOW + timedelta(hours=1))


def test_every_character_of_a_token_counts() -> None:
    for index, character in enumerate(TOKEN):
        for changed in {chr(ord(character) ^ 1), character.swapcase(), ""} - {character}:
            with pytest.raises(Unauthenticated):
                check_token(TOKEN[:index] + changed + TOKEN[index + 1 :], (NEW,), NOW)


@pytest.mark.parametrize("token", ["x", "a.b.c", "..", TOKEN + "\n", " " + TOKEN, "é" * 90, "a" * 100_000])
def test_what_has_another_form_is_refused(token: str) -> None:
    with pytest.raises(SignatureInvalid):
        check_token(token, (NEW,), NOW)
    assert claimed_visitor(token) is None


@pytest.mark.parametrize("token", [None, ""])
def test_no_token_is_missing(token: str | None) -> None:
    with pytest.raises(SignatureMissing):
        check_token(token, (NEW,), NOW)


def test_an_empty_secret_proves_nothing() -> None:
    with pytest.raises(SignatureInvalid):
        check_token(TOKEN, (SecretStr(""),), NOW)
    with pytest.raises(SignatureInvalid):
        check_token(TOKEN, (), NOW)
    with pytest.raises(ValueError, match="empty secret"):
        make_token("v", NOW, SecretStr(""))


@pytest.mark.parametrize("visitor_id", ["", "a.b", "a b", "a" * 65, "é", "a\n"])
def test_a_visitor_id_that_would_blur_the_token_is_not_signed(visitor_id: str) -> None:
    with pytest.raises(ValueError, match="visitor id"):
        make_token(visitor_id, NOW, NEW)


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("Bearer abc", "abc"),
        ("bearer abc", "abc"),
        ("Basic abc", None),
        ("Bearer ", None),
        ("Bearer", None),
        (None, None),
    ],
)
def test_only_the_bearer_scheme_carries_a_token(header: str | None, token: str | None) -> None:
    assert bearer(header) == token
