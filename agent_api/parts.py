"""What the composition root hands to the API: one object, built once, passed on in pieces."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, cast

from starlette.requests import HTTPConnection

from agent_api.calls.config import CallConfig
from agent_api.context.loading import Loader
from backbone.bus.port import Bus
from backbone.clock import Clock
from backbone.storage.blobs import BlobStore
from backbone.storage.crypto import MasterKey
from backbone.storage.database import Database
from backbone.telemetry.metrics import Metrics
from backbone.web.auth import Authenticator, Environment
from backbone.web.fetcher import Fetcher
from backbone.web.limits import TokenBuckets
from backbone.web.passwords import Passwords
from router.usecases.intents import Models

if TYPE_CHECKING:
    from agent_api.calls.live import CallDesk
    from agent_api.context.sources import Sources
    from agent_api.customer.accounts import CustomerAccounts
    from agent_api.live.hub import Hub
    from agent_api.live.presence import Presence


@dataclass(frozen=True, slots=True)
class ApiConfig:
    """Settings of the API, taken out of the process's own. `origins` are exact (`https://desk.example`)."""

    public_url: str = "http://127.0.0.1:8080"
    origins: frozenset[str] = frozenset()
    environment: Environment = "local"
    member: str = "local"
    away_after: timedelta = timedelta(seconds=20)
    quota: int = 1200
    quota_window: timedelta = timedelta(minutes=1)
    wrong_keys: int = 20
    idempotency_kept: timedelta = timedelta(hours=24)
    session_lifetime: timedelta = timedelta(hours=12)
    """A working day: then people log in anew, however busy they were."""
    calls: CallConfig = field(default_factory=CallConfig)


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything a request may need. Holds no state of a request."""

    config: ApiConfig
    database: Database
    bus: Bus
    clock: Clock
    metrics: Metrics
    master: MasterKey
    blobs: BlobStore
    authenticator: Authenticator
    passwords: Passwords
    quota: TokenBuckets
    attempts: TokenBuckets = field(repr=False)
    """By address: wrong keys."""
    visitors: TokenBuckets = field(repr=False)
    """By address: sessions begun; by visitor: messages written."""
    readers: TokenBuckets = field(repr=False)
    """By address: what customers read and look for without a key."""
    talk: TokenBuckets = field(repr=False)
    """By live socket: frames a client sends."""
    typing: TokenBuckets = field(repr=False)
    """By key and conversation: how often somebody's typing is announced."""
    hub: "Hub" = field(repr=False)
    presence: "Presence" = field(repr=False)
    customer_accounts: "CustomerAccounts" = field(repr=False)
    calls: "CallDesk" = field(repr=False)
    fetcher: Fetcher = field(repr=False)
    """For URLs of others; the only way out."""
    sources: "Sources" = field(repr=False)
    intents: Models = field(default_factory=Models, repr=False)
    trials: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1), repr=False)
    """One comparison of policies at a time: each takes a core."""
    loader: Loader = field(default_factory=Loader, repr=False)


def parts_of(connection: HTTPConnection) -> Parts:
    """The parts of the application that serves this connection."""
    return cast("Parts", connection.app.state.parts)
