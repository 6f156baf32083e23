"""Quoted history and signatures: cut where they are sure, left where they may be the customer's words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backbone.channel.mail.quotes import TEXT_MAX, reply_of

QUOTE = "\n> what we wrote\n> before"


@pytest.mark.parametrize(
    "header",
    [
        "On Fri, 20 Nov 2026 at 09:30, Support <s@desk.example.test> wrote:",
        "On 20 Nov 2026, at 09:30, Support\n<s@desk.example.test> wrote:",
        "Am 20.11.2026 um 09:30 schrieb Support <s@desk.example.test>:",
        "Le ven. 20 nov. 2026 à 09:30, Support <s@desk.example.test> a écrit :",
        "El vie, 20 nov 2026 a las 9:30, Support (<s@desk.example.test>) escribió:",
        "Il giorno ven 20 nov 2026 alle ore 09:30 Support <s@desk.example.test> ha scritto:",
        "Op vr 20 nov. 2026 om 09:30 schreef Support <s@desk.example.test>:",
        "Dne pá 20. 11. 2026 9:30 uživatel Support <s@desk.example.test> napsal(a):",
        "Den fre. 20. nov. 2026 kl. 09.30 skrev Support <s@desk.example.test>:",
        "W dniu 20.11.2026 o 09:30, Support pisze:",
        "Em sex., 20 de nov. de 2026 às 09:30, Support <s@desk.example.test> escreveu:",
        "20 Kas 2026 Cum, 09:30 tarihinde Support <s@desk.example.test> şunu yazdı:",
        "пт, 20 нояб. 2026 г. в 09:30, Support <s@desk.example.test>:",
        "20 ноября 2026 г., в 09:30, Support написал(а):",
        "пт, 20 лист. 2026 р. о 09:30 Support <s@desk.example.test> пише:",
        "2026年11月20日(金) 9:30 Support <s@desk.example.test>:",
        "2026年11月20日 Support 写道：",
        "2026년 11월 20일 (금) 오전 9:30, Support님이 작성하였습니다:",
        "-----Original Message-----\nFrom: Support",
        "-------- Oprindelig besked --------\nFra: Support <s@desk.example.test>",
        "---- On Fri, 20 Nov 2026 09:30:00 +0100 s@desk.example.test wrote ----",
        "From: Support <s@desk.example.test>\nSent: Friday, 20 November 2026 09:30\nTo: Ana\nSubject: Parcel",
        "Von: Support\nGesendet: Freitag, 20. November 2026 09:30\nAn: Ana\nBetreff: Paket",
        "________________________________\nDe : Support\nEnvoyé : vendredi\nÀ : Ana\nObjet : Colis",
        "От: Support\nОтправлено: 20 ноября\nКому: Ana\nТема: Посылка",
        "*From:* Support\n*Date:* Friday\n*To:* Ana\n*Subject:* Parcel",
    ],
)
def test_the_history_under_a_reply_is_cut(header: str) -> None:
    assert reply_of(f"Thank you!\n\nIt came.\n\n{header}\n{QUOTE}") == "Thank you!\n\nIt came."


@pytest.mark.parametrize(
    "text",
    [
        "I travel\nFrom: Berlin\nTo: Paris\nDate: 3 May",
        "Data: 5 GB\nare gone",
        "My brother wrote:\nplease send it",
        "I said on Monday:\nno",
        "These are the points:\n- one\n- two",
        "Here are 3 things to do at 10:15:\n1. call me",
        "-- first point\n-- second point",
        "> you asked this\n\nand I say yes\n\n> and this\n\nno",
        "A line\n\n-----\n\nanother line",
        "Best regards to the team that helped me. One more question: where is it?",
        "a@b.example and c@d.example wrote:\nboth",
    ],
)
def test_a_customers_own_words_stay(text: str) -> None:
    kept = reply_of(text)
    assert kept == text


def test_an_answer_under_the_quote_is_found() -> None:
    text = "On Fri, 20 Nov 2026 at 09:30, Support <s@desk.example.test> wrote:\n> where?\n> when?\n\nHere, now."
    assert reply_of(text) == "Here, now."


def test_a_mail_that_is_a_quote_only_stays_whole() -> None:
    text = "On Fri, 20 Nov 2026 at 09:30, Support <s@desk.example.test> wrote:\n> where?"
    assert reply_of(text) == text
    assert reply_of("> only\n> quoted") == "> only\n> quoted"
    assert reply_of("-- \nAna") == "--\nAna"


@pytest.mark.parametrize(
    "end",
    [
        "\n-- \nAna\nSomewhere 1",
        "\n--\nAna",
        "\n\nSent from my iPhone",
        "\n\nVon meinem iPhone gesendet",
        "\n\nОтправлено с iPhone",
        "\n\nGet Outlook for Android",
    ],
)
def test_a_signature_is_cut(end: str) -> None:
    assert reply_of("Hello,\nit came." + end) == "Hello,\nit came."


def test_a_text_beyond_the_limit_is_left_alone() -> None:
    text = "a" * TEXT_MAX + "\n-- \nAna"
    assert reply_of(text) == text


@given(st.text(max_size=400))
def test_something_is_always_left_and_nothing_is_made_up(text: str) -> None:
    kept = reply_of(text)
    assert bool(kept.strip()) == bool(text.strip())
    lines = {line.strip() for line in text.split("\n")}
    assert {line.strip() for line in kept.split("\n")} <= lines | {""}
