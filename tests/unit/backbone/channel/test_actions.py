"""Actions: only those a channel knows, and only about something."""

import pytest

from backbone.channel.actions import check_action, emoji_of, target_of
from backbone.errors import InputInvalid
from schemas.outbound import OutboundMessage
from tests.support import channels as support


def message(**fields: object) -> OutboundMessage:
    return support.outbound_message(support.account("telegram"), **{"content": {}, **fields})


def test_sending_is_always_possible() -> None:
    check_action(message(), (), "Some medium")
    check_action(message(action="read"), ("read",), "Some medium")


def test_an_action_that_is_not_known_is_refused_by_name() -> None:
    with pytest.raises(InputInvalid, match="Some medium doesn't know the action private_reply"):
        check_action(message(action="private_reply"), ("read",), "Some medium")


def test_an_action_about_nothing_is_refused() -> None:
    assert target_of(message(action="delete", target="m1")) == "m1"
    with pytest.raises(InputInvalid):
        target_of(message(action="delete"))


def test_a_reaction_needs_an_emoji() -> None:
    assert emoji_of(message(action="react", content={"text": " ❤️ "})) == "❤️"
    with pytest.raises(InputInvalid):
        emoji_of(message(action="react", content={"text": " "}))
