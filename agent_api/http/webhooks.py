"""Events as OpenAPI `webhooks` and as parts of the AsyncAPI document: both from the models in `schemas.event_data`."""

from typing import Any

from pydantic.json_schema import models_json_schema

from schemas.event_data import EVENT_DATA
from schemas.events import EventType

_PREFIX = "Event"


def data_schemas(reference: str) -> dict[str, Any]:
    """The JSON Schema of every event's data by name; `reference` is a template such as `#/components/schemas/{model}`."""
    wanted = [(model, "serialization") for model in EVENT_DATA.values()]
    _, found = models_json_schema(wanted, by_alias=True, ref_template=reference)  # type: ignore[arg-type]
    return {_PREFIX + name: schema for name, schema in found["$defs"].items()}


def data_name(kind: EventType) -> str:
    return _PREFIX + EVENT_DATA[kind].__name__


def webhook_schema(kind: EventType, reference: str) -> dict[str, Any]:
    """What is posted to a partner for one type."""
    properties: dict[str, Any] = {
        "type": {"const": kind.value, "type": "string"},
        "timestamp": {"type": "string", "format": "date-time", "description": "When it happened."},
        "id": {"type": "string", "description": "The event's id."},
        "seq": {"type": ["integer", "null"], "description": "Its number in the tenant's stream; null: a test."},
        "late": {"type": "boolean", "description": "A later event of its conversation may have come before."},
        "test": {"type": "boolean", "description": "Made up: it names nothing that is there."},
        "data": {"$ref": reference.format(model=data_name(kind))},
    }
    return {"type": "object", "properties": properties, "required": sorted(properties)}


def openapi_webhooks() -> dict[str, Any]:
    """The `webhooks` of an OpenAPI 3.1 document."""
    reference = "#/components/schemas/{model}"
    headers = [
        _header("webhook-id", "The same for every try: drop what you have."),
        _header("webhook-timestamp", "When this try was signed, in seconds since 1970."),
        _header("webhook-signature", "`v1,` and base64, one for each active secret (Standard Webhooks 1.0)."),
    ]
    return {
        kind.value: {
            "post": {
                "operationId": "on" + EVENT_DATA[kind].__name__,
                "summary": (EVENT_DATA[kind].__doc__ or "").strip().split("\n")[0],
                "tags": ["Webhooks"],
                "parameters": headers,
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": webhook_schema(kind, reference)}},
                },
                "responses": {"2XX": {"description": "Taken. Anything else is tried again."}},
            }
        }
        for kind in EventType
    }


def _header(name: str, description: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": True, "description": description, "schema": {"type": "string"}}
