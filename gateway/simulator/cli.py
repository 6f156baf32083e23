"""`frontdesk simulate <channel>`: a customer's messages as their provider would send them, and what we answer."""

import asyncio
import secrets
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from backbone.channel.port import Request, SimulatedMessage
from backbone.clock import Clock, SystemClock
from backbone.errors import FrontdeskError
from backbone.web.fetcher import Fetcher
from gateway.accounts import Served
from gateway.simulator import demo as demos
from gateway.simulator.driver import Driver, Traffic, guard_for, http_post, posted
from gateway.simulator.listening import listen

REORDER = 5
app = typer.Typer(
    name="simulate", invoke_without_command=True, pretty_exceptions_enable=False, add_completion=False,
    context_settings={"allow_interspersed_args": True},
)  # fmt: skip


@app.callback()
def simulate(
    channel: Annotated[str, typer.Argument(help="The channel to write on: whatsapp, telegram, email, …")],
    text: Annotated[
        str, typer.Option(help="What the customer writes; {n} becomes the number of the message.")
    ] = "Hello {n}",
    sender: Annotated[str, typer.Option("--from", help="The customer's address on the channel.")] = "4915112345678",
    name: Annotated[str, typer.Option(help="The customer's name, where the channel tells one.")] = "Mia",
    count: Annotated[int, typer.Option(min=0, max=100_000, help="How many messages.")] = 1,
    duplicates: Annotated[float, typer.Option(min=0, max=1, help="The share of webhooks sent twice.")] = 0.0,
    reorder: Annotated[bool, typer.Option("--reorder", help="Let webhooks overtake each other.")] = False,
    delay: Annotated[float, typer.Option(min=0, max=60, help="The longest wait before a webhook, in seconds.")] = 0.0,
    seed: Annotated[int, typer.Option(help="The same seed gives the same traffic.")] = 0,
    listen_for: Annotated[
        bool, typer.Option("--listen", help="Then show what is sent to the customer, until Ctrl+C.")
    ] = False,
    demo: Annotated[Path, typer.Option(help="The file that `frontdesk up` wrote.")] = demos.DEFAULT,
) -> None:
    """Writes as a customer of the demo, by signed webhooks, sent as carelessly as providers do.

    Exit code 0 once every webhook was acknowledged, 1 where one was not.
    """
    traffic = Traffic(duplicates, REORDER if reorder else 0, timedelta(seconds=delay), 8 if reorder else 1, seed)
    run = secrets.token_hex(4)
    messages = [
        SimulatedMessage(sender, text.replace("{n}", str(number)), f"{run}-{number}", name)
        for number in range(1, count + 1)
    ]
    try:
        asyncio.run(_simulate(demos.load(demo), channel, messages, traffic, listening=listen_for))
    except KeyboardInterrupt:
        return
    except FrontdeskError as error:
        typer.echo(f"frontdesk: {error.detail}", err=True)
        sys.exit(1)
    except ExceptionGroup as group:
        first = next((error for error in group.exceptions if isinstance(error, FrontdeskError)), None)
        if first is None:
            raise
        typer.echo(f"frontdesk: {first.detail}", err=True)
        sys.exit(1)


async def _simulate(
    demo: demos.Demo, channel: str, messages: Sequence[SimulatedMessage], traffic: Traffic, *, listening: bool
) -> None:
    clock = SystemClock()
    served = demo.account(channel)
    fetcher = Fetcher(guard_for(served.account.webhook_url, demo.provider_url))
    try:
        if messages:
            driver = Driver(http_post(fetcher), clock, traffic)
            tally = await driver.send(_webhooks(demo, served, messages, clock))
            typer.echo(
                f"{tally.acknowledged} webhooks acknowledged for {len(messages)} messages, in {tally.posts} posts"
            )
        if listening:
            await listen(demo, served, fetcher, clock, typer.echo)
    finally:
        await fetcher.stop()


def _webhooks(demo: demos.Demo, served: Served, messages: Sequence[SimulatedMessage], clock: Clock) -> list[Request]:
    simulator, account = served.channel.simulator, served.account
    inbox = f"{demo.provider_url}/{account.channel}/{account.id}/inbox"
    return [posted(simulator.inbound(message, account, clock.now()), inbox) for message in messages]
