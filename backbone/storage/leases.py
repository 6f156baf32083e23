"""Leases with fencing: a leader's every transaction locks its lease row and stops if another holds it (design §6)."""

from dataclasses import dataclass
from datetime import timedelta

from backbone.errors import Fenced
from backbone.storage.database import Connection, Database


@dataclass(frozen=True, slots=True)
class Lease:
    """Held by `holder` since `epoch`; a later holder has a higher epoch."""

    name: str
    holder: str
    epoch: int


async def acquire(connection: Connection, name: str, holder: str, span: timedelta) -> Lease | None:
    """Takes a free or expired lease, or renews our own (its epoch stays); None while another holds it.

    Expiry is by the database's clock. A takeover updates the row, so it waits for a transaction of the old holder that
    has locked it, and that holder's next one finds the epoch gone.
    """
    epoch = await connection.fetchval(
        """
        INSERT INTO leases AS l (name, holder, epoch, expires_at) VALUES ($1, $2, 1, clock_timestamp() + $3)
        ON CONFLICT (name) DO UPDATE SET
            holder = $2,
            epoch = CASE WHEN l.holder = $2 THEN l.epoch ELSE l.epoch + 1 END,
            expires_at = clock_timestamp() + $3
        WHERE l.holder = $2 OR l.expires_at < clock_timestamp()
        RETURNING epoch
        """,
        name,
        holder,
        span,
    )
    return None if epoch is None else Lease(name, holder, int(epoch))


async def guard(connection: Connection, lease: Lease) -> None:
    """Locks the lease row for this transaction; raises `Fenced` if it is no longer ours."""
    held = await connection.fetchval(
        "SELECT 1 FROM leases WHERE name = $1 AND holder = $2 AND epoch = $3 FOR SHARE",
        lease.name,
        lease.holder,
        lease.epoch,
    )
    if held is None:
        raise Fenced(f"lease {lease.name} was taken over", context={"epoch": lease.epoch})


async def release(database: Database, lease: Lease) -> None:
    """Lets the next holder take it at once; does nothing if it is no longer ours."""
    async with database.transaction() as connection:
        await connection.execute(
            "UPDATE leases SET expires_at = clock_timestamp() - interval '1 second' WHERE name = $1 AND holder = $2 AND epoch = $3",
            lease.name,
            lease.holder,
            lease.epoch,
        )
