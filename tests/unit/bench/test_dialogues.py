"""The judge of the assistant's dialogues: what no article says is found, however near it is."""

import json

import pytest

from bench.dialogues import SCRIPTS, invented, scripts, title_in

KNOWN = json.loads(SCRIPTS.read_text(encoding="utf-8"))
TITLE, BODY, _ = KNOWN["en"]["topics"][0]
OTHER = KNOWN["en"]["topics"][1][1]
WAY_OUT = "If that does not help, write that you want to speak to a person."


def test_there_are_three_hundred_dialogues_in_six_languages_each_time_the_same() -> None:
    made = list(scripts(KNOWN, 1))
    assert (len(made), {one.language for one in made}) == (300, {"en", "nl", "de", "da", "pl", "es"})
    assert made == list(scripts(KNOWN, 1))


def test_what_the_article_says_is_no_invention() -> None:
    said = f"Automated assistant: {BODY}\n\nSource: {TITLE}\n\n{WAY_OUT}"
    assert invented(said, KNOWN) == []
    assert title_in(said, KNOWN) == TITLE


@pytest.mark.parametrize(
    "said",
    [
        f"{BODY.replace('30', '60')}\n\nSource: {TITLE}",
        f"{OTHER}\n\nSource: {TITLE}",
        BODY,
        f"{BODY}\n\nSource: Something else",
        "Your parcel arrives tomorrow.",
    ],
)
def test_a_changed_number_another_article_or_no_source_is_one(said: str) -> None:
    assert invented(said, KNOWN) != []
