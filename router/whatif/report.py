"""Figures of a play or of the past, so that one can be read beside the other."""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from router.whatif.model import Arrival, Plan, Played


@dataclass(frozen=True, slots=True)
class Figures:
    """Of first answers. Waits are in seconds, of those that were answered. `attained` is the share of cases with a deadline
    that were answered by it; `load` is the number of cases of each agent who had any.
    """

    cases: int
    answered: int
    attained: float | None
    wait_p50: float | None
    wait_p95: float | None
    taken_p50: float | None
    taken_p95: float | None
    late_by_leg: dict[str, int]
    attained_by_class: dict[str, float]
    load: dict[str, int]
    load_spread: float | None
    """Standard deviation over mean of `load`."""


def past(arrivals: Sequence[Arrival], plan: Plan) -> list[Played]:
    """What came of recorded cases, against the deadlines of this plan."""
    found = []
    for one in arrivals:
        if one.past is not None:
            _, due = plan.terms(one)
            found.append(Played(one, due, one.past.taken, one.past.answered, one.past.agent_id))
    return found


def figures(played: Sequence[Played]) -> Figures:
    owed = [one for one in played if one.due is not None]
    by_class: dict[str, list[bool]] = defaultdict(list)
    for one in owed:
        by_class[one.arrival.case.channel_class].append(not one.late)
    answered = sorted(one.answered.total_seconds() for one in played if one.answered is not None)
    taken = sorted(one.taken.total_seconds() for one in played if one.taken is not None)
    load = Counter(one.agent_id for one in played if one.agent_id is not None)
    return Figures(
        cases=len(played),
        answered=len(answered),
        attained=_share([not one.late for one in owed]),
        wait_p50=_quantile(answered, 0.5),
        wait_p95=_quantile(answered, 0.95),
        taken_p50=_quantile(taken, 0.5),
        taken_p95=_quantile(taken, 0.95),
        late_by_leg=dict(sorted(Counter(one.blamed for one in owed if one.late).items())),
        attained_by_class={name: sum(found) / len(found) for name, found in sorted(by_class.items())},
        load=dict(sorted(load.items())),
        load_spread=_spread(list(load.values())),
    )


def _share(found: Sequence[bool]) -> float | None:
    return sum(found) / len(found) if found else None


def _quantile(ordered: Sequence[float], share: float) -> float | None:
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)] if ordered else None


def _spread(counts: Sequence[int]) -> float | None:
    if not counts:
        return None
    mean = sum(counts) / len(counts)
    return math.sqrt(sum((count - mean) ** 2 for count in counts) / len(counts)) / mean
