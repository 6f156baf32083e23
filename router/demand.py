"""What a tenant's last week says of the coming day, for the matching: arrivals by kind and pool, hour by hour.

Only tenants that ask for it (`settings.routing.keep_slots_free`) have a forecast. It is counted at most once an hour from at
most 20,000 conversations of the last seven days; without enough of them there is none, and no slot is ever kept free.
"""

from collections import Counter, OrderedDict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from backbone.storage.database import Connection
from router.config import TenantConfig
from router.domain import sla
from router.domain.assignment import kind_of, pool_of, seat_pools
from router.domain.forecast import Expected, Forecast, Kind
from router.domain.work import Candidate
from router.repositories.routing import needs_from

_DAYS = 7
_WIDTH = timedelta(minutes=30)
_FRESH = timedelta(hours=1)
_ENOUGH = 200
_MOST = 20_000
_TENANTS = 1_000

_PAST = """
    SELECT opened_at, team_id, channel_class, visibility, cohort, needs FROM conversations
    WHERE tenant_id = $1 AND last_message_at >= $2 AND opened_at >= $2 ORDER BY last_message_at DESC, id DESC LIMIT $3
"""


class Demand:
    """Forecasts of tenants, kept for an hour and bounded in number."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[datetime, Forecast | None]] = OrderedDict()

    async def forecast(
        self, connection: Connection, config: TenantConfig, agents: Sequence[Candidate], now: datetime
    ) -> Forecast | None:
        """The tenant's forecast; None where it wants none or too little is known."""
        if not (config.settings.get("routing") or {}).get("keep_slots_free"):
            return None
        known = self._known.get(config.tenant_id)
        if known is None or now - known[0] >= _FRESH:
            past = await connection.fetch(_PAST, config.tenant_id, now - timedelta(days=_DAYS), _MOST)
            known = (now, expect(past, config.policies, agents, now))
            self._known[config.tenant_id] = known
            while len(self._known) > _TENANTS:
                self._known.popitem(last=False)
        return known[1]


def expect(
    past: Sequence[Any], policies: Sequence[sla.Policy], agents: Sequence[Candidate], now: datetime
) -> Forecast | None:
    """The coming 24 hours as the mean of the last seven days at the same time of day."""
    if len(past) < _ENOUGH:
        return None
    bins = timedelta(days=1) // _WIDTH
    counts: dict[tuple[Kind, Any], Counter[int]] = {}
    for row in past:
        case = sla.Case(row["channel_class"], row["visibility"], row["cohort"], 0)
        kind = kind_of(row["channel_class"], sla.choose(policies, case).first_reply)
        pool = pool_of(row["team_id"], needs_from(row["needs"]))
        # Days later it is the same time of day again: the distance to now modulo a day is the bin to come.
        place = ((row["opened_at"] - now) % timedelta(days=1)) // _WIDTH
        counts.setdefault((kind, pool), Counter())[int(place)] += 1
    expected = [
        Expected(kind, pool, [many[n] / _DAYS / _WIDTH.total_seconds() for n in range(bins)])
        for (kind, pool), many in counts.items()
    ]
    pools = sorted({e.pool for e in expected}, key=repr)
    seats = [(seat_pools(a, pools), a.capacity) for a in agents if a.presence == "online"]
    return Forecast(now.timestamp(), _WIDTH.total_seconds(), expected, seats)
