"""Compares two OpenAPI documents: what in the newer one would break a client of the older one. Pure.

Additions are no break: clients ignore what they don't know. What a client sends must still be taken, and what it reads must
still be there.
"""

from collections.abc import Iterator, Mapping
from typing import Any

Json = Mapping[str, Any]

_UPPER = ("maximum", "maxLength", "maxItems", "maxProperties", "exclusiveMaximum")
_LOWER = ("minimum", "minLength", "minItems", "minProperties", "exclusiveMinimum")


def breaks(old: Json, new: Json) -> list[str]:
    """One line for each break, by operation; empty where every client of `old` goes on working."""
    return sorted(set(_operations(old, new)))


def _operations(old: Json, new: Json) -> Iterator[str]:
    for path, methods in old["paths"].items():
        for method, operation in methods.items():
            name = f"{method.upper()} {path}"
            now = new["paths"].get(path, {}).get(method)
            if now is None:
                yield f"{name}: is gone"
                continue
            if now.get("operationId") != operation.get("operationId"):
                yield f"{name}: its operationId changed"
            yield from (f"{name}: {text}" for text in _Comparison(old, new).operation(operation, now))


class _Comparison:
    """Follows references of both documents; each pair of schemas is looked at once for each direction."""

    def __init__(self, old: Json, new: Json) -> None:
        self._old = old
        self._new = new
        self._seen: set[tuple[str, str, bool]] = set()

    def operation(self, old: Json, new: Json) -> Iterator[str]:
        yield from self._parameters(old, new)
        before, after = _body(old), _body(new)
        if before is not None and after is None:
            yield "takes no body any more"
        elif before is None and after is not None and new["requestBody"].get("required"):
            yield "needs a body now"
        elif before is not None and after is not None:
            yield from self._schema(before, after, "body", sent=True)
        for status, answer in old["responses"].items():
            yield from self._answer(status, answer, new["responses"].get(status))

    def _parameters(self, old: Json, new: Json) -> Iterator[str]:
        before = {(item["in"], item["name"]): item for item in old.get("parameters", [])}
        after = {(item["in"], item["name"]): item for item in new.get("parameters", [])}
        for (place, name), parameter in before.items():
            now = after.get((place, name))
            if now is None:
                yield f"{place} parameter {name} is gone"
                continue
            if now.get("required") and not parameter.get("required"):
                yield f"{place} parameter {name} is required now"
            yield from self._schema(parameter["schema"], now["schema"], f"{place} parameter {name}", sent=True)
        for (place, name), parameter in after.items():
            if (place, name) not in before and parameter.get("required"):
                yield f"{place} parameter {name} is new and required"

    def _answer(self, status: str, old: Json, new: Json | None) -> Iterator[str]:
        if new is None:
            # An error that no longer happens breaks nobody.
            if status.startswith("2"):
                yield f"never answers {status} any more"
            return
        old, new = self._resolve(self._old, old), self._resolve(self._new, new)
        for kind, content in old.get("content", {}).items():
            now = new.get("content", {}).get(kind)
            if now is None:
                yield f"{status} has no {kind} any more"
            elif "schema" in content:
                yield from self._schema(content["schema"], now.get("schema", {}), f"{status}", sent=False)

    def _resolve(self, document: Json, node: Json) -> Json:
        while "$ref" in node:
            found: Any = document
            for part in node["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            node = found
        return node

    def _schema(self, old: Json, new: Json, where: str, *, sent: bool) -> Iterator[str]:
        key = (str(old.get("$ref", id(old))), str(new.get("$ref", id(new))), sent)
        if key in self._seen:
            return
        self._seen.add(key)
        old, new = self._resolve(self._old, old), self._resolve(self._new, new)
        yield from _types(old, new, where, sent=sent)
        if sent:
            yield from _bounds(old, new, where)
        yield from self._properties(old, new, where, sent=sent)
        if "items" in old and "items" in new:
            yield from self._schema(old["items"], new["items"], f"{where}[]", sent=sent)
        for before, after in zip(_variants(old), _variants(new), strict=False):
            yield from self._schema(before, after, where, sent=sent)

    def _properties(self, old: Json, new: Json, where: str, *, sent: bool) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        needed_before, needed_after = set(old.get("required", [])), set(new.get("required", []))
        for name, schema in before.items():
            if name not in after:
                yield f"{where}.{name} is gone"
            else:
                yield from self._schema(schema, after[name], f"{where}.{name}", sent=sent)
        if sent:
            yield from (f"{where}.{name} is required now" for name in needed_after - needed_before)
        else:
            yield from (f"{where}.{name} may be missing now" for name in needed_before - needed_after if name in after)


def _body(operation: Json) -> Json | None:
    content = operation.get("requestBody", {}).get("content", {})
    found = next(iter(content.values()), None)
    return None if found is None else found.get("schema", {})


def _variants(schema: Json) -> list[Json]:
    """The kinds a value may have besides null, in their order; new ones come last."""
    found = [*schema.get("anyOf", []), *schema.get("oneOf", [])]
    return [item for item in found if item.get("type") != "null"]


def _types(old: Json, new: Json, where: str, *, sent: bool) -> Iterator[str]:
    before, after = _kinds(old), _kinds(new)
    if before and after:
        lost = before - after if sent else after - before
        if lost:
            yield f"{where} {'takes no' if sent else 'may be'} {', '.join(sorted(lost))} {'any more' if sent else 'now'}"
    if sent and "enum" in new:
        gone = set(map(str, old.get("enum", []))) - set(map(str, new["enum"]))
        if gone or "enum" not in old:
            yield f"{where} takes fewer values"


def _kinds(schema: Json) -> set[str]:
    given = schema.get("type")
    kinds = set(given) if isinstance(given, list) else {given} if given else set()
    for item in [*schema.get("anyOf", []), *schema.get("oneOf", [])]:
        kinds |= {item["type"]} if isinstance(item.get("type"), str) else {"object"} if "$ref" in item else set()
    return {"number" if kind == "integer" else kind for kind in kinds}


def _bounds(old: Json, new: Json, where: str) -> Iterator[str]:
    for name in (*_UPPER, *_LOWER):
        if name not in new:
            continue
        if name not in old or (new[name] < old[name] if name in _UPPER else new[name] > old[name]):
            yield f"{where} has a tighter {name}"
    if "pattern" in new and new["pattern"] != old.get("pattern"):
        yield f"{where} has another pattern"
    if new.get("additionalProperties") is False and old.get("additionalProperties") is not False:
        yield f"{where} takes no further fields any more"
