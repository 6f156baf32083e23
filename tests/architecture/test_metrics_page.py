"""The metrics page and the catalogue agree, and every name follows the rule."""

import re
from pathlib import Path

import pytest

from backbone.telemetry.catalogue import Metric, Unit
from backbone.telemetry.docs import page, process_of

ROOT = Path(__file__).resolve().parents[2]
UNITLESS = {Unit.COUNT, Unit.SOCKETS}


def test_the_metrics_page_is_the_one_the_catalogue_gives() -> None:
    assert (ROOT / "docs/metrics.md").read_text(encoding="utf-8") == page(), "run python -m backbone.telemetry.docs"


@pytest.mark.parametrize("metric", Metric, ids=lambda metric: metric.name)
def test_a_metric_is_named_by_process_thing_and_unit(metric: Metric) -> None:
    assert re.fullmatch(r"frontdesk_(gateway|bus|consumer|router|agent_api|process)_[a-z_]+", metric.full_name)
    assert metric.unit is Unit.COUNT or metric.full_name.endswith(f"_{metric.unit}")
    assert not metric.full_name.endswith(("_total", "_count", "_sum", "_bucket", "_created"))
    assert process_of(metric) in metric.full_name
    assert metric.help_text.endswith(".")


def test_no_two_metrics_share_a_name() -> None:
    names = [metric.full_name for metric in Metric.__members__.values()]
    assert len(names) == len(set(names)) == len(Metric.__members__)


def test_label_names_are_few_and_known() -> None:
    known = {
        *("channel", "channel_class", "reason", "outcome", "scope", "limit", "account", "topic", "group", "kind"),
        *(
            "target",
            "method",
            "route",
            "status_class",
            "role",
            "code",
            "task",
            "watchdog",
            "state",
            "process",
            "version",
        ),
    }
    assert {label for metric in Metric for label in metric.labels} <= known
