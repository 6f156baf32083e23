"""Wake-ups between processes by LISTEN/NOTIFY: hints only. Everything that waits for one also looks by itself now and then."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any, Literal

from backbone.errors import Unavailable
from backbone.storage.database import Connection, Database
from backbone.telemetry.logs import get_logger

CHANNEL = "frontdesk_wake"
STREAM = "frontdesk_stream"
"""A channel apart, since only those who serve live streams listen to it: heads of tenants' streams that have moved."""
TELL = "SELECT pg_notify($1, $2)"
Topic = Literal["changed", "config", "deliveries", "media", "polls", "tokens", "webhooks", "events", "outbox"]
"""`changed` carries a tenant: something of it was written, with facts, outbox rows or work to assign. `events` and
`outbox` say that there is such work, to the one process of many that does it."""
PAYLOAD_MOST = 7000
"""PostgreSQL takes 8000 bytes."""


async def notify(connection: Connection, topic: Topic, detail: str = "") -> None:
    """Sends with the caller's commit. Notifying transactions commit one after another, so the message path doesn't."""
    await connection.execute(TELL, CHANNEL, f"{topic}:{detail}")


def heads_told(heads: Iterable[tuple[str, int]]) -> str:
    """The payload for `STREAM`; where there are too many tenants, the word that all must be looked at."""
    told = ",".join(f"{tenant}={seq}" for tenant, seq in heads)
    return f"heads:{told}" if len(told) <= PAYLOAD_MOST else "all:"


def heads_heard(detail: str) -> list[tuple[str, int]]:
    """The heads of a `heads` wake-up; parts that are none are left out."""
    pairs = (part.partition("=") for part in detail.split(","))
    return [(tenant, int(seq)) for tenant, _, seq in pairs if seq.isascii() and seq.isdigit()]


class Listener:
    """Calls back for each wake-up until cancelled; reconnects by itself, and calls `on_gap` after a pause in listening."""

    def __init__(
        self,
        database: Database,
        on_wake: Callable[[str, str], None],
        on_gap: Callable[[], None],
        *,
        channel: str = CHANNEL,
    ) -> None:
        self._database = database
        self._channel = channel
        self._on_wake = on_wake
        self._on_gap = on_gap
        self._log = get_logger("wake")

    async def run(self) -> None:
        while True:
            try:
                async with self._database.session() as connection:
                    closed = asyncio.Event()
                    connection.add_termination_listener(lambda _connection, closed=closed: closed.set())
                    await connection.add_listener(self._channel, self._received)
                    self._on_gap()
                    await closed.wait()
            except Unavailable:
                self._log.warning("listen_lost")
            await asyncio.sleep(0.5)

    def _received(self, _connection: Any, _pid: int, _channel: str, payload: str) -> None:
        topic, _, detail = payload.partition(":")
        self._on_wake(topic, detail)
