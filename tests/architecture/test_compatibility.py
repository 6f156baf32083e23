"""Nothing that clients of the last release rely on is taken from them; and the check sees what it must see."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent_api.app import api_document
from agent_api.http.compatibility import breaks

ROOT = Path(__file__).parents[2]
RELEASED: dict[str, Any] = json.loads((ROOT / "docs" / "openapi-released.json").read_text(encoding="utf-8"))
CONVERSATIONS = "/v1/conversations"
ONE = "/v1/conversations/{conversation_id}"


def test_the_api_breaks_no_client_of_the_last_release() -> None:
    assert breaks(RELEASED, api_document()) == []


def test_a_document_breaks_nothing_of_itself() -> None:
    assert breaks(RELEASED, copy.deepcopy(RELEASED)) == []


def schema(document: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = document["components"]["schemas"][name]
    return found


def add_required_parameter(document: dict[str, Any]) -> None:
    new = {"in": "query", "name": "extra", "required": True, "schema": {"type": "string"}}
    document["paths"][CONVERSATIONS]["get"]["parameters"].append(new)


def drop_parameter(document: dict[str, Any]) -> None:
    operation = document["paths"][CONVERSATIONS]["get"]
    operation["parameters"] = [item for item in operation["parameters"] if item["name"] != "team"]


BREAKS: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "a path": (lambda d: d["paths"].pop(ONE), "is gone"),
    "a method": (lambda d: d["paths"][ONE].pop("get"), "is gone"),
    "an operation's name": (lambda d: d["paths"][ONE]["get"].update(operationId="readIt"), "operationId changed"),
    "a parameter": (drop_parameter, "team is gone"),
    "a new required parameter": (add_required_parameter, "extra is new and required"),
    "a field of an answer": (lambda d: schema(d, "Conversation")["properties"].pop("subject"), ".subject is gone"),
    "a field that may be missing": (lambda d: schema(d, "Conversation")["required"].remove("status"), "may be missing"),
    "another type": (
        lambda d: schema(d, "Conversation")["properties"].update(subject={"type": "integer"}),
        "number now",
    ),
    "a field that is required": (
        lambda d: schema(d, "SetPriority").update(required=["priority", "why"]),
        "why is required",
    ),
    "a field not taken": (lambda d: schema(d, "SetPriority")["properties"].pop("priority"), ".priority is gone"),
    "a tighter bound": (
        lambda d: schema(d, "SetPriority")["properties"]["priority"].update(maximum=5),
        "tighter maximum",
    ),
    "fewer values": (lambda d: schema(d, "ChangeStatus")["properties"]["status"].update(enum=["open"]), "fewer values"),
    "an answer": (lambda d: d["paths"][ONE]["get"]["responses"].pop("200"), "never answers 200"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_break_is_seen(name: str) -> None:
    change, words = BREAKS[name]
    changed = copy.deepcopy(RELEASED)
    change(changed)
    found = breaks(RELEASED, changed)
    assert any(words in line for line in found), found


def test_additions_break_nothing() -> None:
    changed = copy.deepcopy(RELEASED)
    changed["paths"]["/v1/new"] = {"get": {"operationId": "getNew", "responses": {}}}
    schema(changed, "Conversation")["properties"]["more"] = {"type": "string"}
    schema(changed, "SetPriority")["properties"]["note"] = {"type": "string"}
    schema(changed, "SetPriority")["properties"]["priority"]["maximum"] = 100
    optional = {"in": "query", "name": "extra", "required": False, "schema": {"type": "string"}}
    changed["paths"][CONVERSATIONS]["get"]["parameters"].append(optional)
    assert breaks(RELEASED, changed) == []
