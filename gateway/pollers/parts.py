"""Wires the pollers; starts nothing."""

from backbone.clock import Clock
from backbone.storage.database import Database
from backbone.telemetry.metrics import Metrics
from backbone.web.addresses import Guard
from backbone.web.dialer import Dialer
from backbone.web.fetcher import Fetcher
from gateway.accounts import AccountDirectory
from gateway.outbound.calls import ProviderCaller
from gateway.part import Part
from gateway.pollers.http import HttpPolls, Taker
from gateway.pollers.poller import Poller
from gateway.tokens.refresher import EarlyRenewal

PORTS = frozenset({143, 443, 993})
"""IMAP, IMAP over TLS, and HTTPS."""


def build_pollers(
    *,
    database: Database,
    clock: Clock,
    metrics: Metrics,
    holder: str,
    directory: AccountDirectory,
    taker: Taker,
    fetcher: Fetcher,
    outbound_allow: str = "",
) -> Part:
    """One coroutine for all accounts that are polled."""
    dialer = Dialer(Guard(outbound_allow, ports=PORTS), fetcher.resolver)
    caller = ProviderCaller(fetcher, dialer)
    http = HttpPolls(database, caller, taker, clock, renew=EarlyRenewal(database, clock))
    poller = Poller(database, directory, taker, clock, metrics, holder=holder, reach=dialer.addresses, http=http)
    return Part(tasks={"pollers": poller.run}, wakes={"polls": [poller.wake]})
