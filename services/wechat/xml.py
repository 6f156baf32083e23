"""Reads the small XML of WeChat: no DTD and so no entities (XXE, billion laughs), bounded in number.

Source of the danger: OWASP, "XML External Entity Prevention"; WeChat's own SDK had it (2018).
"""

import re
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from backbone.channel import json
from backbone.errors import PayloadInvalid

MARKS_MAX = 4000
"""More opening brackets than any message has."""

_DECLARATION = b"<?xml"
_DECLARATION_MAX = 200
_ELEMENT = re.compile(rb"<[A-Za-z_]")


@dataclass(frozen=True, slots=True)
class Node:
    """One element of a message."""

    element: ET.Element

    def child(self, name: str) -> "Node | None":
        found = self.element.find(name)
        return None if found is None else Node(found)

    def all(self, name: str) -> list["Node"]:
        return [Node(found) for found in self.element.findall(name)]

    def get(self, name: str) -> str | None:
        """The text of the first element of this name, without space around it; None where absent or empty."""
        found = self.element.findtext(name)
        return json.optional_text(found.strip()) if found else None

    def text(self, name: str) -> str:
        """As `get`, but raises `PayloadInvalid` where there is none."""
        found = self.get(name)
        if found is None:
            raise PayloadInvalid(f"{name} is missing")
        return found


def loads(body: bytes) -> Node:
    """The root element of UTF-8 XML. Raises `PayloadInvalid` for anything else.

    A document type can stand before the root only (XML 1.0 §2.8), so what begins with an element has none.
    """
    if _ELEMENT.match(_undeclared(body)) is None:
        raise PayloadInvalid("the body does not begin with an element")
    if body.count(b"<") > MARKS_MAX:
        raise PayloadInvalid("the XML has too many elements")
    parser = ET.XMLParser(encoding="utf-8")  # noqa: S314 - nothing can be declared: see above
    try:
        parser.feed(body.lstrip())
        return Node(parser.close())
    except (ET.ParseError, ValueError) as error:
        raise PayloadInvalid("the body is not XML") from error


def _undeclared(body: bytes) -> bytes:
    """What follows the XML declaration, where there is one."""
    start = body[: _DECLARATION_MAX * 2].lstrip()
    if start.startswith(_DECLARATION):
        start = start[start.find(b"?>", 0, _DECLARATION_MAX) + 2 :].lstrip()
    return start
