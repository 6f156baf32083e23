"""`frontdesk policy`: a tenant's policy as a file, for operators. Exit codes: 0 done, 1 found wrong, 2 misused."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
import yaml

from agent_api.policy.document import from_text, schema
from backbone import settings as settings_module
from backbone.clock import SystemClock
from backbone.errors import ConfigurationInvalid, FrontdeskError, InputInvalid
from backbone.storage.database import Connection, Database
from backbone.telemetry.logs import configure_logging
from router.config import config_now
from router.usecases import policies

app = typer.Typer(
    name="policy",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="A tenant's policy: check, apply, go back.",
)
_AUTHOR = "operator"

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The policy in YAML or JSON.")]
Tenant = Annotated[str, typer.Option("--tenant", help="Id of the tenant.")]
Note = Annotated[str | None, typer.Option("--note", help="What is to be said of the version.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Result = TypeVar("Result")


def run(tenant: str, work: Callable[[Connection, datetime], Awaitable[int]]) -> None:
    """One command in one transaction; leaves with its exit code."""
    sys.exit(connected(tenant, work))


def connected(tenant: str, work: Callable[[Connection, datetime], Awaitable[Result]]) -> Result:
    """What comes of `work` in one transaction, as the API's role; leaves with 1 or 2 if it is refused."""

    async def within() -> Result:
        settings = settings_module.load_beside()
        configure_logging("WARNING", settings.log_json)
        url = settings.database_url.get_secret_value()
        database = Database(url, role="frontdesk_api", name="frontdesk-policy", most=1)
        await database.start()
        try:
            return await database.run(lambda connection: work(connection, SystemClock().now()), [tenant])
        finally:
            await database.stop()

    try:
        return asyncio.run(within())
    except FrontdeskError as error:
        _tell(error)
        sys.exit(2 if isinstance(error, ConfigurationInvalid) else 1)


def _tell(error: FrontdeskError) -> None:
    typer.echo(error.detail, err=True)
    for pointer, reason in (error.pointers if isinstance(error, InputInvalid) else {}).items():
        typer.echo(f"  {pointer or '(document)'}: {reason}", err=True)


def read(path: Path) -> dict[str, Any]:
    """The checked document of a file; leaves with 1 and every fault if it is not valid."""
    try:
        return from_text(path.read_text(encoding="utf-8")).plain()
    except InputInvalid as error:
        _tell(error)
        sys.exit(1)


def _echo(values: Any) -> None:
    typer.echo(json.dumps(values, indent=2, default=str))


@app.command()
def check(
    file: File,
    tenant: Annotated[str | None, typer.Option("--tenant", help="Try it on this tenant's running clocks, too.")] = None,
    as_json: Json = False,
) -> None:
    """Whether a file is valid, and with --tenant what it would do. Changes nothing."""
    document = read(file)
    if tenant is None:
        typer.echo("The policy is valid.")
        return

    async def work(connection: Connection, now: datetime) -> int:
        config = await config_now(connection, tenant, now)
        held = await policies.current(connection, tenant)
        effects = await policies.dry_run(connection, config, document, now)
        found = policies.compare(held, document)
        if as_json:
            _echo({"version": held.version, "differences": [asdict(d) for d in found], "effects": asdict(effects)})
            return 0
        typer.echo(f"The policy is valid. It differs from version {held.version} in {len(found)} places.")
        typer.echo(
            f"Of {effects.looked_at} running clocks {effects.sooner} would be due sooner, {effects.later} later, "
            f"{effects.breached_at_once} late at once."
        )
        return 0

    run(tenant, work)


@app.command()
def diff(file: File, tenant: Tenant, as_json: Json = False) -> None:
    """What differs between the file and what holds; exit code 1 if anything does."""
    document = read(file)

    async def work(connection: Connection, _now: datetime) -> int:
        found = policies.compare(await policies.current(connection, tenant), document)
        if as_json:
            _echo([asdict(one) for one in found])
        for one in () if as_json else found:
            typer.echo(f"{one.op:8} {one.pointer}: {json.dumps(one.before)} -> {json.dumps(one.after)}")
        return 1 if found else 0

    run(tenant, work)


@app.command()
def apply(
    file: File,
    tenant: Tenant,
    note: Note = None,
    version: Annotated[int | None, typer.Option(help="Only if this version holds now.")] = None,
) -> None:
    """Make the file's policy hold, as the next version. Running deadlines are computed anew by the router."""
    document = read(file)

    async def work(connection: Connection, now: datetime) -> int:
        found = await policies.apply(
            connection, tenant, document, cause="applied", author=_AUTHOR, note=note, now=now, expected_version=version
        )
        typer.echo(f"Version {found.version} holds.")
        return 0

    run(tenant, work)


@app.command()
def rollback(
    version: Annotated[int, typer.Argument(min=1, help="The version to go back to.")], tenant: Tenant, note: Note = None
) -> None:
    """Make an earlier version hold again, as a new one."""

    async def work(connection: Connection, now: datetime) -> int:
        found = await policies.rollback(connection, tenant, version, author=_AUTHOR, note=note, now=now)
        typer.echo(f"Version {found.version} holds: that of version {version}.")
        return 0

    run(tenant, work)


@app.command()
def show(
    tenant: Tenant,
    version: Annotated[int | None, typer.Option(help="An earlier version.")] = None,
    as_json: Json = False,
) -> None:
    """What holds now, or an earlier version, as a file."""

    async def work(connection: Connection, _now: datetime) -> int:
        if version is None:
            document = (await policies.current(connection, tenant)).document
        else:
            document = (await policies.version(connection, tenant, version))["document"]
        if as_json:
            _echo(document)
        else:
            typer.echo(yaml.safe_dump(document, sort_keys=False, allow_unicode=True), nl=False)
        return 0

    run(tenant, work)


@app.command()
def versions(tenant: Tenant) -> None:
    """The last hundred versions, the newest first."""

    async def work(connection: Connection, _now: datetime) -> int:
        for row in await policies.versions(connection, tenant, None, 100):
            told = f"{row['version']:>5}  {row['created_at']:%Y-%m-%d %H:%M:%S}  {row['cause']:20}  {row['author'] or '-':40}"
            typer.echo(f"{told}  {row['note'] or ''}".rstrip())
        return 0

    run(tenant, work)


@app.command("schema")
def show_schema() -> None:
    """JSON Schema of the file, for editors."""
    _echo(schema())


if __name__ == "__main__":
    app()
