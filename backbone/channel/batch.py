"""Reads webhooks that hold many elements: each stands or falls alone."""

import hashlib
import json as stdlib_json
from collections.abc import Callable, Iterable
from typing import Any

from backbone.channel import json
from backbone.channel.port import Parsed, Rejected, Response
from backbone.errors import PayloadInvalid
from schemas.inbound import AnyInboundEvent, EventIgnored

Element = dict[str, Any]
Reader = Callable[[Element], Iterable[AnyInboundEvent]]


def read_each(elements: Iterable[tuple[Any, Reader]], response: Response | None = None) -> Parsed:
    """The events of all elements in their order; one that is no object or that its reader refuses becomes a `Rejected`."""
    events: list[AnyInboundEvent] = []
    rejected: list[Rejected] = []
    for element, read in elements:
        try:
            events += read(json.obj(element, "the element"))
        except PayloadInvalid as error:
            rejected.append(Rejected(error.detail, stdlib_json.dumps(element).encode()))
    return Parsed(tuple(events), tuple(rejected), response or Response())


def refuse(_: Element) -> tuple[AnyInboundEvent, ...]:
    """The reader of what stands where an element should be, but is none."""
    raise PayloadInvalid("the element is not where or what it should be")


def digest(element: Any) -> str:
    """A name for events that have none of their own: the hash of all they hold, whatever the order of their keys."""
    return hashlib.sha256(stdlib_json.dumps(element, sort_keys=True).encode()).hexdigest()


def ignored(
    element: Any, reason: str, *, dedup_key: str | None = None, account_ref: str | None = None
) -> tuple[EventIgnored]:
    """An event that nobody acts on, by its own name or the hash of all it holds; `reason` is cut to 100 characters."""
    return (
        EventIgnored(
            thread_key="",
            dedup_key=dedup_key or digest(element),
            account_ref=account_ref,
            reason=json.clean(reason)[:100],
        ),
    )
