"""Which channels are shown, in which order, and what outcomes change."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from router.domain.offers import HALF_LIFE, Cap, Channel, Rules, Seen, Visit, able, belief, endured, order
from router.repositories.offers import Staff
from router.usecases.offers import expected_wait, rules_from

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
CHAT = Channel("acc_chat", "webchat", "live", slots=3, bot=False, wait=0.0)
MAIL = Channel("acc_mail", "email", "mail", slots=3, bot=False, wait=0.0)
PHONES = Visit(page="/phones", topic="order", cohort="gen_z", device="phone")
USUAL = Rules(explore=0.0)


def firsts(seen: dict[tuple[str, str], Seen], rules: Rules = USUAL, visit: Visit = PHONES) -> Counter[str]:
    dice = Random(1)
    return Counter(order([CHAT, MAIL], visit, seen, rules, dice, NOW)[0].channel.account_id for _ in range(1000))


def test_only_channels_with_somebody_or_a_bot_are_shown_and_the_others_say_why() -> None:
    empty, bot = replace(MAIL, slots=0), replace(MAIL, account_id="acc_bot", slots=0, bot=True)
    shown, hidden = able([CHAT, empty, bot], USUAL)
    assert [c.account_id for c in shown] == ["acc_bot", "acc_chat"]
    assert hidden == {"acc_mail": "not_staffed"}


def test_the_switch_ends_all_offers_and_a_cap_those_of_one_channel() -> None:
    assert able([CHAT, MAIL], replace(USUAL, enabled=False)) == (
        [],
        {"acc_chat": "switched_off", "acc_mail": "switched_off"},
    )
    slow = replace(CHAT, wait=301.0)
    caps = {"acc_chat": Cap(longest_wait=300.0), "acc_mail": Cap(hidden=True)}
    assert able([slow, MAIL], replace(USUAL, caps=caps)) == (
        [],
        {"acc_chat": "wait_too_long", "acc_mail": "switched_off"},
    )


def test_the_same_dice_give_the_same_order() -> None:
    seen = {("acc_chat", ""): Seen(3, 4, NOW)}
    orders = [order([MAIL, CHAT], PHONES, seen, Rules(), Random(7), NOW) for _ in range(2)]
    assert orders[0] == orders[1]


def test_nothing_known_gives_both_their_turn() -> None:
    assert 400 < firsts({})["acc_mail"] < 600


def test_what_helped_comes_first_but_not_always_while_little_is_known() -> None:
    little = firsts({("acc_chat", ""): Seen(3, 1, NOW), ("acc_mail", ""): Seen(1, 3, NOW)})
    much = firsts({("acc_chat", ""): Seen(300, 100, NOW), ("acc_mail", ""): Seen(100, 300, NOW)})
    assert 500 < little["acc_chat"] < 990
    assert much["acc_chat"] > little["acc_chat"]


def test_a_floor_of_exploration_stays_whatever_the_settings_say() -> None:
    sure = {("acc_chat", ""): Seen(10_000, 0, NOW), ("acc_mail", ""): Seen(0, 10_000, NOW)}
    assert firsts(sure)["acc_mail"] == pytest.approx(10, abs=10)
    assert firsts(sure)["acc_mail"] > 0
    assert firsts(sure, replace(USUAL, explore=0.5))["acc_mail"] == pytest.approx(250, abs=60)


def test_a_page_of_its_own_overrules_what_holds_elsewhere() -> None:
    seen = {
        ("acc_chat", ""): Seen(500, 500, NOW),
        ("acc_mail", ""): Seen(300, 700, NOW),
        ("acc_chat", "page=/returns"): Seen(5, 195, NOW),
        ("acc_mail", "page=/returns"): Seen(150, 50, NOW),
    }
    assert firsts(seen)["acc_chat"] > 700
    assert firsts(seen, visit=Visit(page="/returns", device="phone"))["acc_mail"] > 900


def test_effects_of_features_add_up_and_the_combination_has_the_last_word() -> None:
    seen = {
        ("acc_chat", ""): Seen(100, 100, NOW),
        ("acc_chat", "page=/phones"): Seen(60, 20, NOW),
        ("acc_chat", "device=phone"): Seen(60, 20, NOW),
    }

    def mean(visit: Visit, more: dict[tuple[str, str], Seen]) -> float:
        alpha, beta = belief("acc_chat", visit, seen | more, NOW)
        return alpha / (alpha + beta)

    both = Visit(page="/phones", device="phone")
    assert mean(Visit(), {}) == pytest.approx(0.5)
    assert 0.6 < mean(Visit(page="/phones"), {}) < mean(both, {})
    assert mean(both, {("acc_chat", "page=/phones&device=phone"): Seen(0, 200, NOW)}) < 0.1


def test_old_outcomes_weigh_less_and_a_clock_that_went_back_changes_nothing() -> None:
    seen = Seen(8, 4, NOW)
    assert seen.aged(NOW + HALF_LIFE) == Seen(4, 2, NOW + HALF_LIFE)
    assert seen.learn(True, NOW + HALF_LIFE) == Seen(5, 2, NOW + HALF_LIFE)
    assert seen.aged(NOW - timedelta(days=1)) == seen


def test_a_long_wait_costs_a_live_channel_more_than_mail() -> None:
    live, mail = replace(CHAT, wait=300.0), replace(MAIL, wait=300.0)
    assert endured(live) < 0.4 < 0.99 < endured(mail)
    assert endured(CHAT) == 1.0


def test_the_expected_wait_is_the_routers_word_else_counted_from_queue_and_slots() -> None:
    assert expected_wait(Staff(slots=6, free=1, bot=False, waiting=0), "live", None) == 0.0
    assert expected_wait(Staff(slots=6, free=0, bot=False, waiting=2), "live", None) == 180.0
    assert expected_wait(Staff(slots=6, free=0, bot=False, waiting=2), "live", 75.0) == 75.0
    assert expected_wait(Staff(slots=0, free=0, bot=True, waiting=9), "live", 75.0) == 0.0


def test_settings_have_defaults_for_what_is_missing() -> None:
    assert rules_from({}) == Rules()
    stored = {"enabled": False, "channels": {"acc_chat": {"per_hour": 3}}}
    assert rules_from(stored) == Rules(enabled=False, caps={"acc_chat": Cap(per_hour=3)})
