"""What is blacked out of messages, and what stays."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.domain.identifiers import luhn
from router.domain.masking import DOTS, Masking, masked, masking_from

EVERYTHING = Masking(bank_accounts=True, labels=("club number",))


@pytest.mark.parametrize(
    ("said", "kept", "kind"),
    [
        ("my card is 4111 1111 1111 1111, exp 12/27", f"my card is {DOTS} 1111, exp 12/27", "payment_card"),
        ("5555-5555-5555-4444", f"{DOTS} 4444", "payment_card"),
        ("378282246310005", f"{DOTS} 0005", "payment_card"),
        ("the CVC is 123", f"the CVC is {DOTS}", "payment_card"),
        ("Prüfziffer: 9876", f"Prüfziffer: {DOTS}", "payment_card"),
        ("my password is Hunter2!", f"my password is {DOTS}", "password"),
        ("password:hunter", f"password:{DOTS}", "password"),
        ("mein Passwort lautet geheim99", f"mein Passwort lautet {DOTS}", "password"),
        ("mijn wachtwoord is Welkom01", f"mijn wachtwoord is {DOTS}", "password"),
        ("min adgangskode er Sommer24", f"min adgangskode er {DOTS}", "password"),
        ("moje hasło to Zima2026", f"moje hasło to {DOTS}", "password"),
        ("mi contraseña es Verano_1", f"mi contraseña es {DOTS}", "password"),
        ("كلمة المرور: secret1", f"كلمة المرور: {DOTS}", "password"),
        ("pin: 4821", f"pin: {DOTS}", "password"),
        ("mijn BSN is 111222333", f"mijn BSN is {DOTS}", "national_id"),
        ("Steuer-ID 86 095 742 719", f"Steuer-ID {DOTS}", "national_id"),
        ("mit cpr er 010170 1234", f"mit cpr er {DOTS}", "national_id"),
        ("010170-1234", DOTS, "national_id"),
        ("PESEL: 44051401359", f"PESEL: {DOTS}", "national_id"),
        ("DNI 12345678Z", f"DNI {DOTS}", "national_id"),
        ("NIE X1234567L", f"NIE {DOTS}", "national_id"),
        ("AB 12 34 56 C", DOTS, "national_id"),
        ("SSN 536-22-1234", f"SSN {DOTS}", "national_id"),
        ("85.07.30-033.28", DOTS, "national_id"),
        ("811228-9874", DOTS, "national_id"),
        ("RSSMRA85T10A562S", DOTS, "national_id"),
        ("2 55 08 14 168 025 38", DOTS, "national_id"),
        ("NL91 ABNA 0417 1643 00", f"NL{DOTS} 4300", "bank_account"),
        ("Club number: tulip", f"Club number: {DOTS}", "label"),
    ],
)
def test_what_must_not_be_kept_is_blacked_out(said: str, kept: str, kind: str) -> None:
    found, kinds = masked(said, EVERYTHING)
    assert (found, list(kinds)) == (kept, [kind])
    assert masked(found, EVERYTHING) == (found, {}), "doing it again must change nothing"


@pytest.mark.parametrize(
    "said",
    [
        "order 4111111111111112 has not come",
        "track and trace 1Z999AA10123456784 and 3SABCD1234567",
        "call me at +48 601 234 567 or +31 6 12345678",
        "I wrote on 2026-11-20 at 10:15, order 123456789",
        "my password is wrong",
        "mein Passwort ist falsch.",
        "the password does not work",
        "sku 111222333",
        "IMEI 490154203237518",
        "ISBN 978-3-16-148410-0",
        "000-12-3456",
        "BG123456A",
        "311299-12345",
    ],
)
def test_what_only_looks_like_it_stays(said: str) -> None:
    assert masked(said) == (said, {})


def test_each_kind_can_be_switched_off() -> None:
    said = "card 4111 1111 1111 1111, BSN 111222333, password: x1y2z3"
    none = masking_from({"payment_cards": False, "national_ids": False, "passwords": False})
    assert masked(said, none) == (said, {})
    cards = masking_from({"national_ids": False, "passwords": False, "labels": "not a list"})
    assert masked(said, cards) == (f"card {DOTS} 1111, BSN 111222333, password: x1y2z3", {"payment_card": 1})


@given(st.text(max_size=300))
def test_any_text_comes_out_the_same_the_second_time(text: str) -> None:
    once, _ = masked(text, EVERYTHING)
    assert masked(once, EVERYTHING)[0] == once


@given(st.integers(0, 10**13 - 1), st.sampled_from(["", " ", "-"]), st.text("abc .,\n", max_size=20))
def test_a_valid_card_never_stays_wherever_it_stands(number: int, between: str, around: str) -> None:
    body = f"41{number:013d}"
    digits = next(body + str(check) for check in range(10) if luhn(body + str(check)))
    shown = between.join(digits[place : place + 4] for place in range(0, 16, 4))
    found, _ = masked(f"{around} {shown} {around}")
    assert shown not in found
    assert digits[:12] not in found.replace(between, "") if between else digits[:12] not in found


@pytest.mark.parametrize(("length", "share"), [(9, 0.0), (10, 0.0), (11, 0.005), (13, 0.005), (15, 0.005), (16, 0.03)])
def test_few_random_numbers_are_taken_for_something(length: int, share: float) -> None:
    dice = random.Random(length)
    numbers = ["".join(dice.choice("0123456789") for _ in range(length)) for _ in range(5000)]
    assert sum(bool(masked(f"order {number}")[1]) for number in numbers) <= share * len(numbers)


def test_a_huge_text_is_looked_at_up_to_a_limit_and_cut_where_something_was_found() -> None:
    huge = "a " * 60_000
    assert masked(huge) == (huge, {})
    found, kinds = masked(f"4111 1111 1111 1111 {huge}")
    assert (len(found), dict(kinds)) == (100_000 - 10, {"payment_card": 1})
