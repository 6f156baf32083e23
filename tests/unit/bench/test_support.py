"""What benchmarks conclude from what they measured."""

import math

import pytest

from bench.calibration import Calibration, Probe
from bench.support import Finding, Report, in_rounds, median_ratio, quantile, quantiles

FAST, SLOW = Probe(1, 1, 1), Probe(3, 3, 3)


def test_a_quantile_is_the_nearest_rank() -> None:
    assert quantile([1, 2, 3, 4], 0.5) == 3
    assert quantiles(range(100, 0, -1)) == (51, 100)
    assert math.isnan(quantile([], 0.5))


def test_a_ratio_is_taken_round_by_round() -> None:
    # The third round was slow for both: its ratio is like the others'.
    assert median_ratio([2.0, 2.0, 20.0], [1.0, 1.0, 10.0]) == 2.0


def test_every_way_is_run_once_a_round_and_warming_up_does_not_count() -> None:
    ran: list[str] = []

    def way(name: str) -> int:
        ran.append(name)
        return len(ran)

    found = in_rounds({"a": lambda: way("a"), "b": lambda: way("b")}, 3)
    assert (ran.count("a"), ran.count("b")) == (4, 4)
    assert {name: len(results) for name, results in found.items()} == {"a": 3, "b": 3}
    assert min(min(results) for results in found.values()) > 2


@pytest.mark.parametrize(
    ("measured", "at_most", "met"), [(1.0, True, True), (1.1, True, False), (1.0, False, True), (0.9, False, False)]
)
def test_a_limit_is_met_at_the_limit(measured: float, at_most: bool, met: bool) -> None:
    assert Finding("G", "what", measured, 1.0, at_most=at_most).met is met


def test_a_figure_without_a_limit_is_only_told() -> None:
    found = Finding("G", "what", 5.0)
    assert found.met
    assert found.verdict == ""


def test_absolute_figures_do_not_count_on_a_slower_machine() -> None:
    slow = Report("x", Calibration(SLOW, FAST, 3.0, comparable=False))
    assert slow.add("p50", "to the agent", 30.0, 10.0, unit="ms", absolute=True).verdict == "not counted"
    assert slow.add("G10", "beside the bare pipeline", 3.0, 1.5).verdict == "MISSED"
    like = Report("x", Calibration(FAST, FAST, 1.0, comparable=True))
    assert like.add("p50", "to the agent", 30.0, 10.0, unit="ms", absolute=True).verdict == "MISSED"
