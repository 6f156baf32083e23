"""What the assistant says next: quotes, forms and honest endings, without any IO."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.domain.assistant import (
    QUOTED_MOST,
    Form,
    Found,
    Line,
    Wanted,
    answer,
    fill,
    not_helped,
    open_form,
    quote,
    saying,
    thanks,
)

ORDER = Wanted("order", "number", {"en": "Which order is it?", "de": "Welche Bestellung?"})
MAIL = Wanted("mail", "email", {"default": "Mail?"})
FORM = Form("late", (ORDER, MAIL), "parcels")


@given(st.text(max_size=3000), st.text(max_size=200))
def test_a_quote_stands_in_the_article_word_for_word(text: str, question: str) -> None:
    found = quote(text, question)
    assert found in text
    assert len(found) <= max(QUOTED_MOST, 0)


def test_of_a_long_article_the_sentences_that_fit_are_quoted() -> None:
    text = " ".join([*["Nothing of note is here."] * 40, "Vouchers end after a year.", *["More of that."] * 60])
    assert "Vouchers end after a year." in quote(text, "When do my vouchers end?")


@pytest.mark.parametrize("language", ["ar", "da", "de", "en", "es", "nl", "pl"])
def test_what_is_too_far_off_is_not_quoted_in_any_language(language: str) -> None:
    far, near = Found("art_1", "T", "text", 0.59), Found("art_1", "T", "text", 0.6)
    given_up = answer([far], "what", (), language)
    assert (given_up.say, given_up.reason) == (saying("unknown", language), "low_score")
    told = answer([near], "what", (), language)
    assert told.reason is None
    assert told.say is not None
    assert told.say.split("\n\n")[0] == "text"
    again = answer([near], "what", [Line(False, told.say)], language)
    assert again.reason == "low_score"


def test_a_form_takes_what_was_said_before_it_asked() -> None:
    said = [Line(True, "My order #AB-1234 is late, I am ann@mail.example")]
    assert fill(FORM, said, "en").fields == {"order": "#AB-1234", "mail": "ann@mail.example"}


def test_a_form_asks_in_the_language_or_in_the_one_for_all_others() -> None:
    asked = fill(FORM, [Line(True, "late")], "de")
    assert (asked.say, asked.reason) == ("Welche Bestellung?", None)
    assert fill(FORM, [Line(True, "4711")], "de").say == "Mail?"


def test_a_form_is_open_while_its_question_is_the_last_word() -> None:
    said = [Line(True, "late"), Line(False, "Bot: Which order is it?"), Line(True, "no idea")]
    assert open_form(said, [FORM]) is FORM
    assert fill(FORM, said, "en").say == f"{saying('again', 'en')} Which order is it?"
    more = [*said, Line(False, "I did not understand that. Which order is it?"), Line(True, "really none")]
    assert (fill(FORM, more, "en").reason, fill(FORM, more, "en").say) == ("low_score", None)
    assert open_form([*said, Line(False, "Hello")], [FORM]) is None


@pytest.mark.parametrize("said", ["Thanks!", "ok, danke", "Muchas gracias 😊", "Dank je wel", "mange tak", "dziękuję"])
def test_thanks_ask_nothing(said: str) -> None:
    assert thanks(said)


@pytest.mark.parametrize("said", ["", "Thanks, and where is it?", "tak for ikke at svare"])
def test_thanks_with_a_question_are_one(said: str) -> None:
    assert not thanks(said)


def test_who_is_not_helped_says_so() -> None:
    helped_not = ["That didn't help", "Das hilft mir nicht weiter", "dat helpt niet", "to nie pomaga", "no me ayuda"]
    assert [not_helped(said) for said in helped_not] == [True] * 5
    assert not not_helped("Can you help me?")


@given(st.lists(st.builds(Line, st.booleans(), st.text(max_size=60)), max_size=12), st.sampled_from(["en", "de", None]))
def test_a_form_ends_after_asking_each_thing_twice_at_most(said: list[Line], language: str | None) -> None:
    for _ in range(2 * len(FORM.fields)):
        move = fill(FORM, said, language)
        if move.reason is not None:
            break
        assert move.say is not None
        said = [*said, Line(False, move.say), Line(True, "?")]
    assert fill(FORM, said, language).reason is not None
