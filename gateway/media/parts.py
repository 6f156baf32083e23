"""Wires the fetching of media; starts nothing."""

from backbone.bus.consumer import BatchConsumer
from backbone.bus.port import Bus
from backbone.clock import Clock
from backbone.storage.blobs import BlobStore
from backbone.storage.crypto import DayKeys
from backbone.storage.database import Database
from backbone.storage.dead_letters import DeadLetters
from backbone.storage.positions import Positions
from backbone.telemetry.metrics import Metrics
from backbone.web.fetcher import Fetcher
from gateway.accounts import AccountDirectory
from gateway.media.wanted import WantedIntake
from gateway.media.worker import MediaWorker
from gateway.part import Part
from schemas.topics import MEDIA_WANTED

GROUP = "gateway-media"
"""One group for all gateways: any of them may take a wish, those of its channel fetch it."""


def build_media(
    *,
    database: Database,
    bus: Bus,
    blobs: BlobStore,
    keys: DayKeys,
    clock: Clock,
    metrics: Metrics,
    member: str,
    holder: str,
    directory: AccountDirectory,
    fetcher: Fetcher,
) -> Part:
    """The consumer that fills `media_jobs`, and the workers that empty it."""
    worker = MediaWorker(database, directory, fetcher, blobs, clock, metrics, channels=directory.channels)
    handler = WantedIntake(
        database, Positions(database, GROUP, holder), DeadLetters(database, keys), clock, on_new=worker.wake
    )
    consumer = BatchConsumer(bus, [MEDIA_WANTED], group=GROUP, member=member, handler=handler, clock=clock)
    return Part(
        tasks={"media intake": consumer.run, "media workers": worker.run},
        stops={"media workers": worker.stop},
        progress={"media intake": consumer.progress, "media workers": worker.progress},
        wakes={"media": [worker.wake]},
    )
