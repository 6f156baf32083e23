"""Wires the refresher of provider tokens; starts nothing."""

from backbone.clock import Clock
from backbone.storage.crypto import MasterKey
from backbone.storage.database import Database
from backbone.telemetry.metrics import Metrics
from gateway.accounts import AccountDirectory
from gateway.outbound.calls import Caller
from gateway.part import Part
from gateway.tokens.refresher import Refresher


def build_tokens(
    *,
    database: Database,
    master: MasterKey,
    clock: Clock,
    metrics: Metrics,
    holder: str,
    directory: AccountDirectory,
    caller: Caller,
) -> Part:
    """One coroutine for all accounts whose channel has its tokens by a call."""
    refresher = Refresher(database, master, directory, caller, clock, metrics, holder=holder)
    return Part(
        tasks={"tokens": refresher.run},
        progress={"tokens": refresher.progress},
        wakes={"tokens": [directory.wake, refresher.wake], "config": [refresher.wake]},
    )
