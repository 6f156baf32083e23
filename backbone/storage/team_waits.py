"""What customers of a team may expect, as the router wrote it last: one look-up that every process may make.

The router renews it every few seconds for tenants that have somebody online. What is older than a minute counts as not
known, since nobody vouches for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from backbone.storage.database import Connection

FRESH = timedelta(minutes=1)

_COLUMNS = """team_id, channel_class, at, online, slots, free, waiting, position, seconds, low, high, answer_seconds,
    handling_seconds, opens_at, measured, median_error, in_range"""


@dataclass(frozen=True, slots=True)
class TeamWait:
    """What a newcomer on channels of this class may expect. Times are in seconds, None where nobody is there or it isn't known.

    `position` is the place in the queue they would get, from 1. `seconds` is until somebody takes them, between `low` and
    `high` four times in five; `answer_seconds` until a person's answer. `opens_at` is None while open, and where no opening
    is known. `median_error` and `in_range` say how wrong the last `measured` forecasts were.
    """

    team_id: str
    channel_class: str
    at: datetime
    online: int
    slots: int
    free: int
    waiting: int
    position: int
    seconds: float | None
    low: float | None
    high: float | None
    answer_seconds: float | None
    handling_seconds: float
    opens_at: datetime | None
    measured: int
    median_error: float | None
    in_range: float | None

    def fresh(self, now: datetime) -> "TeamWait":
        """As it may be told at `now`: without the times if they are too old."""
        if now - self.at <= FRESH:
            return self
        return replace(self, online=0, free=0, seconds=None, low=None, high=None, answer_seconds=None)


async def read(connection: Connection, team_ids: Sequence[str], channel_class: str) -> dict[str, TeamWait]:
    """Of each team that there is something of; the transaction must see their tenant."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM team_waits WHERE team_id = ANY($1::text[]) AND channel_class = $2",
        list(team_ids),
        channel_class,
    )
    return {row["team_id"]: TeamWait(*row) for row in rows}


async def of_accounts(
    connection: Connection, tenant_ids: Sequence[str], classes: Mapping[str, str]
) -> dict[str, TeamWait]:
    """By account, for the channels in `classes` (each with its class); an account without a team goes to the tenant's first.

    The transaction must see these tenants.
    """
    rows = await connection.fetch(
        f"""
        SELECT a.id, {", ".join(f"w.{name.strip()}" for name in _COLUMNS.split(","))}
        FROM unnest($2::text[], $3::text[]) AS c (channel, class)
        JOIN channel_accounts a ON a.tenant_id = ANY($1::text[]) AND a.channel = c.channel AND a.state = 'active'
        JOIN team_waits w ON w.channel_class = c.class AND w.team_id = coalesce(a.team_id,
            (SELECT t.id FROM teams t WHERE t.tenant_id = a.tenant_id ORDER BY t.created_at, t.id LIMIT 1))
        """,
        list(tenant_ids),
        list(classes),
        list(classes.values()),
    )
    return {row["id"]: TeamWait(*tuple(row)[1:]) for row in rows}
