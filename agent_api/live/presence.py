"""An agent's sockets and its presence: the last one to close, in any process, makes it away after a grace."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from backbone.clock import Clock
from backbone.errors import NotFound, Retriable
from backbone.storage.database import Connection, Database
from backbone.telemetry.logs import get_logger
from router.usecases import agents as usecases

EVERY = timedelta(seconds=1)
SEEN_EVERY = timedelta(seconds=10)
SILENT = timedelta(seconds=40)
"""A process that has not written for this long is gone with all of its sockets."""
REASON = "disconnected"

log = get_logger("presence")


@dataclass(frozen=True, slots=True, order=True)
class Who:
    tenant_id: str
    agent_id: str


class Presence:
    """Counts sockets of agents here; tells other processes by `agent_sessions`. It sets `away` and takes only that back:
    who chose to be away or offline stays so.
    """

    def __init__(self, database: Database, clock: Clock, process: str, away_after: timedelta) -> None:
        self._database = database
        self._clock = clock
        self._process = process
        self._away_after = away_after.total_seconds()
        self._open: dict[Who, int] = {}
        self._new: set[Who] = set()
        self._gone: dict[Who, float] = {}
        self._seen_at = float("-inf")
        self.rounds = 0

    def connected(self, who: Who) -> None:
        self._open[who] = self._open.get(who, 0) + 1
        self._gone.pop(who, None)
        if self._open[who] == 1:
            self._new.add(who)

    def disconnected(self, who: Who) -> None:
        left = self._open.get(who, 0) - 1
        if left > 0:
            self._open[who] = left
            return
        self._open.pop(who, None)
        self._new.discard(who)
        self._gone[who] = self._clock.monotonic()

    async def run(self) -> None:
        """Each second, until cancelled: announces arrivals, and sets those away whose grace is over."""
        while True:
            await self._clock.sleep(EVERY)
            try:
                await self.round()
            except Retriable:
                log.warning("presence_not_written")
            self.rounds += 1

    async def round(self) -> None:
        now = self._clock.monotonic()
        arrived = list(self._new)
        await self._write(arrived, back=True)
        self._new.difference_update(arrived)
        if now - self._seen_at >= SEEN_EVERY.total_seconds():
            await self._write(list(self._open), back=False)
            self._seen_at = now
            await self._sweep()
        for who in [who for who, at in self._gone.items() if now - at >= self._away_after]:
            await self._left(who)
            self._gone.pop(who, None)

    async def _write(self, agents: list[Who], *, back: bool) -> None:
        for tenant_id, ids in _by_tenant(agents).items():
            await self._write_one(tenant_id, ids, back=back)

    async def _write_one(self, tenant_id: str, ids: list[str], *, back: bool) -> None:
        async def work(connection: Connection) -> None:
            await connection.execute(
                """
                INSERT INTO agent_sessions AS s (agent_id, process, tenant_id, seen_at)
                SELECT a.id, $2, a.tenant_id, now() FROM agents a WHERE a.id = ANY($1::text[]) ORDER BY a.id
                ON CONFLICT (agent_id, process) DO UPDATE SET seen_at = now()
                """,
                ids,
                self._process,
            )
            if back:
                await self._bring_back(connection, tenant_id, ids)

        await self._database.run(work, [tenant_id])

    async def _bring_back(self, connection: Connection, tenant_id: str, ids: list[str]) -> None:
        """Who was set away by us only for being disconnected is online again."""
        rows = await connection.fetch(
            "SELECT id FROM agents WHERE id = ANY($1::text[]) AND presence = 'away' AND presence_reason = $2 ORDER BY id",
            ids,
            REASON,
        )
        for row in rows:
            await usecases.set_presence(
                connection,
                tenant_id=tenant_id,
                agent_id=row["id"],
                presence="online",
                reason=None,
                now=self._clock.now(),
            )

    async def _left(self, who: Who) -> None:
        """No socket of this agent is left here; away, unless another process has one."""

        async def work(connection: Connection) -> None:
            await connection.execute(
                "DELETE FROM agent_sessions WHERE agent_id = $1 AND process = $2", who.agent_id, self._process
            )
            if who not in self._open:
                await self._set_away(connection, who)

        await self._database.run(work, [who.tenant_id])

    async def _set_away(self, connection: Connection, who: Who) -> None:
        online = await connection.fetchval(
            "SELECT 1 FROM agents WHERE id = $1 AND presence = 'online' AND NOT EXISTS "
            "(SELECT 1 FROM agent_sessions WHERE agent_id = $1 AND seen_at > now() - $2::interval) FOR UPDATE",
            who.agent_id,
            SILENT,
        )
        if online is None:
            return
        try:
            await usecases.set_presence(
                connection,
                tenant_id=who.tenant_id,
                agent_id=who.agent_id,
                presence="away",
                reason=REASON,
                now=self._clock.now(),
            )
        except NotFound:
            log.info("agent_gone", agent_id=who.agent_id)

    async def _sweep(self) -> None:
        """Agents of processes that died without a word."""
        async with self._database.transaction(read_only=True) as connection:
            rows = await connection.fetch("SELECT tenant_id, agent_id FROM lost_agents($1)", SILENT)
        for row in rows:
            await self._lose(Who(row["tenant_id"], row["agent_id"]))

    async def _lose(self, who: Who) -> None:
        async def work(connection: Connection) -> None:
            await self._set_away(connection, who)
            await connection.execute(
                "DELETE FROM agent_sessions WHERE agent_id = $1 AND seen_at < now() - $2::interval",
                who.agent_id,
                SILENT,
            )

        await self._database.run(work, [who.tenant_id])


def _by_tenant(agents: list[Who]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for who in sorted(agents):
        found.setdefault(who.tenant_id, []).append(who.agent_id)
    return found
