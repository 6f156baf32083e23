"""Where an order is, in what was reported of it and nothing else."""

from datetime import UTC, datetime

import pytest

from router.domain.assistant import saying
from router.domain.order_status import Order, Parcel, order_status

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
PARCEL = Parcel("DHL 00340", "in transit", AT, datetime(2026, 11, 23, tzinfo=UTC), "https://track.example/00340")
ORDERS = [Order("2026-17", "shipped", AT, (PARCEL,)), *(Order(f"2026-{n}", "{number} done", AT) for n in (11, 12, 13))]


def test_all_that_is_said_was_reported() -> None:
    move = order_status(ORDERS[:1], "where is my parcel?", "en")
    assert move.reason is None
    assert move.say == "\n".join(
        [
            "Order 2026-17: shipped (as of 2026-11-20)",
            "Parcel DHL 00340: in transit (as of 2026-11-20)",
            "Expected: 2026-11-23",
            "https://track.example/00340",
            "",
            saying("way_out", "en"),
        ]
    )


@pytest.mark.parametrize("language", ["ar", "da", "de", "en", "es", "nl", "pl", "xx", None])
def test_three_at_most_in_any_language_with_values_as_they_are(language: str | None) -> None:
    said = order_status(ORDERS, "where?", language).say or ""
    assert [number for number in ("2026-17", "2026-11", "2026-12", "2026-13") if number in said] == [
        "2026-17",
        "2026-11",
        "2026-12",
    ]
    assert "{number} done" in said


def test_the_one_that_is_named_is_told_of_alone_and_a_strangers_is_not_known() -> None:
    said = order_status(ORDERS, "where is #2026-13?", "en").say or ""
    assert "2026-13" in said
    assert "2026-17" not in said
    assert order_status(ORDERS, "where is 2026-99?", "en").reason == "low_score"
    assert order_status([], "where is it?", "en").reason == "low_score"
