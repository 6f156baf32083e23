"""Days off of countries and of iCalendar feeds, the hostile ones included."""

from datetime import date

import pytest

from router.holidays import FEED_MOST, Day, FeedInvalid, countries, country_days, feed_days

TODAY = date(2026, 11, 20)


def feed(*events: str) -> bytes:
    body = "".join(
        f"BEGIN:VEVENT\r\nUID:{n}\r\nDTSTAMP:20260101T000000Z\r\n{event}\r\nEND:VEVENT\r\n"
        for n, event in enumerate(events)
    )
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\n{body}END:VCALENDAR\r\n".encode()


def test_a_countrys_days_reach_from_a_month_ago_to_more_than_a_year_ahead() -> None:
    days = country_days("DE", "BY", TODAY)
    assert date(2026, 12, 25) in {day.date for day in days}
    assert date(2027, 1, 6) in {day.date for day in days}
    assert all(date(2026, 10, 11) <= day.date <= date(2028, 1, 24) for day in days)
    assert date(2027, 1, 6) not in {day.date for day in country_days("DE", "BE", TODAY)}
    assert "BY" in countries()["DE"]
    with pytest.raises(ValueError, match="no holidays are known"):
        country_days("XX", None, TODAY)


def test_whole_days_count_with_repetitions_and_several_days() -> None:
    days = feed_days(
        feed(
            "DTSTART;VALUE=DATE:20200501\r\nRRULE:FREQ=YEARLY\r\nSUMMARY:May Day",
            "DTSTART;VALUE=DATE:20261228\r\nDTEND;VALUE=DATE:20261231\r\nSUMMARY:Between\r\n  the years",
        ),
        TODAY,
    )
    assert days == [
        *(Day(date(2026, 12, d), "Between the years") for d in (28, 29, 30)),
        Day(date(2027, 5, 1), "May Day"),
    ]


def test_what_has_a_time_of_day_was_cancelled_or_is_broken_is_no_day_off() -> None:
    events = (
        "DTSTART:20261201T090000Z\r\nDTEND:20261201T100000Z\r\nSUMMARY:Meeting",
        "DTSTART;VALUE=DATE:20261202\r\nSTATUS:CANCELLED\r\nSUMMARY:Off after all",
        "DTSTART;VALUE=DATE:20269999\r\nSUMMARY:On no day",
    )
    assert feed_days(feed(*events), TODAY) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00\xff" * 50,
        b"<html></html>",
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n",
        b"x" * (FEED_MOST + 1),
        feed("DTSTART;VALUE=DATE:20260101\r\nRRULE:FREQ=SECONDLY"),
        feed("DTSTART;VALUE=DATE:20260101\r\nRRULE:FREQ=YEARLY;BYSECOND=1,2,3"),
        feed("DTSTART;VALUE=DATE:20260101\r\nRRULE:FR\r\n EQ=HOURLY"),
        feed("DTSTART;VALUE=DATE:00010101\r\nRRULE:FREQ=DAILY"),
        feed(*["DTSTART;VALUE=DATE:20260101\r\nRRULE:FREQ=DAILY"] * 21),
        b"BEGIN:VEVENT\r\n" * 6000,
    ],
    ids=range(11),
)
def test_what_is_no_calendar_or_asks_too_much_is_refused(body: bytes) -> None:
    with pytest.raises(FeedInvalid):
        feed_days(body, TODAY)
