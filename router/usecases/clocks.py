"""What is shown of a conversation's clocks: deadlines now, intervals with causes, and how each run went."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backbone.storage.database import Connection
from router.domain.clocks import from_json
from router.domain.legs import Leg, Run
from router.repositories import legs

SHOWN_MOST = 500


@dataclass(frozen=True, slots=True)
class Shown:
    """Deadlines as they are now, and the last 500 legs and runs. `paused` is the status that stops the clocks, if one does."""

    due_at: datetime | None
    resolve_by: datetime | None
    paused: str | None
    legs: Sequence[Leg]
    runs: Sequence[Run]


async def show(connection: Connection, conversation_id: str) -> Shown:
    """Of a conversation that is there. Legs and runs follow the stream, by a second or two."""
    row = await connection.fetchrow("SELECT due_at, clocks FROM conversations WHERE id = $1", conversation_id)
    clocks = from_json(row["clocks"])
    paused = clocks.pauses[-1].status if clocks and clocks.pauses and clocks.pauses[-1].end is None else None
    found, runs = await legs.shown(connection, conversation_id, SHOWN_MOST)
    return Shown(row["due_at"], clocks.resolve_by if clocks else None, paused, found, runs)


async def report(connection: Connection, by: str, since: datetime, until: datetime) -> Sequence[Any]:
    """Runs of clocks that began in between, by clock and `by`: day, team_id, policy_id or blamed."""
    return await legs.report(connection, by, since, until)
