"""The AsyncAPI document in `docs/` is that of the code, and so are the events that OpenAPI lists as webhooks."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent_api.asyncapi import render
from agent_api.docs import render as render_openapi
from schemas.event_data import EVENT_DATA
from schemas.events import EventType

ROOT = Path(__file__).parents[2]
ASYNC: dict[str, Any] = json.loads(render())
OPEN: dict[str, Any] = json.loads(render_openapi())


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref":
                yield value
            else:
                yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def resolves(document: dict[str, Any], reference: str) -> bool:
    node: Any = document
    for part in reference.removeprefix("#/").split("/"):
        if not isinstance(node, dict) or part not in node:
            return False
        node = node[part]
    return True


def test_the_document_is_fresh() -> None:
    kept = (ROOT / "docs" / "asyncapi.json").read_text(encoding="utf-8")
    assert kept == render(), "run: python -m agent_api.asyncapi > docs/asyncapi.json"


@pytest.mark.parametrize("document", [ASYNC, OPEN], ids=["asyncapi", "openapi"])
def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    found = set(references(document))
    assert len(found) > 50
    assert sorted(reference for reference in found if not resolves(document, reference)) == []


def test_every_event_is_a_message_of_the_stream_and_of_webhooks_and_an_openapi_webhook() -> None:
    kinds = {kind.value for kind in EventType}
    assert {f"event.{kind}" for kind in kinds} <= set(ASYNC["channels"]["stream"]["messages"])
    assert {f"webhook.{kind}" for kind in kinds} == set(ASYNC["channels"]["webhooks"]["messages"])
    assert set(OPEN["webhooks"]) == kinds


def test_every_field_of_an_event_is_explained() -> None:
    silent = [
        (kind.value, name)
        for kind, model in EVENT_DATA.items()
        for name, field in model.model_fields.items()
        if not field.description
    ]
    assert silent == []
    assert [kind for kind, model in EVENT_DATA.items() if not (model.__doc__ or "").strip()] == []


def test_names_of_messages_are_types_of_the_stream() -> None:
    assert [kind.value for kind in EventType if not re.fullmatch(r"[a-z_]+\.[a-z_]+", kind.value)] == []
