"""`frontdesk replay`: inbound records since a moment are read again. Exit codes: 0 done, 1 not done, 2 misused."""

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from backbone import settings as settings_module
from backbone.clock import SystemClock
from backbone.errors import FrontdeskError
from backbone.printed import Json, Printer
from backbone.process import make_bus
from backbone.settings import Settings
from backbone.storage.database import Database
from backbone.telemetry.logs import configure_logging
from router.replay import Replay, Step

_FORMATS = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d"]
app = typer.Typer(name="replay", pretty_exceptions_enable=False)


@app.callback(invoke_without_command=True)
def replay(
    since: Annotated[
        datetime | None, typer.Option(formats=_FORMATS, help="When the bus took the first of them, in UTC.")
    ] = None,
    last: Annotated[int | None, typer.Option(min=1, help="Those of the last so many minutes.")] = None,
    data: Annotated[Path, typer.Option(help="The folder given to `up`.")] = Path(".data"),
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be read again; change nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Read the bus again from a moment on, after a loss or a fix in the router: what is there already is left as it is.

    Requests that could not be understood are not on the bus: `frontdesk dlq replay` parses their raw copies again.
    """
    if (since is None) == (last is None):
        raise typer.BadParameter("say --since or --last")
    printer = Printer("replay", as_json)
    try:
        steps = asyncio.run(_run(_moment(since, last), data.absolute(), dry_run=dry_run))
    except FrontdeskError as error:
        printer.refuse(error)
        sys.exit(1)
    printer.tell([_shown(step) for step in steps], _line)
    if not as_json:
        told = "would be" if dry_run else "are being"
        typer.echo(f"{sum(step.records for step in steps)} records {told} read again.")
    sys.exit(0)


def _moment(since: datetime | None, last: int | None) -> datetime:
    if since is not None:
        return since.replace(tzinfo=UTC)
    return SystemClock().now() - timedelta(minutes=last or 0)


async def _run(at: datetime, data: Path, *, dry_run: bool) -> list[Step]:
    settings = settings_module.load_beside(data)
    configure_logging("WARNING", settings.log_json)
    database = Database(
        settings.database_url.get_secret_value(), role="frontdesk_router", name="frontdesk-replay", most=1
    )
    await database.start()
    try:
        return await _with_bus(settings, database, at, dry_run=dry_run)
    finally:
        await database.stop()


async def _with_bus(settings: Settings, database: Database, at: datetime, *, dry_run: bool) -> list[Step]:
    bus = make_bus(settings, SystemClock(), f"{settings.member}-replay")
    await bus.start()
    try:
        work = Replay(database, bus)
        steps = list(await work.plan(at))
        if not dry_run:
            await work.apply(steps)
        return steps
    finally:
        await bus.stop()


def _shown(step: Step) -> dict[str, Any]:
    return {"partition": step.partition, "stands": step.stands, "begins": step.begins, "records": step.records}


def _line(item: dict[str, Any]) -> str:
    return f"partition {item['partition']:>3}: {item['records']} records, from {item['begins']}"


if __name__ == "__main__":
    app()
