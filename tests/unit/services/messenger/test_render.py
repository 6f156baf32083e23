"""How texts, captions and buttons share the parts of one message."""

import json
from typing import Any

import pytest

from backbone.channel.port import HttpCall
from schemas.content import Button, Content, Media, MediaKind
from tests.support import channels as support


def bodies(content: Content, **fields: Any) -> list[dict[str, Any]]:
    account = support.account("messenger", fields.pop("settings", {}))
    calls = support.load("messenger").codec.render(
        support.outbound_message(account, content=content, **fields), account
    )
    return [json.loads(call.body) for call in calls if isinstance(call, HttpCall)]


def test_quick_replies_ride_on_the_last_piece_of_a_long_text() -> None:
    parts = [body["message"] for body in bodies(Content(text="word " * 900, buttons=(Button(id="y", title="Yes"),)))]
    assert ["quick_replies" in part for part in parts] == [False, False, True]
    assert all(len(part["text"]) <= 2000 for part in parts)


def test_a_button_template_takes_the_last_640_characters() -> None:
    button = Button(id="t", title="Track", url="https://track.example.test")
    parts = [body["message"] for body in bodies(Content(text="word " * 200, buttons=(button,)))]
    assert ["attachment" in part for part in parts] == [False, True]
    assert len(parts[-1]["attachment"]["payload"]["text"]) <= 640


@pytest.mark.parametrize(
    "buttons",
    [
        [Button(id=str(number), title=str(number)) for number in range(14)],
        [Button(id="", title="no id")],
        [Button(id="x" * 1001, title="long id")],
        [Button(id="1", title=" ")],
        [Button(id=str(number), title="t", url="https://t.example.test") for number in range(4)],
    ],
)
def test_buttons_that_messenger_refuses_become_a_list(buttons: list[Button]) -> None:
    [body] = bodies(Content(text="Choose", buttons=tuple(buttons)))
    assert body["message"]["text"].startswith("Choose\n\n1.")


def test_thirteen_buttons_are_quick_replies() -> None:
    [body] = bodies(Content(text="Choose", buttons=tuple(Button(id=str(n), title="x" * 20) for n in range(13))))
    assert len(body["message"]["quick_replies"]) == 13


def test_media_comes_before_what_is_said_about_it() -> None:
    media = (Media(kind=MediaKind.IMAGE, url="https://files.example.test/a.png", caption="caption"),)
    first, second = (body["message"] for body in bodies(Content(text="text", media=media)))
    assert first["attachment"]["type"] == "image"
    assert second == {"text": "text\n\ncaption"}


@pytest.mark.parametrize(
    ("granted", "automatic", "closed", "kind"),
    [
        (True, False, True, "MESSAGE_TAG"),
        (True, False, False, "RESPONSE"),
        (True, True, True, "RESPONSE"),
        (False, False, True, "RESPONSE"),
    ],
)
def test_the_tag_is_for_people_after_the_window_where_granted(
    granted: bool, automatic: bool, closed: bool, kind: str
) -> None:
    end = "2026-11-20T09:00:00Z" if closed else "2026-11-20T09:00:01Z"
    [body] = bodies(Content(text="x"), settings={"human_agent": granted}, automatic=automatic, window_expires_at=end)
    assert body["messaging_type"] == kind
    assert ("tag" in body) == (kind == "MESSAGE_TAG")
