"""Wires the notices to sleeping apps; starts nothing."""

from backbone.clock import Clock
from backbone.storage.crypto import MasterKey
from backbone.storage.database import Connection, Database
from backbone.telemetry.metrics import Metrics
from backbone.web.fetcher import Fetcher
from gateway.accounts import AccountDirectory
from gateway.part import Part
from gateway.push import store
from gateway.push.notices import words_of
from gateway.push.worker import PushWorker, push_settings
from schemas.outbound import OutboundMessage


class Ring:
    """Writes a notice for each device of who was just answered, in the transaction that settles the answer."""

    def __init__(self, directory: AccountDirectory) -> None:
        self._directory = directory

    async def __call__(self, connection: Connection, message: OutboundMessage) -> None:
        settings = push_settings(self._directory.by_id(message.account_id))
        if settings is not None:
            await store.enqueue(connection, message, words_of(settings, message))


def build_push(
    *,
    database: Database,
    master: MasterKey,
    clock: Clock,
    metrics: Metrics,
    directory: AccountDirectory,
    fetcher: Fetcher,
    apple: Fetcher,
) -> Part:
    """The worker that empties `push_jobs`, which senders fill by `Ring`."""
    worker = PushWorker(database, directory, master, fetcher, apple, clock, metrics, channels=directory.channels)

    async def run() -> None:
        try:
            await worker.run()
        finally:
            await apple.stop()

    return Part(tasks={"push": run}, stops={"push": worker.stop}, progress={"push": worker.progress})
