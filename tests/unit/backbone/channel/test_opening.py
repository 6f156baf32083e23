"""Links that open a channel: of the forms that are known, and nothing else whatever an address says."""

from urllib.parse import urlsplit

import pytest

from backbone.channel.manifest import Opens
from backbone.channel.opening import SCHEMES, Way, open_url
from backbone.channel.registry import manifests
from tests.support.hostile_texts import hostile_texts

WAYS: dict[Way, tuple[str, str]] = {
    "tel": ("+31201234567", "tel:+31201234567"),
    "sms": ("+31201234567", "sms:+31201234567"),
    "mail": ("help+nl@shop.example", "mailto:help%2Bnl@shop.example"),
    "whatsapp": ("+31201234567", "https://wa.me/31201234567"),
    "messenger": ("1234567890", "https://m.me/1234567890"),
    "instagram": ("shop.nl", "https://ig.me/m/shop.nl"),
    "telegram": ("shop_bot", "https://t.me/shop_bot"),
    "line": ("@shop", "https://line.me/R/ti/p/%40shop"),
    "apple": (
        "6c1d0a52-0000-4000-8000-000000000001",
        "https://bcrw.apple.com/urn:biz:6c1d0a52-0000-4000-8000-000000000001",
    ),
    "x": ("1234567893", "https://x.com/messages/compose?recipient_id=1234567893"),
}
WRONG = (
    "javascript:alert(1)",
    "https://evil.example/",
    "//evil.example",
    "+31201234567\n",
    "+3120 1234567",
    "a@b.example?bcc=c@d.example",
    "../x",
    "user@evil.example/path",
    "٠١٢٣٤٥٦٧",
    "",
)


@pytest.mark.parametrize("way", WAYS)
def test_an_address_of_the_ways_form_opens_at_the_providers_own_place(way: Way) -> None:
    address, url = WAYS[way]
    assert open_url(way, address) == url


@pytest.mark.parametrize("way", WAYS)
def test_an_address_of_another_form_opens_nothing(way: Way) -> None:
    assert [one for one in WRONG if open_url(way, one) is not None] == []


@pytest.mark.parametrize("way", WAYS)
def test_no_hostile_text_leaves_the_allowed_schemes_and_hosts(way: Way) -> None:
    known = urlsplit(WAYS[way][1])
    made = [urlsplit(url) for text in hostile_texts() if (url := open_url(way, text)) is not None]
    assert {(one.scheme, one.netloc) for one in made} <= {(known.scheme, known.netloc)}
    assert known.scheme in SCHEMES


def test_an_address_of_the_tenants_goes_before_the_external_id_and_a_wrong_one_opens_nothing() -> None:
    opens = Opens(way="tel", own=True)
    urls = (opens.url("+31201111111", None), opens.url("+31201111111", "+31202222222"), opens.url("+31201111111", "x"))
    assert urls == ("tel:+31201111111", "tel:+31202222222", None)


def test_an_external_id_that_is_not_public_is_never_told() -> None:
    assert Opens(way="messenger").url("106540352242922", None) is None


def test_telephone_channels_open_by_their_own_number() -> None:
    opens = {name: manifests()[name].opens for name in ("twilio_voice", "vonage_voice")}
    assert opens == dict.fromkeys(opens, Opens(way="tel", own=True))
