"""The router process: consumer of inbound messages, dispatcher, timers, sequencer, outbox relay and housekeeping."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from starlette.types import ASGIApp

from backbone.bus.consumer import BatchConsumer
from backbone.bus.port import Bus
from backbone.channel.registry import manifests
from backbone.clock import Clock
from backbone.process import Process
from backbone.storage.blobs import BlobStore
from backbone.storage.crypto import DayKeys, MasterKey
from backbone.storage.database import Database
from backbone.storage.dead_letters import DeadLetters
from backbone.storage.leases import Lease
from backbone.storage.outbox import BATCH, Relay
from backbone.storage.positions import Positions
from backbone.storage.traffic import Traffic
from backbone.storage.wake import Listener
from backbone.telemetry.metrics import Metrics
from backbone.web.addresses import Guard
from backbone.web.fetcher import Fetcher
from router.bots import LEASE as BOTS_LEASE
from router.bots import BotKeeper
from router.calendars import LEASE as CALENDARS_LEASE
from router.calendars import Calendars
from router.config import ConfigCache
from router.dispatcher import LEASE as DISPATCHER_LEASE
from router.dispatcher import Dispatcher
from router.housekeeping import LEASE as HOUSEKEEPING_LEASE
from router.housekeeping import Housekeeping
from router.inbound.handler import InboundHandler
from router.intents import Learner
from router.leadership import Leader
from router.recompute import LEASE as RECOMPUTE_LEASE
from router.recompute import Recompute
from router.reputation import LEASE as REPUTATION_LEASE
from router.reputation import Watching
from router.satisfaction import LEASE as SATISFACTION_LEASE
from router.satisfaction import Settling
from router.sequencer import EVENTS_BATCH, Sequencer
from router.sequencer import LEASE as SEQUENCER_LEASE
from router.signals import Signal, Signals
from router.timers import Timers
from router.vitals import Vitals
from router.waits import LEASE as WAITS_LEASE
from router.waits import Waits
from schemas.topics import INBOUND

GROUP = "router"
BATCH_RECORDS = 1000
LANES = 4
"""Transactions of one batch side by side: the database works on some while this process works on another."""


@dataclass(frozen=True, slots=True)
class RouterParts:
    """Background coroutines by name, and what a watchdog compares."""

    tasks: Mapping[str, Callable[[], Coroutine[Any, Any, None]]]
    consumer: BatchConsumer
    progress: Mapping[str, Callable[[], int]]


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
    reopen_within: timedelta,
    event_retention: timedelta,
    fetcher: Fetcher,
    public_url: str,
) -> RouterParts:
    """Wires one router. `member` is static (the pod's name); `holder` is of this very process: a restart is another holder."""
    signals = Signals()
    configs = ConfigCache(clock)
    traffic = Traffic(database, clock)
    handler = InboundHandler(
        database, Positions(database, GROUP, holder), configs=configs, blobs=blobs, clock=clock, metrics=metrics,
        dead_letters=DeadLetters(database, DayKeys(master)), signals=signals, reopen_within=reopen_within, traffic=traffic,
    )  # fmt: skip
    consumer = BatchConsumer(
        bus, [INBOUND], group=GROUP, member=member, handler=handler, clock=clock, metrics=metrics, max_records=BATCH_RECORDS, lanes=LANES,
    )  # fmt: skip
    timers = Timers(database, configs, signals, clock, metrics, public_url=public_url)
    dispatcher = Dispatcher(database, configs, signals, clock, metrics)
    sweeper = Housekeeping(database, clock, event_retention)
    rounds = {
        WAITS_LEASE: Waits(database, configs, signals, clock).round,
        RECOMPUTE_LEASE: Recompute(database, configs, signals, clock).round,
        BOTS_LEASE: BotKeeper(database, configs, signals, clock, metrics).round,
        REPUTATION_LEASE: Watching(database, signals, clock, metrics).round,
        SATISFACTION_LEASE: Settling(database, clock).round,
        CALENDARS_LEASE: Calendars(database, fetcher, clock).round,
    }
    leaders = _leaders(database, bus, holder, signals, metrics, dispatcher, sweeper, rounds)
    listener = Listener(database, _on_wake(signals, configs), lambda: _look_at_all(signals, configs))
    return RouterParts(
        tasks={
            "inbound": consumer.run,
            "timers": timers.run,
            "wake": listener.run,
            "traffic": traffic.run,
            "vitals": Vitals(database, clock, metrics).run,
            "intents": Learner(database, clock).run,
            **{name: leader.run for name, leader in leaders.items()},
        },
        consumer=consumer,
        progress={
            "inbound": consumer.progress,
            "timers": lambda: timers.rounds,
            **{name: (lambda leader=leader: leader.rounds) for name, leader in leaders.items()},  # type: ignore[misc]
        },
    )


def _leaders(
    database: Database,
    bus: Bus,
    holder: str,
    signals: Signals,
    metrics: Metrics,
    dispatcher: Dispatcher,
    housekeeping: Housekeeping,
    rounds: Mapping[str, Callable[[Lease], Awaitable[bool]]],
) -> dict[str, Leader]:
    """What only one router of all may do at a time, each behind a lease of its own."""
    sequencer, relay = Sequencer(database, bus, metrics), Relay(database, bus)

    async def number(lease: Lease) -> bool:
        return await sequencer.drain(lease) >= EVENTS_BATCH

    async def publish(lease: Lease) -> bool:
        return await relay.drain(lease) >= BATCH

    others = {
        name.partition("/")[0]: Leader(database, name, holder, work, Signal(), metrics) for name, work in rounds.items()
    }
    return others | {
        "sequencer": Leader(database, SEQUENCER_LEASE, holder, number, signals.events, metrics, tell="events"),
        "outbox": Leader(database, "outbox/0", holder, publish, signals.outbox, metrics, tell="outbox"),
        "dispatcher": Leader(database, DISPATCHER_LEASE, holder, dispatcher.round, signals.dispatch, metrics),
        "housekeeping": Leader(
            database, HOUSEKEEPING_LEASE, holder, housekeeping.round, Signal(), metrics, look=timedelta(seconds=2)
        ),
    }


def _on_wake(signals: Signals, configs: ConfigCache) -> Callable[[str, str], None]:
    def wake(topic: str, detail: str) -> None:
        if topic == "changed":
            signals.events.hear()
            signals.outbox.hear()
            signals.wake_dispatch(detail)
            # A snooze or a status may have set an earlier timer.
            signals.timers.set()
        elif topic == "events":
            signals.events.hear()
        elif topic == "outbox":
            signals.outbox.hear()
        elif topic == "config":
            configs.forget("")

    return wake


def _look_at_all(signals: Signals, configs: ConfigCache) -> None:
    """Hints may have been missed while nobody listened, that of a changed rule too."""
    configs.forget("")
    for signal in (signals.events, signals.outbox, signals.dispatch, signals.timers):
        signal.set()


async def setup(process: Process, fallback: ASGIApp) -> ASGIApp:
    """The router as a part of a process: tasks only, no routes."""
    settings = process.settings
    fetcher = Fetcher(Guard(settings.outbound_allow))
    process.at_end(fetcher.stop)
    parts = build(
        database=await process.database("frontdesk_router", most=12),
        bus=process.bus,
        blobs=process.blobs,
        master=process.master,
        clock=process.clock,
        metrics=process.metrics,
        member=settings.member,
        holder=process.holder,
        reopen_within=settings.reopen_within,
        event_retention=settings.event_retention,
        fetcher=fetcher,
        public_url=settings.public_url,
    )
    process.make_topics(list(manifests()))
    for name, job in parts.tasks.items():
        process.add(name, job)
    for name, progress in parts.progress.items():
        process.watch(name, progress)
    return fallback
