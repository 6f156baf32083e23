"""The fluid bound: what no policy can beat that pools its slots by skill and knows the day beforehand.

A linear program over bins of time: how many of the cases of each class, skill and bin start in which bin, within their
window or not at all. A case takes one slot for its class's expected handling time, spread over the bins it covers, and
slots are shared as a flow from agents to skills. It maximises the share of cases on time.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_matrix

from bench.routing_days import CLASSES, SKILLS, SLOTS, SPAN, Case, Scene

WIDTH = 450.0


def fluid_bound(scene: Scene, cases: Sequence[Case]) -> float:
    """The largest share on time of these arrivals; solved by HiGHS."""
    came = Counter((c.kind, c.skill, int(c.at // WIDTH)) for c in cases)
    bins = int(SPAN // WIDTH) + 1 + int(max(k.target for k in CLASSES) // WIDTH) + 8
    starts = [(key, b) for key in sorted(came) for b in _window(key, bins)]
    groups = Counter(scene.agents)
    sets = sorted(groups, key=sorted)
    flows = [(g, s) for g, skills in enumerate(sets) for s in sorted(skills)]
    rows = _Rows()
    flow_at = len(starts)
    by_key: dict[tuple[int, int, int], list[int]] = defaultdict(list)
    use: dict[tuple[int, int], list[tuple[int, float]]] = defaultdict(list)
    for column, (key, start) in enumerate(starts):
        by_key[key].append(column)
        for b, share in _covers(CLASSES[key[0]].handling):
            if start + b < bins:
                use[key[1], start + b].append((column, share))
    for key, columns in by_key.items():
        rows.add([(c, 1.0) for c in columns], came[key])
    for b in range(bins):
        base = flow_at + b * len(flows)
        for skill in range(SKILLS):
            supply = [(base + n, -1.0) for n, (_, s) in enumerate(flows) if s == skill]
            rows.add(use[skill, b] + supply, 0.0)
        for g, skills in enumerate(sets):
            rows.add([(base + n, 1.0) for n, (of, _) in enumerate(flows) if of == g], SLOTS * groups[skills])
    width = flow_at + bins * len(flows)
    gain = np.zeros(width)
    gain[: len(starts)] = -1.0
    found = linprog(gain, A_ub=rows.matrix(width), b_ub=np.array(rows.limits), method="highs-ipm")
    if found.status != 0:
        raise RuntimeError(f"the bound could not be solved: {found.message}")
    return float(-found.fun / len(cases))


def _window(key: tuple[int, int, int], bins: int) -> range:
    kind, _, first = key
    return range(first, min(bins, first + max(1, round(CLASSES[kind].target / WIDTH)) + 1))


def _covers(handling: float) -> list[tuple[int, float]]:
    """The bins that a start occupies and how much of each, in slots: its handling begins anywhere in its bin."""
    shares = []
    left, b = handling / WIDTH, 0
    while left > 0:
        shares.append((b, min(1.0, left)))
        left -= 1.0
        b += 1
    return shares


class _Rows:
    """Sparse inequalities, row by row."""

    def __init__(self) -> None:
        self.limits: list[float] = []
        self._row: list[int] = []
        self._column: list[int] = []
        self._value: list[float] = []

    def add(self, terms: Sequence[tuple[int, float]], limit: float) -> None:
        for column, value in terms:
            self._row.append(len(self.limits))
            self._column.append(column)
            self._value.append(value)
        self.limits.append(limit)

    def matrix(self, width: int) -> coo_matrix:
        return coo_matrix((self._value, (self._row, self._column)), shape=(len(self.limits), width))
