"""A batch in lanes: parts that share no partition, so that they may be taken side by side and each stays in order."""

from collections.abc import Sequence

from backbone.bus.port import BusRecord, TopicPartition

LANE_RECORDS = 40
"""With fewer records than this a lane of its own costs more (a transaction's round trips) than it wins."""


def lanes_of(records: Sequence[BusRecord], most: int) -> list[list[BusRecord]]:
    """`records` by partition in at most `most` parts of alike size; few records stay together. Empty for none."""
    wanted = min(most, len(records) // LANE_RECORDS)
    if wanted <= 1:
        return [list(records)] if records else []
    by_partition: dict[TopicPartition, list[BusRecord]] = {}
    for record in records:
        by_partition.setdefault(TopicPartition(record.topic, record.partition), []).append(record)
    lanes: list[list[BusRecord]] = [[] for _ in range(min(wanted, len(by_partition)))]
    # The longest first, each to the shortest lane: within a third of the best that is possible (Graham 1969).
    for part in sorted(by_partition.values(), key=len, reverse=True):
        min(lanes, key=len).extend(part)
    return lanes
