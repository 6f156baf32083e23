"""Tells how much waits and for how long, as metrics: what operators are woken for."""

from datetime import UTC, datetime, timedelta

import asyncpg

from backbone.channel.manifest import ChannelClass
from backbone.clock import Clock
from backbone.errors import Retriable
from backbone.storage.database import Database
from backbone.telemetry.logs import get_logger
from backbone.telemetry.metrics import Metric, Metrics

EVERY = timedelta(seconds=10)

_GAUGES = {
    "events": (Metric.ROUTER_SEQUENCER_LAG, Metric.ROUTER_SEQUENCER_AGE),
    "outbox": (Metric.ROUTER_OUTBOX_DEPTH, Metric.ROUTER_OUTBOX_AGE),
    "timers": (Metric.ROUTER_TIMERS_DUE, Metric.ROUTER_TIMERS_DUE_AGE),
    "dead_letters": (Metric.ROUTER_DEAD_LETTERS, Metric.ROUTER_DEAD_LETTER_AGE),
}


class Vitals:
    """Asks the database every ten seconds. Every router asks and tells the same, so that nobody's death hides it.

    Ages are worked out when they are read: while the database is away they grow, which is the truth, since nothing moves.
    """

    def __init__(self, database: Database, clock: Clock, metrics: Metrics) -> None:
        self._database = database
        self._clock = clock
        self._metrics = metrics
        self._log = get_logger("vitals")
        self._oldest: dict[tuple[str, str], datetime] = {}
        for work, (_, age) in _GAUGES.items():
            metrics.gauge(age).set_function(lambda work=work: self._age(work))  # type: ignore[misc]
        for kind in ChannelClass:
            metrics.gauge(Metric.ROUTER_WAITING_AGE, kind).set_function(
                lambda kind=kind: self._age("conversations", kind)  # type: ignore[misc]
            )

    async def run(self) -> None:
        while True:
            try:
                await self.look()
            except (Retriable, asyncpg.PostgresError) as error:
                # Whoever only counts must not end the process that works.
                self._log.warning("vitals_not_known", exc_info=error)
            await self._clock.sleep(EVERY)

    async def look(self) -> None:
        """Asks once. Raises `Unavailable` with the database away."""
        async with self._database.transaction(read_only=True) as connection:
            rows = await connection.fetch("SELECT work, kind, many, oldest FROM waiting_work()", timeout=5)
        found = {(row["work"], row["kind"]): row for row in rows}
        self._oldest = {key: row["oldest"].astimezone(UTC) for key, row in found.items() if row["oldest"] is not None}
        for work, (many, _) in _GAUGES.items():
            self._metrics.set(many, found[work, ""]["many"])
        for kind in ChannelClass:
            row = found.get(("conversations", kind.value))
            self._metrics.set(Metric.ROUTER_WAITING, row["many"] if row else 0, kind)

    def _age(self, work: str, kind: str = "") -> float:
        oldest = self._oldest.get((work, kind))
        return 0.0 if oldest is None else max(0.0, (self._clock.now() - oldest).total_seconds())
