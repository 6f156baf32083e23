"""Keys of Telegram's threads and messages: what was made of them can be read back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backbone.errors import InputInvalid, PayloadInvalid
from schemas.outbound import OutboundMessage
from services.telegram.place import Place, place_for, place_of
from tests.support import channels as support

CHATS = st.integers(-(2**52), 2**52).map(str)
NUMBERS = st.integers(1, 2**31).map(str)
PLACES = st.one_of(
    st.builds(Place, CHATS),
    st.builds(Place, CHATS, topic=NUMBERS),
    st.builds(Place, CHATS, connection=st.from_regex(r"[A-Za-z0-9_-]{1,60}", fullmatch=True)),
)


def message(thread_key: str, recipient: str = "1") -> OutboundMessage:
    return support.outbound_message(support.account("telegram"), thread_key=thread_key, recipient=recipient, content={})


@given(PLACES)
def test_a_thread_key_names_its_place(place: Place) -> None:
    assert place_for(message(place.thread_key)) == place


@given(PLACES, st.integers(0, 2**40))
def test_a_message_id_gives_its_number_back_in_its_own_chat_only(place: Place, number: int) -> None:
    identity = place.message_id(number)
    assert place.number_of(identity) == number
    assert Place(f"{place.chat}1").number_of(identity) is None


@given(PLACES, PLACES)
def test_different_places_have_different_keys(one: Place, other: Place) -> None:
    assert (one.thread_key == other.thread_key) == (one == other)


def test_a_thread_key_that_is_no_place_leaves_the_recipient() -> None:
    assert place_for(message("mail thread", "-77")) == Place("-77")
    assert place_for(message("", "@news")) == Place("@news")
    with pytest.raises(InputInvalid):
        place_for(message("mail thread", "+49151"))


@pytest.mark.parametrize("chat", [None, {}, {"id": None}, {"id": []}, {"id": "x" * 101}, 7])
def test_a_message_without_a_chat_is_refused(chat: object) -> None:
    with pytest.raises(PayloadInvalid):
        place_of({"chat": chat})
