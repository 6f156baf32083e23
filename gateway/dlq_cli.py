"""`frontdesk dlq`: what could not be processed, for operators. Exit codes: 0 done, 1 not (all) done, 2 misused."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Annotated, Any, cast

import typer

from backbone import settings as settings_module
from backbone.clock import SystemClock
from backbone.errors import ConfigurationInvalid, FrontdeskError
from backbone.printed import Json, Printer
from backbone.settings import Settings
from backbone.storage.crypto import DayKeys, MasterKey
from backbone.storage.database import Database
from backbone.telemetry.logs import configure_logging
from backbone.telemetry.metrics import Metrics
from gateway.deadletters import readable
from gateway.letter_book import Entry, LetterBook, Replayer, State

app = typer.Typer(
    name="dlq", no_args_is_help=True, pretty_exceptions_enable=False, help="Dead letters: list, show, replay, drop."
)

STATES = ("open", "replayed", "dropped", "all")

Tenant = Annotated[str | None, typer.Option(help="Only letters of this tenant.")]
AccountOption = Annotated[str | None, typer.Option("--account", help="Only letters of this channel account.")]
Ids = Annotated[list[str] | None, typer.Argument(help="Ids of letters.")]


@dataclass(frozen=True, slots=True)
class Desk:
    """What a command works with."""

    book: LetterBook
    replayer: Callable[[], Awaitable[Replayer]]


@asynccontextmanager
async def open_desk(settings: Settings) -> AsyncIterator[Desk]:
    """The gateway's parts without its door: nothing listens, and its spool stays with the process that has it."""
    clock, master = SystemClock(), MasterKey(settings.master_key.get_secret_value())
    database = Database(
        settings.database_url.get_secret_value(), role="frontdesk_gateway", name="frontdesk-dlq", most=2
    )
    book = LetterBook(database, DayKeys(master), clock)

    def at_end(end: Callable[[], Awaitable[None]]) -> None:
        stack.push_async_callback(end)

    async def replayer() -> Replayer:
        # Loads all that the gateway is made of: a second that reading letters does not need.
        from backbone.process import make_blobs, make_bus
        from gateway.main import build

        bus = make_bus(settings, clock, f"{settings.member}-dlq")
        blobs = make_blobs(settings, clock, at_end)
        parts = build(
            database=database, bus=bus, blobs=blobs, master=master, clock=clock,
            metrics=Metrics(), member=settings.member, holder="dlq", public_url=settings.public_url,
        )  # fmt: skip
        await bus.start()
        stack.push_async_callback(bus.stop)
        await parts.start()
        return Replayer(book, parts.shared.directory, parts.intake, bus)

    async with AsyncExitStack() as stack:
        await database.start()
        stack.push_async_callback(database.stop)
        yield Desk(book, replayer)


def run(command: Callable[[Desk], Awaitable[bool]], printer: Printer) -> None:
    """Runs a command and leaves with its exit code; errors of ours are told in one line."""

    async def work() -> bool:
        settings = settings_module.load_beside()
        configure_logging("WARNING", settings.log_json)
        async with open_desk(settings) as desk:
            return await command(desk)

    try:
        done = asyncio.run(work())
    except FrontdeskError as error:
        printer.refuse(error)
        sys.exit(2 if isinstance(error, ConfigurationInvalid) else 1)
    sys.exit(0 if done else 1)


@app.command("list")
def list_letters(
    tenant: Tenant = None,
    account: AccountOption = None,
    state: Annotated[str, typer.Option(help="open, replayed, dropped or all.")] = "open",
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
    as_json: Json = False,
) -> None:
    """Letters, the oldest first."""
    if state not in STATES:
        raise typer.BadParameter(f"one of {', '.join(STATES)}", param_hint="--state")
    printer = Printer("dlq list", as_json)

    async def command(desk: Desk) -> bool:
        wanted = None if state == "all" else cast("State", state)
        entries = await desk.book.page(tenant_id=tenant, account_id=account, state=wanted, limit=limit)
        return printer.tell([_shown(entry) for entry in entries], _line)

    run(command, printer)


@app.command()
def show(
    letter_id: Annotated[str, typer.Argument(help="Id of a letter.")],
    raw: Annotated[bool, typer.Option("--raw", help="Write what it holds: what a customer wrote.")] = False,
    as_json: Json = False,
) -> None:
    """One letter: where it came from and why it failed. Its content only with --raw."""
    printer = Printer("dlq show", as_json)

    async def command(desk: Desk) -> bool:
        entry = await desk.book.find(letter_id)
        if raw:
            content = await desk.book.raw(entry)
            sys.stdout.buffer.write(readable(content) if entry.source == "gateway" else content)
            sys.stdout.buffer.flush()
        else:
            printer.tell([_shown(entry)], lambda item: "\n".join(f"{name}: {value}" for name, value in item.items()))
        return True

    run(command, printer)


@app.command()
def replay(
    letter_ids: Ids = None,
    every: Annotated[bool, typer.Option("--all", help="All open letters, the oldest first.")] = False,
    tenant: Tenant = None,
    account: AccountOption = None,
    as_json: Json = False,
) -> None:
    """Process letters again, after a fix. What fails again stays open."""
    printer = Printer("dlq replay", as_json)
    _check_choice(letter_ids, every=every)

    async def command(desk: Desk) -> bool:
        entries = await _chosen(desk.book, letter_ids, tenant, account)
        replayer = await desk.replayer() if entries else None
        results = [await _outcome(replayer, entry) for entry in entries if replayer is not None]
        return printer.tell(results, _told, ok=all(result["ok"] for result in results))

    run(command, printer)


@app.command()
def drop(
    letter_ids: Ids = None,
    every: Annotated[bool, typer.Option("--all", help="All open letters.")] = False,
    tenant: Tenant = None,
    account: AccountOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    as_json: Json = False,
) -> None:
    """Give letters up for good. Their bytes become unreadable when the key of their day is destroyed."""
    printer = Printer("dlq drop", as_json)
    _check_choice(letter_ids, every=every)
    if not yes:
        typer.confirm("What these letters hold will never reach an agent. Drop them?", abort=True)

    async def command(desk: Desk) -> bool:
        results = []
        for entry in await _chosen(desk.book, letter_ids, tenant, account):
            closed = await desk.book.close(entry, "dropped")
            results.append({"id": entry.id, "ok": closed, "detail": "dropped" if closed else "was closed before"})
        return printer.tell(results, _told, ok=all(result["ok"] for result in results))

    run(command, printer)


def _check_choice(letter_ids: Sequence[str] | None, *, every: bool) -> None:
    if bool(letter_ids) == every:
        raise typer.BadParameter("name letters, or say --all")


async def _chosen(
    book: LetterBook, letter_ids: Sequence[str] | None, tenant: str | None, account: str | None
) -> Sequence[Entry]:
    if letter_ids:
        return [await book.find(letter_id) for letter_id in letter_ids]
    return await book.page(tenant_id=tenant, account_id=account, limit=100_000)


async def _outcome(replayer: Replayer, entry: Entry) -> dict[str, Any]:
    try:
        count = await replayer.replay(entry)
    except FrontdeskError as error:
        return {"id": entry.id, "ok": False, "detail": error.detail}
    return {"id": entry.id, "ok": True, "detail": f"published {count}"}


def _told(result: dict[str, Any]) -> str:
    return f"{result['id']}  {'ok' if result['ok'] else 'FAILED'}  {result['detail']}"


def _shown(entry: Entry) -> dict[str, Any]:
    values = asdict(entry)
    facts = {name: value for name, value in values.pop("facts").items() if name not in {"taken", "headers", "key"}}
    return {**values, "created_at": _time(entry.created_at), "resolved_at": _time(entry.resolved_at), **facts}


def _time(at: Any) -> str | None:
    return None if at is None else at.isoformat(timespec="seconds")


def _line(item: dict[str, Any]) -> str:
    where = f"{item['source']}/{item['channel']}"
    return f"{item['id']}  {item['created_at']}  {item['state']:8}  {where:22}  {item['account_id']}  {item['reason']}"


if __name__ == "__main__":
    app()
