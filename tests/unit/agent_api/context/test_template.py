"""The URL of a source and what its answer says, whatever customers are called and systems answer."""

import json
from typing import Any

import pytest

from agent_api.context.template import ITEMS_MOST, VALUE_MOST, fault_of, filled, read

URL = "https://shop.example/c/{customer_id}?of={contact_id}"


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example/orders",
        "https://{customer_id}.example/",
        "https://shop.example{customer_id}",
        "https://shop.example:{customer_id}/",
        "https://shop.example/{customer_id}/{secret}",
        "https://shop.example/{{customer_id}}",
        "https://shop.example/{customer_id}/}",
    ],
)
def test_placeholders_stand_behind_the_host_and_are_known(url: str) -> None:
    assert fault_of(url) is not None


def test_a_template_that_can_be_filled_is_taken() -> None:
    assert fault_of(URL) is None


@pytest.mark.parametrize(
    ("customer", "path"),
    [
        ("a/../../admin", "/c/a%2F..%2F..%2Fadmin"),
        ("x?of=y#z", "/c/x%3Fof%3Dy%23z"),
        ("@evil.example", "/c/%40evil.example"),
        ("\r\nHost: evil", "/c/%0D%0AHost%3A%20evil"),
        ("żółw", "/c/%C5%BC%C3%B3%C5%82w"),
    ],
)
def test_what_a_customer_is_called_leads_nowhere_else(customer: str, path: str) -> None:
    made = filled(URL, {"customer_id": customer, "contact_id": "con_1"})
    assert made == f"https://shop.example{path}?of=con_1"


@pytest.mark.parametrize("customer", [None, "", ".", "..", "..."])
def test_a_customer_who_is_unknown_or_climbs_is_not_asked_about(customer: str | None) -> None:
    assert filled(URL, {"customer_id": customer, "contact_id": "con_1"}) is None


@pytest.mark.parametrize(
    ("whole", "items", "expected"),
    [
        (
            {"orders": [{"n": 1, "s": "sent"}, {"s": ""}, {"n": True}]},
            "/orders",
            [{"n": "1", "s": "sent"}, {"n": "true"}],
        ),
        ({"n": 1.5, "s": ["nested"]}, None, [{"n": "1.5"}]),
        ({"orders": {"n": 2}}, "/orders", [{"n": "2"}]),
        ({"orders": None}, "/orders", []),
        ([{"n": 1}], "/7/x", []),
        ("text", "/orders", []),
        (None, None, []),
    ],
)
def test_an_answer_is_read_by_pointers(whole: Any, items: str | None, expected: list[dict[str, str]]) -> None:
    assert read(json.dumps(whole).encode(), items, {"n": "/n", "s": "/s"}) == expected


def test_an_answer_is_bounded() -> None:
    [*found] = read(json.dumps([{"a": "x" * 5000}] * 100).encode(), "/", {"a": "/a"}) or read(
        json.dumps({"l": [{"a": "x\0" * 5000}] * 100}).encode(), "/l", {"a": "/a"}
    )
    assert len(found) == ITEMS_MOST
    assert all(len(one["a"]) == VALUE_MOST and "\0" not in one["a"] for one in found)
