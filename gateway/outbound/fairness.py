"""The order in which tenants and their accounts get their turn."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def in_turn(items: Iterable[T], *, tenant: Callable[[T], str], turn: int) -> Iterator[T]:
    """One item of each tenant, then the second of each, and so on; each turn another tenant is first, and within a
    tenant another item, so that nobody is last for ever. The same turn gives the same order.
    """
    groups: dict[str, list[T]] = {}
    for item in items:
        groups.setdefault(tenant(item), []).append(item)
    queues = _rotated([_rotated(group, turn) for group in groups.values()], turn)
    for depth in range(max(map(len, queues), default=0)):
        for queue in queues:
            if depth < len(queue):
                yield queue[depth]


def _rotated(items: Sequence[T], by: int) -> list[T]:
    start = by % len(items) if items else 0
    return [*items[start:], *items[:start]]
