"""Records of the client library as records of the port."""

from datetime import UTC, datetime
from typing import Any

from backbone.bus.port import BusRecord


def record_of(record: Any) -> BusRecord:
    """A tombstone or a record without a key, which other producers may write, has empty bytes there."""
    return BusRecord(
        record.topic,
        record.partition,
        record.offset,
        record.key or b"",
        record.value or b"",
        tuple(record.headers),
        datetime.fromtimestamp(record.timestamp / 1000, UTC),
    )
