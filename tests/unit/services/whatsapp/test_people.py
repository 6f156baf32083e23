"""One stable address for a person, from the payload alone."""

import pytest

from backbone.errors import PayloadInvalid
from services.whatsapp.people import People, is_user_id

USER, PARENT, PHONE = "US.13491208655302741918", "US.ENT.11815799212886844830", "15550001"


@pytest.mark.parametrize(
    ("contact", "message"),
    [
        ({"wa_id": PHONE, "user_id": USER}, {"from": PHONE}),
        ({"wa_id": PHONE, "user_id": USER}, {"from": PHONE, "from_user_id": USER}),
        ({"wa_id": PHONE}, {"from": PHONE, "from_user_id": USER}),
        ({"wa_id": PHONE, "user_id": USER}, {"from_user_id": USER}),
    ],
)
def test_the_user_id_is_the_address_wherever_it_stands(contact: dict[str, str], message: dict[str, str]) -> None:
    sender = People([contact]).sender(message)
    assert (sender.address, sender.aliases) == (USER, (PHONE,))


def test_a_person_without_a_phone_number_has_the_user_id_alone() -> None:
    sender = People([{"user_id": USER, "parent_user_id": PARENT}]).sender({"from_user_id": USER})
    assert (sender.address, sender.aliases) == (USER, (PARENT,))


def test_what_is_no_user_id_never_takes_the_place_of_a_number() -> None:
    sender = People([{"wa_id": PHONE, "user_id": "foo_bar"}]).sender({"from": PHONE, "from_user_id": "foo_bar"})
    assert (sender.address, sender.aliases) == (PHONE, ())


def test_two_people_of_one_webhook_are_told_apart() -> None:
    people = People(
        [{"wa_id": "1", "user_id": "US.1", "profile": {"name": "A"}}, {"wa_id": "2", "profile": {"name": "B"}}]
    )
    assert [(people.sender({"from": key}).address, people.sender({"from": key}).name) for key in ("1", "2", "3")] == [
        ("US.1", "A"),
        ("2", "B"),
        ("3", None),
    ]


@pytest.mark.parametrize("message", [{}, {"from": ""}, {"from": 17}, {"from": "9" * 600}])
def test_nobody_is_no_sender(message: dict[str, object]) -> None:
    with pytest.raises(PayloadInvalid):
        People([{"profile": {"name": "A"}}]).sender(message)


@pytest.mark.parametrize("text", ["", "15550001", "US.", "us.123", "USA.123", "US.12 3", "US.123\n", "ENT.1"])
def test_other_texts_are_no_user_ids(text: str) -> None:
    assert not is_user_id(text)
