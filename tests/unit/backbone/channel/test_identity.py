"""Who a signed-in customer is: the published vectors, and what else a token may hold."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from backbone.channel.identity import address_of, read_identity
from backbone.channel.jwt import sign_hs256
from backbone.channel.visitor import make_token
from backbone.errors import Unauthenticated

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[4] / "docs" / "customer-identity-vectors.json").read_text(encoding="utf-8")
)
SECRET = SecretStr(VECTORS["secret"])
NOW = datetime.fromtimestamp(VECTORS["now"], UTC)


def token(**claims: Any) -> str:
    return sign_hs256({"sub": "c", "exp": VECTORS["now"] + 60} | claims, SECRET)


@pytest.mark.parametrize("case", VECTORS["cases"], ids=[case["about"] for case in VECTORS["cases"]])
def test_the_published_vectors_hold(case: dict[str, Any]) -> None:
    if not case["valid"]:
        with pytest.raises(Unauthenticated):
            read_identity(case["token"], [SECRET], NOW)
        return
    found = read_identity(case["token"], [SECRET], NOW)
    assert address_of(VECTORS["account_id"], found.subject) == case["address"]


def test_without_a_secret_nobody_signs_in() -> None:
    with pytest.raises(Unauthenticated):
        read_identity(token(), [], NOW)


def test_either_of_two_secrets_is_good() -> None:
    other = SecretStr("another-secret-of-at-least-32-characters")
    assert read_identity(token(), [other, SECRET], NOW).subject == "c"


def test_claims_that_can_not_be_used_are_passed_over() -> None:
    found = read_identity(token(name=7, locale="not a tag", cohort="boomer"), [SECRET], NOW)
    assert (found.name, found.language, found.cohort) == (None, None, None)


def test_a_name_is_one_line_without_control_characters() -> None:
    assert (
        read_identity(token(name=" Mia\n\tJansen\0 " + "x" * 300), [SECRET], NOW).name
        == ("Mia Jansen\ufffd " + "x" * 300)[:200]
    )


def test_an_address_names_the_account_too_and_fits_a_visitors_token() -> None:
    ours, theirs = address_of("acc_a", "customer@shop.example"), address_of("acc_b", "customer@shop.example")
    assert ours != theirs
    assert make_token(ours, NOW, SECRET).startswith(f"{ours}.")
