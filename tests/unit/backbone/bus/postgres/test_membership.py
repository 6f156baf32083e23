"""Partitions are shared out the same by everyone who looks."""

from hypothesis import given
from hypothesis import strategies as st

from backbone.bus.port import TopicPartition
from backbone.bus.postgres.membership import share_out

TOPICS = ("a", "b", "c")
PARTITIONS = st.builds(
    lambda counts: [
        TopicPartition(topic, n) for topic, count in zip(TOPICS, counts, strict=True) for n in range(count)
    ],
    st.lists(st.integers(0, 12), min_size=3, max_size=3),
)
MEMBERS = st.dictionaries(st.text("xyz", min_size=1, max_size=3), st.sets(st.sampled_from(TOPICS)), max_size=6)


@given(PARTITIONS, MEMBERS)
def test_each_partition_with_a_taker_has_exactly_one(
    partitions: list[TopicPartition], members: dict[str, set[str]]
) -> None:
    shares = share_out(partitions, members)
    given_out = [partition for share in shares.values() for partition in share]
    wanted = {partition for partition in partitions if any(partition.topic in topics for topics in members.values())}
    assert len(given_out) == len(set(given_out))
    assert set(given_out) == wanted
    assert all(partition.topic in members[name] for name, share in shares.items() for partition in share)


@given(PARTITIONS, st.sets(st.text("xyz", min_size=1, max_size=3), min_size=1, max_size=6))
def test_members_that_want_the_same_get_the_same_number_give_or_take_one(
    partitions: list[TopicPartition], names: set[str]
) -> None:
    sizes = [len(share) for share in share_out(partitions, dict.fromkeys(names, TOPICS)).values()]
    assert max(sizes) - min(sizes) <= 1


@given(st.permutations([TopicPartition("a", n) for n in range(5)]), st.permutations(["x", "y", "z"]))
def test_the_order_of_looking_changes_nothing(partitions: list[TopicPartition], names: list[str]) -> None:
    expected = share_out([TopicPartition("a", n) for n in range(5)], dict.fromkeys("xyz", ("a",)))
    assert share_out(partitions, dict.fromkeys(names, ("a",))) == expected
