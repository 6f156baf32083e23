"""LINE's files and keys: the token goes to LINE alone, and a repeated call is known by its key."""

import json

import pytest

from backbone.channel.port import HttpCall
from services.line.codec import codec
from tests.support import channels as support

ACCOUNT = support.account("line")


def test_a_file_that_line_holds_is_asked_for_by_its_message() -> None:
    call = codec.media_call("468412000000000001", ACCOUNT)
    assert call is not None
    assert call.url == f"{support.PROVIDER}/v2/bot/message/468412000000000001/content"
    assert dict(call.headers)["authorization"].startswith("Bearer ")


@pytest.mark.parametrize("ref", ["https://files.example.test/a.jpg", "../1", "", "1" * 33, "一"])
def test_a_link_or_anything_else_is_fetched_without_the_token(ref: str) -> None:
    assert codec.media_call(ref, ACCOUNT) is None


def keys(text: str, message_id: str) -> list[str]:
    message = support.outbound_message(ACCOUNT, content={"text": text}, message_id=message_id)
    calls = codec.render(message, ACCOUNT)
    return [dict(call.headers)["x-line-retry-key"] for call in calls if isinstance(call, HttpCall)]


def test_each_part_of_a_message_has_its_own_lasting_key() -> None:
    first = keys("word " * 1500, "msg_1")
    assert len(set(first)) == len(first) == 2
    assert first == keys("word " * 1500, "msg_1")
    assert not set(first) & set(keys("word " * 1500, "msg_2"))


def test_one_call_holds_five_messages_and_one_text_at_most() -> None:
    media = [{"kind": "image", "url": f"https://files.example.test/{number}.jpg"} for number in range(7)]
    message = support.outbound_message(ACCOUNT, content={"text": "word " * 1500, "media": media})
    groups = [
        json.loads(call.body)["messages"] for call in codec.render(message, ACCOUNT) if isinstance(call, HttpCall)
    ]
    assert [len(group) for group in groups] == [5, 3, 1]
    assert [sum(part["type"] == "text" for part in group) for group in groups] == [0, 1, 1]
