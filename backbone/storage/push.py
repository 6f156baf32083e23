"""Addresses of customers' devices: sealed, since whoever has one may ring the device."""

import hashlib
from datetime import datetime

from backbone.ids import new_id
from backbone.storage.crypto import MasterKey
from backbone.storage.database import Connection

DEVICES_MOST = 10
"""Of one customer; one more takes the place of the one not seen for longest."""


def device_context(device_id: str) -> str:
    """What a sealed address is bound to."""
    return f"device {device_id}"


async def register(
    connection: Connection,
    master: MasterKey,
    *,
    tenant_id: str,
    account_id: str,
    address: str,
    provider: str,
    token: str,
    now: datetime,
) -> str:
    """Keeps the device for this customer and answers its id; one that was another's is theirs from now on: it has one screen."""
    digest = token_hash(provider, token)
    await connection.execute(
        "DELETE FROM customer_devices WHERE account_id = $1 AND token_hash = $2 AND address <> $3",
        account_id,
        digest,
        address,
    )
    device_id = new_id("dev")
    kept = await connection.fetchval(
        """
        INSERT INTO customer_devices (id, tenant_id, account_id, address, provider, token, token_hash, seen_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (account_id, token_hash) DO UPDATE SET seen_at = $8
        RETURNING id
        """,
        device_id,
        tenant_id,
        account_id,
        address,
        provider,
        master.seal(token.encode(), device_context(device_id)),
        digest,
        now,
    )
    await connection.execute(
        """
        DELETE FROM customer_devices WHERE id IN (SELECT id FROM customer_devices WHERE account_id = $1 AND address = $2
            ORDER BY seen_at DESC, id DESC OFFSET $3)
        """,
        account_id,
        address,
        DEVICES_MOST,
    )
    return str(kept)


async def forget(connection: Connection, account_id: str, address: str, device_id: str) -> bool:
    """False where this customer has no such device."""
    gone = await connection.fetchval(
        "DELETE FROM customer_devices WHERE id = $3 AND account_id = $1 AND address = $2 RETURNING 1",
        account_id,
        address,
        device_id,
    )
    return gone is not None


async def take_back(connection: Connection, account_id: str, address: str, message_id: str) -> None:
    """The customer has read as far as this message: nobody rings for it any more, nor for what came before it.

    Ids of messages sort by their time (UUIDv7).
    """
    await connection.execute(
        """
        DELETE FROM push_jobs WHERE account_id = $1 AND address = $2 AND state = 'queued' AND message_id <= $3
        AND conversation_id = (SELECT conversation_id FROM messages WHERE id = $3)
        """,
        account_id,
        address,
        message_id,
    )


def token_hash(provider: str, token: str) -> bytes:
    return hashlib.sha256(f"{provider}\n{token}".encode()).digest()
