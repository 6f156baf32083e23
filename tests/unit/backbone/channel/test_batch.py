"""Batches: one bad element costs itself alone."""

from backbone.channel.batch import Element, digest, ignored, read_each, refuse
from backbone.channel.port import Response
from backbone.errors import PayloadInvalid
from schemas.inbound import EventIgnored


def known(element: Element) -> tuple[EventIgnored]:
    if "bad" in element:
        raise PayloadInvalid("this one is bad")
    return ignored(element, "seen")


def test_a_bad_element_is_set_aside_and_its_siblings_go_on() -> None:
    parsed = read_each([({"a": 1}, known), ({"bad": 1}, known), (17, known), ({"b": 2}, known), ([], refuse)])
    assert [event.dedup_key for event in parsed.events] == [digest({"a": 1}), digest({"b": 2})]
    assert [item.fragment for item in parsed.rejected] == [b'{"bad": 1}', b"17", b"[]"]


def test_the_response_that_was_asked_for_is_given() -> None:
    assert read_each([], Response(body=b"success")).response.body == b"success"
    assert read_each([]).response == Response()


def test_a_digest_does_not_depend_on_the_order_of_keys() -> None:
    assert digest({"a": 1, "b": [2]}) == digest({"b": [2], "a": 1}) != digest({"a": 1, "b": [3]})


def test_a_reason_is_short_and_can_be_stored() -> None:
    [event] = ignored({}, "x\0" * 200, dedup_key="k", account_ref="acc")
    assert (event.dedup_key, event.account_ref, len(event.reason)) == ("k", "acc", 100)
    assert "\0" not in event.reason
