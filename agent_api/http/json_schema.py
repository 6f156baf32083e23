"""What pydantic says of our models, as JSON Schema (2020-12) says it: for every document that we publish."""

from typing import Any

_LIMITS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}


def say_limits(part: Any) -> None:
    """Changes a document in place: limits that pydantic leaves in its own words below a validator or `None` get JSON Schema's, and of names
    that have a pattern others are refused.
    """
    if isinstance(part, list):
        for item in part:
            say_limits(item)
    if not isinstance(part, dict):
        return
    if "patternProperties" in part:
        part.setdefault("additionalProperties", False)
    for ours, theirs in _LIMITS.items():
        if isinstance(part.get(ours), (int, float)):
            part[theirs] = part.pop(ours)
    for item in part.values():
        say_limits(item)
