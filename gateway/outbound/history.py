"""Notices that PostgreSQL tells another history than before: what was sent may stand there as not sent, or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from backbone.storage.database import Connection
from backbone.telemetry.logs import get_logger
from gateway.outbound import store

# Of the bus's clock against the database's.
_SKEW = timedelta(seconds=5)

_log = get_logger("deliveries")


@dataclass(frozen=True, slots=True)
class Look:
    """What one transaction saw: `timeline` changes when a standby is promoted or a backup restored (PostgreSQL manual §26.3)."""

    timeline: str
    changed_at: datetime | None

    def may_have_been_sent(self, at: datetime) -> bool:
        """Whether a message of the bus, published `at`, may have gone out in the history that was lost."""
        return self.changed_at is not None and at < self.changed_at + _SKEW


class History:
    """Shared by all that look at `deliveries` in one process. It remembers as long as the process lives, and no longer."""

    def __init__(self, channels: Sequence[str]) -> None:
        self._channels = list(channels)
        self._noted: Look | None = None

    async def look(self, connection: Connection) -> Look:
        """Call it first in a transaction that takes or sends; `note` its answer once that is committed.

        In a new history the outcome of every waiting delivery counts as unknown.
        """
        timeline = await store.timeline(connection)
        noted = self._noted
        if noted is None or noted.timeline == timeline:
            return noted or Look(timeline, None)
        now = await store.doubt(connection, self._channels)
        _log.error("another history: deliveries may have been sent before", timeline=timeline)
        return Look(timeline, now)

    def note(self, look: Look) -> None:
        self._noted = look

    def is_new(self, timeline: str) -> bool:
        return self._noted is None or self._noted.timeline != timeline
