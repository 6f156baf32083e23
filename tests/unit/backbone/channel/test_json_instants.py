"""Times of ISO 8601 in hostile JSON: aware UTC, or none at all."""

from datetime import UTC, datetime
from typing import Any

import pytest

from backbone.channel import json


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("2026-09-20T10:00:00Z", datetime(2026, 9, 20, 10, tzinfo=UTC)),
        ("2026-09-20T12:00:00.5+02:00", datetime(2026, 9, 20, 10, 0, 0, 500_000, tzinfo=UTC)),
        ("2014-10-02T15:01:23.045123456Z", datetime(2014, 10, 2, 15, 1, 23, 45_123, tzinfo=UTC)),
    ],
)
def test_a_time_with_its_offset_is_utc(value: str, found: datetime) -> None:
    assert json.optional_iso_instant(value) == found


@pytest.mark.parametrize(
    "value",
    [None, 17, "", "2026-09-20T10:00:00", "2026-13-45T99:99:99Z", "9999-12-31T23:59:59-14:00", "x" * 50, "é" * 20],
)
def test_anything_else_is_no_time(value: Any) -> None:
    assert json.optional_iso_instant(value) is None
