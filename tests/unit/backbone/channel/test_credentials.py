"""Who calls, where nothing is signed: Basic credentials and keys in the URL."""

import pytest
from pydantic import SecretStr

from backbone.channel.credentials import basic, check_basic, check_url_key
from backbone.channel.port import Request
from backbone.errors import SignatureInvalid, SignatureMissing

SECRETS = (SecretStr("newer"), SecretStr("older"), SecretStr(""))


def request(query: str = "", *authorization: str) -> Request:
    headers = tuple(("authorization", value) for value in authorization)
    return Request("POST", f"https://desk.example.test/?{query}", query, headers, b"")


@pytest.mark.parametrize("secret", SECRETS[:2])
def test_each_active_secret_is_taken(secret: SecretStr) -> None:
    check_basic(request("", basic("desk", secret)), "desk", SECRETS)
    check_url_key(request(f"a=1&key={secret.get_secret_value()}"), SECRETS)


@pytest.mark.parametrize("given", [basic("desk", SecretStr("")), basic("else", SECRETS[0]), "Basic !", "Bearer newer"])
def test_other_credentials_are_refused(given: str) -> None:
    with pytest.raises(SignatureInvalid):
        check_basic(request("", given), "desk", SECRETS)


def test_credentials_must_come_once() -> None:
    for other in (request(), request("", basic("desk", SECRETS[0]), basic("desk", SECRETS[0]))):
        with pytest.raises(SignatureMissing):
            check_basic(other, "desk", SECRETS)


@pytest.mark.parametrize("query", ["", "key=", "key=newer&key=newer", "key=%ff", "&" * 5000, "\ud800=1"])
def test_a_key_must_come_once(query: str) -> None:
    with pytest.raises(SignatureMissing):
        check_url_key(request(query), SECRETS)


def test_another_key_is_refused() -> None:
    with pytest.raises(SignatureInvalid):
        check_url_key(request("key=newest"), SECRETS)
