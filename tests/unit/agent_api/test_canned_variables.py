"""Variables in canned replies: replaced once, never evaluated."""

import pytest

from agent_api.canned.variables import fill

FACTS = {"contact.name": "Ann", "field.note": "{{agent.name}}", "agent.name": "Kim"}


def test_known_variables_are_put_in_and_unknown_ones_named_once() -> None:
    text = "Dear {{contact.name}}, order {{ field.order }} and {{field.order}}."
    assert fill(text, FACTS) == ("Dear Ann, order  and .", ["field.order"])


def test_a_value_that_looks_like_a_variable_is_not_read_again() -> None:
    assert fill("{{field.note}}", FACTS) == ("{{agent.name}}", [])


@pytest.mark.parametrize(
    "text", ["{{contact}}", "{{7*7}}", "{% x %}", "{{contact.name", "${contact.name}", "{{__a.b__}}"]
)
def test_what_is_no_variable_stays_as_it_is(text: str) -> None:
    assert fill(text, FACTS) == (text, [])
