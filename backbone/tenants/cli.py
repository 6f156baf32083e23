"""`frontdesk tenants`, for operators with the owner's database URL. Exit codes: 0 done, 1 not done, 2 misused."""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import asyncpg
import typer

from backbone import settings as settings_module
from backbone.clock import SystemClock
from backbone.errors import FrontdeskError, Unavailable
from backbone.printed import Json, Printer
from backbone.process import make_blobs
from backbone.settings import Settings
from backbone.storage.blobs import BlobStore
from backbone.telemetry.logs import configure_logging
from backbone.tenants import work
from backbone.tenants.certificate import Signer, is_signed
from backbone.tenants.export import export as export_lines

app = typer.Typer(
    name="tenants", no_args_is_help=True, pretty_exceptions_enable=False,
    help="Tenants: create, list, suspend, resume, usage, export, delete.",
)  # fmt: skip
Tenant = Annotated[str, typer.Argument(help="Id of the tenant.")]


@dataclass(frozen=True, slots=True)
class Office:
    """What a command works with: the owner's connection, which sees every tenant."""

    connection: Any
    blobs: BlobStore
    settings: Settings
    now: datetime


def run(printer: Printer, job: Callable[[Office], Awaitable[bool]]) -> None:
    """Runs a command and leaves with its exit code; errors of ours are told in one line."""

    async def within() -> bool:
        settings = settings_module.load_beside()
        configure_logging("WARNING", settings.log_json)
        clock = SystemClock()
        async with AsyncExitStack() as stack:
            blobs = make_blobs(settings, clock, stack.push_async_callback)
            try:
                connection = await asyncpg.connect(settings.database_url.get_secret_value(), timeout=10)
            except (OSError, TimeoutError, asyncpg.PostgresError) as error:
                raise Unavailable("the database can't be reached") from error
            stack.push_async_callback(connection.close)
            return await job(Office(connection, blobs, settings, clock.now()))

    try:
        done = asyncio.run(within())
    except FrontdeskError as error:
        printer.refuse(error)
        done = False
    sys.exit(0 if done else 1)


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What people call it.")],
    tenant_id: Annotated[str | None, typer.Option("--id", help="An id of your own: then it is safe to repeat.")] = None,
    as_json: Json = False,
) -> None:
    """Make a tenant. It has no agents yet."""
    printer = Printer("tenants create", as_json)

    async def job(office: Office) -> bool:
        found = await work.create(office.connection, name, tenant_id)
        return printer.tell([{"id": found, "name": name}], lambda item: item["id"])

    run(printer, job)


@app.command("list")
def list_tenants(limit: Annotated[int, typer.Option(min=1, max=10_000)] = 1000, as_json: Json = False) -> None:
    """All tenants."""
    printer = Printer("tenants list", as_json)

    async def job(office: Office) -> bool:
        return printer.tell(await work.listed(office.connection, limit), _line)

    run(printer, job)


@app.command()
def suspend(
    tenant: Tenant,
    reason: Annotated[str, typer.Option(help="Shown to operators.")] = "",
    as_json: Json = False,
) -> None:
    """Take and send nothing more: providers hear 503 and try again. People may still sign in and read."""
    printer = Printer("tenants suspend", as_json)

    async def job(office: Office) -> bool:
        many = await work.suspend(office.connection, tenant, reason, office.now)
        return printer.tell([{"id": tenant, "paused": many}], lambda item: f"{item['paused']} accounts paused")

    run(printer, job)


@app.command()
def resume(tenant: Tenant, as_json: Json = False) -> None:
    """Open the accounts again that were open before."""
    printer = Printer("tenants resume", as_json)

    async def job(office: Office) -> bool:
        many = await work.resume(office.connection, tenant, office.now)
        return printer.tell([{"id": tenant, "opened": many}], lambda item: f"{item['opened']} accounts opened")

    run(printer, job)


@app.command()
def usage(tenant: Tenant, days: Annotated[int, typer.Option(min=1, max=35)] = 30, as_json: Json = False) -> None:
    """What it has, and what it received in the last days."""
    printer = Printer("tenants usage", as_json)

    async def job(office: Office) -> bool:
        found = await work.usage(office.connection, tenant, office.now - timedelta(days=days))
        return printer.tell([found], lambda item: "\n".join(f"{name}: {value}" for name, value in item.items()))

    run(printer, job)


@app.command()
def export(
    tenant: Tenant, target: Annotated[Path, typer.Option("--to", help="A new file, readable by you only.")]
) -> None:
    """Everything of a tenant but credentials, as JSON lines of one moment, with its blobs."""
    printer = Printer("tenants export", as_json=False)

    async def job(office: Office) -> bool:
        lines = 0
        # It holds what customers wrote.
        with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            async for line in export_lines(office.connection, office.blobs, tenant, office.now):
                file.write(line + "\n")
                lines += 1
        typer.echo(f"{lines} lines in {target}")
        return True

    if target.exists():
        raise typer.BadParameter(f"{target} is there already", param_hint="--to")
    run(printer, job)


@app.command()
def delete(tenant: Tenant, yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False) -> None:
    """Remove a tenant for good and print a signed certificate. Run it again if it was cut off."""
    if not yes:
        typer.confirm(f"Everything of {tenant} will be gone for good. Delete it?", abort=True)
    printer = Printer("tenants delete", as_json=False)

    async def job(office: Office) -> bool:
        claim = await work.remove(office.connection, office.blobs, tenant, office.now)
        certificate = Signer(office.settings.master_key.get_secret_value()).sign(claim)
        typer.echo(json.dumps(certificate, indent=2))
        return True

    run(printer, job)


@app.command()
def verify(file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)]) -> None:
    """Whether a certificate is unchanged, and whether this installation signed it."""
    try:
        certificate = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        certificate = {}
    if not isinstance(certificate, dict) or not is_signed(certificate):
        typer.echo("The signature does not hold.", err=True)
        sys.exit(1)
    settings = settings_module.load_beside()
    ours = Signer(settings.master_key.get_secret_value()).holds(certificate)
    typer.echo("Signed by this installation." if ours else f"Signed by {certificate['public_key']}, not by this one.")
    sys.exit(0 if ours else 1)


def _line(item: dict[str, Any]) -> str:
    state = f"suspended {item['suspended_at']:%Y-%m-%d}: {item['reason']}" if item["suspended_at"] else "open"
    return f"{item['id']}  {item['name']}  {state}"


if __name__ == "__main__":
    app()
