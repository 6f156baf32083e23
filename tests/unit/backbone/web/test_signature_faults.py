"""Why a signature fails: each usual mistake is named, and nothing is named that is right."""

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from backbone.web.signature_faults import Signed, faults
from backbone.web.signatures import headers, make_secret, well_formed

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
KEY = base64.b64decode(SECRET.removeprefix("whsec_"))
BODY = '{"type":"message.sent","data":{"name":"Zoë","n":1}}'
STAMP = str(int(NOW.timestamp()))


def signed(body: str = BODY, **changes: str | None) -> Signed:
    given = dict(headers((SecretStr(SECRET),), "msg_1", NOW, body.encode()))
    right = Signed(SECRET, given["webhook-id"], given["webhook-timestamp"], given["webhook-signature"], body)
    return replace(right, **changes)  # type: ignore[arg-type]


def mac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def v1(code: bytes) -> str:
    return "v1," + base64.b64encode(code).decode()


CONTENT = f"msg_1.{STAMP}.{BODY}"
MISTAKES = {
    "header_missing": signed(webhook_id=None),
    "secret_malformed": signed(secret="hunter2"),
    "timestamp_malformed": signed(timestamp="yesterday"),
    "timestamp_in_milliseconds": signed(timestamp=STAMP + "000"),
    "version_missing": signed(signature=base64.b64encode(mac(KEY, CONTENT)).decode()),
    "version_unknown": signed(signature="v1a," + base64.b64encode(b"x" * 64).decode()),
    "secret_not_decoded": signed(signature=v1(mac(SECRET.encode(), CONTENT))),
    "hex_instead_of_base64": signed(signature="v1," + mac(KEY, CONTENT).hex()),
    "only_body_signed": signed(signature=v1(mac(KEY, BODY))),
    "id_not_signed": signed(signature=v1(mac(KEY, f"{STAMP}.{BODY}"))),
    "body_changed": replace(signed(), body=json.dumps(json.loads(BODY))),
    "no_match": signed(signature=v1(b"\0" * 32)),
}


def test_a_right_signature_has_no_fault() -> None:
    assert faults(signed(), NOW) == []


@pytest.mark.parametrize("code", MISTAKES)
def test_a_mistake_is_named(code: str) -> None:
    assert code in {fault.code for fault in faults(MISTAKES[code], NOW)}


@pytest.mark.parametrize("drift", [-301, 301])
def test_a_stale_timestamp_is_told_beside_a_right_signature(drift: int) -> None:
    found = faults(signed(), NOW + timedelta(seconds=drift))
    assert [fault.code for fault in found] == ["timestamp_stale"]
    assert "301 s" in found[0].detail


def test_one_right_signature_among_many_is_enough() -> None:
    right = signed().signature
    assert faults(signed(signature=f"v1a,xyz v1,bm8= {right}"), NOW) == []


def test_no_fault_repeats_the_secret_or_the_body() -> None:
    for case in MISTAKES.values():
        for fault in faults(case, NOW):
            assert SECRET not in fault.detail
            assert "Zoë" not in fault.detail
        assert SECRET not in repr(case)


def test_a_fresh_secret_is_well_formed_and_never_the_same() -> None:
    first, second = make_secret(), make_secret()
    assert well_formed(first.get_secret_value())
    assert first.get_secret_value() != second.get_secret_value()


@pytest.mark.parametrize("body", ["\ud800", "\0", "[" * 5000, "not json", ""])
def test_odd_bodies_are_judged_without_an_error(body: str) -> None:
    assert [fault.code for fault in faults(replace(signed(), body=body), NOW)] == ["no_match"]
