"""Writes what the JavaScript client knows of the API: `python -m agent_api.clients`. Its operations and types come from OpenAPI."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agent_api.app import api_document

FOLDER = Path(__file__).parents[1] / "clients" / "javascript" / "src"
_NOTE = "Generated from docs/openapi.json by `python -m agent_api.clients`."
_PRIMITIVE = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}
_PLAIN = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*$")

Json = Mapping[str, Any]


def operations(document: Json) -> dict[str, tuple[str, str]]:
    """Method and path of every operation by its id."""
    found = {
        operation["operationId"]: (method.upper(), path)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    return dict(sorted(found.items()))


def render_operations(document: Json) -> str:
    lines = [f'  {name}: ["{method}", "{path}"],' for name, (method, path) in operations(document).items()]
    head = f"// {_NOTE}\n\n/** Method and path of every operation by its id. */\n"
    return head + "export const OPERATIONS = /** @type {const} */ ({\n" + "\n".join(lines) + "\n});\n"


def render_types(document: Json) -> str:
    """TypeScript declarations of every schema, and of what each operation takes and gives."""
    schemas = document["components"]["schemas"]
    parts = [f"// {_NOTE}", ""]
    for name, schema in sorted(schemas.items()):
        parts += [*_comment(schema), f"export type {name} = {_type(schema)};", ""]
    parts += ["export interface Operations {"]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            parts += [f"  {operation['operationId']}: {_operation(method, path, operation)};"]
    return "\n".join([*parts, "}", ""])


def _comment(schema: Json) -> list[str]:
    text = " ".join(str(schema.get("description", "")).replace("*/", "* /").split())
    return [f"/** {text} */"] if text else []


def _operation(_method: str, _path: str, operation: Json) -> str:
    parameters = operation.get("parameters", [])
    fields = [f"{place}: {_fields(parameters, place)}" for place in ("path", "query")]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    fields.append(f"body: {_type(body) if body else 'undefined'}")
    answers = [
        _type(answer["content"]["application/json"]["schema"])
        for status, answer in operation["responses"].items()
        if status.startswith("2") and "application/json" in answer.get("content", {})
    ]
    fields.append(f"answer: {' | '.join(dict.fromkeys(answers)) or 'unknown'}")
    versioned = any(item["name"] == "If-Match" for item in parameters)
    fields.append(f"versioned: {str(versioned).lower()}")
    return "{ " + "; ".join(fields) + " }"


def _fields(parameters: list[Json], place: str) -> str:
    found = [
        f"{_key(item['name'])}{'' if item.get('required') else '?'}: {_type(item['schema'])}"
        for item in parameters
        if item["in"] == place
    ]
    return "{ " + "; ".join(found) + " }" if found else "Record<string, never>"


def _key(name: str) -> str:
    return name if _PLAIN.match(name) else json.dumps(name)


def _type(schema: Json) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return " | ".join(dict.fromkeys(_type(item) for item in schema[key]))
    kind = schema.get("type")
    if isinstance(kind, list):
        return " | ".join(_PRIMITIVE.get(item, "unknown") for item in kind)
    if kind == "array":
        return f"Array<{_type(schema.get('items', {}))}>"
    if kind == "object" or "properties" in schema:
        return _object(schema)
    return _PRIMITIVE.get(str(kind), "unknown")


def _object(schema: Json) -> str:
    if "properties" not in schema:
        values = schema.get("additionalProperties")
        return f"Record<string, {_type(values) if isinstance(values, dict) else 'unknown'}>"
    required = set(schema.get("required", []))
    fields = [
        f"{_key(name)}{'' if name in required else '?'}: {_type(value)}" for name, value in schema["properties"].items()
    ]
    return "{ " + "; ".join(fields) + " }"


def files() -> dict[Path, str]:
    """What is written, by file."""
    document = api_document()
    return {FOLDER / "operations.js": render_operations(document), FOLDER / "types.d.ts": render_types(document)}


if __name__ == "__main__":
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")
