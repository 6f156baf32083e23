"""Events about messages not known yet: kept for 24 h, taken when the message arrives."""

from collections.abc import Sequence
from datetime import UTC, datetime

from backbone.bus.port import BusRecord
from backbone.storage.database import Connection
from router.inbound.arrivals import Arrival
from schemas.inbound import InboundRecord


async def keep(connection: Connection, arrivals: Sequence[Arrival]) -> None:
    """Stores what no message answers to; the same event twice is one row."""
    rows = [(a, p) for a in arrivals if (p := getattr(a.record.event, "provider_message_id", None))]
    if not rows:
        return
    await connection.execute(
        "INSERT INTO orphans (account_id, provider_message_id, key_hash, tenant_id, record) "
        "SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[], $4::text[], $5::bytea[]) ON CONFLICT DO NOTHING",
        [a.record.account_id for a, _ in rows],
        [provider for _, provider in rows],
        [a.key_hash for a, _ in rows],
        [a.record.tenant_id for a, _ in rows],
        [a.record.model_dump_json().encode() for a, _ in rows],
    )


async def take(connection: Connection, keys: Sequence[tuple[str, str]]) -> list[Arrival]:
    """Removes and answers what waits for these (account id, provider message id), oldest first."""
    if not keys:
        return []
    rows = await connection.fetch(
        "DELETE FROM orphans o USING unnest($1::text[], $2::text[]) AS k (a, p) "
        "WHERE o.account_id = k.a AND o.provider_message_id = k.p RETURNING o.record, o.created_at",
        [account for account, _ in keys],
        [provider for _, provider in keys],
    )
    nowhere = BusRecord("", 0, 0, b"", b"", (), datetime.min.replace(tzinfo=UTC))
    ordered = sorted(rows, key=lambda row: row["created_at"])
    return [Arrival(InboundRecord.model_validate_json(row["record"]), nowhere) for row in ordered]
