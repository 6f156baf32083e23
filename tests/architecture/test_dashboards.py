"""The dashboards are those that the tables give, ask for what exists in Prometheus' own grammar, and show every metric somebody needs."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from backbone.telemetry.catalogue import Kind, Metric
from backbone.telemetry.dashboard_tables import BOARDS, Panel
from backbone.telemetry.dashboards import FOLDER, document, files, main, queries
from tests.support.promtool import promtool

ROOT = Path(__file__).resolve().parents[2]
SHOWN = [(board, panel) for board in BOARDS for row in board.rows for panel in row.panels]


def pictures(board: dict[str, Any]) -> list[dict[str, Any]]:
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def test_the_files_are_those_that_the_tables_give() -> None:
    there = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / FOLDER).glob("*")}
    assert there == files(), "run python -m backbone.telemetry.dashboards"


def test_files_that_differ_or_are_too_many_are_found_and_mended(tmp_path: Path) -> None:
    assert main([str(tmp_path)]) == 0
    assert main(["--check", str(tmp_path)]) == 0
    (tmp_path / "old.json").write_text("{}", encoding="utf-8")
    assert main(["--check", str(tmp_path)]) == 1
    assert main([str(tmp_path)]) == 0
    assert main(["--check", str(tmp_path)]) == 0


@pytest.mark.parametrize("board", [document(board) for board in BOARDS], ids=lambda board: board["uid"])
def test_panels_have_numbers_of_their_own_and_do_not_overlap(board: dict[str, Any]) -> None:
    numbers = [panel["id"] for panel in board["panels"]]
    assert len(numbers) == len(set(numbers))
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        grid = panel["gridPos"]
        cells = {
            (x, y) for x in range(grid["x"], grid["x"] + grid["w"]) for y in range(grid["y"], grid["y"] + grid["h"])
        }
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells


@pytest.mark.parametrize("board", [document(board) for board in BOARDS], ids=lambda board: board["uid"])
def test_a_dashboard_belongs_to_no_installation(board: dict[str, Any]) -> None:
    assert "id" not in board
    assert all(panel["datasource"]["uid"] == "${source}" for panel in pictures(board))
    named = {item["name"] for item in board["templating"]["list"]}
    assert set(re.findall(r"\$(\w+)", json.dumps([p["targets"] for p in pictures(board)]))) <= named | {
        "__rate_interval"
    }


def test_prometheus_reads_every_query(tmp_path: Path) -> None:
    asked = {query for board, panel in SHOWN for query, _ in queries(panel, board.choices)}
    plain = [query.replace("$__rate_interval", "5m") for query in sorted(asked)]
    rules = [{"record": f"panel:{number}", "expr": query} for number, query in enumerate(plain)]
    path = tmp_path / "rules.yaml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}), encoding="utf-8")
    done = promtool("check", "rules", str(path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(plain)} rules found" in done.stdout


def test_a_panel_by_a_label_that_its_metric_has_not_is_refused() -> None:
    with pytest.raises(ValueError, match="channel_class"):
        queries(Panel("Wrong", Metric.GATEWAY_RECEIVED, "ops", ("channel_class",)), ())


def test_what_an_alert_watches_is_on_a_dashboard() -> None:
    rules = (ROOT / "deploy/helm/frontdesk/files/alerts.yaml").read_text(encoding="utf-8")
    suffixes = {Kind.COUNTER: "_total", Kind.GAUGE: "", Kind.HISTOGRAM: "_bucket"}
    watched = {m for m in Metric if re.search(rf"\b{m.full_name}{suffixes[m.kind]}\b", rules)}
    shown = {panel.metric for _, panel in SHOWN}
    hidden = {Metric.ROUTER_DEAD_LETTER_AGE, Metric.GATEWAY_SPOOL_CORRUPT, Metric.GATEWAY_TOKEN_LEFT}
    assert len(watched) > 15
    assert watched - shown <= hidden
