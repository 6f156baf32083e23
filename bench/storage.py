"""G8 and G9: what writing in sets gives, with the router's own code on a real PostgreSQL with fsync.

G8: callers that each wait for their message to be committed, served by the router's batch insert, against one row a
statement on a connection for each of 64. G9: the dispatcher against workers that claim one conversation at a time, with
the same effects (agent's units, conversation, decision, event) in one statement and one round trip.
"""

import asyncio
import contextlib
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg

from backbone.ids import new_id
from backbone.storage.database import Database
from bench.calibration import calibrate
from bench.support import Report, arguments, in_rounds, median, median_ratio, number, print_table, quantiles
from bench.workloads import WORKLOADS
from bench.world import World, servers, world
from router.repositories import messages
from router.repositories.messages import MessageRow
from tests.support.router import Workers, make_workers

WORKLOAD = WORKLOADS["peak"]
CONNECTIONS = 64
CLAIMERS = 16
BATCH = 500
WAITING = 200
CONTENT = '{"text":"' + "x" * 300 + '"}'

_ONE = """
INSERT INTO messages (id, tenant_id, conversation_id, account_id, direction, author_kind, content, received_at, sort_at,
    provider_message_id) VALUES ($1, $2, $3, $4, 'in', 'contact', $5::text::jsonb, $6, $6, $7)
"""
_WAIT = """
INSERT INTO conversations (id, tenant_id, account_id, channel, channel_class, thread_key, status, contact_id, contact_address, team_id,
    opened_at, last_message_at, waiting_since, due_at)
SELECT i, $1, $2, 'whatsapp', 'messaging', i, 'open', '', i, $3, now(), now(), now(), now() + interval '1 hour' FROM unnest($4::text[]) AS v (i)
"""
_AGAIN = """
UPDATE conversations SET agent_id = NULL, assigned_at = NULL WHERE agent_id IS NOT NULL;
UPDATE agents SET used = 0, last_assigned_at = NULL; TRUNCATE routing_decisions, events_pending
"""
_CLAIM = """
WITH work AS (
    SELECT id, team_id, units FROM conversations WHERE tenant_id = $1 AND agent_id IS NULL AND status = 'open' AND waiting_since IS NOT NULL
    ORDER BY priority DESC, due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
), best AS (
    SELECT a.id FROM agents a JOIN team_members m ON m.agent_id = a.id JOIN work ON m.team_id = work.team_id
    WHERE a.presence = 'online' AND a.used + work.units <= a.capacity
    ORDER BY a.used::float / a.capacity, a.last_assigned_at NULLS FIRST, a.id LIMIT 1 FOR UPDATE OF a SKIP LOCKED
), taken AS (
    UPDATE agents a SET used = a.used + work.units, last_assigned_at = now() FROM work, best WHERE a.id = best.id
), given AS (
    UPDATE conversations c SET agent_id = best.id, assigned_at = now(), version = version + 1 FROM work, best WHERE c.id = work.id
), said AS (
    INSERT INTO events_pending (tenant_id, id, type, conversation_id, at, data)
    SELECT $1, $2, 'conversation.assigned', work.id, now(), jsonb_build_object('agent_id', best.id) FROM work, best
), explained AS (
    INSERT INTO routing_decisions (id, tenant_id, conversation_id, at, outcome, agent_id, explanation)
    SELECT $2, $1, work.id, now(), 'assigned', best.id, '{}' FROM work, best
)
SELECT (SELECT count(*) FROM work) AS found, (SELECT count(*) FROM best) AS given
"""
_CLAIM_BARE = """
UPDATE conversations SET agent_id = 'somebody' WHERE id = (
    SELECT id FROM conversations WHERE tenant_id = $1 AND agent_id IS NULL AND status = 'open' AND waiting_since IS NOT NULL
    ORDER BY priority DESC, due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING 1
"""


@dataclass(frozen=True)
class Window:
    """Rows or assignments a second; the latency of one, where a caller waits for it, in milliseconds; client CPU µs."""

    rate: float
    p50: float
    cpu: float


class GroupCommit:
    """Callers wait while one flusher writes all that came meanwhile in one transaction, as the router's batches do."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[tuple[MessageRow, asyncio.Future[None]]] = []
        self._wake = asyncio.Event()

    async def put(self, row: MessageRow) -> None:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((row, done))
        self._wake.set()
        await done

    async def run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            # One turn of the loop, so that all callers that the last commit woke are in.
            await asyncio.sleep(0)
            taken, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
            rows = [row for row, _ in taken]
            tenants = sorted({row.tenant_id for row in rows})
            await self._database.run(partial(_insert, rows=rows), tenants)
            for _, done in taken:
                done.set_result(None)
            if self._waiting:
                self._wake.set()


async def _insert(connection: Any, rows: list[MessageRow]) -> None:
    await messages.insert(connection, rows)


def message(made: World, count: int) -> MessageRow:
    tenant = made.tenants[count % len(made.tenants)]
    now = datetime.now(UTC)
    return MessageRow(
        new_id("msg"), tenant.id, f"cnv_{count % 1000}", tenant.account.id, "in", "contact", None, CONTENT, now, now,
        provider_message_id=new_id("wamid"),
    )  # fmt: skip


class Bench:
    """Pools and workers over one world; its methods are run from the outside, window by window."""

    def __init__(self, made: World, runner: asyncio.Runner, folder: Path) -> None:
        self._made = made
        self._runner = runner
        self._folder = folder
        self.workers: Workers
        self.pool: Any
        self._group: GroupCommit
        self._flusher: asyncio.Task[None]

    async def start(self) -> None:
        self.workers = await make_workers(self._made.url, self._folder)
        self.pool = await asyncpg.create_pool(self._made.url, min_size=CONNECTIONS, max_size=CONNECTIONS)
        self._group = GroupCommit(self.workers.database)
        self._flusher = asyncio.create_task(self._group.run())
        for tenant in self._made.tenants:
            ids = [new_id("cnv") for _ in range(WAITING)]
            await self.pool.execute(_WAIT, tenant.id, tenant.account.id, tenant.team_id, ids)

    async def stop(self) -> None:
        self._flusher.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._flusher
        await self.workers.database.stop()
        await self.pool.close()

    async def closed(self, callers: int, seconds: float, put: Callable[[MessageRow], Awaitable[object]]) -> Window:
        took: list[float] = []
        began, cpu = time.perf_counter(), time.process_time()

        async def caller(first: int) -> None:
            count = first
            while time.perf_counter() - began < seconds:
                row = message(self._made, count)
                started = time.perf_counter()
                await put(row)
                took.append(time.perf_counter() - started)
                count += callers

        await asyncio.gather(*(caller(number) for number in range(callers)))
        spent = time.process_time() - cpu
        return Window(len(took) / (time.perf_counter() - began), quantiles(took)[0] * 1000, spent / len(took) * 1e6)

    def grouped(self, callers: int, seconds: float) -> Window:
        return self._runner.run(self.closed(callers, seconds, self._group.put))

    def single(self, callers: int, seconds: float) -> Window:
        async def put(row: MessageRow) -> None:
            await self.pool.execute(
                _ONE, row.id, row.tenant_id, row.conversation_id, row.account_id, row.content, row.received_at,
                row.provider_message_id,
            )  # fmt: skip

        return self._runner.run(self.closed(callers, seconds, put))

    # ── assignments ──────────────────────────────────────────────────────────────────────────────────────────────────
    def dispatcher(self) -> Window:
        return self._runner.run(self._dispatch())

    async def _dispatch(self) -> Window:
        await self.pool.execute(_AGAIN)
        lease = await self.workers.lease()
        for tenant in self._made.tenants:
            self.workers.signals.wake_dispatch(tenant.id)
        began, cpu = time.perf_counter(), time.process_time()
        while await self.workers.dispatcher.round(lease):
            pass
        return await self._assigned(began, cpu)

    def claims(self, query: str) -> Window:
        return self._runner.run(self._claim(query))

    async def _claim(self, query: str) -> Window:
        await self.pool.execute(_AGAIN)
        left = {tenant.id for tenant in self._made.tenants}
        began, cpu = time.perf_counter(), time.process_time()

        async def claimer(number: int) -> None:
            while left:
                tenant_id = sorted(left)[number % len(left)]
                row = await self._claim_one(query, tenant_id)
                if row is None or not row[0]:
                    left.discard(tenant_id)

        await asyncio.gather(*(claimer(number) for number in range(CLAIMERS)))
        return await self._assigned(began, cpu)

    async def _claim_one(self, query: str, tenant_id: str) -> Any:
        args = (tenant_id, new_id("dec")) if "$2" in query else (tenant_id,)
        return await self.pool.fetchrow(query, *args)

    async def _assigned(self, began: float, cpu: float) -> Window:
        took, spent = time.perf_counter() - began, time.process_time() - cpu
        count = await self.pool.fetchval("SELECT count(*) FROM conversations WHERE agent_id IS NOT NULL")
        return Window(count / took, float("nan"), spent / count * 1e6)


def show(found: dict[str, list[Window]]) -> None:
    rows = [
        [name, "", *(number(median(getattr(w, what) for w in windows)) for what in ("rate", "p50", "cpu"))]
        for name, windows in found.items()
    ]
    print_table(["", "", "a second", "p50 ms", "client CPU µs"], rows)


def judge(report: Report, found: dict[str, list[Window]]) -> None:
    def ratio(what: str, one: str, other: str) -> float:
        return median_ratio([getattr(w, what) for w in found[one]], [getattr(w, what) for w in found[other]])

    report.add(
        "G8", "messages in sets, 64 callers: rate", ratio("rate", "in sets, 64", "single rows, 64"), 4.0, at_most=False
    )
    report.add("G8", "messages in sets, 64 callers: p50", ratio("p50", "in sets, 64", "single rows, 64"), 0.3)
    report.add("G8", "messages in sets, 512 callers: rate", ratio("rate", "in sets, 512", "single rows, 64"))
    report.add("G9", "assignments beside one-row claims", ratio("rate", "dispatcher", "claims"), 5.0, at_most=False)
    report.add("G9", "assignments beside claims without an agent", ratio("rate", "dispatcher", "bare claims"))
    report.details = {name: [asdict(w) for w in windows] for name, windows in found.items()}


def main() -> int:
    options = arguments(__doc__, seconds=1.5)
    report = Report("storage", calibrate())
    with servers() as running, world(running, WORKLOAD, "postgres", ()) as made, asyncio.Runner() as runner:
        bench = Bench(made, runner, running.folder)
        runner.run(bench.start())
        ways: dict[str, Callable[[], Window]] = {
            "in sets, 64": partial(bench.grouped, 64, options.seconds),
            "in sets, 512": partial(bench.grouped, 512, options.seconds),
            "single rows, 64": partial(bench.single, CONNECTIONS, options.seconds),
            "dispatcher": bench.dispatcher,
            "claims": partial(bench.claims, _CLAIM),
            "bare claims": partial(bench.claims, _CLAIM_BARE),
        }
        found = in_rounds(ways, options.rounds)
        runner.run(bench.stop())
    show(found)
    judge(report, found)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
