"""Wires the outgoing webhooks; starts nothing."""

from backbone.clock import Clock
from backbone.storage.crypto import MasterKey
from backbone.storage.database import Database
from backbone.telemetry.metrics import Metrics
from backbone.web.fetcher import Fetcher
from gateway.part import Part
from gateway.partners.worker import WebhookWorker


def build_partners(*, database: Database, master: MasterKey, clock: Clock, metrics: Metrics, fetcher: Fetcher) -> Part:
    """The worker that reads every tenant's events and sends them on."""
    worker = WebhookWorker(database, fetcher, master, clock, metrics)
    return Part(
        tasks={"webhooks": worker.run},
        stops={"webhooks": worker.stop},
        progress={"webhooks": worker.progress},
        wakes={"webhooks": [worker.wake]},
    )
