"""`frontdesk webhooks`: receive events on your own machine, send a test event, find out why a signature fails."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import typer
from pydantic import SecretStr

from backbone.clock import SystemClock
from backbone.errors import FrontdeskError
from backbone.web.fetcher import Fetcher
from backbone.web.signature_faults import Signed, faults
from backbone.web.signatures import make_secret
from gateway.partners.local import LOOK_EVERY, Api, Forwarder
from gateway.simulator.driver import guard_for

LOOKS = 20
app = typer.Typer(
    name="webhooks", no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False,
    help="Webhooks for those who build on Frontdesk.",
)  # fmt: skip

Base = Annotated[str, typer.Option("--api", help="Where the agent API is.")]
Key = Annotated[str, typer.Option(envvar="FRONTDESK_API_KEY", help="An admin's API key.")]


@app.command()
def listen(
    forward_to: Annotated[str, typer.Option(help="The URL on your machine that takes the events.")],
    key: Key,
    api: Base = "http://127.0.0.1:8080",
    types: Annotated[str, typer.Option(help="Comma list of event types; empty: all.")] = "",
) -> None:
    """Posts each event to a URL of yours, signed as in production, until Ctrl+C. Nothing has to reach your machine."""
    secret = make_secret()
    wanted = [name.strip() for name in types.split(",") if name.strip()]
    typer.echo(f"Signing secret of this session: {secret.get_secret_value()}")
    typer.echo(f"Events go to {forward_to}.")

    async def run(caller: Api) -> None:
        await Forwarder(caller, SystemClock(), forward_to, secret, typer.echo, wanted).run()

    _with_api(run, api, key, forward_to)


@app.command()
def trigger(
    kind: Annotated[str, typer.Argument(metavar="TYPE", help="An event type, such as message.received.")],
    endpoint: Annotated[str, typer.Option(help="The id of the webhook endpoint.")],
    key: Key,
    api: Base = "http://127.0.0.1:8080",
) -> None:
    """Sends a made-up event to an endpoint and shows how it went. Exit code 1 where it was not taken."""

    async def run(caller: Api) -> None:
        delivery = await caller.post(f"/v1/webhook-endpoints/{endpoint}/test", {"type": kind})
        for _ in range(LOOKS):
            delivery = await caller.get(f"/v1/webhook-deliveries/{delivery['id']}")
            if delivery["attempts"]:
                break
            await SystemClock().sleep(LOOK_EVERY)
        typer.echo(f"{delivery['id']}  {delivery['state']}  {delivery['last_status'] or '-'}")
        if delivery["state"] != "delivered":
            raise FrontdeskError(delivery["last_cause"] or "not tried yet: is the gateway running?")

    _with_api(run, api, key)


@app.command()
def verify(
    secret: Annotated[str, typer.Option(envvar="FRONTDESK_WEBHOOK_SECRET", help="The secret, whsec_….")],
    webhook_id: Annotated[str, typer.Option("--id", help="The header webhook-id.")] = "",
    timestamp: Annotated[str, typer.Option(help="The header webhook-timestamp.")] = "",
    signature: Annotated[str, typer.Option(help="The header webhook-signature.")] = "",
    body: Annotated[Path, typer.Option(help="A file with the raw body; - reads it from standard input.")] = Path("-"),
) -> None:
    """Checks a signature on this machine and says what is wrong with it. Exit code 1 where it does not verify."""
    raw = sys.stdin.buffer.read() if str(body) == "-" else body.read_bytes()
    signed = Signed(secret, webhook_id, timestamp, signature, raw.decode(errors="replace"))
    wrong = faults(signed, SystemClock().now())
    for fault in wrong:
        typer.echo(f"{fault.code}: {fault.detail}")
    if wrong:
        sys.exit(1)
    typer.echo("The signature verifies.")


def _with_api(run: Callable[[Api], Awaitable[None]], base: str, key: str, *more: str) -> None:
    async def calling() -> None:
        fetcher = Fetcher(guard_for(base, *more))
        try:
            await run(Api(fetcher, base.rstrip("/"), SecretStr(key)))
        finally:
            await fetcher.stop()

    try:
        asyncio.run(calling())
    except KeyboardInterrupt:
        return
    except FrontdeskError as error:
        typer.echo(f"frontdesk: {error.detail}", err=True)
        sys.exit(1)
