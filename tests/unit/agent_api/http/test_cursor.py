"""Cursors: what was put in comes out, and nothing else is taken."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_api.http.cursor import instant_of, make_cursor, number_of, read_cursor
from backbone.errors import InputInvalid

PARTS = st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8), max_size=3)
FILTERS = st.dictionaries(st.sampled_from(["status", "agent", "team"]), st.text(max_size=5), max_size=3)


@given(PARTS, FILTERS)
def test_a_cursor_gives_back_its_position(parts: list[str], filters: dict[str, object]) -> None:
    assert read_cursor(make_cursor(parts, filters), filters, len(parts)) == parts


@given(PARTS, FILTERS, FILTERS)
def test_a_cursor_is_good_for_its_filters_only(
    parts: list[str], mine: dict[str, object], other: dict[str, object]
) -> None:
    cursor = make_cursor(parts, mine)
    accepted = True
    try:
        read_cursor(cursor, other, len(parts))
    except InputInvalid:
        accepted = False
    assert accepted == (mine == other)


@given(st.text(max_size=600))
def test_any_text_is_a_cursor_or_refused_as_one(text: str) -> None:
    with pytest.raises(InputInvalid) as refused:
        read_cursor(text, {}, 2)
    assert refused.value.pointers.keys() == {"query/cursor"}


@pytest.mark.parametrize(
    "found", [None, {}, [], ["x"], [1, 2, 3], ["x", "\0", "y"], ["x", "\ud800", "y"], [["x"], "a", "b"]]
)
def test_other_shapes_are_refused(found: object) -> None:
    cursor = base64.urlsafe_b64encode(json.dumps(found).encode()).decode()
    with pytest.raises(InputInvalid):
        read_cursor(cursor, {}, 2)


@pytest.mark.parametrize("text", ["", "yesterday", "2026-01-01", "2026-01-01T00:00:00", "٣"])
def test_only_aware_instants_are_instants(text: str) -> None:
    with pytest.raises(InputInvalid):
        instant_of(text)


@pytest.mark.parametrize("text", ["", "-1", "1.0", "٣", "9" * 19])
def test_only_numbers_that_fit_are_numbers(text: str) -> None:
    with pytest.raises(InputInvalid):
        number_of(text)
