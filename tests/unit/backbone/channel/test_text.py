"""Lengths as providers count them."""

import pytest

from backbone.channel.text import length, split


@pytest.mark.parametrize(
    ("text", "weight"),
    [("", 0), ("abc", 3), ("Łódź", 4), ("Привіт", 6), ("“so” – …", 9), ("字", 2), ("한", 2), ("💥", 2)],
)
def test_x_counts_most_letters_once_and_the_rest_twice(text: str, weight: int) -> None:
    assert length(text, "weighted") == weight


def test_weighted_text_is_split_where_it_is_full() -> None:
    assert split("字" * 150, 280, "weighted") == ["字" * 140, "字" * 10]
