"""One call for all that is known of a customer."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from agent_api.context import parts, repository
from agent_api.context.loading import Load
from agent_api.context.schemas import (
    ConsentsPart,
    CustomerContext,
    HistoryPart,
    LoyaltyPart,
    OrdersPart,
    Part,
    PromisesPart,
    SatisfactionPart,
    SourcesPart,
)
from agent_api.context.sources import Who
from agent_api.http.call import Answer, Call
from backbone.errors import NotFound
from backbone.storage.database import Connection

_FAILED: dict[str, Part] = {
    "history": HistoryPart(state="failed", as_of=None, items=[]),
    "orders": OrdersPart(state="failed", as_of=None, items=[], parcels=[]),
    "loyalty": LoyaltyPart(state="failed", as_of=None, items=[]),
    "promises": PromisesPart(state="failed", as_of=None, items=[]),
    "satisfaction": SatisfactionPart(state="failed", as_of=None, count=0, average=None, items=[]),
    "consents": ConsentsPart(state="failed", as_of=None, items=[], opted_out=[]),
    "sources": SourcesPart(state="failed", as_of=None, items=[]),
}
_READ: dict[str, Callable[..., Awaitable[Any]]] = {
    "orders": parts.orders,
    "loyalty": parts.loyalty,
    "promises": parts.promises,
    "satisfaction": parts.satisfaction,
    "consents": parts.consents,
}


async def read_context(call: Call, contact_id: str) -> Answer:
    """Every part in a transaction of its own. Raises `NotFound`."""
    now = call.now

    def reading(read: Callable[..., Awaitable[Any]]) -> Load:
        async def work(connection: Connection) -> Any:
            return await read(connection, contact_id=contact_id, now=now)

        return partial(call.read, work)

    profile = await call.read(lambda connection: repository.profile(connection, contact_id))
    if profile is None:
        raise NotFound("There is no such contact.")
    who = Who(call.principal.tenant_id, contact_id)

    async def asking() -> SourcesPart:
        answers = await call.parts.sources.answers(who)
        bad = [one.state for one in answers if one.state != "fresh"]
        times = [one.as_of for one in answers if one.as_of is not None]
        return SourcesPart(state="stale" if bad else "fresh", as_of=min(times, default=now), items=answers)

    wanted: dict[str, Load] = {"sources": asking, "history": reading(partial(parts.history, principal=call.principal))}
    wanted |= {name: reading(read) for name, read in _READ.items()}
    found = await call.parts.loader.load(wanted)
    shown: dict[str, Any] = {**_FAILED, **found}
    words = {name: profile[name] for name in ("name", "language", "cohort", "cohort_source")}
    return Answer(CustomerContext(contact_id=contact_id, at=now, **words, **shown))
