"""What an invitation says in a line."""

import pytest

from backbone.channel.mail.calendar import LINE_MAX, invitation


def ics(*lines: str, method: str = "METHOD:REQUEST") -> str:
    return "\r\n".join(["BEGIN:VCALENDAR", method, "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR"])


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (
            (
                "SUMMARY:Call about\\, well\\; things",
                "DTSTART:20261120T090000Z",
                "DTEND:20261120T100000Z",
                "LOCATION:Desk 1",
            ),
            "REQUEST: Call about, well; things, 2026-11-20 09:00 UTC – 2026-11-20 10:00 UTC, Desk 1",
        ),
        (("SUMMARY:Day out", "DTSTART;VALUE=DATE:20261120"), "REQUEST: Day out, 2026-11-20"),
        (
            ("SUMMARY:Tea", 'DTSTART;TZID="Europe/Vienna":20261120T090000'),
            "REQUEST: Tea, 2026-11-20 09:00 Europe/Vienna",
        ),
        (("SUMMARY:A long\r\n er name", "DTSTART:soon"), "REQUEST: A longer name"),
        (("SUMMARY;LANGUAGE=de:Erster", "SUMMARY:Zweiter"), "REQUEST: Erster"),
    ],
)
def test_an_invitation_says_what_when_and_where(lines: tuple[str, ...], said: str) -> None:
    assert invitation(ics(*lines)) == said


def test_a_cancelled_one_says_so() -> None:
    assert invitation(ics("SUMMARY:Tea", method="METHOD:cancel")) == "CANCEL: Tea"


@pytest.mark.parametrize(
    "source", ["", "BEGIN:VCALENDAR", "BEGIN:VEVENT", "BEGIN:VEVENT\nEND:VEVENT", "\0", "x" * 200_000]
)
def test_what_is_no_invitation_says_nothing(source: str) -> None:
    assert invitation(source) is None


def test_a_huge_one_is_cut() -> None:
    assert len(invitation(ics("SUMMARY:" + "a" * 1900)) or "") == LINE_MAX
