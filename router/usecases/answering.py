"""What a customer may be told before they write: whether somebody is there, who, and how long an answer takes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backbone.storage.database import Connection
from backbone.storage.team_waits import TeamWait, read
from router.config import hours_from

_NAMES = 3
_AGENTS_MOST = 100


@dataclass(frozen=True, slots=True)
class Answering:
    """`opens_at` is the next opening, None while open and where there is none within 400 days. `names` are some of those
    online. `wait` is None where the router has not said anything of the team yet.
    """

    is_open: bool
    opens_at: datetime | None
    online: int
    names: tuple[str, ...]
    wait: TeamWait | None


async def answering(
    connection: Connection, *, tenant_id: str, account_id: str, channel_class: str, now: datetime
) -> Answering:
    """Of the team that an account's conversations begin in. The transaction's tenant must be set."""
    team = await _team(connection, tenant_id, account_id)
    team_id = None if team is None else team["id"]
    hours = None if team is None else hours_from(team["hours"])
    is_open = hours is None or hours.is_open(now)
    agents = await connection.fetch(
        "SELECT a.name FROM team_members t JOIN agents a ON a.id = t.agent_id "
        "WHERE t.team_id = $1 AND a.presence = 'online' AND a.role <> 'bot' ORDER BY a.used, a.id LIMIT $2",
        team_id,
        _AGENTS_MOST,
    )
    waits = await read(connection, [] if team_id is None else [team_id], channel_class)
    return Answering(
        is_open,
        None if hours is None or is_open else hours.next_opening(now),
        len(agents),
        tuple(row["name"] for row in agents[:_NAMES]),
        waits[team_id].fresh(now) if team_id in waits else None,
    )


async def _team(connection: Connection, tenant_id: str, account_id: str) -> Any:
    """The account's own, else the tenant's first, as the router chooses."""
    return await connection.fetchrow(
        """
        SELECT t.id, t.hours FROM teams t LEFT JOIN channel_accounts a ON a.id = $2 AND a.team_id = t.id
        WHERE t.tenant_id = $1 ORDER BY a.id IS NULL, t.created_at, t.id LIMIT 1
        """,
        tenant_id,
        account_id,
    )
