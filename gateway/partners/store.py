"""Leasing and settling of deliveries, and what that makes of their endpoints. The gateway alone writes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from backbone.storage.database import Connection
from backbone.storage.facts import announce
from backbone.storage.webhooks import OVERTAKEN_AFTER, release_next
from gateway.partners.attempt import Leased, Outcome
from gateway.partners.schedule import is_given_up
from schemas.events import EventType

KEEP = timedelta(days=30)

_COLUMNS = (
    "w.id, w.tenant_id, w.endpoint_id, w.event_id, w.seq, w.type, w.conversation_id, w.at, w.data, w.failed, "
    "w.attempts, w.late, w.lease"
)


async def claim(
    connection: Connection,
    room: Mapping[str, int],
    *,
    each: int,
    most: int,
    now: datetime,
    lease: str,
    span: timedelta,
) -> list[Leased]:
    """Leases up to `most` due deliveries, the endpoints in turn: `each` of one, or what `room` says for it."""
    rows = await connection.fetch(
        f"""
        WITH chosen AS (
            SELECT d.id, d.turn, d.next_at FROM webhook_endpoints e
            LEFT JOIN unnest($2::text[], $3::int[]) AS r (id, room) ON r.id = e.id
            CROSS JOIN LATERAL (
                SELECT w.id, w.next_at, row_number() OVER (ORDER BY w.next_at, w.position) AS turn
                FROM webhook_deliveries w WHERE w.endpoint_id = e.id AND w.state = 'queued' AND w.next_at <= $1
                ORDER BY w.next_at, w.position LIMIT coalesce(r.room, $4)
            ) AS d
            WHERE e.state = 'active' ORDER BY d.turn, d.next_at LIMIT $5
        ), taken AS (
            SELECT w.id FROM chosen c JOIN webhook_deliveries w ON w.id = c.id
            WHERE w.state = 'queued' AND w.next_at <= $1 ORDER BY c.turn, c.next_at FOR UPDATE OF w SKIP LOCKED
        )
        UPDATE webhook_deliveries w SET next_at = $1 + $6::interval, lease = $7
        FROM taken, webhook_endpoints e WHERE w.id = taken.id AND e.id = w.endpoint_id
        RETURNING {_COLUMNS}, e.url, e.secrets
        """,
        now,
        list(room),
        list(room.values()),
        each,
        most,
        span,
        lease,
    )
    return [Leased(**dict(row)) for row in rows]


async def next_due(connection: Connection) -> datetime | None:
    """When the first queued delivery is due; None where none is queued."""
    found = await connection.fetchval(
        "SELECT next_at FROM webhook_deliveries WHERE state = 'queued' ORDER BY next_at LIMIT 1"
    )
    return found if isinstance(found, datetime) else None


@dataclass(frozen=True, slots=True)
class Try:
    """A try that ended: of which delivery, how, when it began, how long it took, and the pause before the next."""

    delivery: Leased
    outcome: Outcome
    began: datetime
    latency: timedelta
    pause: timedelta | None


@dataclass(frozen=True, slots=True)
class Settled:
    """What a try led to. `lost`: another process has the delivery now, nothing was written."""

    lost: bool = False
    delivered: bool = False
    given_up: bool = False
    disabled: str | None = None


async def settle(connection: Connection, tried: Try, now: datetime) -> Settled:
    """Writes a try down, lets the conversation's next event go where it may, and disables an endpoint that is to be."""
    delivery, outcome = tried.delivery, tried.outcome
    endpoint = await connection.fetchrow(
        "SELECT state, failing_since FROM webhook_endpoints WHERE id = $1 FOR UPDATE", delivery.endpoint_id
    )
    if endpoint is None or not await _write(connection, tried, now):
        return Settled(lost=True)
    await _log(connection, tried)
    failed = delivery.failed + (0 if outcome.succeeded else 1)
    given_up = not outcome.succeeded and tried.pause is None
    overtaken = delivery.failed >= OVERTAKEN_AFTER
    frees = outcome.succeeded or given_up or failed >= OVERTAKEN_AFTER
    if delivery.conversation_id is not None and frees and not overtaken:
        await release_next(connection, delivery.endpoint_id, delivery.conversation_id, now)
    reason = await _judge(connection, delivery, outcome, endpoint, now)
    return Settled(delivered=outcome.succeeded, given_up=given_up, disabled=reason)


async def _write(connection: Connection, tried: Try, now: datetime) -> bool:
    """False where the lease was lost."""
    delivery, outcome = tried.delivery, tried.outcome
    state = "delivered" if outcome.succeeded else "queued" if tried.pause is not None else "failed"
    failed = delivery.failed + (0 if outcome.succeeded else 1)
    late = delivery.late or (delivery.conversation_id is not None and failed >= OVERTAKEN_AFTER)
    written = await connection.fetchval(
        """
        UPDATE webhook_deliveries SET state = $3, failed = $4, attempts = attempts + 1, late = $5, next_at = $6,
            lease = NULL, last_status = $7, last_cause = $8, delivered_at = CASE WHEN $3 = 'delivered' THEN $9::timestamptz END
        WHERE id = $1 AND lease = $2 AND state = 'queued' RETURNING 1
        """,
        delivery.id,
        delivery.lease,
        state,
        failed,
        late,
        now + (tried.pause or timedelta(0)),
        outcome.status,
        outcome.cause,
        now,
    )
    return written is not None


async def _log(connection: Connection, tried: Try) -> None:
    await connection.execute(
        "INSERT INTO webhook_attempts (delivery_id, number, tenant_id, at, latency_ms, status, cause) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7)",
        tried.delivery.id,
        tried.delivery.attempts + 1,
        tried.delivery.tenant_id,
        tried.began,
        min(int(tried.latency.total_seconds() * 1000), 2**31 - 1),
        tried.outcome.status,
        tried.outcome.cause,
    )


async def _judge(
    connection: Connection, delivery: Leased, outcome: Outcome, endpoint: Any, now: datetime
) -> str | None:
    """Notes how the endpoint does; answers why it was disabled just now, if it was."""
    if outcome.succeeded:
        await connection.execute(
            "UPDATE webhook_endpoints SET failing_since = NULL, last_success_at = $2 WHERE id = $1",
            delivery.endpoint_id,
            now,
        )
        return None
    since = endpoint["failing_since"] or now
    reason = "gone" if outcome.gone else "failing" if is_given_up(since, now) else None
    if reason is None or endpoint["state"] == "disabled":
        await connection.execute(
            "UPDATE webhook_endpoints SET failing_since = $2 WHERE id = $1", delivery.endpoint_id, since
        )
        return None
    await connection.execute(
        "UPDATE webhook_endpoints SET failing_since = $2, state = 'disabled', disabled_reason = $3, updated_at = $4, "
        "version = version + 1 WHERE id = $1",
        delivery.endpoint_id,
        since,
        reason,
        now,
    )
    told = {"endpoint_id": delivery.endpoint_id, "reason": reason}
    await announce(connection, delivery.tenant_id, EventType.WEBHOOK_ENDPOINT_DISABLED, told, now)
    return reason


async def remove_old(connection: Connection, now: datetime, most: int) -> int:
    """Deletes settled deliveries of long ago with their attempts; answers how many."""
    gone = await connection.fetch(
        """
        DELETE FROM webhook_deliveries WHERE id IN (
            SELECT id FROM webhook_deliveries WHERE state IN ('delivered', 'failed') AND created_at < $1 LIMIT $2
            FOR UPDATE SKIP LOCKED)
        RETURNING 1
        """,
        now - KEEP,
        most,
    )
    return len(gone)
