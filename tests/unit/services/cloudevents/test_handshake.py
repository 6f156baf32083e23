"""The handshake of CloudEvents' webhooks: who may ask, and what is answered."""

import pytest

from backbone.channel.port import Request
from backbone.errors import PayloadInvalid, SignatureInvalid, SignatureMissing, Unauthenticated
from services.cloudevents.codec import codec
from tests.support import channels as support

ORIGIN = "partner.example.test"


def asked(*origins: str) -> Request:
    headers = tuple(("WebHook-Request-Origin", origin) for origin in origins)
    return Request("OPTIONS", "https://desk.example.test/webhooks/cloudevents/acc_1", "", headers, b"")


def test_an_origin_of_the_settings_is_allowed_by_name_and_told_the_rate() -> None:
    context = support.context(support.account("cloudevents"), "cloudevents")
    codec.verify(asked(ORIGIN), context)
    response = codec.parse(asked(ORIGIN), context).response
    assert dict(response.headers) == {
        "webhook-allowed-origin": ORIGIN,
        "webhook-allowed-rate": "600",
        "allow": "OPTIONS, POST",
    }


@pytest.mark.parametrize(
    ("origins", "error"),
    [((), SignatureMissing), (("evil.example.test",), SignatureInvalid), ((ORIGIN, ORIGIN), SignatureMissing)],
)
def test_other_origins_are_refused(origins: tuple[str, ...], error: type[Unauthenticated]) -> None:
    context = support.context(support.account("cloudevents"), "cloudevents")
    with pytest.raises(error):
        codec.verify(asked(*origins), context)


def test_an_account_may_allow_all_and_still_answers_no_broken_header() -> None:
    context = support.context(support.account("cloudevents", {"allowed_origins": ["*"]}), "cloudevents")
    codec.verify(asked("any.example.test"), context)
    with pytest.raises(PayloadInvalid):
        codec.parse(asked("a\r\nset-cookie: x"), context)


def test_a_handshake_proves_nothing_about_events() -> None:
    context = support.context(support.account("cloudevents"), "cloudevents")
    event = Request("POST", asked(ORIGIN).url, "", asked(ORIGIN).headers, b"{}")
    with pytest.raises(SignatureMissing):
        codec.verify(event, context)
