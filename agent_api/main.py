"""The composition root of the API: parts from settings, jobs to run, and one ASGI application."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from agent_api.app import create_app
from agent_api.calls.config import CallConfig, IceConfig, RoomConfig
from agent_api.calls.live import SIGNALS, STARTS, CallDesk
from agent_api.context.sources import Sources
from agent_api.customer.accounts import CustomerAccounts
from agent_api.live.hub import Hub
from agent_api.live.presence import Presence
from agent_api.live.session import FRAMES_BURST
from agent_api.parts import ApiConfig, Parts
from agent_api.search.indexer import SearchIndexer
from backbone.bus.port import Bus
from backbone.clock import Clock
from backbone.errors import ConfigurationInvalid
from backbone.process import Process
from backbone.settings import Settings
from backbone.storage.blobs import BlobStore
from backbone.storage.crypto import MasterKey
from backbone.storage.database import Database
from backbone.supervise import Restart
from backbone.telemetry.metrics import Metrics
from backbone.web.addresses import Guard
from backbone.web.auth import Authenticator
from backbone.web.fetcher import Fetcher
from backbone.web.limits import TokenBuckets
from backbone.web.passwords import Passwords
from router.legs import LegKeeper

DRAIN_OVER = timedelta(seconds=8)
OWN_PATHS = ("/v1/", "/docs/", "/chat", "/console", "/help/", "/login/", "/static/")


@dataclass(frozen=True, slots=True)
class AgentApi:
    """The application, the background jobs it needs, and what a watchdog compares."""

    app: ASGIApp
    parts: Parts
    jobs: Mapping[str, Callable[[], Coroutine[Any, Any, None]]]
    progress: Mapping[str, Callable[[], int]]

    async def drain(self) -> None:
        """Before the server stops: sockets are asked to come back elsewhere, spread over some seconds."""
        await self.parts.hub.drain(DRAIN_OVER)


def config_from(settings: Settings) -> ApiConfig:
    origins = (origin.strip().rstrip("/") for origin in settings.allowed_origins.split(","))
    return ApiConfig(
        public_url=settings.public_url.rstrip("/"),
        origins=frozenset(origin for origin in origins if origin),
        environment=settings.environment,
        away_after=settings.away_after,
        calls=_calls_from(settings),
    )


def _calls_from(settings: Settings) -> CallConfig:
    secret = settings.livekit_api_secret
    room = RoomConfig(settings.livekit_url, settings.livekit_api_key, secret) if settings.livekit_url else None
    if room is not None and not (room.api_key and secret.get_secret_value()):
        raise ConfigurationInvalid(
            "FRONTDESK_LIVEKIT_URL needs FRONTDESK_LIVEKIT_API_KEY and FRONTDESK_LIVEKIT_API_SECRET"
        )
    stun, turn = _urls(settings.stun_urls), _urls(settings.turn_urls)
    ice = IceConfig(stun, turn, settings.turn_secret, settings.turn_lifetime)
    return CallConfig(settings.call_rings, ice, room)


def _urls(text: str) -> tuple[str, ...]:
    return tuple(url.strip() for url in text.split(",") if url.strip())


def _call_desk(database: Database, clock: Clock, config: CallConfig) -> CallDesk:
    signals = TokenBuckets(SIGNALS, timedelta(seconds=10), clock, name="signals")
    starts = TokenBuckets(STARTS, timedelta(minutes=1), clock, name="calls")
    return CallDesk(database, clock, config, signals=signals, starts=starts)


def build(
    config: ApiConfig,
    *,
    database: Database,
    bus: Bus,
    clock: Clock,
    metrics: Metrics,
    master: MasterKey,
    blobs: BlobStore,
    holder: str,
    fetcher: Fetcher,
) -> AgentApi:
    """Wires one API. `database` acts as `frontdesk_api`; `holder` names this very process; who gives the fetcher stops it."""
    hub = Hub(database, bus, clock, metrics)
    presence = Presence(database, clock, holder, config.away_after)
    indexer = SearchIndexer(database, clock)
    legs = LegKeeper(database, clock, metrics)
    minute = timedelta(minutes=1)
    calls = _call_desk(database, clock, config.calls)
    parts = Parts(
        config=config,
        database=database,
        bus=bus,
        clock=clock,
        metrics=metrics,
        master=master,
        blobs=blobs,
        authenticator=Authenticator(database, clock),
        passwords=Passwords(),
        quota=TokenBuckets(config.quota, config.quota_window, clock),
        attempts=TokenBuckets(config.wrong_keys, timedelta(seconds=20), clock, name="attempts"),
        visitors=TokenBuckets(60, minute, clock, name="visitors"),
        readers=TokenBuckets(240, minute, clock, name="readers"),
        talk=TokenBuckets(FRAMES_BURST, timedelta(seconds=4), clock, name="frames"),
        typing=TokenBuckets(1, timedelta(seconds=3), clock, name="typing"),
        hub=hub,
        presence=presence,
        customer_accounts=CustomerAccounts(database, master, clock),
        calls=calls,
        fetcher=fetcher,
        sources=Sources(database, master, fetcher, clock),
    )
    return AgentApi(
        create_app(parts),
        parts,
        jobs={
            **hub.jobs,
            "presence": presence.run,
            "search index": indexer.run,
            "call signals": calls.relay.run,
            "legs": legs.run,
        },
        progress={
            "live look": lambda: hub.looks,
            "presence": lambda: presence.rounds,
            "search index": lambda: indexer.rounds,
            "legs": lambda: legs.rounds,
        },
    )


async def setup(process: Process, fallback: ASGIApp) -> ASGIApp:
    """The API as a part of a process, in front of `fallback`."""
    fetcher = Fetcher(Guard(process.settings.outbound_allow))
    process.at_end(fetcher.stop)
    api = build(
        config_from(process.settings),
        database=await process.database("frontdesk_api", most=16),
        bus=process.bus,
        clock=process.clock,
        metrics=process.metrics,
        master=process.master,
        blobs=process.blobs,
        holder=process.holder,
        fetcher=fetcher,
    )
    for name, job in api.jobs.items():
        process.add(name, job, restart=Restart())
    for name, progress in api.progress.items():
        process.watch(name, progress)
    process.on_drain(api.drain)
    return ByPath(api.app, fallback)


class ByPath:
    """Hands paths of the API to it, and everything else on."""

    def __init__(self, api: ASGIApp, fallback: ASGIApp) -> None:
        self._api = api
        self._fallback = fallback

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        own = scope["type"] in {"http", "websocket"} and scope["path"].startswith(OWN_PATHS)
        await (self._api if own else self._fallback)(scope, receive, send)
