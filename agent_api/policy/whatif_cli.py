"""`frontdesk whatif`: the past played again under another policy or staffing. Exit codes: 0 done, 1 found wrong, 2 misused."""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from agent_api.policy.cli import Json, Tenant, connected, read
from backbone.storage.database import Connection
from router.config import config_now
from router.usecases import whatif

CASES_MOST = 50_000
_WITHIN = timedelta(hours=1)
app = typer.Typer(name="whatif", pretty_exceptions_enable=False)


def _staffing(words: list[str]) -> tuple[whatif.Staffing, ...]:
    found = []
    for word in words:
        team_id, _, agents = word.partition("=")
        if not agents.lstrip("+-").isdigit():
            raise typer.BadParameter(f"{word}: write TEAM_ID=+2 or TEAM_ID=-1")
        found.append(whatif.Staffing(team_id, int(agents)))
    return tuple(found)


@app.callback(invoke_without_command=True)
def compare(
    tenant: Tenant,
    start: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d"], help="In UTC.")],
    end: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d"], help="In UTC.")],
    policy: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="The policy in YAML or JSON.")
    ] = None,
    staffing: Annotated[list[str] | None, typer.Option(help="TEAM_ID=+2 or TEAM_ID=-1; again for other teams.")] = None,
    made: Annotated[
        int | None, typer.Option(min=1, max=CASES_MOST, help="About so many made-up cases instead.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same answer.")] = 1,
    as_json: Json = False,
) -> None:
    """Plays what came in a period under what holds now, and under the policy and staffing that are tried. Changes nothing."""
    document = None if policy is None else read(policy)
    question = whatif.Question(
        start.replace(tzinfo=UTC), end.replace(tzinfo=UTC), document, _staffing(staffing or []), made, seed
    )

    async def work(connection: Connection, now: datetime) -> whatif.Inputs:
        config = await config_now(connection, tenant, now)
        return await whatif.gather(connection, config, question, now, CASES_MOST)

    found = whatif.compare(connected(tenant, work))
    if as_json:
        typer.echo(json.dumps(asdict(found), indent=2))
    else:
        _table(found)
    sys.exit(0)


_ROWS: tuple[tuple[str, Callable[[Any], Any]], ...] = (
    ("cases", lambda f: f.cases),
    ("answered", lambda f: f.answered),
    ("answered in time", lambda f: _share(f.attained)),
    ("first answer, p50", lambda f: _seconds(f.wait_p50)),
    ("first answer, p95", lambda f: _seconds(f.wait_p95)),
    ("with an agent, p50", lambda f: _seconds(f.taken_p50)),
    ("with an agent, p95", lambda f: _seconds(f.taken_p95)),
    ("late in the queue", lambda f: f.late_by_leg.get("queue", 0)),
    ("late with an agent", lambda f: f.late_by_leg.get("agent", 0)),
    ("spread of the load", lambda f: _share(f.load_spread)),
)


def _table(found: whatif.Comparison) -> None:
    columns = [("past", found.past), ("replayed", found.replayed), ("tried", found.tried)]
    typer.echo(f"{'':22}" + "".join(f"{name:>14}" for name, _ in columns))
    rows = [*_ROWS, *((f"in time, {name}", _of_class(name)) for name in found.replayed.attained_by_class)]
    for title, cell in rows:
        cells = ("-" if figures is None else cell(figures) for _, figures in columns)
        typer.echo(f"{title:22}" + "".join(f"{value!s:>14}" for value in cells))
    for note in found.notes:
        typer.echo(note)


def _of_class(name: str) -> Callable[[Any], str]:
    return lambda figures: _share(figures.attained_by_class.get(name))


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f} s"


if __name__ == "__main__":
    app()
