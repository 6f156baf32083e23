"""What differs between two JSON documents, as a list of changes by JSON Pointer (RFC 6901). Lists of named things are compared by name."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from schemas.pointer import escaped


@dataclass(frozen=True, slots=True)
class Difference:
    """`op` is add, remove, replace or move (of a named thing to another place in its list); values as in the documents."""

    op: str
    pointer: str
    before: Any = None
    after: Any = None


def differences(before: Any, after: Any, pointer: str = "") -> list[Difference]:
    """In the order of the documents; none where they are equal."""
    return list(_differ(before, after, pointer))


def _differ(before: Any, after: Any, pointer: str) -> Iterator[Difference]:
    if before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _in_mappings(before, after, pointer)
    elif _named(before) and _named(after):
        places = ({item["name"]: place for place, item in enumerate(items)} for items in (before, after))
        old, new = places
        yield from _in_mappings({i["name"]: i for i in before}, {i["name"]: i for i in after}, pointer)
        both = [name for name in old if name in new]
        order = sorted(both, key=lambda name: new[name])
        for name in both:
            if both.index(name) != order.index(name):
                yield Difference("move", f"{pointer}/{escaped(name)}", old[name], new[name])
    else:
        yield Difference("replace", pointer, before, after)


def _in_mappings(before: Mapping[str, Any], after: Mapping[str, Any], pointer: str) -> Iterator[Difference]:
    for key in [*before, *(key for key in after if key not in before)]:
        place = f"{pointer}/{escaped(key)}"
        if key not in after:
            yield Difference("remove", place, before[key])
        elif key not in before:
            yield Difference("add", place, None, after[key])
        else:
            yield from _differ(before[key], after[key], place)


def _named(value: Any) -> bool:
    return (
        isinstance(value, Sequence)
        and not isinstance(value, str)
        and all(isinstance(item, Mapping) and "name" in item for item in value)
        and len({item["name"] for item in value}) == len(value)
    )
