"""What came for each channel account, counted by the hour in `account_traffic`: in memory first, written every few seconds."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

from backbone.clock import Clock
from backbone.errors import Retriable
from backbone.storage.database import Database
from backbone.storage.statement import columns
from backbone.telemetry.logs import get_logger

EVERY = timedelta(seconds=5)
MOST = 100_000
"""Accounts between two writes; what others get meanwhile is not counted."""
TENANTS_A_WRITE = 200

Count = Literal["received", "stored", "doubled", "refused", "found_by_poll"]
COUNTS: tuple[Count, ...] = ("received", "stored", "doubled", "refused", "found_by_poll")

_Key = tuple[str, str, datetime]

_WRITE = """
    INSERT INTO account_traffic AS t (tenant_id, account_id, hour, received, stored, doubled, refused, found_by_poll)
    SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
        $8::bigint[])
    ON CONFLICT (account_id, hour) DO UPDATE SET received = t.received + excluded.received,
        stored = t.stored + excluded.stored, doubled = t.doubled + excluded.doubled,
        refused = t.refused + excluded.refused, found_by_poll = t.found_by_poll + excluded.found_by_poll
"""


class Traffic:
    """Received is what is made durable or set aside at the door; each of it is stored, doubled or refused in the end.

    Costs the message path an addition. A process that is killed loses what it counted since the last write, so the sum is
    exact over orderly stops and near over others; what is lost are counts, never messages.
    """

    def __init__(self, database: Database, clock: Clock, *, most: int = MOST) -> None:
        self._database = database
        self._clock = clock
        self._most = most
        self._counts: dict[_Key, dict[Count, int]] = {}
        self._log = get_logger("traffic")

    def add(self, tenant_id: str, account_id: str, count: Count, by: int = 1) -> None:
        hour = self._clock.now().replace(minute=0, second=0, microsecond=0).astimezone(UTC)
        found = self._counts.get((tenant_id, account_id, hour))
        if found is None:
            if len(self._counts) >= self._most:
                return
            found = self._counts[tenant_id, account_id, hour] = dict.fromkeys(COUNTS, 0)
        found[count] += by

    async def run(self) -> None:
        """Writes every few seconds until cancelled, and once more then; the database may come and go."""
        try:
            while True:
                await self._clock.sleep(EVERY)
                await self._try()
        finally:
            await self._try()

    async def _try(self) -> None:
        try:
            await self.write()
        except Retriable as error:
            self._log.warning("traffic not written", code=error.code)

    async def write(self) -> None:
        """Adds what was counted to the table; what could not be written is kept for the next time. Raises `Unavailable`."""
        tenants = sorted({tenant for tenant, _, _ in self._counts})
        for start in range(0, len(tenants), TENANTS_A_WRITE):
            some = tenants[start : start + TENANTS_A_WRITE]
            chosen = {key: counts for key, counts in self._counts.items() if key[0] in set(some)}
            for key in chosen:
                del self._counts[key]
            try:
                await self._write(chosen, some)
            except BaseException:
                for key, counts in chosen.items():
                    self._put_back(key, counts)
                raise

    async def _write(self, chosen: Mapping[_Key, Mapping[Count, int]], tenants: Sequence[str]) -> None:
        # In one order for everybody, so that two writers don't deadlock.
        ordered = sorted(chosen, key=lambda key: (key[1], key[2]))
        values = ((*key, *(chosen[key][count] for count in COUNTS)) for key in ordered)
        async with self._database.transaction(tenants) as connection:
            await connection.execute(_WRITE, *columns(values))

    def _put_back(self, key: _Key, counts: Mapping[Count, int]) -> None:
        found = self._counts.setdefault(key, dict.fromkeys(COUNTS, 0))
        for count, by in counts.items():
            found[count] += by
