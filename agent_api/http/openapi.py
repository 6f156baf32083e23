"""The OpenAPI document: what FastAPI finds, with our errors, headers and requirements written in."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from agent_api.http.call import KEY_HEADER
from agent_api.http.json_schema import say_limits
from agent_api.http.webhooks import data_schemas, openapi_webhooks
from backbone.web.problem import MEDIA_TYPE

DESCRIPTION = """One front desk for every channel: conversations, agents and the live stream.

Every answer above 399 is `application/problem+json` (RFC 9457): go by `code`, and open `type` for what to do.
Unknown fields in answers, unknown event types and new enum values come without a new version: ignore them.
Lists answer `{items, next_cursor}` and a `Link`. Changes name the version they were made from (`If-Match`), each POST
carries an `Idempotency-Key`. Times are RFC 3339 in UTC.

The live stream is a WebSocket at `/v1/stream` (subprotocol `frontdesk.v1+json`); the same frames come from
`/v1/events/stream` as server-sent events and page by page from `/v1/events`.
"""
_REQUIRED = {KEY_HEADER.lower(), "if-match"}
_TAGS = (
    "Conversations",
    "Messages",
    "Canned replies and macros",
    "Agents",
    "Teams",
    "Waits",
    "Contacts",
    "Knowledge",
    "Intents",
    "Channels",
    "SLA policies",
    "Login",
    "Roles",
    "API keys",
    "Webhooks",
    "Audit and reports",
    "Stream",
    "Account",
    "Customers",
)
_ALWAYS = ("RateLimit-Policy", "RateLimit", "X-Request-Id")
_HEADERS = {
    "RateLimit-Policy": {"description": "The quota.", "schema": {"type": "string"}},
    "RateLimit": {"description": "What is left of it.", "schema": {"type": "string"}},
    "X-Request-Id": {"description": "Names this request in our logs.", "schema": {"type": "string"}},
    "Retry-After": {"description": "Seconds.", "schema": {"type": "integer", "minimum": 1}},
}


def build_openapi(app: FastAPI) -> dict[str, Any]:
    """The document as it is served and kept in `docs/openapi.json`; the same for the same code."""
    document = get_openapi(
        title="Frontdesk",
        version="1.0.0",
        openapi_version="3.1.0",
        description=DESCRIPTION,
        routes=app.routes,
        tags=[{"name": name} for name in _TAGS],
    )
    shared: dict[str, Any] = {}
    for operation in _operations(document):
        for parameter in operation.get("parameters", []):
            if parameter["name"].lower() in _REQUIRED:
                parameter["required"] = True
                parameter["schema"] = _without_null(parameter["schema"])
        operation["responses"] = {
            status: _finished(answer, status, shared) for status, answer in operation["responses"].items()
        }
    say_limits(document)
    document["components"] |= {"responses": shared, "headers": _HEADERS}
    document["components"]["schemas"] |= data_schemas("#/components/schemas/Event{model}")
    document["webhooks"] = openapi_webhooks()
    return document


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in document["paths"].values():
        yield from path.values()


def _finished(answer: dict[str, Any], status: str, shared: dict[str, Any]) -> dict[str, Any]:
    """An answer with our headers; a problem is kept once among `shared`, and referred to."""
    names = [*_ALWAYS, *(["Retry-After"] if status in {"409", "429", "503"} else [])]
    answer.setdefault("headers", {}).update({name: {"$ref": f"#/components/headers/{name}"} for name in names})
    if int(status) < 400:
        return answer
    answer["content"] = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    shared[f"Problem{status}"] = answer
    return {"$ref": f"#/components/responses/Problem{status}"}


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A header that must be there can't be null; FastAPI knows it as optional, so that its absence gets our own answer."""
    kept: list[dict[str, Any]] = [item for item in schema.get("anyOf", []) if item != {"type": "null"}]
    if len(kept) != 1:
        return schema
    return {key: value for key, value in schema.items() if key != "anyOf"} | kept[0]
