"""What customers may honestly expect: how long until somebody takes their case, and how wrong such words were lately."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from backbone.channel.manifest import ChannelClass
from backbone.storage.database import Connection
from backbone.storage.team_waits import TeamWait
from router.config import TenantConfig
from router.domain import sla, waits
from router.domain.assignment import kind_of
from router.domain.waits import Accuracy, Measured, Place, Service, Wait
from router.repositories import waits as repository
from router.repositories.waits import Handled, Queued, Staffing

_NOBODY = Staffing(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Expected:
    """A waiting conversation's own wait; `wait` is None where nobody is there to take it."""

    queued: Queued
    position: int
    waiting: int
    wait: Wait | None
    accuracy: Accuracy | None


class Picture:
    """One tenant's queues and staff at one moment, and what was learnt of late; answers as many questions as one likes."""

    def __init__(
        self,
        config: TenantConfig,
        now: datetime,
        queue: Sequence[Queued],
        staffing: Mapping[str, Staffing],
        handled: Sequence[Handled],
        measured: Mapping[str, Sequence[Measured]],
    ) -> None:
        self._config = config
        self._now = now
        self._staffing = staffing
        self._handled = handled
        self._measured = measured
        self._queues: dict[str | None, list[Queued]] = defaultdict(list)
        for one in queue:
            self._queues[one.team_id].append(one)
        self._accuracies: dict[str | None, Accuracy | None] = {}
        self._services: dict[tuple[str, str], Service] = {}
        self._order = {team: waits.ranks((q.place for q in found), now) for team, found in self._queues.items()}

    def newcomer(self, team_id: str, channel_class: str) -> TeamWait:
        """What somebody who writes to the team now may expect."""
        target = sla.choose(self._config.policies, sla.Case(channel_class, "private", "unknown", 0)).first_reply
        # The id behind all others: of two with the same deadline the earlier goes first.
        place = Place("\U0010ffff", self._now + target, self._now)
        in_front = waits.behind(self._order.get(team_id, []), place, self._now)
        staff, service = self._staffing.get(team_id, _NOBODY), self._service(team_id, channel_class)
        hours = self._config.hours_of(team_id)
        closed = hours is not None and not hours.is_open(self._now)
        wait = None if closed else waits.expect(service, in_front)
        accuracy = self._accuracy(team_id)
        return TeamWait(
            team_id,
            channel_class,
            self._now,
            staff.online,
            staff.slots,
            staff.free,
            len(self._queues.get(team_id, ())),
            in_front + 1,
            wait.seconds if wait else None,
            wait.low if wait else None,
            wait.high if wait else None,
            wait.answer_seconds if wait else None,
            service.handling,
            hours.next_opening(self._now) if closed and hours else None,
            accuracy.count if accuracy else 0,
            accuracy.median_error if accuracy else None,
            accuracy.in_range if accuracy else None,
        )

    def waiting(self, conversation_id: str) -> Expected | None:
        """Of one that waits without an owner; None for any other."""
        for team_id, found in self._queues.items():
            for one in found:
                if one.place.id == conversation_id:
                    return self._expected(team_id, one)
        return None

    def everyone(self) -> list[Expected]:
        """All that wait without an owner."""
        return [self._expected(team_id, one) for team_id, found in self._queues.items() for one in found]

    def _expected(self, team_id: str | None, one: Queued) -> Expected:
        in_front = waits.behind(self._order[team_id], one.place, self._now)
        wait = None if team_id is None else waits.expect(self._service(team_id, one.channel_class), in_front)
        return Expected(one, in_front + 1, len(self._queues[team_id]), wait, self._accuracy(team_id))

    def _accuracy(self, team_id: str | None) -> Accuracy | None:
        if team_id not in self._accuracies:
            self._accuracies[team_id] = waits.accuracy(self._measured.get(team_id or "", ()))
        return self._accuracies[team_id]

    def _service(self, team_id: str, channel_class: str) -> Service:
        key = team_id, channel_class
        if key not in self._services:
            self._services[key] = self._learnt(team_id, channel_class)
        return self._services[key]

    def _learnt(self, team_id: str, channel_class: str) -> Service:
        staff = self._staffing.get(team_id, _NOBODY)
        mine = [h for h in self._handled if h.team_id == team_id]
        target = sla.choose(self._config.policies, sla.Case(channel_class, "private", "unknown", 0)).first_reply
        usual = kind_of(channel_class, target).handling
        # What holds the slots is the team's whole mix of work, not the kind that asks.
        handling = waits.handling([h.handling for h in mine if h.handling is not None], usual)
        pickups = [h.pickup for h in mine if h.pickup is not None and h.channel_class == channel_class]
        middle, ends = waits.corrections(self._measured.get(team_id, ()))
        return Service(staff.slots, staff.free, handling, median(pickups) if pickups else 0.0, middle, ends)


async def look(connection: Connection, config: TenantConfig, now: datetime) -> Picture:
    """The tenant's picture in four bounded statements."""
    queue = await repository.queue(connection, config.tenant_id)
    staffing = await repository.staffing(connection, config.tenant_id)
    handled = await repository.handled(connection, config.tenant_id, now)
    measured = await repository.measured(connection, list(config.teams))
    return Picture(config, now, queue, staffing, handled, measured)


def newcomers(config: TenantConfig, picture: Picture) -> list[TeamWait]:
    """Of every team and class of channel."""
    return [picture.newcomer(team, channel.value) for team in config.teams for channel in ChannelClass]
