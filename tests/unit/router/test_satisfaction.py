"""When customers are asked, what they are shown, and which messages are answers."""

from datetime import UTC, datetime, timedelta

import pytest

from router.domain.satisfaction import (
    LANGUAGES,
    Answer,
    Asking,
    Heard,
    Stage,
    answer,
    ask_at,
    asking_from,
    question,
    score_of,
)

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def asked_at(asking: Asking, channel_class: str = "messaging", **values: object) -> datetime | None:
    usual: dict[str, object] = {"own_client": False, "visibility": "private", "wrote": True, "window_expires_at": None}
    return ask_at(asking, channel_class=channel_class, now=NOW, **(usual | values))  # type: ignore[arg-type]


def heard(
    text: str, stage: Stage = "asked", *, score: int | None = None, after: timedelta = timedelta(minutes=5)
) -> Answer | None:
    return answer(stage, Heard(text), since=NOW, score=score, effort=False, at=NOW + after)


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("5", 5), (" 1 ", 1), ("4/5", 4), ("3 van 5", 3), ("2.", 2), ("⭐⭐⭐", 3), ("★★★★★", 5), ("٥", 5), ("5️⃣", 5),
        ("vijf", 5), ("Vier", 4), ("pięć", 5), ("cuatro", 4), ("fem", 5), ("خمسة", 5), ("five!", 5),
        ("4 – good", 4), ("5\n\nOn Monday you wrote:", 5),
    ],
)  # fmt: skip
def test_a_message_that_is_nothing_but_a_rating_is_one(text: str, score: int) -> None:
    assert score_of(Heard(text)) == score


@pytest.mark.parametrize(
    "text",
    ["0", "6", "15", "5 parcels are missing", "I give you a 5", "my order is 4", "thanks", "", "1-2", "10/5", "?"],
)
def test_a_message_with_anything_else_in_it_is_no_rating(text: str) -> None:
    assert score_of(Heard(text)) is None


def test_a_pick_of_one_of_our_choices_is_a_rating() -> None:
    assert score_of(Heard(choice_id="csat:2", choice_title="2 – poor")) == 2


def test_a_pick_of_another_choice_is_no_rating() -> None:
    assert score_of(Heard(choice_id="csat:9", choice_title="nine")) is None


def test_nobody_is_asked_unless_the_tenant_says_so() -> None:
    assert asked_at(asking_from({})) is None


def test_messengers_are_asked_after_ten_minutes() -> None:
    assert asked_at(Asking(enabled=True)) == NOW + timedelta(minutes=10)


def test_mails_are_asked_after_an_hour() -> None:
    assert asked_at(Asking(enabled=True), "mail") == NOW + timedelta(hours=1)


def test_the_tenant_may_set_another_time() -> None:
    asking = asking_from({"satisfaction": {"enabled": True, "after_seconds": 30}})
    assert asked_at(asking) == NOW + timedelta(seconds=30)


def test_a_window_that_closes_soon_brings_the_question_forward() -> None:
    closes = NOW + timedelta(minutes=9)
    assert asked_at(Asking(enabled=True), window_expires_at=closes) == NOW + timedelta(minutes=4)


@pytest.mark.parametrize(
    "values",
    [
        {"window_expires_at": NOW - timedelta(minutes=1)},
        {"visibility": "public"},
        {"own_client": True},
        {"wrote": False},
        {"channel_class": "voice"},
    ],
)
def test_some_customers_are_never_asked(values: dict[str, object]) -> None:
    assert asked_at(Asking(enabled=True), **values) is None  # type: ignore[arg-type]


def test_a_rating_after_three_days_is_an_ordinary_message() -> None:
    assert heard("5", after=timedelta(hours=73)) is None


def test_a_text_before_the_rating_is_an_ordinary_message() -> None:
    assert heard("My parcel is still not here") is None


def test_after_a_rating_a_text_is_what_they_wish_to_add() -> None:
    assert heard("Very kind people.", "rated", score=5) == Answer("done", comment="Very kind people.", says="thanks")


def test_a_text_after_a_poor_rating_also_wakes_somebody() -> None:
    assert heard("Nothing was solved.", "rated", score=1) == Answer(
        "done", comment="Nothing was solved.", ordinary=True
    )


@pytest.mark.parametrize("text", ["Where is my parcel?", "أين طردي؟"])
def test_a_question_after_a_rating_is_an_ordinary_message(text: str) -> None:
    assert heard(text, "rated", score=5) is None


def test_a_text_long_after_the_rating_is_an_ordinary_message() -> None:
    assert heard("Hello again", "rated", score=5, after=timedelta(hours=2)) is None


def test_after_the_text_nothing_is_an_answer_any_more() -> None:
    assert heard("5", "done", score=5) is None


def test_who_is_asked_for_the_effort_answers_that_next() -> None:
    given = answer("asked", Heard("4"), since=NOW, score=None, effort=True, at=NOW)
    assert given == Answer("effort", 4, says="effort")
    assert answer("effort", Heard("2"), since=NOW, score=4, effort=True, at=NOW) == Answer(
        "rated", effort=2, says="comment"
    )


@pytest.mark.parametrize(("buttons", "rows", "shown"), [(13, 0, "buttons"), (3, 10, "list"), (3, 0, "digits")])
def test_a_question_takes_what_the_channel_has(buttons: int, rows: int, shown: str) -> None:
    assert question(buttons, rows, "en").shown == shown


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_title_of_a_question_is_understood_when_written(language: str) -> None:
    titles = [title for _, title in question(5, 0, language).options]
    assert [score_of(Heard(title)) for title in titles] == [1, 2, 3, 4, 5]


def test_a_language_without_words_is_asked_in_english() -> None:
    assert question(5, 0, "fi").text == question(5, 0, "en").text
