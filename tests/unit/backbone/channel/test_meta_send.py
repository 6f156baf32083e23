"""What Meta's Send API is given: limits in characters and in bytes, cards whole or in words, and reactions."""

import json
from typing import Any

import pytest
from pydantic import SecretStr

from backbone.channel.meta_send import Sending, calls_for
from schemas.content import Button, Card, Content, MediaKind
from tests.support import channels as support

ACCOUNT = support.account("messenger")


def bodies(content: Any, *, text_max: int = 1000, **fields: Any) -> list[dict[str, Any]]:
    sending = Sending(
        title="Some medium",
        url="https://graph.example.test/me/messages",
        access_token=SecretStr("token"),
        human_agent=False,
        text_max=text_max,
        text_unit="bytes",
        kinds={MediaKind.IMAGE: "image"},
    )
    message = support.outbound_message(ACCOUNT, content=content, **fields)
    return [json.loads(call.body) for call in calls_for(message, sending)]


def said(content: Any, **options: Any) -> list[dict[str, Any]]:
    return [body["message"] for body in bodies(content, **options)]


def test_text_is_cut_by_bytes_where_the_medium_counts_bytes() -> None:
    parts = said(Content(text="字" * 500))
    assert [len(part["text"].encode()) <= 1000 for part in parts] == [True, True]


def test_a_button_template_whose_words_are_too_many_bytes_becomes_words() -> None:
    link = Button(id="l", title="See", url="https://shop.example.test")
    assert "attachment" in said(Content(text="x" * 600, buttons=(link,)))[-1]
    words = said(Content(text="字" * 600, buttons=(link,)))
    assert not any("attachment" in part for part in words)
    assert words[-1]["text"].endswith("1. See: https://shop.example.test")


@pytest.mark.parametrize(
    "card",
    [
        Card(title="Boot"),
        Card(title="t" * 81, text="x"),
        Card(title="Boot", text="t" * 81),
        Card(title="Boot", buttons=tuple(Button(id=n, title=n) for n in "abcd")),
        Card(title="Boot", buttons=(Button(id="1", title="t" * 21),)),
    ],
)
def test_a_card_that_meta_would_cut_or_refuse_makes_words_of_all(card: Card) -> None:
    good = Card(title="Shoe", text="Size 42")
    assert not any("attachment" in part for part in said(Content(carousel=(good, card))))


def test_ten_cards_are_shown_and_eleven_are_said() -> None:
    card = Card(title="Shoe", text="Size 42")
    assert len(said(Content(carousel=(card,) * 10))[0]["attachment"]["payload"]["elements"]) == 10
    assert "attachment" not in said(Content(carousel=(card,) * 11))[0]


def test_media_of_a_kind_that_does_not_go_are_links() -> None:
    files = {"media": [{"kind": "file", "url": "https://files.example.test/a.pdf", "filename": "a.pdf"}]}
    [part] = said(files)
    assert part["text"] == "a.pdf\nhttps://files.example.test/a.pdf"


@pytest.mark.parametrize(("emoji", "word"), [("❤️", "love"), ("❤", "love"), ("👍", "like"), ("🎉", "🎉")])
def test_a_reaction_is_metas_word_where_it_has_one(emoji: str, word: str) -> None:
    [body] = bodies({"text": emoji}, action="react", target="mid.1")
    assert body["payload"] == {"message_id": "mid.1", "reaction": word}
