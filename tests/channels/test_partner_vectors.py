"""The published test vectors of the partner webhook, checked against our codec and the reference library."""

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from backbone.channel.port import Account, Context, Request
from backbone.errors import FrontdeskError, Unauthenticated
from schemas.inbound import EventIgnored, MessageReceived
from services.partner.codec import codec
from tests.support import channels as support

PUBLISHED = json.loads((support.REPOSITORY / "docs" / "webhook-vectors.json").read_text("utf-8"))
NOW = datetime.fromisoformat(PUBLISHED["now"])
NAMES = ["valid", "one_of_many_valid", "tampered", "wrong_secret", "old_timestamp", "missing_header"]


def account(*secrets: str) -> Account:
    return support.account("partner", {"inbound_secrets": secrets or PUBLISHED["secrets"]})


def request(headers: dict[str, str], body: bytes) -> Request:
    return Request("POST", "https://desk.example.test/webhooks/partner/acc_1", "", tuple(headers.items()), body)


def test_the_six_cases_are_published() -> None:
    assert [vector["name"] for vector in PUBLISHED["vectors"]] == NAMES


@pytest.mark.parametrize("vector", PUBLISHED["vectors"], ids=NAMES)
def test_a_vector_gives_what_it_says(vector: dict[str, Any]) -> None:
    context = Context(account(), NOW)
    got = request(vector["headers"], vector["body"].encode())
    if vector["result"] == "accepted":
        codec.verify(got, context)
        assert isinstance(codec.parse(got, context).events[0], MessageReceived)
        return
    with pytest.raises(Unauthenticated) as caught:
        codec.verify(got, context)
    assert caught.value.code == vector["result"]


@pytest.mark.parametrize("vector", PUBLISHED["vectors"][:2], ids=NAMES[:2])
def test_the_reference_library_makes_a_signature_that_the_vector_carries(vector: dict[str, Any]) -> None:
    made = {
        Webhook(secret).sign(vector["headers"]["webhook-id"], NOW, vector["body"]) for secret in PUBLISHED["secrets"]
    }
    assert made & set(vector["headers"]["webhook-signature"].split())


SPECIFICATION = support.PAYLOADS / "standard_webhooks"


@pytest.mark.parametrize("name", ["full.json", "thin_signed.json"])
def test_the_specifications_payloads_are_taken_and_ignored(name: str) -> None:
    if not SPECIFICATION.is_dir():
        pytest.skip("no recorded Standard Webhooks payloads beside this checkout")
    body = (SPECIFICATION / name).read_bytes()
    unsigned = request({"webhook-id": "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W"}, body)
    on = account()
    signed = support.load("partner").simulator.sign(unsigned, on, NOW)
    codec.verify(signed, Context(on, NOW))
    assert isinstance(codec.parse(signed, Context(on, NOW)).events[0], EventIgnored)
    with pytest.raises(FrontdeskError):
        codec.verify(replace(signed, body=json.dumps(json.loads(body)).encode()), Context(on, NOW))
