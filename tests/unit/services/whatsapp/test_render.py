"""How long texts, captions and buttons share the parts of one message."""

import json
from typing import Any

import pytest

from backbone.channel.port import HttpCall
from schemas.content import Button, Content, Media, MediaKind
from services.whatsapp.codec import codec
from tests.support import channels as support


def bodies(content: Content) -> list[dict[str, Any]]:
    account = support.account("whatsapp")
    calls = codec.render(support.outbound_message(account, content=content), account)
    return [json.loads(call.body) for call in calls if isinstance(call, HttpCall)]


def test_buttons_ride_on_the_last_piece_of_a_long_text() -> None:
    parts = bodies(Content(text="word " * 500, buttons=(Button(id="y", title="Yes"),)))
    assert [part["type"] for part in parts] == ["text", "text", "interactive"]
    assert all(len(part["text"]["body"]) <= 1024 for part in parts[:-1])
    assert parts[-1]["interactive"]["action"]["buttons"] == [{"type": "reply", "reply": {"id": "y", "title": "Yes"}}]


@pytest.mark.parametrize(
    "buttons",
    [
        [Button(id="1", title="x" * 21)],
        [Button(id="1", title="same"), Button(id="2", title="same")],
        [Button(id="1", title="a"), Button(id="2", title="b", url="https://b.example.test")],
        [Button(id=str(number), title=str(number)) for number in range(4)],
    ],
)
def test_buttons_that_whatsapp_refuses_become_a_list(buttons: list[Button]) -> None:
    [part] = bodies(Content(text="Choose", buttons=tuple(buttons)))
    assert part["text"]["body"].startswith("Choose\n\n1. ")


def test_titles_of_twenty_characters_are_buttons() -> None:
    [part] = bodies(Content(text="Choose", buttons=tuple(Button(id=n, title=n + "x" * 19) for n in "abc")))
    assert len(part["interactive"]["action"]["buttons"]) == 3


def test_buttons_without_a_text_are_a_list() -> None:
    [part] = bodies(Content(buttons=(Button(id="y", title="Yes"),)))
    assert part["text"]["body"] == "1. Yes"


def test_a_caption_that_is_too_long_goes_out_as_text() -> None:
    media = Media(kind=MediaKind.IMAGE, url="https://files.example.test/a.png", caption="c" * 1025)
    text, image = bodies(Content(media=(media,)))
    assert text["text"]["body"] == "c" * 1025
    assert image["image"] == {"link": "https://files.example.test/a.png"}


def test_only_the_first_part_quotes() -> None:
    account = support.account("whatsapp")
    message = support.outbound_message(account, content={"text": "x " * 3000}, in_reply_to="wamid.A")
    parts = [json.loads(call.body) for call in codec.render(message, account) if isinstance(call, HttpCall)]
    assert [part.get("context") for part in parts] == [{"message_id": "wamid.A"}, None]


def test_a_template_goes_alone() -> None:
    content = Content.model_validate({"text": "hidden", "template": {"name": "t", "language": "en"}})
    [part] = bodies(content)
    assert part["template"] == {"name": "t", "language": {"code": "en"}}
