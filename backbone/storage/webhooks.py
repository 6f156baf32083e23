"""The queue of outgoing webhooks: secrets, and the rule of order that its two writers keep.

Of each conversation and endpoint one delivery at a time is on its way. The next one waits until that one succeeded, was
given up, or failed `OVERTAKEN_AFTER` times; the one overtaken then goes with `late`. Whoever adds, asks for or settles a
delivery holds the endpoint's row lock, so that none is left waiting for nobody.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import SecretStr

from backbone.ids import new_id
from backbone.storage.crypto import MasterKey
from backbone.storage.database import Connection

OVERTAKEN_AFTER = 3
"""After so many failures of an event, the next one of its conversation goes ahead."""
ACTIVE_SECRETS = 2


@dataclass(frozen=True, slots=True)
class Secret:
    """One signing secret; `expires_at` is set once another has taken its place."""

    value: SecretStr
    created_at: datetime
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """An event on its way to one endpoint. `data` holds ids and facts, never anybody's words."""

    event_id: str
    seq: int | None
    type: str
    conversation_id: str | None
    at: datetime
    data: Mapping[str, Any]


def seal_secrets(master: MasterKey, endpoint_id: str, secrets: Sequence[Secret]) -> bytes:
    """The newest first, at most two."""
    rows = [
        {
            "value": secret.value.get_secret_value(),
            "created_at": secret.created_at.isoformat(),
            "expires_at": secret.expires_at.isoformat() if secret.expires_at else None,
        }
        for secret in secrets[:ACTIVE_SECRETS]
    ]
    return master.seal(json.dumps(rows).encode(), _context(endpoint_id))


def open_secrets(master: MasterKey, endpoint_id: str, sealed: bytes, now: datetime) -> list[Secret]:
    """Those that are good at `now`, the newest first. Raises `ConfigurationInvalid` under another master key."""
    found = [
        Secret(
            SecretStr(row["value"]),
            datetime.fromisoformat(row["created_at"]),
            datetime.fromisoformat(row["expires_at"]) if row["expires_at"] else None,
        )
        for row in json.loads(master.open(sealed, _context(endpoint_id)))
    ]
    return [secret for secret in found if secret.expires_at is None or secret.expires_at > now]


def _context(endpoint_id: str) -> str:
    return f"webhook endpoint {endpoint_id}"


_BLOCKED = """EXISTS (SELECT 1 FROM webhook_deliveries b WHERE b.endpoint_id = $1 AND b.conversation_id = {conversation}
    AND (b.state = 'waiting' OR (b.state = 'queued' AND b.failed < $2)))"""


async def add(
    connection: Connection, tenant_id: str, endpoint_id: str, deliveries: Sequence[NewDelivery], now: datetime
) -> Sequence[str]:
    """Queues deliveries in order, each once for its event; answers the ids of those that are new."""
    rows = await connection.fetch(
        f"""
        INSERT INTO webhook_deliveries
            (id, tenant_id, endpoint_id, event_id, seq, type, conversation_id, at, data, state, next_at, created_at)
        SELECT i, $3, $1, e, s, y, c, a, d, CASE WHEN c IS NOT NULL
            AND (row_number() OVER (PARTITION BY c ORDER BY n) > 1 OR {_BLOCKED.format(conversation="c")})
            THEN 'waiting' ELSE 'queued' END, $4, $4
        FROM unnest($5::text[], $6::text[], $7::bigint[], $8::text[], $9::text[], $10::timestamptz[], $11::jsonb[])
            WITH ORDINALITY AS v (i, e, s, y, c, a, d, n)
        ORDER BY n
        ON CONFLICT (endpoint_id, event_id) DO NOTHING RETURNING id
        """,
        endpoint_id,
        OVERTAKEN_AFTER,
        tenant_id,
        now,
        [new_id("whd") for _ in deliveries],
        [item.event_id for item in deliveries],
        [item.seq for item in deliveries],
        [item.type for item in deliveries],
        [item.conversation_id for item in deliveries],
        [item.at for item in deliveries],
        [dict(item.data) for item in deliveries],
    )
    return [row["id"] for row in rows]


async def again(connection: Connection, endpoint_id: str, delivery_ids: Sequence[str], now: datetime) -> int:
    """Sends settled deliveries once more from their first try, in their order and marked `late`; answers how many.

    One that is still queued is tried at once and keeps its count.
    """
    rows = await connection.fetch(
        f"""
        WITH asked AS (
            SELECT w.id, w.conversation_id, row_number() OVER (PARTITION BY w.conversation_id ORDER BY w.position) AS turn
            FROM webhook_deliveries w
            WHERE w.endpoint_id = $1 AND w.id = ANY($3::text[]) AND w.state IN ('delivered', 'failed')
        ), settled AS (
            UPDATE webhook_deliveries w SET failed = 0, late = true, next_at = $4, lease = NULL,
                delivered_at = NULL, state = CASE WHEN w.conversation_id IS NOT NULL AND (asked.turn > 1
                    OR {_BLOCKED.format(conversation="w.conversation_id")}) THEN 'waiting' ELSE 'queued' END
            FROM asked WHERE w.id = asked.id RETURNING w.id
        ), hurried AS (
            UPDATE webhook_deliveries w SET next_at = $4
            WHERE w.endpoint_id = $1 AND w.id = ANY($3::text[]) AND w.state = 'queued' AND w.lease IS NULL
            RETURNING w.id
        )
        SELECT id FROM settled UNION ALL SELECT id FROM hurried
        """,
        endpoint_id,
        OVERTAKEN_AFTER,
        list(delivery_ids),
        now,
    )
    return len(rows)


async def release_next(connection: Connection, endpoint_id: str, conversation_id: str, now: datetime) -> None:
    """Lets the first waiting delivery of a conversation go, if there is one."""
    await connection.execute(
        """
        UPDATE webhook_deliveries SET state = 'queued', next_at = $3 WHERE id = (
            SELECT id FROM webhook_deliveries WHERE endpoint_id = $1 AND conversation_id = $2 AND state = 'waiting'
            ORDER BY position LIMIT 1)
        """,
        endpoint_id,
        conversation_id,
        now,
    )
