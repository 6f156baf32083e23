"""Who is invited to tell others, where, and in which words."""

import pytest

from router.domain.advocates import Inviting, invitation, inviting_from

PAGES = Inviting(
    enabled=True, links={"acc_1": "https://reviews.example/1"}, link="https://reviews.example/all", referral=True
)


def test_nobody_is_invited_unless_the_tenant_says_so() -> None:
    assert not inviting_from({}).takes(5)


@pytest.mark.parametrize(("score", "takes"), [(5, True), (4, False)])
def test_a_good_rating_counts(score: int, *, takes: bool) -> None:
    assert PAGES.takes(score) is takes


def test_without_anything_to_invite_to_nobody_is() -> None:
    assert not Inviting(enabled=True).takes(5)


def test_an_account_has_its_own_page_others_the_tenants() -> None:
    assert [PAGES.offer(one) for one in ("acc_1", "acc_2")] == [
        ("review", "https://reviews.example/1"),
        ("review", "https://reviews.example/all"),
    ]


def test_without_a_page_there_is_a_code_for_friends() -> None:
    assert Inviting(enabled=True, referral=True).offer("acc_1") == ("referral", None)


def test_a_language_without_words_is_invited_in_english() -> None:
    assert invitation("review", "fi", "x") == invitation("review", "en", "x")
