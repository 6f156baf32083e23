"""Lanes share no partition, keep each one's order, hold all that was given, and are worth their transactions."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from backbone.bus.lanes import LANE_RECORDS, lanes_of
from backbone.bus.port import BusRecord

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def records(partitions: list[int]) -> list[BusRecord]:
    """One for each number, which is its partition."""
    return [BusRecord("t", partition, offset, b"a/k", b"", (), NOW) for offset, partition in enumerate(partitions)]


@given(st.lists(st.integers(0, 11), max_size=400), st.integers(1, 6))
def test_every_record_is_in_one_lane_with_all_of_its_partition_in_order(partitions: list[int], most: int) -> None:
    given_records = records(partitions)
    lanes = lanes_of(given_records, most)
    assert len(lanes) <= most
    assert all(lanes)
    assert sorted(r.offset for lane in lanes for r in lane) == list(range(len(partitions)))
    homes = [{r.partition for r in lane} for lane in lanes]
    assert sum(map(len, homes)) == len(set(partitions))
    for lane in lanes:
        for partition in {r.partition for r in lane}:
            offsets = [r.offset for r in lane if r.partition == partition]
            assert offsets == sorted(offsets)


def test_few_records_stay_together() -> None:
    assert len(lanes_of(records([n % 12 for n in range(2 * LANE_RECORDS - 1)]), 4)) == 1


def test_many_are_shared_out_evenly() -> None:
    lanes = lanes_of(records([n % 12 for n in range(1200)]), 4)
    assert [len(lane) for lane in lanes] == [300] * 4
