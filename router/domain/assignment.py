"""Who gets which conversation: `assign` is pure, deterministic and explains every decision.

It turns waiting conversations and agents into jobs and seats for `matching`, which holds the order and the scores;
`explain` says in words what came of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast

from router.domain.explain import Explainer, Round
from router.domain.forecast import Forecast, Kind
from router.domain.forecast import Pool as AnyPool
from router.domain.matching import Job, Matched, Seat, match
from router.domain.urgency import advance
from router.domain.work import INTERRUPTIBLE, WHOLE, Candidate, Decision, Need, Pool, Step, Waiting

__all__ = ["Candidate", "Decision", "Need", "Step", "Waiting", "assign", "kind_of", "pool_of", "seat_pools"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NEVER = datetime.min.replace(tzinfo=UTC)
_FAR = datetime.max.replace(tzinfo=UTC)
PRIORITY_ADVANCE = timedelta(minutes=10)
"""How much sooner a case counts as due for each step of its priority."""
_HANDLING = {"live": 360.0, "voice": 360.0, "messaging": 480.0, "public": 300.0, "mail": 600.0}
_STAYS = frozenset({"mail"})
_ASIDE = "~"
"""Marks the seat of an agent's interruptible units; no id ends so."""


def assign(
    waiting: Sequence[Waiting],
    agents: Sequence[Candidate],
    closed_teams: frozenset[str] = frozenset(),
    *,
    now: datetime = _NEVER,
    forecast: Forecast | None = None,
) -> list[Decision]:
    """Decides for all of `waiting`; answers one decision for each, the most urgent first.

    Never gives an agent more units than fit; the same input gives the same answer, in any order of the sequences.
    """
    online = [a for a in agents if a.presence == "online"]
    here = {a.agent_id for a in online}
    staffed = {team for a in online for team in a.teams}
    aside = any(a.interruptible for a in online)
    pools = {w.conversation_id: _pool(w, here, staffed, now, aside=aside) for w in waiting}
    able = {pool: frozenset([a.agent_id for a in agents if pool.takes(a)]) for pool in set(pools.values())}
    ordered_pools = [(pool, able[pool]) for pool in sorted(able, key=repr)]
    seats = [
        seat
        for a in sorted(online, key=lambda a: a.agent_id)
        if (mine := [pool for pool, ids in ordered_pools if a.agent_id in ids])
        for seat in _seats(a, mine, now)
    ]
    bots = frozenset(a.agent_id for a in agents if a.bot)
    waiting = [replace(w, exclude=w.exclude | bots) if w.human else w for w in waiting]
    jobs = {w.conversation_id: _job(w, pools[w.conversation_id], now) for w in waiting}
    found = match(jobs.values(), seats, _seconds(now), forecast)
    ordered = sorted(
        waiting, key=lambda w: (jobs[w.conversation_id].due - jobs[w.conversation_id].sooner, w.conversation_id)
    )
    also = _ask_others([w for w in ordered if w.ask > 1], jobs, seats, found, bots)
    seated = {job: seat.removesuffix(_ASIDE) for job, seat in found.seats.items()}
    explained = Explainer(agents, Round(able, seated, found.prices, frozenset(found.held), also), closed_teams, now)
    return [explained.decide(w, pools[w.conversation_id]) for w in ordered]


def _pool(work: Waiting, online: set[str], staffed: set[str], now: datetime, *, aside: bool) -> Pool:
    aside = aside and work.channel_class in INTERRUPTIBLE
    if work.direct is not None:
        return Pool("agent", (work.direct,), aside=aside)
    needs = tuple(sorted((n.skill, n.level) for n in work.active(now)))
    waited_for = work.preferred_until is not None and now < work.preferred_until
    if work.preferred_agent in online and waited_for and work.preferred_agent not in work.exclude:
        return Pool("agent", (work.preferred_agent,), needs, aside=aside)
    beyond = work.reached(now, staffed) if work.overflow else ()
    kind, names = ("wide", (work.team_id, *sorted(beyond))) if beyond else ("team", (work.team_id,))
    return Pool(kind, names, needs, work.spoken(now), aside)


def pool_of(team_id: str | None, needs: Sequence[Need]) -> Pool:
    """Everybody of a team who has these skills."""
    return Pool("team", (team_id,), tuple(sorted((n.skill, n.level) for n in needs)))


def seat_pools(agent: Candidate, pools: Iterable[AnyPool]) -> list[AnyPool]:
    """Those of `pools` whose work this agent can take."""
    return [pool for pool in pools if cast("Pool", pool).takes(agent)]


def kind_of(channel_class: str, target: timedelta) -> Kind:
    """A class of work by its channel's and its target; the handling is what is usual for such channels."""
    return Kind(target.total_seconds(), _HANDLING.get(channel_class, 480.0), stays=channel_class in _STAYS)


def _seats(agent: Candidate, mine: Sequence[Pool], now: datetime) -> list[Seat]:
    """What an agent has free for the work of the pools that are theirs: one seat of common units, and one of interruptible
    units where they have such.
    """
    if agent.wraps_up(now):
        return []
    last = _seconds(agent.last_assigned_at or _NEVER)
    seats = []
    if (free := agent.capacity - agent.used) > 0:
        pools = tuple(p for p in mine if not (p.aside and agent.interruptible))
        seats.append(Seat(agent.agent_id, pools, free, agent.used / max(1, agent.capacity), last, agent.capacity))
    if (free := agent.interruptible - agent.interruptible_used) > 0:
        pools = tuple(p for p in mine if p.aside)
        busy = agent.interruptible_used / agent.interruptible
        seats.append(Seat(agent.agent_id + _ASIDE, pools, free, busy, last, agent.interruptible))
    return seats


def _job(work: Waiting, pool: Pool, now: datetime) -> Job:
    since = _seconds(work.waiting_since or now)
    due = _seconds(work.due_at or _FAR)
    target = work.target.total_seconds() if work.target else max(1.0, min(due - since, 86_400.0))
    kind = kind_of(work.channel_class, timedelta(seconds=target))
    sooner = (work.priority * PRIORITY_ADVANCE + advance(work.pressure, now)).total_seconds()
    exclude = work.exclude | {agent + _ASIDE for agent in work.exclude} if pool.aside else work.exclude
    whole = work.channel_class in WHOLE
    return Job(work.conversation_id, pool, kind, since, due, work.units, sooner, exclude, whole)


def _ask_others(
    waiting: Sequence[Waiting], jobs: Mapping[str, Job], seats: Sequence[Seat], found: Matched, bots: frozenset[str]
) -> dict[str, tuple[str, ...]]:
    """Who is asked beside the one it was matched with, of what nobody needs this round: the least busy first."""
    if not waiting:
        return {}
    left = {seat.id: seat.free for seat in seats}
    by_id = {seat.id: seat for seat in seats}
    for job_id, seat_id in found.seats.items():
        left[seat_id] -= jobs[job_id].asks(by_id[seat_id])
    asked: dict[str, tuple[str, ...]] = {}
    for work in waiting:
        chosen, job = found.seats.get(work.conversation_id), jobs[work.conversation_id]
        if chosen is None or chosen.removesuffix(_ASIDE) in bots:
            continue
        fits = [
            seat
            for seat in seats
            if job.pool in seat.pools
            and seat.id != chosen
            and seat.id not in job.exclude
            and seat.id.removesuffix(_ASIDE) not in bots
            and left[seat.id] >= job.asks(seat)
        ]
        others = sorted(fits, key=lambda seat: (-left[seat.id] / seat.capacity, seat.last, seat.id))[: work.ask - 1]
        for seat in others:
            left[seat.id] -= job.asks(seat)
        asked[work.conversation_id] = tuple(seat.id.removesuffix(_ASIDE) for seat in others)
    return asked


def _seconds(at: datetime) -> float:
    return (at - _EPOCH).total_seconds()
