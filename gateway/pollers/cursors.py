"""The table `poll_cursors`: how far each account was read, and what went wrong last. Written under the poll's lease."""

from collections.abc import Mapping
from typing import Any

from backbone.channel.json import clean
from backbone.channel.port import Account
from backbone.storage.database import Connection
from backbone.storage.leases import Lease, guard


async def read(connection: Connection, account: Account) -> Mapping[str, Any] | None:
    """The cursor to go on from; None for an account that was never read."""
    found: Mapping[str, Any] | None = await connection.fetchval(
        "SELECT cursor FROM poll_cursors WHERE account_id = $1", account.id
    )
    return found


async def move(connection: Connection, lease: Lease, account: Account, cursor: Mapping[str, Any]) -> None:
    """Everything up to `cursor` is durable. Raises `Fenced` if another replica reads this account now."""
    await guard(connection, lease)
    await connection.execute(
        """
        INSERT INTO poll_cursors (account_id, tenant_id, cursor) VALUES ($1, $2, $3)
        ON CONFLICT (account_id) DO UPDATE SET cursor = $3, updated_at = now()
        """,
        account.id,
        account.tenant_id,
        dict(cursor),
    )


async def note(connection: Connection, lease: Lease, account: Account, error: str | None) -> None:
    """How the last poll ended; None when it went well. Raises `Fenced`."""
    await guard(connection, lease)
    await connection.execute(
        """
        INSERT INTO poll_cursors (account_id, tenant_id, last_error) VALUES ($1, $2, $3)
        ON CONFLICT (account_id) DO UPDATE SET last_error = $3, updated_at = now()
        """,
        account.id,
        account.tenant_id,
        None if error is None else clean(error)[:500],
    )
