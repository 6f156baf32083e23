"""The URL of a source with its placeholders filled, and what its answer says: pure, over hostile input."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from backbone.channel import json
from schemas.pointer import found_at

PLACEHOLDERS = ("customer_id", "contact_id")
ITEMS_MOST = 20
VALUE_MOST = 200
_HOLE = re.compile(r"\{([^{}]*)\}")

Items = list[dict[str, str]]


def fault_of(url: str) -> str | None:
    """What is wrong with a template's placeholders; None: nothing. They stand behind the host, so that no customer's id
    can lead elsewhere.
    """
    names = _HOLE.findall(url)
    if not names:
        return "holds no placeholder: it would be the same for everybody"
    if set(names) - set(PLACEHOLDERS) or "{" in _HOLE.sub("", url) or "}" in _HOLE.sub("", url):
        return f"may hold {' and '.join('{' + name + '}' for name in PLACEHOLDERS)} only"
    return "may hold placeholders behind its host only" if "{" in url.split("://", 1)[-1].split("/", 1)[0] else None


def filled(url: str, values: Mapping[str, str | None]) -> str | None:
    """The URL of one customer; None where a value that it needs is not known.

    A value is percent-encoded as a whole, and one of dots alone is refused: it can't climb the path.
    """
    needed = {name: values.get(name) for name in _HOLE.findall(url)}
    if any(not value or not value.strip(".") for value in needed.values()):
        return None
    made = _HOLE.sub(lambda match: quote(str(needed[match[1]]), safe=""), url)
    return made if urlsplit(made).netloc == urlsplit(url).netloc else None


def read(body: bytes, items: str | None, fields: Mapping[str, str]) -> Items:
    """The fields of an answer, or of each of its items, as texts. Raises `PayloadInvalid` for what is no JSON."""
    whole = json.loads(body)
    found = whole if items is None else found_at(whole, items)
    if not isinstance(found, list) or items is None:
        found = [] if found is None else [found]
    read_each = (
        {name: text for name, at in fields.items() if (text := _text(found_at(one, at)))} for one in found[:ITEMS_MOST]
    )
    return [one for one in read_each if one]


def _text(value: Any) -> str | None:
    """A text, a number or yes and no; what is nested, null or empty is passed over."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)[:VALUE_MOST]
    return json.clean(value)[:VALUE_MOST] or None if isinstance(value, str) else None
