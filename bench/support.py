"""What every benchmark shares: medians of ratios, CPU and memory of process trees, findings with their goals."""

import argparse
import contextlib
import json
import random
import statistics
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import psutil

from bench.calibration import Calibration

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / ".cache" / "bench"
ROUNDS = 8
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Finding:
    """One goal and what came of it; `limit` with `at_most` or at least. Without a limit it is a figure to read beside others.

    An `absolute` one counts on a machine like the recorded one only, which `counts` says.
    """

    goal: str
    what: str
    measured: float
    limit: float | None = None
    at_most: bool = True
    unit: str = "x"
    absolute: bool = False
    counts: bool = True

    @property
    def met(self) -> bool:
        if self.limit is None or not self.counts:
            return True
        return self.measured <= self.limit if self.at_most else self.measured >= self.limit

    @property
    def verdict(self) -> str:
        if self.limit is None:
            return ""
        if not self.counts:
            return "not counted"
        return "met" if self.met else "MISSED"

    def row(self) -> list[str]:
        limit = "" if self.limit is None else f"{'≤' if self.at_most else '≥'} {number(self.limit)} {self.unit}"
        return [self.goal, self.what, f"{number(self.measured)} {self.unit}", limit, self.verdict]


@dataclass
class Report:
    """Findings of one benchmark, printed as they are added and written with the details behind them."""

    name: str
    calibration: Calibration
    findings: list[Finding] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)

    def add(self, goal: str, what: str, measured: float, limit: float | None = None, **more: Any) -> Finding:
        absolute = more.get("absolute", False)
        found = Finding(goal, what, measured, limit, **more, counts=not absolute or self.calibration.comparable)
        self.findings.append(found)
        return found

    def finish(self) -> int:
        """Prints the table and writes `.cache/bench/<name>.json`; answers the exit code: 1 where a goal was missed."""
        print()
        print_table(["goal", "what", "measured", "limit", ""], [finding.row() for finding in self.findings])
        print(self.calibration.describe())
        RESULTS.mkdir(parents=True, exist_ok=True)
        written = {
            "name": self.name,
            "calibration": asdict(self.calibration),
            "findings": [asdict(finding) for finding in self.findings],
            "details": self.details,
        }
        (RESULTS / f"{self.name}.json").write_text(json.dumps(written, indent=1))
        return 0 if all(finding.met for finding in self.findings) else 1


def load(name: str) -> list[Finding]:
    """The findings that a benchmark wrote last."""
    path = RESULTS / f"{name}.json"
    written = json.loads(path.read_text()) if path.exists() else {"findings": []}
    return [Finding(**finding) for finding in written["findings"]]


def number(value: float) -> str:
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 10 else f"{value:.1f}"


def print_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Columns as wide as they need to be; the first two to the left, numbers to the right."""
    lines = [list(heads), *(list(row) for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(heads))]
    for line in lines:
        cells = (
            cell.ljust(w) if i < 2 else cell.rjust(w) for i, (cell, w) in enumerate(zip(line, widths, strict=True))
        )
        print("  ".join(cells).rstrip())
    sys.stdout.flush()


def quantile(ordered: Sequence[float], part: float) -> float:
    """Of a sorted sequence, by the nearest rank; NaN of an empty one."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else float("nan")


def quantiles(values: Iterable[float]) -> tuple[float, float]:
    """p50 and p99."""
    ordered = sorted(values)
    return quantile(ordered, 0.5), quantile(ordered, 0.99)


def median(values: Iterable[float]) -> float:
    return float(statistics.median(values))


def median_ratio(one: Sequence[float], other: Sequence[float]) -> float:
    """The median over the rounds of the ratio of each round: what drifts with the machine cancels out."""
    return median(a / b if b else float("inf") for a, b in zip(one, other, strict=True))


def in_rounds(ways: Mapping[str, Callable[[], T]], rounds: int, *, warm_up: int = 1) -> dict[str, list[T]]:
    """Runs each way once a round, in an order shuffled anew; the first rounds warm up and don't count."""
    found: dict[str, list[T]] = {name: [] for name in ways}
    for turn in range(-warm_up, rounds):
        for name in random.sample(list(ways), len(ways)):
            result = ways[name]()
            if turn >= 0:
                found[name].append(result)
    return found


def pss_bytes(pids: Iterable[int]) -> int:
    """Proportional set size of these processes and their descendants: shared pages count once, divided by their users."""
    total = 0
    for process in _trees(pids):
        with contextlib.suppress(psutil.NoSuchProcess):
            total += process.memory_full_info().pss
    return total


def _trees(pids: Iterable[int]) -> list[psutil.Process]:
    found: dict[int, psutil.Process] = {}
    for pid in pids:
        with contextlib.suppress(psutil.NoSuchProcess):
            root = psutil.Process(pid)
            for process in (root, *root.children(recursive=True)):
                found[process.pid] = process
    return list(found.values())


Parts = Callable[[], Mapping[str, Sequence[int]]]
"""The processes of each part, asked anew at each reading: backends of a database come and go."""


class CpuMeter:
    """CPU by the name of a part between two readings, descendants included.

    A process that ended between two readings is missed unless its parent waited for it, as PostgreSQL's does.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._before = self._read()

    def _read(self) -> dict[str, dict[int, float]]:
        return {name: _cpu_by_pid(pids) for name, pids in self._parts().items()}

    def lap(self) -> dict[str, float]:
        """Seconds of each part since the last lap."""
        now, before = self._read(), self._before
        self._before = now
        return {
            name: sum(spent - before.get(name, {}).get(pid, 0.0) for pid, spent in by_pid.items())
            for name, by_pid in now.items()
        }


def _cpu_by_pid(pids: Sequence[int]) -> dict[int, float]:
    found = {}
    for process in _trees(pids):
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            ended = times.children_user + times.children_system if process.pid in pids else 0.0
            found[process.pid] = times.user + times.system + ended
    return found


def arguments(doc: str | None, *, rounds: int = ROUNDS, seconds: float = 8.0, **more: Mapping[str, Any]) -> Any:
    """The options that all share, and `more` as {name: keywords of `add_argument`}."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=rounds, help="Rounds that count; one more warms up.")
    parser.add_argument("--seconds", type=float, default=seconds, help="Of each window.")
    for name, keywords in more.items():
        parser.add_argument(f"--{name.replace('_', '-')}", **keywords)
    return parser.parse_args()
