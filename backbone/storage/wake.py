"""Wake-ups between processes by LISTEN/NOTIFY: hints only. Everything that waits for one also looks by itself now and then."""

import asyncio
from collections.abc import Callable
from typing import Any, Literal

from backbone.errors import Unavailable
from backbone.storage.database import Connection, Database
from backbone.telemetry.logs import get_logger

CHANNEL = "frontdesk_wake"
Topic = Literal["changed", "config", "deliveries", "media", "polls", "tokens", "webhooks"]
"""`changed` carries a tenant: something of it was written, with facts, outbox rows or work to assign."""


async def notify(connection: Connection, topic: Topic, detail: str = "") -> None:
    """Sends with the caller's commit. Notifying transactions commit one after another, so the message path doesn't."""
    await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, f"{topic}:{detail}")


class Listener:
    """Calls back for each wake-up until cancelled; reconnects by itself, and calls `on_gap` after a pause in listening."""

    def __init__(self, database: Database, on_wake: Callable[[str, str], None], on_gap: Callable[[], None]) -> None:
        self._database = database
        self._on_wake = on_wake
        self._on_gap = on_gap
        self._log = get_logger("wake")

    async def run(self) -> None:
        while True:
            try:
                async with self._database.session() as connection:
                    closed = asyncio.Event()
                    connection.add_termination_listener(lambda _connection, closed=closed: closed.set())
                    await connection.add_listener(CHANNEL, self._received)
                    self._on_gap()
                    await closed.wait()
            except Unavailable:
                self._log.warning("listen_lost")
            await asyncio.sleep(0.5)

    def _received(self, _connection: Any, _pid: int, _channel: str, payload: str) -> None:
        topic, _, detail = payload.partition(":")
        self._on_wake(topic, detail)
