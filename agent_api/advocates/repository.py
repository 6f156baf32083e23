"""Reads invitations, and notes that a link was opened."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from backbone.storage.database import Connection


async def figures(connection: Connection, since: datetime, until: datetime) -> Sequence[Any]:
    """One row for each channel and kind."""
    return await connection.fetch(
        """
        SELECT channel, kind, count(*) AS invited, count(opened_at) AS opened, count(used_at) AS used, sum(uses)::bigint AS uses
        FROM advocate_invitations WHERE tenant_id = current_setting('frontdesk.tenant') AND at >= $1 AND at < $2
        GROUP BY 1, 2 ORDER BY 1, 2 LIMIT 500
        """,
        since,
        until,
    )


async def open_invitation(connection: Connection, code: str, now: datetime) -> str | None:
    """The page, of whichever tenant: the code is the secret."""
    found: str | None = await connection.fetchval("SELECT open_invitation($1, $2)", code, now)
    return found
