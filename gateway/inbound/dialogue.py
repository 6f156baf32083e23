"""What a dialogue may know without asking anybody: who is there, how long it takes, when we are back; looked up every two
seconds.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from backbone.channel.port import DialogueView
from backbone.channel.registry import manifests
from backbone.clock import Clock
from backbone.errors import Retriable
from backbone.storage import team_waits
from backbone.storage.database import Database
from backbone.storage.team_waits import TeamWait
from backbone.telemetry.logs import get_logger

log = get_logger(__name__)

EVERY = timedelta(seconds=2)
STALE = timedelta(seconds=60)
"""Older knowledge is worse than none: then nobody counts as online, and callers are offered a call back."""
TENANTS_A_QUERY = 500

_NOBODY = DialogueView()

_ONLINE = """
    SELECT DISTINCT tenant_id FROM agents WHERE presence = 'online' AND role <> 'bot' AND tenant_id = ANY($1::text[])
"""


class DialogueProjection:
    """Two bounded queries for the tenants that have a dialogue account; `view` is a look into memory.

    The router keeps what newcomers of a team may expect. Where there is nothing of it, all that is known is who is online.
    """

    def __init__(self, database: Database, clock: Clock, tenants: Callable[[], Sequence[str]]) -> None:
        self._database = database
        self._clock = clock
        self._tenants = tenants
        self._classes = {
            name: manifest.capabilities.channel_class.value
            for name, manifest in manifests().items()
            if manifest.exchange == "dialogue"
        }
        self._online: frozenset[str] = frozenset()
        self._views: Mapping[str, DialogueView] = {}
        self._looked_at: float | None = None

    def view(self, tenant_id: str, account_id: str) -> DialogueView:
        if self._looked_at is None or self._clock.monotonic() - self._looked_at > STALE.total_seconds():
            return _NOBODY
        view, here = self._views.get(account_id), tenant_id in self._online
        if view is None:
            return DialogueView(agents_online=here)
        # A bot counts as online for the wait, but nobody who calls is told that the team is here because of it.
        return view if here else replace(view, agents_online=False)

    async def run(self) -> None:
        """Looks until cancelled; the database may come and go."""
        while True:
            try:
                await self.refresh()
            except Retriable as error:
                log.warning("dialogue projection not refreshed", code=error.code)
            await self._clock.sleep(EVERY)

    async def refresh(self) -> None:
        """Raises `Unavailable`."""
        tenants = self._tenants()
        now = self._clock.now()
        online: set[str] = set()
        views: dict[str, DialogueView] = {}
        for start in range(0, len(tenants), TENANTS_A_QUERY):
            some = list(tenants[start : start + TENANTS_A_QUERY])
            async with self._database.transaction(some, read_only=True) as connection:
                here = {row["tenant_id"] for row in await connection.fetch(_ONLINE, some)}
                waits = await team_waits.of_accounts(connection, some, self._classes)
            online |= here
            views |= {account_id: _view(wait.fresh(now)) for account_id, wait in waits.items()}
        self._online = frozenset(online)
        self._views = views
        self._looked_at = self._clock.monotonic()


def _view(wait: TeamWait) -> DialogueView:
    """An opening is as true a day later; how long it takes is not (`TeamWait.fresh`)."""
    seconds = wait.answer_seconds
    return DialogueView(
        agents_online=wait.online > 0 and wait.opens_at is None,
        waiting=wait.position - 1,
        expected_wait=None if seconds is None else timedelta(seconds=seconds),
        next_opening=wait.opens_at,
    )
