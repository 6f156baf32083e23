"""The OpenAPI document in `docs/` is that of the code, and keeps the conventions that clients rely on."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent_api import asyncapi
from agent_api.docs import render
from agent_api.policy import document as policy

ROOT = Path(__file__).parents[2]
DOCUMENT: dict[str, Any] = json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def test_the_document_is_fresh() -> None:
    kept = (ROOT / "docs" / "openapi.json").read_text(encoding="utf-8")
    assert kept == render(), "run: python -m agent_api.docs > docs/openapi.json"


def test_operation_ids_are_a_verb_and_a_noun() -> None:
    names = [operation["operationId"] for _, _, operation in operations()]
    assert [name for name in names if not re.fullmatch(r"[a-z]+([A-Z][a-z]+)+", name)] == []
    assert len(names) == len(set(names))


def test_every_error_is_a_problem() -> None:
    wrong = [
        (path, status)
        for _, path, operation in operations()
        for status, answer in operation["responses"].items()
        if int(status) >= 400 and answer != {"$ref": f"#/components/responses/Problem{status}"}
    ]
    shared = DOCUMENT["components"]["responses"]
    assert wrong == []
    assert {kind for answer in shared.values() for kind in answer["content"]} == {"application/problem+json"}


def test_every_post_with_a_key_needs_an_idempotency_key() -> None:
    """Customers bring none: what they send carries an id of its own."""
    without = [
        operation["operationId"]
        for method, path, operation in operations()
        if method == "post"
        and not path.startswith("/v1/customer/")
        and not any(
            parameter["name"] == "Idempotency-Key" and parameter["required"]
            for parameter in operation.get("parameters", [])
        )
    ]
    assert sorted(without) == ["createOffer", "endSession", "reportOfferOutcome", "startSession"]


def test_every_body_has_an_example_and_refuses_unknown_fields() -> None:
    names = {
        operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        for _, _, operation in operations()
        if "application/json" in operation.get("requestBody", {}).get("content", {})
    }
    assert len(names) > 12
    assert [name for name in sorted(names) if not SCHEMAS[name].get("examples")] == []
    assert [name for name in sorted(names) if SCHEMAS[name].get("additionalProperties") is not False] == []


def test_every_answer_has_an_example() -> None:
    names = {
        answer["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        for _, _, operation in operations()
        for answer in operation["responses"].values()
        if "application/json" in answer.get("content", {})
    }
    assert len(names) > 15
    assert [name for name in sorted(names) if not SCHEMAS[name].get("examples")] == []


@pytest.mark.parametrize(
    "published", [DOCUMENT, asyncapi.document(), policy.schema()], ids=["openapi", "asyncapi", "policy"]
)
def test_limits_are_said_in_the_words_of_json_schema(published: dict[str, Any]) -> None:
    """Readers ignore words that they don't know, so a limit in pydantic's own would be none."""
    waiting: list[Any] = [published]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            assert not [word for word in ("ge", "gt", "le", "lt") if isinstance(part.get(word), int | float)], part
        waiting.extend(part.values() if isinstance(part, dict) else part if isinstance(part, list) else [])
