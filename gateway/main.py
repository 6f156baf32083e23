"""The gateway: the doors of all channels, the spool behind them, and what sends, fetches and polls."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from starlette.types import ASGIApp

from backbone.bus.port import Bus
from backbone.channel.port import Account
from backbone.clock import Clock
from backbone.process import Process
from backbone.settings import Settings
from backbone.storage.blobs import BlobStore
from backbone.storage.crypto import DayKeys, MasterKey
from backbone.storage.database import Database
from backbone.storage.traffic import Traffic
from backbone.storage.wake import Listener
from backbone.telemetry.logs import get_logger
from backbone.telemetry.metrics import Metrics
from backbone.web.addresses import Guard
from backbone.web.dialer import Dialer
from backbone.web.fetcher import Fetcher
from gateway.accounts import AccountDirectory
from gateway.deadletters import DeadLetters
from gateway.inbound.app import IngressApp
from gateway.inbound.content import Contents
from gateway.inbound.deadlines import Deadlines
from gateway.inbound.dialogue import DialogueProjection
from gateway.inbound.intake import Intake
from gateway.inbound.isolation import Isolation
from gateway.inbound.keys import KeyCache
from gateway.inbound.lag import LoopLag
from gateway.inbound.publisher import Publisher
from gateway.inbound.quotas import QuotaLimits, Quotas
from gateway.media.parts import build_media
from gateway.outbound.calls import ProviderCaller
from gateway.outbound.worker import STOP_WITHIN, build_outbound
from gateway.part import Job, Part
from gateway.partners.parts import build_partners
from gateway.pollers import cursors
from gateway.pollers.parts import build_pollers
from gateway.push.parts import Ring, build_push
from gateway.simulator.keys import SimulatedKeys
from gateway.simulator.parts import build_simulation
from gateway.spool import Spool
from gateway.tokens.parts import build_tokens

log = get_logger(__name__)

LETTERS_PART = 8
"""One part in so many of the spool's room is for dead letters."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What every part of the gateway is built from."""

    database: Database
    bus: Bus
    blobs: BlobStore
    master: MasterKey
    clock: Clock
    metrics: Metrics
    member: str
    holder: str
    directory: AccountDirectory


@dataclass(frozen=True, slots=True)
class GatewayParts:
    """A wired gateway. `start` before serving; `tasks` run until cancelled; `stop` after them.

    `wakes` are called for wake-ups of their topic, and all of them after a pause in listening. The tasks and wake-ups of
    `background` are among them.
    """

    shared: Shared
    intake: Intake
    ingress: Callable[[ASGIApp], IngressApp]
    spool: Spool | None
    letters_spool: Spool | None
    tasks: Mapping[str, Job]
    wakes: Mapping[str, Sequence[Callable[[], None]]]
    fetcher: Fetcher
    background: Sequence[Part]

    async def start(self) -> None:
        """Takes the spools' folders and loads the accounts. Raises `ConfigurationInvalid` or `Unavailable`."""
        for spool in (self.spool, self.letters_spool):
            if spool is not None:
                await spool.open()
        await self.shared.directory.start()

    async def stop(self) -> None:
        await self.fetcher.stop()
        for spool in (self.spool, self.letters_spool):
            if spool is not None:
                await spool.close()


def build(
    *,
    database: Database,
    bus: Bus,
    blobs: BlobStore,
    master: MasterKey,
    clock: Clock,
    metrics: Metrics,
    member: str,
    holder: str,
    public_url: str,
    channels: Sequence[str] = (),
    spool_dir: Path | None = None,
    spool_max_bytes: int = 1024 * 1024 * 1024,
    limits: QuotaLimits | None = None,
    outbound_allow: str = "",
    demo: bool = False,
) -> GatewayParts:
    """Wires one gateway; starts nothing. `channels` are those it serves, none means all.

    `outbound_allow` names the private hosts and networks that calls to others may reach. A `demo` believes the keys of
    its simulated providers.
    """
    directory = AccountDirectory(database, master, clock, public_url=public_url, channels=channels)
    shared = Shared(database, bus, blobs, master, clock, metrics, member, holder, directory)
    spool, letters_spool = _spools(spool_dir, spool_max_bytes, master, clock, metrics)
    publisher = Publisher(bus, blobs, clock, deadlines := Deadlines(clock), spool=spool)
    letters = DeadLetters(database, DayKeys(master), clock, metrics=metrics, spool=letters_spool)
    dialogue = DialogueProjection(database, clock, lambda: directory.tenants(exchange="dialogue"))
    fetcher = Fetcher(Guard(outbound_allow))
    traffic, isolation = Traffic(database, clock), Isolation()
    keys = KeyCache(SimulatedKeys(directory, clock, fetcher) if demo else fetcher, clock)
    intake = _intake(shared, publisher, letters, dialogue, keys, traffic, isolation, fetcher)
    lag = LoopLag(clock)
    quotas = Quotas(clock, limits, lag=lag)
    tasks: dict[str, Job] = {
        "accounts": directory.run, "dialogue": dialogue.run, "lag": lag.run, "deadlines": deadlines.run,
        "traffic": traffic.run, "isolation": isolation.run,
    }  # fmt: skip
    tasks |= _spool_tasks(spool, letters_spool, publisher, letters)
    background = _background(shared, intake, fetcher, outbound_allow, channels)
    wakes: dict[str, list[Callable[[], None]]] = {"config": [directory.wake]}
    for part in background:
        tasks |= part.tasks
        for topic, callbacks in part.wakes.items():
            wakes.setdefault(topic, []).extend(callbacks)
    listener = Listener(database, lambda topic, _detail: _call(wakes.get(topic, ())), lambda: _call_all(wakes))
    tasks["wake"] = listener.run
    return GatewayParts(
        shared,
        intake,
        lambda fallback: IngressApp(directory, intake, quotas, deadlines, clock, metrics, fallback=fallback),
        spool,
        letters_spool,
        tasks,
        wakes,
        fetcher,
        background,
    )


def _intake(
    shared: Shared,
    publisher: Publisher,
    letters: DeadLetters,
    dialogue: DialogueProjection,
    keys: KeyCache,
    traffic: Traffic,
    isolation: Isolation,
    fetcher: Fetcher,
) -> Intake:
    async def nudge(account: Account) -> None:
        async with shared.database.transaction([account.tenant_id]) as connection:
            await cursors.nudge(connection, account, shared.clock.now())

    return Intake(
        shared.directory, publisher, letters, shared.blobs, shared.clock, shared.metrics, dialogue=dialogue, keys=keys,
        traffic=traffic, nudge=nudge, isolation=isolation, contents=Contents(fetcher),
    )  # fmt: skip


def _spool_tasks(
    spool: Spool | None, letters_spool: Spool | None, publisher: Publisher, letters: DeadLetters
) -> dict[str, Job]:
    """What empties the spools, where there are any."""
    if spool is None or letters_spool is None:
        return {}
    return {
        "spool": lambda: spool.run(publisher.take_spooled),
        "letters spool": lambda: letters_spool.run(letters.take_spooled),
    }


def _spools(
    folder: Path | None, most_bytes: int, master: MasterKey, clock: Clock, metrics: Metrics
) -> tuple[Spool | None, Spool | None]:
    """That of the door and that of the dead letters; none without a folder."""
    if folder is None:
        return None, None
    room = most_bytes // LETTERS_PART
    return (
        Spool(folder / "inbound", master, clock, most_bytes=most_bytes - room, metrics=metrics),
        Spool(folder / "letters", master, clock, most_bytes=room),
    )


def _background(
    shared: Shared, intake: Intake, fetcher: Fetcher, outbound_allow: str, channels: Sequence[str]
) -> Sequence[Part]:
    """The parts that send, fetch and poll."""
    keys = DayKeys(shared.master)
    return (
        build_outbound(
            database=shared.database, bus=shared.bus, blobs=shared.blobs, keys=keys, clock=shared.clock,
            metrics=shared.metrics, member=shared.member, holder=shared.holder, directory=shared.directory,
            fetcher=fetcher, outbound_allow=outbound_allow, served=channels, on_sent=Ring(shared.directory),
        ),
        build_media(
            database=shared.database, bus=shared.bus, blobs=shared.blobs, keys=keys, clock=shared.clock,
            metrics=shared.metrics, member=shared.member, holder=shared.holder, directory=shared.directory,
            fetcher=fetcher,
        ),
        build_pollers(
            database=shared.database, clock=shared.clock, metrics=shared.metrics, holder=shared.holder,
            directory=shared.directory, taker=intake, fetcher=fetcher, outbound_allow=outbound_allow,
        ),
        build_tokens(
            database=shared.database, master=shared.master, clock=shared.clock, metrics=shared.metrics,
            holder=shared.holder, directory=shared.directory,
            caller=ProviderCaller(fetcher, Dialer(Guard(outbound_allow), fetcher.resolver)),
        ),
        build_partners(
            database=shared.database, master=shared.master, clock=shared.clock, metrics=shared.metrics, fetcher=fetcher
        ),
        build_push(
            database=shared.database, master=shared.master, clock=shared.clock, metrics=shared.metrics,
            directory=shared.directory, fetcher=fetcher, apple=Fetcher(Guard(outbound_allow), http2=True),
        ),
    )  # fmt: skip


def _call(callbacks: Sequence[Callable[[], None]]) -> None:
    for callback in callbacks:
        callback()


def _call_all(wakes: Mapping[str, Sequence[Callable[[], None]]]) -> None:
    """Hints may have been missed while nobody listened."""
    for callbacks in wakes.values():
        _call(callbacks)


async def setup(process: Process, fallback: ASGIApp) -> ASGIApp:
    """The gateway as a part of a process: `/webhooks/…` in front of `fallback`, and its background tasks."""
    settings = process.settings
    parts = build(
        database=await process.database("frontdesk_gateway", most=12),
        bus=process.bus,
        blobs=process.blobs,
        master=process.master,
        clock=process.clock,
        metrics=process.metrics,
        member=settings.member,
        holder=process.holder,
        public_url=settings.public_url,
        channels=served_channels(settings),
        spool_dir=settings.spool_dir,
        spool_max_bytes=settings.spool_max_bytes,
        outbound_allow=settings.outbound_allow,
        demo=settings.demo,
    )
    await parts.start()

    async def hold_spools() -> None:
        # Added first, so it is stopped last: what the door has accepted by then is on the disk.
        try:
            await asyncio.Event().wait()
        finally:
            await parts.stop()

    process.add("spools", hold_spools)
    stops = {name: stop for part in parts.background for name, stop in part.stops.items()}
    for name, job in parts.tasks.items():
        process.supervisor.add(name, job, on_stop=stops.get(name), stop_within=STOP_WITHIN)
    for part in parts.background:
        for name, progress in part.progress.items():
            process.watch(name, progress)
        for name, check in part.checks.items():
            process.health.add_check(name, check)
    if settings.demo:
        simulation = build_simulation(
            directory=parts.shared.directory, clock=process.clock, public_url=settings.public_url
        )
        fallback = simulation.app(fallback)
        for name, job in simulation.part.tasks.items():
            process.add(name, job)
    process.make_topics(parts.shared.directory.channels)
    return parts.ingress(fallback)


def served_channels(settings: Settings) -> list[str]:
    """The names in `FRONTDESK_CHANNELS`; empty for all."""
    return [name.strip() for name in settings.channels.split(",") if name.strip()]
