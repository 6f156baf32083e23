"""The words on which a bot lets go, in seven languages, and what customers are told then."""

from datetime import timedelta

import pytest

from router.domain.bots import handover_notice, label, lets_go


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Can I speak to a human please?", "asked"),
        ("I want a real person", "asked"),
        ("stop the bot", "asked"),
        ("Ich möchte mit einem Menschen sprechen", "asked"),
        ("Kann ich met een medewerker praten?", "asked"),
        ("Ik wil met een mens praten", "asked"),
        ("Jeg vil gerne tale med en medarbejder", "asked"),
        ("Chcę rozmawiać z człowiekiem", "asked"),
        ("Quiero hablar con una persona", "asked"),
        ("أريد التحدث مع موظف", "asked"),
        ("My lawyer will call you", "sensitive"),
        ("Meine Mutter ist verstorben", "sensitive"),
        ("Dit is een datalek!", "sensitive"),
        ("Es una estafa", "anger"),
        ("This is ridiculous", "anger"),
        ("To skandal!", "anger"),
        ("Frechheit!!", "anger"),
        # What was asked for goes before the tone.
        ("This is ridiculous, give me a real person", "asked"),
    ],
)
def test_a_wish_for_a_person_anger_and_what_is_no_matter_for_a_bot_are_found(text: str, reason: str) -> None:
    assert lets_go(text) == reason


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Where is my parcel?",
        "How many persons fit into the tent?",
        "Is the robot vacuum in stock?",
        "Do you sell human hair wigs",
        "Wo ist meine Bestellung? Die Person an der Tür hat nichts abgegeben",
        "Czy odkurzacz robot jest dostępny?",
        "¿Cuántas personas caben?",
        "x" * 100_000,
    ],
)
def test_plain_questions_are_left_to_the_bot(text: str) -> None:
    assert lets_go(text) is None


def test_a_tenants_own_words_count_beside_ours_as_whole_words() -> None:
    own = {"sensitive": ["Chargeback", "the board"], "asked": [""]}
    assert lets_go("I start a CHARGEBACK now", own) == "sensitive"
    assert lets_go("I'll write to the  Board", own) == "sensitive"
    assert lets_go("chargebacks", own) is None


@pytest.mark.parametrize("language", ["en", "nl", "da", "pl", "de", "es", "ar"])
def test_the_notice_says_how_long_it_takes_where_that_is_known(language: str) -> None:
    known = handover_notice(language, timedelta(seconds=200), closed=False)
    assert "3" in known
    assert "{" not in known
    unknown, closed = (handover_notice(language, None, closed=shut) for shut in (False, True))
    assert len({known, unknown, closed}) == 3
    assert not any(letter.isdigit() for letter in unknown + closed)
    assert label(language) != label("en") or language == "en"


def test_an_unknown_language_gets_english_and_no_wait_is_shorter_than_a_minute() -> None:
    assert "about 1 min" in handover_notice("fi", timedelta(seconds=4), closed=False)
    assert label(None) == "Automated assistant"
