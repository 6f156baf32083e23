"""The router's workers wired by hand, without a bus: each step is called, so tests decide the order of things."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from backbone.bus.port import BusRecord, TopicPartition
from backbone.clock import ManualClock
from backbone.storage.blobs import FolderBlobs
from backbone.storage.crypto import DayKeys, MasterKey
from backbone.storage.database import Database
from backbone.storage.dead_letters import DeadLetters
from backbone.storage.leases import Lease, acquire
from backbone.storage.positions import Positions
from backbone.storage.traffic import Traffic
from backbone.telemetry.metrics import Metrics
from router.config import ConfigCache
from router.dispatcher import LEASE as DISPATCHER_LEASE
from router.dispatcher import Dispatcher
from router.inbound.handler import InboundHandler
from router.signals import Signals
from router.timers import Timers
from schemas.topics import INBOUND
from tests.support.desk import NOW

MASTER = MasterKey("11" * 32)
PARTITION = [TopicPartition(INBOUND, 0)]


@dataclass
class Workers:
    """One router process's parts over one database."""

    database: Database
    clock: ManualClock
    signals: Signals
    handler: InboundHandler
    dispatcher: Dispatcher
    timers: Timers
    holder: str
    metrics: Metrics
    traffic: Traffic

    async def take(self, *records: BusRecord) -> None:
        await self.handler.process(records)

    async def lease(self, name: str = DISPATCHER_LEASE) -> Lease:
        async with self.database.transaction() as connection:
            lease = await acquire(connection, name, self.holder, timedelta(minutes=5))
        assert lease is not None
        return lease

    async def dispatch(self, tenant_id: str) -> None:
        """Rounds until nothing changes."""
        lease = await self.lease()
        self.signals.wake_dispatch(tenant_id)
        for _ in range(20):
            if not await self.dispatcher.round(lease):
                return
        raise AssertionError("the dispatcher never comes to rest")


async def make_workers(url: str, folder: Path, *, holder: str = "r1", clock: ManualClock | None = None) -> Workers:
    """Opens a pool as the router's role; the caller stops `workers.database`."""
    database = Database(url, role="frontdesk_router", name=f"test-{holder}")
    await database.start()
    clock = clock or ManualClock(NOW)
    signals, configs, metrics = Signals(), ConfigCache(clock), Metrics()
    traffic = Traffic(database, clock)
    handler = InboundHandler(
        database,
        Positions(database, "router", holder),
        configs=configs,
        blobs=FolderBlobs(folder),
        dead_letters=DeadLetters(database, DayKeys(MASTER)),
        signals=signals,
        clock=clock,
        metrics=metrics,
        reopen_within=timedelta(hours=72),
        traffic=traffic,
    )
    dispatcher = Dispatcher(database, configs, signals, clock, metrics)
    timers = Timers(database, configs, signals, clock, metrics, public_url="https://desk.example/")
    return Workers(database, clock, signals, handler, dispatcher, timers, holder, metrics, traffic)
