"""Reading the log: records from positions on, and where each partition begins and ends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from backbone.bus.port import BusRecord, Headers, TopicPartition, share_of
from backbone.bus.postgres.session import Session

# What one read may bring into memory beside the record that passes the mark.
READ_BYTES = 8 * 1024 * 1024

READ = """
SELECT topic, partition, record_offset, key, value, headers, at FROM (
    SELECT *, sum(octet_length(value)) OVER (ORDER BY place, record_offset ROWS UNBOUNDED PRECEDING) AS total FROM (
        SELECT v.place, r.* FROM unnest($1::text[], $2::int[], $3::bigint[]) WITH ORDINALITY AS v (t, p, position, place)
        CROSS JOIN LATERAL (
            SELECT * FROM bus.records r WHERE r.topic = v.t AND r.partition = v.p AND r.record_offset >= v.position
            ORDER BY r.record_offset LIMIT $6
        ) AS r
        ORDER BY v.place, r.record_offset LIMIT $4
    ) AS found
) AS counted
WHERE total - octet_length(value) < $5
ORDER BY place, record_offset
"""
BOUNDS = """
SELECT h.topic, h.partition, h.id, h.next_offset, COALESCE((
    SELECT r.record_offset FROM bus.records r WHERE r.topic = h.topic AND r.partition = h.partition
    ORDER BY r.record_offset LIMIT 1
), h.next_offset) AS oldest
FROM bus.heads h WHERE h.topic = ANY ($1)
"""
TIMES = """
SELECT v.p AS partition, r.record_offset, r.at FROM unnest($2::int[], $3::bigint[]) AS v (p, o)
CROSS JOIN LATERAL (
    SELECT record_offset, at FROM bus.records WHERE topic = $1 AND partition = v.p AND record_offset >= v.o
    ORDER BY record_offset LIMIT 1
) AS r
"""
HEADS = "SELECT topic, partition, id, next_offset FROM bus.heads WHERE topic = ANY ($1)"

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[tuple[str, bytes], ...]).decode


@dataclass(frozen=True, slots=True)
class Bounds:
    """The oldest kept offset and the next one to be given."""

    oldest: int
    end: int


def pack_headers(headers: Headers) -> bytes:
    return _encode(headers) if headers else b""


def unpack_headers(packed: bytes) -> Headers:
    return _decode(packed) if packed else ()


async def read(session: Session, positions: Sequence[tuple[TopicPartition, int]], most: int) -> list[BusRecord]:
    """Up to `most` records, of each partition its share, in the order given. Raises `Unavailable`."""
    if not positions:
        return []
    rows = await session.fetch(
        READ,
        [partition.topic for partition, _ in positions],
        [partition.partition for partition, _ in positions],
        [position for _, position in positions],
        most,
        READ_BYTES,
        share_of(most),
    )
    return [_record(row) for row in rows]


async def bounds(session: Session, topics: Sequence[str]) -> Mapping[TopicPartition, Bounds]:
    rows = await session.fetch(BOUNDS, list(topics))
    return {TopicPartition(row["topic"], row["partition"]): Bounds(row["oldest"], row["next_offset"]) for row in rows}


async def ends(session: Session, topics: Sequence[str]) -> Mapping[TopicPartition, int]:
    """The next offset of each partition."""
    rows = await session.fetch(HEADS, list(topics))
    return {TopicPartition(row["topic"], row["partition"]): row["next_offset"] for row in rows}


async def first_since(session: Session, topic: str, at: datetime) -> Mapping[TopicPartition, int]:
    """By bisection, since times grow with the offsets and have no index: a few dozen look-ups whatever the log's length."""
    spans = {p: [found.oldest, found.end] for p, found in (await bounds(session, [topic])).items()}
    while open_spans := {p: span for p, span in spans.items() if span[0] < span[1]}:
        middles = {p.partition: (span[0] + span[1]) // 2 for p, span in open_spans.items()}
        rows = await session.fetch(TIMES, topic, list(middles), list(middles.values()))
        met = {row["partition"]: row for row in rows}
        for partition, span in open_spans.items():
            row = met.get(partition.partition)
            if row is None or row["at"] >= at:
                span[1] = middles[partition.partition]
            else:
                span[0] = row["record_offset"] + 1
    return {partition: span[0] for partition, span in spans.items()}


def _record(row: Any) -> BusRecord:
    topic, partition, offset, key, value, headers, at = row
    return BusRecord(topic, partition, offset, key, value, unpack_headers(headers), at)
