"""Lists and cards at WhatsApp's limits: shown whole or not at all."""

from typing import Any

import pytest

from schemas.content import Button, Card, ChoiceList, Row, Section
from services.whatsapp.interactive import cards_of, with_list


def choices(rows: int = 1, button: str = "Open", **row: Any) -> ChoiceList:
    found = tuple(Row(**{"id": str(number), "title": f"Row {number}", **row}) for number in range(rows))
    return ChoiceList(button=button, sections=(Section(rows=found),))


def test_ten_rows_of_full_length_are_a_list() -> None:
    shown = with_list(choices(10, title="t" * 24, description="d" * 72))
    assert shown is not None
    assert len(shown["action"]["sections"][0]["rows"]) == 10


@pytest.mark.parametrize(
    "wrong",
    [
        choices(0),
        choices(11),
        choices(1, title="t" * 25),
        choices(1, title=" "),
        choices(1, description="d" * 73),
        choices(1, id=""),
        choices(1, id="i" * 201),
        choices(2, id="same"),
        choices(1, button=""),
        choices(1, button="b" * 21),
    ],
)
def test_what_whatsapp_would_cut_or_refuse_is_no_list(wrong: ChoiceList) -> None:
    assert with_list(wrong) is None


def test_several_sections_must_have_names() -> None:
    first, second = Section(rows=(Row(id="1", title="One"),), title="A"), Section(rows=(Row(id="2", title="Two"),))
    assert with_list(ChoiceList(button="Open", sections=(first, second))) is None
    named = second.model_copy(update={"title": "B"})
    assert with_list(ChoiceList(button="Open", sections=(first, named))) is not None


def test_empty_sections_are_left_out() -> None:
    empty, full = Section(rows=(), title="A"), Section(rows=(Row(id="1", title="One"),))
    shown = with_list(ChoiceList(button="Open", sections=(empty, full)))
    assert shown is not None
    assert shown["action"]["sections"] == [{"rows": [{"id": "1", "title": "One"}]}]


def test_one_card_that_does_not_fit_makes_words_of_all() -> None:
    good, long = Card(title="Boot"), Card(title="t" * 1025)
    mixed = Card(title="Shoe", buttons=(Button(id="1", title="Yes"), Button(id="2", title="See", url="https://a.test")))
    assert len(cards_of([good])) == 1
    assert cards_of([good, long]) == cards_of([good, mixed]) == cards_of([good] * 11) == cards_of([]) == []
