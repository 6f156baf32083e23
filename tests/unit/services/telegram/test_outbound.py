"""What Telegram's keyboards and HTML are made of."""

import json
from typing import Any

from backbone.channel.port import HttpCall
from services.telegram.codec import codec
from tests.support import channels as support


def bodies(content: dict[str, Any]) -> list[dict[str, Any]]:
    account = support.account("telegram")
    calls = codec.render(support.outbound_message(account, content=content), account)
    return [json.loads(call.body) for call in calls if isinstance(call, HttpCall)]


def test_buttons_of_the_message_stand_below_those_of_the_last_card() -> None:
    card = {"title": "Boot", "buttons": [{"id": "buy", "title": "Buy"}]}
    last = bodies({"text": "For you", "carousel": [card], "buttons": [{"id": "no", "title": "No"}]})[-1]
    rows = last["reply_markup"]["inline_keyboard"]
    assert [row[0]["callback_data"] for row in rows] == ["buy", "no"]


def test_each_part_of_a_long_light_text_is_whole_html() -> None:
    parts = bodies({"text": "*bold <word>* and more. " * 400, "text_format": "light"})
    assert len(parts) > 1
    for part in parts:
        assert part["parse_mode"] == "HTML"
        assert part["text"].count("<b>") == part["text"].count("</b>")
        assert "<word>" not in part["text"]


def test_plain_text_is_never_read_as_markup() -> None:
    [part] = bodies({"text": "*not bold* <b>nor this</b>"})
    assert part["text"] == "*not bold* <b>nor this</b>"
    assert "parse_mode" not in part
