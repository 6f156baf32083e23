from datetime import UTC, datetime, time, timedelta

import pytest

from router.domain.consent import (
    Allowed,
    Night,
    Purpose,
    Refused,
    Standing,
    Wait,
    confirmation,
    may_write,
    night_from,
    word_of,
    zones_of,
)

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
NIGHT = Night()


@pytest.mark.parametrize(
    "text",
    [
        "STOP", " stop. ", "Stopp", "AFMELDEN", "Stoppen", "AFMELD", "Afmelding", "OPHØR", "OPHOER", "Wypisz", "Abmelden",
        "BAJA", "alto!", "ARRÊT", "ODJAVA", "إيقاف", "“Stop”", "darme  de baja",
    ],
)  # fmt: skip
def test_a_word_alone_ends_consent_in_many_languages(text: str) -> None:
    assert getattr(word_of(text), "state", None) == "withdrawn"


@pytest.mark.parametrize("text", ["START", "Aanmelden", "alta", "اشتراك"])
def test_a_word_alone_renews_consent(text: str) -> None:
    assert getattr(word_of(text), "state", None) == "given"


@pytest.mark.parametrize("text", ["stop that", "please stop", "Where is the bus stop?", "no", "", None, "stop " * 20])
def test_a_word_among_others_is_an_ordinary_message(text: str | None) -> None:
    assert word_of(text) is None


def test_a_word_of_one_language_tells_the_language() -> None:
    found = word_of("afmelden"), word_of("stop")
    assert [word and word.language for word in found] == ["nl", None]


def test_an_unknown_language_is_confirmed_in_english() -> None:
    assert confirmation("fi") == confirmation("en-GB") == confirmation(None)


@pytest.mark.parametrize(
    ("purpose", "standing", "reason"),
    [
        ("service", Standing(opted_out=True), "opted_out"),
        ("service", Standing(restricted=True), "restricted"),
        ("satisfaction", Standing(consents={"satisfaction": "withdrawn"}), "withdrawn"),
        ("marketing", Standing(), "no_consent"),
        ("marketing", Standing(consents={"proactive": "given"}), "no_consent"),
        ("marketing", Standing(opted_out=True, consents={"marketing": "given"}), "opted_out"),
    ],
)
def test_what_the_customer_forbade_is_refused(purpose: Purpose, standing: Standing, reason: str) -> None:
    assert may_write(purpose, standing, night=None, zones=("UTC",), now=NOON) == Refused(reason)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("purpose", "standing"),
    [
        ("proactive", Standing()),
        ("proactive", Standing(consents={"marketing": "withdrawn"})),
        ("marketing", Standing(consents={"marketing": "given"})),
    ],
)
def test_what_the_customer_did_not_forbid_is_allowed_by_day(purpose: Purpose, standing: Standing) -> None:
    assert may_write(purpose, standing, night=NIGHT, zones=("Europe/Amsterdam",), now=NOON) == Allowed()


def test_at_night_it_waits_for_the_customers_own_morning() -> None:
    found = may_write("proactive", Standing(), night=NIGHT, zones=("Asia/Tokyo",), now=NOON + timedelta(hours=1))
    assert found == Wait(datetime(2026, 11, 27, 23, tzinfo=UTC))


def test_where_the_zone_is_not_certain_all_must_be_awake() -> None:
    found = may_write("proactive", Standing(), night=NIGHT, zones=zones_of("15550100123", "UTC"), now=NOON)
    # Eight in the morning of Hawaii.
    assert found == Wait(datetime(2026, 11, 27, 18, tzinfo=UTC))


def test_zones_without_a_common_day_are_refused() -> None:
    zones = ("Pacific/Auckland", "Europe/London")
    night = Night(time(18), time(9))
    assert may_write("proactive", Standing(), night=night, zones=zones, now=NOON) == Refused("no_hour")


@pytest.mark.parametrize(
    ("address", "stated", "zones"),
    [
        ("+31612345678", None, ("Europe/Amsterdam",)),
        ("385911234567", None, ("Europe/Zagreb",)),
        ("+31612345678", "America/New_York", ("America/New_York",)),
        ("+99912345678", None, ("Europe/Vienna",)),
        (None, None, ("Europe/Vienna",)),
        ("31", None, ("Europe/Vienna",)),
    ],
)
def test_the_zone_is_the_stated_one_then_the_countrys_then_the_tenants(
    address: str | None, stated: str | None, zones: tuple[str, ...]
) -> None:
    assert zones_of(address, "Europe/Vienna", stated) == zones


def test_settings_without_quiet_hours_know_no_night() -> None:
    assert (night_from({}), night_from({"quiet_hours": {"start": "22:30", "end": "07:00", "zone": "UTC"}})) == (
        None,
        Night(time(22, 30), time(7)),
    )
