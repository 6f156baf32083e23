"""How public posts are weighed, how well their tone is told, and what is a storm."""

import pytest

from bench.sentiment import accuracy, macro_f1, tone
from router.domain.reputation.sentiment import sentiment
from router.domain.reputation.storms import Post, Storm, candidates, score, storms, terms_of
from tests.support.opinions import opinions


def test_the_tone_of_opinions_in_six_languages_is_told_mostly_right() -> None:
    assert accuracy(opinions(), tone) >= 0.8


def test_no_tone_is_told_at_the_others_expense() -> None:
    assert macro_f1(opinions(), tone) >= 0.78


def test_there_are_at_least_200_opinions_in_six_languages() -> None:
    assert (len(opinions()) >= 200, len({language for language, _, _ in opinions()})) == (True, 6)


@pytest.mark.parametrize("text", ["", "?!", "12345", "x" * 100_000, "\u202e\ud83d" * 10])
def test_a_text_without_words_is_neutral(text: str) -> None:
    assert sentiment(text, "en") == 0.0


def test_of_a_language_without_words_only_signs_count() -> None:
    assert (sentiment("good 👎", "fi") < 0, sentiment("good", "fi")) == (True, 0.0)


def test_a_negation_turns_praise() -> None:
    assert sentiment("not good", "en") < 0 < sentiment("good", "en")


def test_stars_say_more_than_words() -> None:
    assert score(reach=None, rating=5, sentiment=-1.0) == 0.0


def test_displeasure_that_many_hear_weighs_more() -> None:
    weights = [score(reach=reach, rating=None, sentiment=-1.0) for reach in (0, 1000, 1_000_000, 10**12)]
    assert weights == [0.4, 0.55, 0.7, 0.7]


def test_displeasure_that_spreads_weighs_more() -> None:
    assert score(reach=0, rating=1, sentiment=0.0, hourly=63) == 0.7


def test_what_a_post_is_about_is_told_without_accents_and_common_words() -> None:
    assert terms_of("Why is the Café closed again?", "p1") == ("post:p1", "cafe", "closed")


def posts(many: int, term: str = "checkout", *, authors: int | None = None, prefix: str = "c") -> list[Post]:
    return [Post(f"{prefix}{n}", f"a{n % (authors or many)}", (term, f"word{prefix}{n}")) for n in range(many)]


def test_many_posts_of_many_people_on_what_nobody_speaks_of_are_a_storm() -> None:
    [storm] = storms(posts(8), {})
    assert (storm.subject, storm.posts, len(storm.conversations)) == ("checkout", 8, 8)


def test_fewer_than_the_least_are_none() -> None:
    assert storms(posts(7), {}) == []


def test_one_person_who_writes_a_lot_is_no_storm() -> None:
    assert storms(posts(100, authors=4), {}) == []


@pytest.mark.parametrize(
    ("many", "usual", "is_one"), [(30, 20.0, False), (60, 20.0, True), (12, 5.0, False), (25, 5.0, True)]
)
def test_what_is_usual_is_no_storm(many: int, usual: float, *, is_one: bool) -> None:
    assert bool(storms(posts(many), {"checkout": usual})) is is_one


def test_one_storm_under_two_words_is_one() -> None:
    both = [Post(f"c{n}", f"a{n}", ("checkout", "broken")) for n in range(20)]
    assert len(storms(both, {})) == 1


def test_two_storms_at_once_are_two() -> None:
    found = storms([*posts(20), *posts(10, "delivery", prefix="d")], {})
    assert [storm.subject for storm in found] == ["checkout", "delivery"]


def test_only_frequent_subjects_are_compared_with_the_past() -> None:
    assert candidates(posts(8)) == ["checkout"]


def test_posts_of_many_subjects_are_no_storm() -> None:
    found: list[Storm] = storms(
        [Post(f"c{n}", f"a{n}", (f"subject{n % 100}",)) for n in range(300)], {f"subject{n}": 2.0 for n in range(100)}
    )
    assert found == []
