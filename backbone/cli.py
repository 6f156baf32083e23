"""The command `frontdesk`: starts processes, migrates, looks after an installation. Exit codes: 0 done, 1 found wrong, 2 misused."""

import asyncio
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated

import typer

from backbone import settings as settings_module
from backbone.errors import FrontdeskError
from backbone.printed import Json, Printer, Problem

app = typer.Typer(
    name="frontdesk", no_args_is_help=True, add_completion=True, pretty_exceptions_enable=False,
    help="One front desk for every channel.",
)  # fmt: skip
config_app = typer.Typer(no_args_is_help=True, help="Shows and checks the settings.")
app.add_typer(config_app, name="config")

Data = Annotated[Path, typer.Option(help="The folder given to `up`; used where no FRONTDESK_DATABASE_URL is set.")]


def _run(name: str, parts: tuple[str, ...]) -> None:
    from backbone.process import run_process

    settings = settings_module.load()
    found = {point.name: point for point in entry_points(group="frontdesk.processes")}
    sys.exit(run_process(settings, name, [found[part].load() for part in parts]))


@app.command()
def up(
    data: Annotated[Path, typer.Option(help="Folder of the database, blobs and keys.")] = Path(".data"),
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=1, max=65534, help="Port of the API; the router's probes take the next.")
    ] = 8080,
    postgres_port: Annotated[int, typer.Option(min=1, max=65535)] = 25432,
    demo: Annotated[bool, typer.Option(help="Make a demo tenant with simulated providers.")] = True,
) -> None:
    """Everything on this machine: PostgreSQL, gateway, router and agent API."""
    from backbone.up import Choice, run

    sys.exit(run(Choice(data.absolute(), host, port, postgres_port, demo), typer.echo))


@app.command()
def http() -> None:
    """The gateway and the agent API in one process, by path."""
    _run("http", ("gateway", "agent_api"))


@app.command()
def gateway(channels: Annotated[str, typer.Option(help="Comma list; empty serves all.")] = "") -> None:
    """The gateway of some channels."""
    import os

    if channels:
        os.environ[settings_module.PREFIX + "CHANNELS"] = channels
    _run("gateway", ("gateway",))


@app.command()
def router() -> None:
    """The router."""
    _run("router", ("router",))


@app.command("agent-api")
def agent_api() -> None:
    """REST and WebSocket for agents and customers."""
    _run("agent-api", ("agent_api",))


@app.command()
def migrate() -> None:
    """Brings the database to this release's schema."""
    from backbone.storage.migrate import head
    from backbone.storage.migrate import migrate as run_migrations

    settings = settings_module.load()
    asyncio.run(run_migrations(settings.database_url.get_secret_value()))
    typer.echo(f"The database is at revision {head()}.")


@app.command()
def doctor(data: Data = Path(".data"), as_json: Json = False) -> None:
    """The state of every dependency, and what to do about what is wrong."""
    from backbone.doctor import examine, render

    findings = asyncio.run(examine(data.absolute()))
    wrong = [Problem(finding.name, finding.detail, finding.advice) for finding in findings if not finding.ok]
    if as_json:
        Printer("doctor", as_json).tell([finding.as_dict() for finding in findings], lambda _row: "", wrong)
    else:
        typer.echo(render(findings))
    if wrong:
        sys.exit(1)


@config_app.command("show")
def config_show(data: Data = Path(".data"), as_json: Json = False) -> None:
    """Every setting with its value (secrets hidden) and where it comes from."""
    try:
        rows = settings_module.describe(settings_module.load_beside(data.absolute()))
    except FrontdeskError as error:
        Printer("config show", as_json).refuse(error, "`frontdesk config check` tells all that is wrong")
        sys.exit(1)
    Printer("config show", as_json).tell(rows, lambda row: f"{row['name']}={row['value']}  ({row['source']})")


@config_app.command("check")
def config_check(data: Data = Path(".data"), as_json: Json = False) -> None:
    """Everything that is wrong with the settings, and what to do. Exit code 1 if anything is. Connects to nothing."""
    from backbone.settings_check import problems

    settings_module.take_beside(data.absolute())
    found = problems()
    if not found and not as_json:
        typer.echo("The settings are valid.")
    if not Printer("config check", as_json).tell([], lambda _row: "", found):
        sys.exit(1)


@app.command("drain")
def drain_command(
    name: Annotated[
        str | None, typer.Argument(help="http, router, gateway or agent-api; none: all that run here.")
    ] = None,
    data: Data = Path(".data"),
    pid: Annotated[int | None, typer.Option(min=1, help="One process by its id.")] = None,
    within: Annotated[int, typer.Option(min=1, max=3600, help="Seconds to wait.")] = 60,
    as_json: Json = False,
) -> None:
    """Stop taking, finish what there is, and say when that is done. The drained process stays until it is ended.

    In a pod without a name: the pod's own process. Exit code 1 if it isn't done in time.
    """
    from datetime import timedelta

    from backbone import drain

    printer = Printer("drain", as_json)
    try:
        rows = drain.drain(drain.find(data.absolute(), name, pid), timedelta(seconds=within))
    except FrontdeskError as error:
        printer.refuse(error)
        sys.exit(1)
    done = all(row["drained"] for row in rows)
    printer.tell(rows, lambda row: f"{row['name']} ({row['pid']}): {row['state']} after {row['seconds']} s", ok=done)
    sys.exit(0 if done else 1)


def _add_commands() -> None:
    """Commands of higher layers come by entry point: this layer doesn't import upwards."""
    for point in sorted(entry_points(group="frontdesk.commands"), key=lambda p: p.name):
        app.add_typer(point.load(), name=point.name)


def main() -> None:
    """What the console script calls: errors of ours become one line that says what to do, and exit 1."""
    if len(sys.argv) < 2 or sys.argv[1] not in {"up", "http", "router", "gateway", "agent-api", "migrate"}:
        _add_commands()
    try:
        app()
    except FrontdeskError as error:
        typer.echo(f"frontdesk: {error.detail}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
