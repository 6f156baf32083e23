"""Each part of a context, from its rows."""

from datetime import datetime, timedelta

from agent_api.context import repository
from agent_api.context.schemas import (
    ConsentsPart,
    HistoryPart,
    LoyaltyPart,
    OptedOut,
    OrdersPart,
    PastConversation,
    PromisesPart,
    SatisfactionPart,
    ShownConsent,
    ShownLoyalty,
    ShownOrder,
    ShownPromise,
    ShownRating,
    ShownShipment,
    State,
)
from agent_api.permissions import Permission, allows
from backbone.storage.database import Connection
from backbone.web.auth import Principal

SILENT = timedelta(days=3)
"""An open order of which nothing was heard for so long may have moved on without us."""
RATINGS_SHOWN = 5


async def history(connection: Connection, principal: Principal, contact_id: str, now: datetime) -> HistoryPart:
    rows = []
    if allows(principal, Permission.CONVERSATIONS_READ):
        rows = [*await repository.history(connection, principal, contact_id)]
    items = [PastConversation(**{name: row[name] for name in PastConversation.model_fields}) for row in rows]
    return HistoryPart(state="fresh", as_of=now, items=items)


async def orders(connection: Connection, contact_id: str, now: datetime) -> OrdersPart:
    rows = await repository.orders(connection, contact_id)
    items = [
        ShownOrder(**row["data"] | {"open": row["open"], "as_of": row["occurred_at"], "shipments": row["shipments"]})
        for row in rows
    ]
    parcels = [ShownShipment(**row["data"]) for row in await repository.parcels(connection, contact_id)]
    heard = [max([order.as_of, *(one.as_of for one in order.shipments)]) for order in items if order.open]
    state: State = "stale" if any(at < now - SILENT for at in heard) else "fresh"
    return OrdersPart(state=state, as_of=min(heard, default=now), items=items, parcels=parcels)


async def loyalty(connection: Connection, contact_id: str, now: datetime) -> LoyaltyPart:
    rows = await repository.loyalty(connection, contact_id)
    items = [ShownLoyalty(**row["data"] | {"as_of": row["occurred_at"]}) for row in rows]
    return LoyaltyPart(state="fresh", as_of=items[0].as_of if items else now, items=items)


async def promises(connection: Connection, contact_id: str, now: datetime) -> PromisesPart:
    items = []
    for row in await repository.promises(connection, contact_id):
        promise = ShownPromise(**row["data"] | {"as_of": row["occurred_at"], "overdue": False})
        overdue = promise.due_at is not None and promise.due_at < now
        items.append(promise.model_copy(update={"overdue": overdue}))
    heard = min((one.as_of for one in items), default=now)
    return PromisesPart(state="stale" if heard < now - SILENT else "fresh", as_of=heard, items=items)


async def satisfaction(connection: Connection, contact_id: str, now: datetime) -> SatisfactionPart:
    found = [ShownRating(**dict(row)) for row in await repository.ratings(connection, contact_id)]
    average = round(sum(one.score for one in found) / len(found), 2) if found else None
    return SatisfactionPart(state="fresh", as_of=now, count=len(found), average=average, items=found[:RATINGS_SHOWN])


async def consents(connection: Connection, contact_id: str, now: datetime) -> ConsentsPart:
    items = [ShownConsent(**dict(row)) for row in await repository.consents(connection, contact_id)]
    out = [OptedOut(**dict(row)) for row in await repository.opted_out(connection, contact_id)]
    return ConsentsPart(state="fresh", as_of=now, items=items, opted_out=out)
