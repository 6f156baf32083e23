"""Puts the facts of a conversation into a text. Plain replacement, in one pass: a value is never read as a variable again."""

import re
from collections.abc import Mapping

_VARIABLE = re.compile(r"\{\{\s*([a-z]+\.[a-z0-9_]{1,63})\s*\}\}")


def fill(text: str, facts: Mapping[str, str]) -> tuple[str, list[str]]:
    """The text, and the variables in it that have no fact, each once; those are left out of it."""
    missing: dict[str, None] = {}

    def put(found: re.Match[str]) -> str:
        value = facts.get(found[1])
        if value is None:
            missing[found[1]] = None
        return value or ""

    return _VARIABLE.sub(put, text), list(missing)
