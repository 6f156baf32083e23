"""Meta's changes one by one, its times in three shapes, its ids in URLs, and its answers by their codes."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from backbone.channel import graph
from backbone.channel.graph import Change, Graph
from backbone.channel.port import Accepted, Final, ProviderReply, Throttled, Transient
from backbone.errors import InputInvalid, PayloadInvalid
from schemas.inbound import AnyInboundEvent, EventIgnored

AT = datetime(2025, 11, 20, 9, 0, tzinfo=UTC)


def read(change: Change) -> tuple[AnyInboundEvent, ...]:
    if change.value.get("bad"):
        raise PayloadInvalid("bad")
    return change.ignored(change.field)


def body(*changes: Any, **more: Any) -> bytes:
    return json.dumps(
        {"object": "page", "entry": [{"id": "1", "time": 1763629200, "changes": changes, **more}]}
    ).encode()


def test_each_change_stands_alone_and_knows_its_entry() -> None:
    parsed = graph.read_changes(
        body({"field": "a", "value": {}}, {"field": "b", "value": {"bad": 1}}, 17, messaging=[{"x": 1}]), "page", read
    )
    assert [(e.kind, e.account_ref, e.provider_at) for e in parsed.events] == [("ignored", "1", AT)] * 2
    assert [e.reason for e in parsed.events if isinstance(e, EventIgnored)] == ["a", "messaging"]
    assert len(parsed.rejected) == 2


def test_the_same_change_at_another_time_has_another_name() -> None:
    keys = {
        graph.read_changes(body({"field": "a", "value": {}}, time=time), "page", read).events[0].dedup_key
        for time in (1, 2, 2)
    }
    assert len(keys) == 2


def test_what_is_no_webhook_is_refused_and_another_object_ignored() -> None:
    with pytest.raises(PayloadInvalid):
        graph.read_changes(b'{"data":[]}', "page", read)
    with pytest.raises(PayloadInvalid):
        graph.read_changes(b'{"object":"page"}', "page", read)
    assert graph.read_changes(b'{"object":"instagram"}', "page", read).events[0].kind == "ignored"


@pytest.mark.parametrize(
    "value",
    [1763629200, "1763629200", 1763629200000, "1763629200000", "2025-11-20T09:00:00+0000", "2025-11-20T10:00:00+01:00"],
)
def test_times_come_in_three_shapes(value: Any) -> None:
    assert graph.instant(value) == AT


@pytest.mark.parametrize("value", [None, True, "", "soon", "9" * 40, -(10**19), [], "0001-01-01T00:00:00+14:00"])
def test_what_is_no_time_is_none(value: Any) -> None:
    assert graph.instant(value) is None


API = Graph("https://graph.example.test/v23.0", SecretStr("a page token"))


def test_a_call_names_its_node_and_carries_the_token_in_a_header_only() -> None:
    call = API.call("POST", "1_2", "comments", {"message": "hi"})
    assert (call.url, call.body) == ("https://graph.example.test/v23.0/1_2/comments", b'{"message":"hi"}')
    assert dict(call.headers)["authorization"] == "Bearer a page token"
    assert API.call("DELETE", "1_2").url == "https://graph.example.test/v23.0/1_2"


@pytest.mark.parametrize("node", ["", ".", "..", "1/2", "1?a=b", "me#", "é", "1\n", "x" * 201])
def test_what_is_no_id_gets_into_no_url(node: str) -> None:
    with pytest.raises(InputInvalid):
        API.call("POST", node, "comments", {})


def reply(status: int, value: Any) -> ProviderReply:
    return ProviderReply(status, (), json.dumps(value).encode())


def test_what_was_made_is_named_and_what_was_changed_is_not() -> None:
    assert graph.outcome_of(reply(200, {"id": "1_2"})) == Accepted("1_2")
    assert graph.outcome_of(reply(200, {"recipient_id": "7", "message_id": "m_1"})) == Accepted("m_1")
    assert graph.outcome_of(reply(200, {"success": True})) == Accepted(None)


def test_the_code_decides_not_the_status() -> None:
    assert graph.outcome_of(reply(400, {"error": {"code": 613}})) == Throttled("613")
    assert graph.outcome_of(reply(400, {"error": {"code": 2, "message": "later"}})) == Transient("2", "later")
    assert graph.outcome_of(reply(200, {"error": {"code": 100, "error_subcode": 33}})) == Final("100/33")
    assert graph.outcome_of(reply(500, {"error": {"code": 77}})) == Transient("77")
    assert graph.outcome_of(reply(400, {"error": {"code": True}})) == Final("http_400")
    slow = ProviderReply(429, (("retry-after", "9"),), b'{"error":{"code":7}}')
    assert graph.outcome_of(slow) == Throttled("7", timedelta(seconds=9))
