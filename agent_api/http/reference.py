"""The API's reference as one page of plain HTML, made of the OpenAPI document: no script, nothing from other servers."""

import html
import json
from collections.abc import Iterator, Mapping
from typing import Any

Json = Mapping[str, Any]
STYLE = "/static/docs/reference.css"
CSP = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def reference_page(document: Json) -> str:
    """The whole page. Every text in it is escaped, whatever the document holds."""
    operations: dict[str, list[tuple[str, str, Json]]] = {tag["name"]: [] for tag in document["tags"]}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            operations.setdefault(operation["tags"][0], []).append((method, path, operation))
    parts = [
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
        f"<title>{_text(document['info']['title'])} API</title>",
        f'<link rel="stylesheet" href="{STYLE}"><h1>{_text(document["info"]["title"])} API</h1>',
        "".join(f"<p>{_text(text)}</p>" for text in document["info"]["description"].split("\n\n")),
        '<p><a href="/v1/openapi.json">OpenAPI document</a> · <a href="/docs/errors">Error codes</a></p>',
        "<nav><ul>",
        "".join(f'<li><a href="#{_anchor(tag)}">{_text(tag)}</a></li>' for tag in operations),
        "</ul></nav>",
    ]
    for tag, found in operations.items():
        parts.append(f'<section id="{_anchor(tag)}"><h2>{_text(tag)}</h2>')
        parts += [_operation(document, *one) for one in found]
        parts.append("</section>")
    return "".join([*parts, "</html>"])


def _operation(document: Json, method: str, path: str, operation: Json) -> str:
    parts = [
        f'<article id="{_anchor(operation["operationId"])}"><h3>{_text(operation.get("summary", ""))}</h3>',
        f'<p><span class="method">{method.upper()}</span> <code>{_text(path)}</code> · <code>{operation["operationId"]}</code></p>',
        f"<p>{_text(operation.get('description', ''))}</p>",
        *_parameters(operation),
        *_example(document, method, path, operation),
        *_answers(operation),
        "</article>",
    ]
    return "".join(parts)


def _parameters(operation: Json) -> Iterator[str]:
    rows = [
        f"<tr><td><code>{_text(item['name'])}</code></td><td>{_text(item['in'])}{', required' if item.get('required') else ''}</td>"
        f"<td>{_text(item.get('description', ''))}</td></tr>"
        for item in operation.get("parameters", [])
    ]
    if rows:
        yield f"<table><tr><th>Parameter</th><th>Where</th><th>What</th></tr>{''.join(rows)}</table>"


def _example(document: Json, method: str, path: str, operation: Json) -> Iterator[str]:
    """A call that runs once the key and the ids are one's own."""
    lines = [f"curl -X {method.upper()} $FRONTDESK_URL{path}", '-H "Authorization: Bearer $FRONTDESK_API_KEY"']
    names = {item["name"].lower() for item in operation.get("parameters", [])}
    if "idempotency-key" in names:
        lines.append('-H "Idempotency-Key: $(uuidgen)"')
    if "if-match" in names:
        lines.append("-H 'If-Match: \"1\"'")
    body = _first_example(document, operation)
    if body is not None:
        lines += ["-H 'Content-Type: application/json'", f"-d '{json.dumps(body, ensure_ascii=False)}'"]
    yield f"<pre>{_text(_JOIN.join(lines))}</pre>"


_JOIN = " \\\n  "


def _first_example(document: Json, operation: Json) -> Any:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    reference = content.get("schema", {}).get("$ref", "")
    schema = document["components"]["schemas"].get(reference.rpartition("/")[2], {})
    return (schema.get("examples") or [None])[0]


def _answers(operation: Json) -> Iterator[str]:
    rows = []
    for status, answer in operation["responses"].items():
        shared = "$ref" in answer
        about = "An error: see its code." if shared else answer.get("description", "")
        schema = answer.get("content", {}).get("application/json", {}).get("schema", {}).get("$ref", "")
        name = f" <code>{_text(schema.rpartition('/')[2])}</code>" if schema else ""
        rows.append(f"<tr><td>{_text(status)}</td><td>{_text(about)}{name}</td></tr>")
    yield f"<table><tr><th>Answer</th><th>What</th></tr>{''.join(rows)}</table>"


def _anchor(text: str) -> str:
    return html.escape(text.lower().replace(" ", "-"), quote=True)


def _text(text: object) -> str:
    return html.escape(str(text), quote=True)
