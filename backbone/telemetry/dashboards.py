"""Writes Grafana's dashboards from short tables: `python -m backbone.telemetry.dashboards [--check] [FOLDER]`.

Panels ask by the catalogue's names, so that a metric that is renamed or gone is an error here and not an empty picture at night.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backbone.telemetry.catalogue import Kind, Metric
from backbone.telemetry.dashboard_tables import BOARDS, Board, Panel, Row

FOLDER = Path("deploy/helm/frontdesk/files/dashboards")
WIDTH, HEIGHT, COLUMNS = 8, 8, 3
_SOURCE = {"type": "prometheus", "uid": "${source}"}


@dataclass(frozen=True, slots=True)
class _Place:
    number: int
    x: int
    y: int


def document(board: Board) -> dict[str, Any]:
    """A dashboard in Grafana's JSON model (schema 39), without ids of an installation."""
    return {
        "uid": f"frontdesk-{board.name}",
        "title": f"Frontdesk: {board.title}",
        "description": board.about,
        "tags": ["frontdesk"],
        "schemaVersion": 39,
        "editable": False,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "timezone": "browser",
        "templating": {"list": [_source(), _namespace(), *(_label(name) for name in board.choices)]},
        "panels": list(_panels(board)),
    }


def _source() -> dict[str, Any]:
    return {"name": "source", "label": "Prometheus", "type": "datasource", "query": "prometheus"}


def _namespace() -> dict[str, Any]:
    return _choice("namespace", f"label_values({Metric.PROCESS_BUILD.full_name}, namespace)")


def _label(name: str) -> dict[str, Any]:
    metric = next(metric for metric in Metric if name in metric.labels and metric.kind is Kind.COUNTER)
    return _choice(name, f'label_values({metric.full_name}_total{{namespace=~"$namespace"}}, {name})')


def _choice(name: str, query: str) -> dict[str, Any]:
    return {
        "name": name,
        "type": "query",
        "datasource": _SOURCE,
        "query": query,
        "refresh": 2,
        "sort": 1,
        "multi": True,
        "includeAll": True,
        "allValue": ".*",
        "current": {"text": "All", "value": "$__all"},
    }


def _panels(board: Board) -> Iterator[dict[str, Any]]:
    number, y = 0, 0
    for row in board.rows:
        number += 1
        yield _title(row, number, y)
        y += 1
        for index, panel in enumerate(row.panels):
            number += 1
            place = _Place(number, index % COLUMNS * WIDTH, y + index // COLUMNS * HEIGHT)
            yield _panel(panel, place, board.choices)
        y += -(-len(row.panels) // COLUMNS) * HEIGHT


def _title(row: Row, number: int, y: int) -> dict[str, Any]:
    grid = {"x": 0, "y": y, "w": WIDTH * COLUMNS, "h": 1}
    return {"id": number, "type": "row", "title": row.title, "collapsed": False, "gridPos": grid, "panels": []}


def _panel(panel: Panel, place: _Place, choices: Sequence[str]) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
    if panel.limit is not None:
        steps.append({"color": "red", "value": panel.limit})
    shown = {"lineWidth": 1, "fillOpacity": 10, "thresholdsStyle": {"mode": "off" if panel.limit is None else "line"}}
    return {
        "id": place.number,
        "type": "timeseries",
        "title": panel.title,
        "description": panel.about,
        "datasource": _SOURCE,
        "gridPos": {"x": place.x, "y": place.y, "w": WIDTH, "h": HEIGHT},
        "fieldConfig": {
            "defaults": {
                "unit": panel.unit,
                "min": 0,
                "custom": shown,
                "thresholds": {"mode": "absolute", "steps": steps},
            },
            "overrides": [],
        },
        "options": {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi"}},
        "targets": [
            {"refId": chr(65 + index), "datasource": _SOURCE, "expr": query, "legendFormat": legend}
            for index, (query, legend) in enumerate(queries(panel, choices))
        ],
    }


def queries(panel: Panel, choices: Sequence[str]) -> list[tuple[str, str]]:
    """PromQL of a panel, each with its legend: rates of counters, percentiles of histograms, the highest of gauges."""
    metric = panel.metric
    unknown = set(panel.by) - set(metric.labels) - {"pod"}
    if unknown:
        raise ValueError(f"{panel.title}: {metric.full_name} has no labels {sorted(unknown)}")
    held = [f'{name}=~"${name}"' for name in ("namespace", *(c for c in choices if c in metric.labels))]
    chosen = "{" + ",".join([*held, *panel.where]) + "}"
    by = ", ".join(panel.by)
    legend = " ".join("{{" + name + "}}" for name in panel.by)
    match metric.kind:
        case Kind.COUNTER:
            return [(f"sum by ({by}) (rate({metric.full_name}_total{chosen}[$__rate_interval]))", legend)]
        case Kind.GAUGE:
            return [(f"{panel.of} by ({by}) ({metric.full_name}{chosen})", legend)]
        case Kind.HISTOGRAM:
            groups = ", ".join(["le", *panel.by])
            rate = f"sum by ({groups}) (rate({metric.full_name}_bucket{chosen}[$__rate_interval]))"
            return [(f"histogram_quantile({q}, {rate})", f"{name} {legend}".strip()) for q, name in _QUANTILES]


_QUANTILES = ((0.5, "p50"), (0.99, "p99"))


def files() -> dict[str, str]:
    """Every file's name and content: a line for each panel, so that a change is seen as what it is."""
    return {f"{board.name}.json": _written(document(board)) for board in BOARDS}


def _written(board: dict[str, Any]) -> str:
    panels = ",\n".join(json.dumps(panel) for panel in board["panels"])
    others = {name: value for name, value in board.items() if name != "panels"}
    return json.dumps(others)[:-1] + ', "panels": [\n' + panels + "\n]}\n"


def main(arguments: Sequence[str]) -> int:
    """Writes the files, or with `--check` compares them; 1 if any differs or is too many."""
    folders = [Path(argument) for argument in arguments if not argument.startswith("-")]
    folder = folders[0] if folders else FOLDER
    there = {path.name: path for path in folder.glob("*.json")}
    if "--check" in arguments:
        return 0 if {name: path.read_text(encoding="utf-8") for name, path in there.items()} == files() else 1
    folder.mkdir(parents=True, exist_ok=True)
    for name in there.keys() - files().keys():
        there[name].unlink()
    for name, text in files().items():
        (folder / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
