"""The table `poll_cursors`: how far each account was read, what of its quota is used, when it is due, what went wrong last.

Written under the poll's lease; only `nudge` is anybody's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from backbone.channel.json import clean
from backbone.channel.port import Account
from backbone.storage.database import Connection
from backbone.storage.leases import Lease, guard
from backbone.storage.wake import notify


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an account stands; `quota_used` is of `quota_day`, the provider's own."""

    cursor: Mapping[str, Any] | None = None
    quota_day: date | None = None
    quota_used: int = 0
    polled_at: datetime | None = None
    next_poll_at: datetime | None = None
    nudged_at: datetime | None = None

    def used(self, day: date) -> int:
        """Units used of that day."""
        return self.quota_used if self.quota_day == day else 0


async def read(connection: Connection, account: Account) -> Mapping[str, Any] | None:
    """The cursor to go on from; None for an account that was never read."""
    found: Mapping[str, Any] | None = await connection.fetchval(
        "SELECT cursor FROM poll_cursors WHERE account_id = $1", account.id
    )
    return found


async def standing(connection: Connection, account: Account) -> Standing:
    row = await connection.fetchrow(
        "SELECT cursor, quota_day, quota_used, polled_at, next_poll_at, nudged_at FROM poll_cursors WHERE account_id = $1",
        account.id,
    )
    return Standing() if row is None else Standing(*row)


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


async def spend(connection: Connection, lease: Lease, account: Account, day: date, cost: int) -> int:
    """Notes units before they are spent, so that a crash can't spend them twice; answers the day's sum. Raises `Fenced`."""
    await guard(connection, lease)
    used = await connection.fetchval(
        """
        INSERT INTO poll_cursors AS p (account_id, tenant_id, quota_day, quota_used) VALUES ($1, $2, $3, $4)
        ON CONFLICT (account_id) DO UPDATE SET quota_day = $3,
            quota_used = $4 + CASE WHEN p.quota_day = $3 THEN p.quota_used ELSE 0 END
        RETURNING quota_used
        """,
        account.id,
        account.tenant_id,
        day,
        cost,
    )
    return int(used)


async def plan(
    connection: Connection,
    lease: Lease,
    account: Account,
    *,
    polled_at: datetime,
    next_poll_at: datetime,
    answered: datetime | None = None,
) -> None:
    """When the account is due next, for every replica. `answered` is the nudge this poll was for. Raises `Fenced`."""
    await guard(connection, lease)
    await connection.execute(
        """
        INSERT INTO poll_cursors (account_id, tenant_id, polled_at, next_poll_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (account_id) DO UPDATE SET polled_at = $3, next_poll_at = $4,
            nudged_at = CASE WHEN poll_cursors.nudged_at = $5 THEN NULL ELSE poll_cursors.nudged_at END
        """,
        account.id,
        account.tenant_id,
        polled_at,
        next_poll_at,
        answered,
    )


async def nudge(connection: Connection, account: Account, now: datetime) -> None:
    """There is something new: whichever replica polls this account does so at once."""
    await connection.execute(
        """
        INSERT INTO poll_cursors (account_id, tenant_id, nudged_at) VALUES ($1, $2, $3)
        ON CONFLICT (account_id) DO UPDATE SET nudged_at = $3
        """,
        account.id,
        account.tenant_id,
        now,
    )
    await notify(connection, "polls", account.id)


async def nudged(connection: Connection, most: int) -> Mapping[str, datetime]:
    """Accounts of any tenant that were nudged and not polled since, and when; at most the `most` nudged last."""
    rows = await connection.fetch(
        "SELECT account_id, nudged_at FROM poll_cursors WHERE nudged_at IS NOT NULL ORDER BY nudged_at DESC LIMIT $1",
        most,
    )
    return {row["account_id"]: row["nudged_at"] for row in rows}


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
