"""Asks sources about a customer: cached, within a deadline, behind a breaker each, and never for longer than anybody waits."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from agent_api.context.schemas import SourceAnswer, State
from agent_api.context.source_schemas import CircuitState
from agent_api.context.source_settings import MOST, sealing_context
from agent_api.context.template import PLACEHOLDERS, Items, filled, read
from backbone.clock import Clock
from backbone.errors import FrontdeskError
from backbone.storage.crypto import MasterKey
from backbone.storage.database import Connection, Database
from backbone.telemetry.logs import get_logger
from backbone.web.breaker import Breaker, Circuit
from backbone.web.fetcher import Answer as HttpAnswer
from backbone.web.fetcher import Fetcher

ASKED_WITHIN = timedelta(milliseconds=250)
"""For one request. An answer that comes after those who asked have gone is kept for the next."""
WAITED = timedelta(milliseconds=150)
TRIED_WITHIN = timedelta(seconds=2)
"""For an administrator who tries one: longer than agents wait, so that a slow source is seen to be slow."""
_ANSWER_MOST = 256 * 1024
_AT_WORK_MOST = 64
_BREAKERS_MOST = 1000
_CIRCUITS: dict[Circuit, CircuitState] = {
    Circuit.CLOSED: "closed",
    Circuit.HALF_OPEN: "half_open",
    Circuit.OPEN: "open",
}
_LOOK = """
    SELECT s.*, a.items AS known, a.at, (
        SELECT w.reference FROM contact_customers($1) w JOIN partner_customers p USING (account_id, reference)
        ORDER BY p.seen_at DESC, w.reference LIMIT 1) AS customer_id
    FROM context_sources s LEFT JOIN context_answers a ON a.source_id = s.id AND a.contact_id = $1 ORDER BY s.name LIMIT $2
"""


@dataclass(frozen=True, slots=True)
class Who:
    tenant_id: str
    contact_id: str


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of asking once."""

    status: int | None
    fault: str | None
    took_ms: int
    in_time: bool
    items: Items


class Sources:
    """One for a process. At most 64 requests are at work, and one for each source and contact."""

    def __init__(self, database: Database, master: MasterKey, fetcher: Fetcher, clock: Clock) -> None:
        self._database = database
        self._master = master
        self._fetcher = fetcher
        self._clock = clock
        self._breakers: OrderedDict[str, Breaker] = OrderedDict()
        self._at_work: dict[tuple[str, str], asyncio.Task[tuple[Items, datetime]]] = {}
        self._log = get_logger("context")

    async def answers(self, who: Who) -> list[SourceAnswer]:
        """What each source says, or said before where it can't be had in time."""
        rows = await self._look(who)
        now = self._clock.now()
        asked = {row["id"]: task for row in rows if not _is_fresh(row, now) and (task := self._ask(who, row))}
        if asked:
            await asyncio.wait(asked.values(), timeout=WAITED.total_seconds())
        return [_answer(row, asked.get(row["id"]), now) for row in rows]

    async def _look(self, who: Who) -> list[Any]:
        async with self._database.transaction([who.tenant_id], read_only=True) as connection:
            return await connection.fetch(_LOOK, who.contact_id, MOST)

    def _ask(self, who: Who, row: Any) -> "asyncio.Task[tuple[Items, datetime]] | None":
        """The request at work; None where there may be none now: the circuit is open, or there are too many."""
        key = (row["id"], who.contact_id)
        if key in self._at_work:
            return self._at_work[key]
        url = filled(row["url"], {"customer_id": row["customer_id"], "contact_id": who.contact_id})
        breaker = self._breaker(row["id"])
        if url is None or len(self._at_work) >= _AT_WORK_MOST or not breaker.room(1):
            return None
        breaker.begin()
        task = asyncio.create_task(self._fetch(who, row, url, breaker), name="context source")
        self._at_work[key] = task
        task.add_done_callback(partial(self._ended, key))
        return task

    async def _fetch(self, who: Who, row: Any, url: str, breaker: Breaker) -> tuple[Items, datetime]:
        """Asks and keeps the answer. A 404 says that they know nothing of the customer."""
        try:
            answer = await self._call(row, url, ASKED_WITHIN)
            if answer.status not in {200, 404}:
                raise SourceFailed(f"http_{answer.status}")
            items = read(answer.body, row["items"], row["fields"]) if answer.status == 200 else []
        except asyncio.CancelledError:
            breaker.forget()
            raise
        except Exception:
            breaker.fail()
            raise
        breaker.succeed()
        at = self._clock.now()
        await self._keep(who, row["id"], items, at)
        return items, at

    async def _call(self, row: Any, url: str, deadline: timedelta) -> HttpAnswer:
        headers: tuple[tuple[str, str], ...] = (("accept", "application/json"),)
        if row["header_name"] is not None:
            secret = self._master.open(row["header_value"], sealing_context(row["id"])).decode()
            headers += ((row["header_name"], secret),)
        return await self._fetcher.call("GET", url, headers=headers, deadline=deadline, most=_ANSWER_MOST)

    def circuit(self, source_id: str) -> CircuitState:
        """How a source's circuit is in this process; one that was never asked is closed."""
        breaker = self._breakers.get(source_id)
        return "closed" if breaker is None else _CIRCUITS[breaker.state]

    async def try_out(self, row: Any, customer: str) -> Tried | None:
        """Asks a source about one customer, past its circuit and without counting for it; nothing is kept. None where the URL
        can't hold this customer.
        """
        url = filled(row["url"], dict.fromkeys(PLACEHOLDERS, customer))
        if url is None:
            return None
        begun = self._clock.monotonic()
        status, fault, items = None, None, Items()
        try:
            answer = await self._call(row, url, TRIED_WITHIN)
            status = answer.status
            if status == 200:
                items = read(answer.body, row["items"], row["fields"])
            elif status != 404:
                fault = "status"
        except FrontdeskError as error:
            fault = error.code
        took = self._clock.monotonic() - begun
        return Tried(status, fault, round(took * 1000), took <= ASKED_WITHIN.total_seconds(), items)

    async def _keep(self, who: Who, source_id: str, items: Items, at: datetime) -> None:
        async def write(connection: Connection) -> None:
            await connection.execute(
                """
                INSERT INTO context_answers AS a (source_id, contact_id, tenant_id, items, at)
                SELECT id, $2, $3, $4, $5 FROM context_sources WHERE id = $1
                ON CONFLICT (source_id, contact_id) DO UPDATE SET items = $4, at = $5 WHERE a.at <= $5
                """,
                source_id,
                who.contact_id,
                who.tenant_id,
                items,
                at,
            )

        await self._database.run(write, [who.tenant_id])

    def _breaker(self, source_id: str) -> Breaker:
        breaker = self._breakers.get(source_id) or Breaker(self._clock.monotonic)
        self._breakers[source_id] = breaker
        self._breakers.move_to_end(source_id)
        if len(self._breakers) > _BREAKERS_MOST:
            self._breakers.popitem(last=False)
        return breaker

    def _ended(self, key: tuple[str, str], task: "asyncio.Task[tuple[Items, datetime]]") -> None:
        self._at_work.pop(key, None)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._log.info("context_source_failed", source_id=key[0], error=type(error).__name__, cause=_cause(error))


class SourceFailed(Exception):
    """A source answered, and not with what was asked."""


def _cause(error: BaseException) -> str:
    """What may be logged of it: a code of ours, or a source's status."""
    if isinstance(error, FrontdeskError):
        return error.code
    return str(error) if isinstance(error, SourceFailed) else ""


def _is_fresh(row: Any, now: datetime) -> bool:
    return row["at"] is not None and row["at"] > now - timedelta(seconds=row["ttl_seconds"])


def _answer(row: Any, task: "asyncio.Task[tuple[Items, datetime]] | None", now: datetime) -> SourceAnswer:
    items, at = row["known"], row["at"]
    state: State = "fresh" if _is_fresh(row, now) else "stale" if at is not None else "failed"
    if task is not None and task.done() and not task.cancelled() and task.exception() is None:
        items, at = task.result()
        state = "fresh"
    elif task is None and state == "failed" and row["customer_id"] is None and "{customer_id}" in row["url"]:
        # Nobody to ask about: the company knows no such customer.
        items, at, state = [], now, "fresh"
    return SourceAnswer(id=row["id"], name=row["name"], state=state, as_of=at, items=items or [])
