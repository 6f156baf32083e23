"""Where a call stands, there and back through a URL; the steps for whoever provides the telephone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backbone.channel import form
from backbone.channel.calls.script import MENU, Ask, HangUp, Record, Say, Script, State, query_for, state_of
from backbone.channel.calls.settings import CallSettings
from backbone.channel.calls.texts import TEXTS, texts_for
from backbone.channel.port import Account, Context
from backbone.errors import PayloadInvalid
from tests.support.channels import NOW

NUMBER = "+4915112345678"


def script(caller: str | None = NUMBER, *, tone: bool = True, languages: tuple[str, ...] = ("en",)) -> Script:
    settings = CallSettings(languages=languages)
    account = Account("acc_1", "ten_1", "any", "+4930901820", settings, "https://desk.example.test/webhooks/any/acc_1")
    return Script(Context(account, NOW), settings, caller, tone=tone)


@given(
    st.sampled_from(["", "language", "menu", "later"]),
    st.none() | st.sampled_from(list(TEXTS)),
    st.lists(st.sampled_from(list(TEXTS)), max_size=9, unique=True),
    st.integers(0, 9),
    st.none() | st.sampled_from([NUMBER, "4915112345678"]),
)
def test_a_state_comes_back_as_it_was_written(
    step: str, language: str | None, offered: list[str], asked: int, caller: str | None
) -> None:
    state = State(step, language, tuple(offered), asked, caller)
    assert state_of(form.loads(query_for(state).encode())) == state


@pytest.mark.parametrize("asked", ["many", "-1", "10"])
def test_a_count_that_we_never_wrote_is_refused(asked: str) -> None:
    with pytest.raises(PayloadInvalid):
        state_of(form.loads(f"step=menu&asked={asked}".encode()))


def test_a_hidden_caller_is_not_asked_but_recorded() -> None:
    steps = script(None).greeting()
    assert isinstance(steps[-1], Record)
    assert not any(isinstance(step, Ask) for step in steps)
    assert Say(TEXTS["en"].hidden, "en-GB") in steps


def test_a_key_asks_to_be_called_back_or_to_speak() -> None:
    asked = script(languages=("da",))
    assert asked.menu_chosen(State(MENU, "da"), "2") == (Say(TEXTS["da"].callback, "da-DK"), HangUp())
    assert asked.menu_chosen(State(MENU, "da"), "1") == (Say(TEXTS["da"].record, "da-DK"), Record("da"))


def test_nobody_is_told_to_wait_for_a_tone_that_never_comes() -> None:
    assert script(tone=False).menu_chosen(State(MENU, "en"), "1")[0] == Say(TEXTS["en"].speak, "en-GB")


@pytest.mark.parametrize("language", list(TEXTS))
def test_each_language_says_something_else_with_a_tone_and_without(language: str) -> None:
    texts = texts_for((language,))
    assert texts.speak
    assert texts.speak != texts.record
