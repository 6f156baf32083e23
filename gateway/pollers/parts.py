"""Wires the pollers; starts nothing."""

from backbone.clock import Clock
from backbone.storage.database import Database
from backbone.telemetry.metrics import Metrics
from gateway.accounts import AccountDirectory
from gateway.part import Part
from gateway.pollers.poller import Poller, Taker


def build_pollers(
    *,
    database: Database,
    clock: Clock,
    metrics: Metrics,
    holder: str,
    directory: AccountDirectory,
    taker: Taker,
) -> Part:
    """One coroutine for all accounts that are polled."""
    poller = Poller(database, directory, taker, clock, metrics, holder=holder)
    return Part(tasks={"pollers": poller.run})
