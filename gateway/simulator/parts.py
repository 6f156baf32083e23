"""Wires the simulated providers of a demo into the gateway's process; starts nothing."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from starlette.types import ASGIApp

from backbone.channel.port import HttpCall, ProviderReply
from backbone.clock import Clock
from backbone.telemetry.logs import get_logger
from backbone.web.fetcher import Fetcher
from gateway.accounts import AccountDirectory, Served
from gateway.part import Part
from gateway.simulator.driver import Driver, guard_for, http_post
from gateway.simulator.provider import FakeProvider, Faults, Receipts
from gateway.simulator.server import SimulatorApp
from gateway.simulator.smtp_sink import SmtpSink

log = get_logger("simulator")


@dataclass(frozen=True, slots=True)
class Simulation:
    """`app` puts the providers in front of an application; `part` takes their mail and ends what they owe."""

    provider: FakeProvider
    app: Callable[[ASGIApp], ASGIApp]
    part: Part


def build_simulation(
    *,
    directory: AccountDirectory,
    clock: Clock,
    public_url: str,
    faults: Faults | None = None,
    receipts: Receipts | None = None,
) -> Simulation:
    """The providers of every account in the directory. For demos: whoever reaches the process can use them."""
    fetcher = Fetcher(guard_for(public_url))
    driver = Driver(http_post(fetcher), clock)
    provider = FakeProvider(directory.by_id, clock, driver=driver, faults=faults, receipts=receipts)

    async def serve_mail() -> None:
        sinks = await _sinks(directory, provider)
        try:
            await asyncio.Event().wait()
        finally:
            for sink in sinks:
                await sink.stop()
            await provider.stop()
            await fetcher.stop()

    return Simulation(provider, lambda fallback: SimulatorApp(provider, fallback), Part({"simulated mail": serve_mail}))


async def _sinks(directory: AccountDirectory, provider: FakeProvider) -> list[SmtpSink]:
    """One for each port on this machine that an account sends its mail to; a port that is taken is somebody's server."""
    mailboxes = [served for served in directory.all() if _is_local_mail(served)]

    async def take(sender: str, mail: bytes) -> ProviderReply:
        account = next((box for box in mailboxes if sender.lower() in _addresses(box)), mailboxes[0])
        return await provider.take(account.account.id, HttpCall("POST", "smtp:", (), mail))

    sinks = []
    for port in sorted({box.account.settings.smtp_port for box in mailboxes}):
        sink = SmtpSink(take, port=port)
        try:
            await sink.start()
        except OSError as error:
            log.warning("no simulated mail server", port=port, error=error.strerror)
            continue
        sinks.append(sink)
    return sinks


def _is_local_mail(served: Served) -> bool:
    settings = served.account.settings
    return getattr(settings, "smtp_host", None) == "127.0.0.1" and settings.smtp_security == "plain"


def _addresses(served: Served) -> set[str]:
    settings = served.account.settings
    return {str(value).lower() for value in (settings.address, settings.reply_address) if value}
