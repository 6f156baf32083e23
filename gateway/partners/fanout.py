"""Turns a tenant's numbered events into deliveries, endpoint by endpoint, from where each has read to."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from backbone.storage.database import Connection, Database
from backbone.storage.webhooks import NewDelivery, add
from schemas.events import EventType

BATCH = 500
BACKLOG_MOST = 10_000
"""An endpoint with so many deliveries before it is given no more: its number stays, and it reads on later."""
ENDPOINTS_MOST = 100
QUIET = frozenset(
    {
        EventType.TYPING_STARTED.value,
        EventType.VIEWING_STARTED.value,
        EventType.REPLY_LEASE_TAKEN.value,
        EventType.REPLY_LEASE_RELEASED.value,
    }
)
"""Sent to those only who name it."""
FILTERS: Mapping[str, str] = {"team_ids": "team_id", "agent_ids": "agent_id", "conversation_ids": "conversation_id"}
"""What an endpoint may narrow its events by, and the fact that is compared."""


def wants(event_types: frozenset[str], narrowed: Mapping[str, Any], event: Any) -> bool:
    """Whether an endpoint asked for this event. No types are all types; each filter that is set must be met."""
    if event_types and event["type"] not in event_types:
        return False
    if not event_types and event["type"] in QUIET:
        return False
    facts = {"conversation_id": event["conversation_id"]} | event["data"]
    return all(facts.get(fact) in narrowed[name] for name, fact in FILTERS.items() if narrowed.get(name))


class FanOut:
    """Reads on for every endpoint that is behind. Any number of replicas may: an endpoint's row is locked meanwhile."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def round(self, now: datetime) -> bool:
        """One batch for each of the endpoints waiting longest; answers whether more may be waiting."""
        async with self._database.transaction(read_only=True) as connection:
            behind = await connection.fetch("SELECT id, tenant_id FROM webhook_endpoints_behind($1)", ENDPOINTS_MOST)
        read = [await self._read(row["tenant_id"], row["id"], now) for row in behind]
        return BATCH in read or (len(behind) == ENDPOINTS_MOST and any(read))

    async def _read(self, tenant_id: str, endpoint_id: str, now: datetime) -> int:
        return await self._database.run(
            lambda connection: _read_on(connection, tenant_id, endpoint_id, now), [tenant_id]
        )


async def _read_on(connection: Connection, tenant_id: str, endpoint_id: str, now: datetime) -> int:
    """Queues what is wanted of the next events; answers how many were read."""
    endpoint = await connection.fetchrow(
        "SELECT event_types, filter, read_seq FROM webhook_endpoints WHERE id = $1 AND state = 'active' FOR UPDATE SKIP LOCKED",
        endpoint_id,
    )
    if endpoint is None:
        return 0
    first = await connection.fetchval("SELECT first_seq FROM streams WHERE tenant_id = $1", tenant_id)
    # What was trimmed meanwhile can't be sent any more: the endpoint is told how much that was.
    begin = max(endpoint["read_seq"], (first or 1) - 1)
    events = [] if await _is_full(connection, endpoint_id) else await _events(connection, tenant_id, begin)
    types = frozenset(endpoint["event_types"])
    wanted = [
        NewDelivery(e["id"], e["seq"], e["type"], e["conversation_id"], e["at"], e["data"])
        for e in events
        if wants(types, endpoint["filter"], e)
    ]
    if wanted:
        await add(connection, tenant_id, endpoint_id, wanted, now)
    await connection.execute(
        "UPDATE webhook_endpoints SET read_seq = $2, skipped = skipped + $3, read_at = $4 WHERE id = $1",
        endpoint_id,
        events[-1]["seq"] if events else begin,
        begin - endpoint["read_seq"],
        now,
    )
    return len(events)


async def _is_full(connection: Connection, endpoint_id: str) -> bool:
    found = await connection.fetchval(
        "SELECT count(*) FROM (SELECT 1 FROM webhook_deliveries WHERE endpoint_id = $1 AND state IN ('waiting', 'queued') "
        "LIMIT $2) AS backlog",
        endpoint_id,
        BACKLOG_MOST,
    )
    return bool(found >= BACKLOG_MOST)


async def _events(connection: Connection, tenant_id: str, after: int) -> list[Any]:
    return await connection.fetch(
        "SELECT seq, id, type, conversation_id, at, data FROM events WHERE tenant_id = $1 AND seq > $2 ORDER BY seq LIMIT $3",
        tenant_id,
        after,
        BATCH,
    )
