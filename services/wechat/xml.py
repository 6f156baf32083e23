"""Reads the small XML of WeChat: no DTD and no entities of one's own (XXE, billion laughs), bounded in depth and number.

Source of the danger: OWASP, "XML External Entity Prevention"; WeChat's own SDK had it (2018).
"""

from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from backbone.channel import json
from backbone.errors import PayloadInvalid

DEPTH_MAX = 8
NODES_MAX = 1000


@dataclass(slots=True)
class Node:
    """One element: its own text and what stands in it."""

    name: str
    words: list[str] = field(default_factory=list)
    nodes: list["Node"] = field(default_factory=list)

    def child(self, name: str) -> "Node | None":
        return next((node for node in self.nodes if node.name == name), None)

    def all(self, name: str) -> list["Node"]:
        return [node for node in self.nodes if node.name == name]

    def get(self, name: str) -> str | None:
        """The text of the first element of this name, without space around it; None where absent or empty."""
        found = self.child(name)
        return json.optional_text("".join(found.words).strip()) if found else None

    def text(self, name: str) -> str:
        """As `get`, but raises `PayloadInvalid` where there is none."""
        found = self.get(name)
        if found is None:
            raise PayloadInvalid(f"{name} is missing")
        return found


class _Builder:
    """Takes what the parser finds; raises `PayloadInvalid` at the first thing that has no place in a message."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self._open: list[Node] = []
        self._count = 0

    def start(self, name: str, _: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) >= DEPTH_MAX or self._count > NODES_MAX:
            raise PayloadInvalid("the XML is too deep or has too many elements")
        node = Node(name)
        if self._open:
            self._open[-1].nodes.append(node)
        else:
            self.root = node
        self._open.append(node)

    def end(self, _: str) -> None:
        self._open.pop()

    def words(self, text: str) -> None:
        if self._open:
            self._open[-1].words.append(text)

    def refuse(self, *_: Any) -> None:
        raise PayloadInvalid("the XML declares a document type")


def loads(body: bytes) -> Node:
    """The root element of UTF-8 XML. Raises `PayloadInvalid` for anything else."""
    builder = _Builder()
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.words
    parser.StartDoctypeDeclHandler = builder.refuse
    parser.EntityDeclHandler = builder.refuse
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, ValueError) as error:
        raise PayloadInvalid("the body is not XML") from error
    if builder.root is None:
        raise PayloadInvalid("the body is not XML")
    return builder.root
