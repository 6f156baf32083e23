"""The frame of every process: settings become parts, parts become tasks and one ASGI application, all under supervision."""

import gc
import os
import secrets
import threading
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any

import uvloop
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from backbone.bus.port import Bus, TopicSpec
from backbone.bus.prefixed import PrefixedBus
from backbone.clock import Clock, SystemClock
from backbone.drain import Hold
from backbone.errors import ConfigurationInvalid, Retriable
from backbone.observe import draining, log_limit, observe, serve_operations
from backbone.settings import Settings
from backbone.storage.blobs import BlobStore, FolderBlobs
from backbone.storage.crypto import MasterKey
from backbone.storage.database import Database, Role
from backbone.storage.migrate import check
from backbone.supervise import Restart, Supervisor
from backbone.telemetry.bus import publish_report
from backbone.telemetry.logs import configure_logging, get_logger
from backbone.telemetry.metrics import Metric, Metrics
from backbone.telemetry.tracing import configure_tracing, shut_down_tracing
from backbone.web.health import CheckResult, Health, Watchdog, health_routes, metrics_route
from backbone.web.serve import http_server
from backbone.web.websocket import socket_options
from schemas import topics

Setup = Callable[["Process", ASGIApp], Awaitable[ASGIApp]]
"""Adds a part's tasks to the process and answers its application in front of `fallback` (which takes what isn't its own)."""

_OWN_PATHS = frozenset({"/livez", "/readyz", "/startupz", "/metrics"})
_STALL = timedelta(seconds=60)
_ASK_AGAIN = timedelta(seconds=2)


class Process:
    """What the parts of one process share. `holder` names this very run: a restarted process is another holder."""

    def __init__(self, settings: Settings, name: str) -> None:
        self.settings = settings
        self.name = name
        self.clock: Clock = SystemClock()
        self.metrics = Metrics(with_process=True)
        self.health = Health(self.clock, metrics=self.metrics)
        self.supervisor = Supervisor(
            self.clock, on_restart=lambda task: self.metrics.inc(Metric.PROCESS_TASK_RESTARTS, task)
        )
        self.master = MasterKey(settings.master_key.get_secret_value())
        self._drains: list[Callable[[], Awaitable[None]]] = []
        self._ends: list[Callable[[], Awaitable[None]]] = []
        self.blobs = make_blobs(settings, self.clock, self._ends.append)
        self.holder = f"{settings.member}/{name}/{os.getpid()}-{secrets.token_hex(4)}"
        self.bus: Bus = make_bus(settings, self.clock, f"{settings.member}-{name}", self.metrics)
        self._databases: dict[Role, Database] = {}
        self._log = get_logger("process")
        for index, state in enumerate(("in_use", "idle")):
            self.metrics.gauge(Metric.PROCESS_DB_CONNECTIONS, state).set_function(
                lambda index=index: sum(database.connections()[index] for database in self._databases.values())  # type: ignore[misc]
            )

    async def database(self, role: Role, *, most: int = 10) -> Database:
        """The process's pool for a role, opened on first use and closed at the end."""
        if role not in self._databases:
            database = Database(
                self.settings.database_url.get_secret_value(), role=role, name=f"frontdesk-{self.name}", most=most
            )
            await database.start()
            self._databases[role] = database
            self.health.add_check(f"database_{role.removeprefix('frontdesk_')}", lambda: _ping(database))
        return self._databases[role]

    def add(self, name: str, job: Callable[[], Any], *, restart: Restart | None = None) -> None:
        """A background task: its death ends the process unless `restart` says otherwise."""
        self.supervisor.add(name, job, restart=restart)

    def watch(self, name: str, progress: Callable[[], int], span: timedelta = _STALL) -> None:
        """Ends the process when `progress` stands still for `span`: alive is not the same as working."""
        watchdog = Watchdog(
            name, self.clock, span=span, progress=progress, on_stall=self.supervisor.fail, metrics=self.metrics
        )
        self.health.add_watchdog(watchdog)
        self.add(f"watchdog {name}", watchdog.run)

    def make_topics(self, channels: Sequence[str]) -> None:
        """Adds the task that makes the topics as soon as the bus can be asked; with it away everything else works on.

        A topic with too few replicas ends the process.
        """
        specs = topic_specs(self.settings, channels)

        async def make() -> None:
            while True:
                try:
                    await self.bus.ensure_topics(specs)
                except Retriable as error:
                    self._log.warning("topics_not_made_yet", code=error.code)
                    await self.clock.sleep(_ASK_AGAIN)
                else:
                    return

        self.supervisor.add("topics", make, may_finish=True)

    def on_drain(self, hook: Callable[[], Awaitable[None]]) -> None:
        """Called when the process is told to stop, before its server is: to send live connections elsewhere in peace."""
        self._drains.append(hook)

    def at_end(self, end: Callable[[], Awaitable[None]]) -> None:
        """Called last of all, to close what a part has opened."""
        self._ends.append(end)

    async def drain(self) -> None:
        for hook in self._drains:
            await hook()

    async def close(self) -> None:
        for database in self._databases.values():
            await database.stop()
        await self.bus.stop()
        for end in self._ends:
            await end()


async def _ping(database: Database) -> CheckResult:
    await database.ping()
    return CheckResult(ok=True)


def make_blobs(
    settings: Settings, clock: Clock, at_end: Callable[[Callable[[], Awaitable[None]]], object]
) -> BlobStore:
    """The configured blob store; `at_end` is given what closes its connections. Raises `ConfigurationInvalid`."""
    if settings.blob_store == "folder":
        return FolderBlobs(settings.blob_dir)
    from backbone.storage.s3 import S3Blobs, S3Place, s3_fetcher

    needed = ("s3_endpoint", "s3_bucket", "s3_access_key", "s3_secret_key")
    missing = [f"FRONTDESK_{name.upper()}" for name in needed if not getattr(settings, name)]
    if missing:
        raise ConfigurationInvalid(f"FRONTDESK_BLOB_STORE is s3, so these are needed: {', '.join(missing)}")
    place = S3Place(
        settings.s3_endpoint, settings.s3_bucket, settings.s3_region, settings.s3_access_key, settings.s3_secret_key
    )
    fetcher = s3_fetcher(place)
    at_end(fetcher.stop)
    return S3Blobs(place, fetcher, clock)


def make_bus(settings: Settings, clock: Clock, member: str, metrics: Metrics | None = None) -> Bus:
    """The configured adapter; each is imported only where it is used."""
    report = publish_report(metrics or Metrics())
    if settings.bus == "kafka":
        from backbone.bus.kafka import KafkaBus

        if not settings.kafka_bootstrap:
            raise ConfigurationInvalid("FRONTDESK_BUS is kafka, so FRONTDESK_KAFKA_BOOTSTRAP must name its brokers")
        bus = KafkaBus(settings.kafka_bootstrap, clock=clock, client_id=member, report=report)
        return PrefixedBus(bus, settings.kafka_prefix) if settings.kafka_prefix else bus
    from backbone.bus.postgres import PostgresBus

    return PostgresBus(settings.database_url.get_secret_value(), clock=clock, member=member, report=report)


def topic_specs(settings: Settings, channels: Sequence[str]) -> list[TopicSpec]:
    """Every topic of the product. In production fewer than 3 replicas or 2 in sync are refused (design §4)."""
    replication, in_sync = (
        (settings.kafka_replication, settings.kafka_min_in_sync) if settings.bus == "kafka" else (1, 1)
    )
    if settings.bus == "kafka" and settings.environment == "production" and (replication < 3 or in_sync < 2):
        raise ConfigurationInvalid("in production the bus needs at least 3 replicas and 2 in sync")
    names = [topics.INBOUND, topics.EVENTS, topics.MEDIA_WANTED, *(topics.outbound(channel) for channel in channels)]
    return [
        TopicSpec(
            name,
            partitions=settings.partitions if name == topics.INBOUND else min(settings.partitions, 3),
            replication=replication,
            min_in_sync=in_sync,
        )
        for name in names
    ]


async def _serve(process: Process, setups: Sequence[Setup]) -> int:
    settings = process.settings
    await check(settings.database_url.get_secret_value())
    await process.bus.start()
    process.health.add_check("bus", lambda: _bus_health(process.bus))
    observe(process.name, metrics=process.metrics, supervisor=process.supervisor, clock=process.clock)
    serve_operations(
        process.health, process.metrics, process.supervisor, host=settings.host, port=settings.metrics_port
    )
    app: ASGIApp = Starlette()
    for setup in reversed(setups):
        app = await setup(process, app)
    server = http_server(
        _Root(process, app), host=settings.host, port=settings.port, loop="uvloop", http="httptools",
        lifespan="off", access_log=False, backlog=2048, **socket_options(),
    )  # fmt: skip

    async def drain_and_stop() -> None:
        await process.drain()
        await server.stop()

    process.supervisor.add(
        "http",
        server.run_until_stopped,
        on_stop=draining(process.health, drain_and_stop),
        stop_within=timedelta(seconds=25),
    )
    process.health.started()
    # What start-up made lives for ever: the collector need not look at it again (p99 of requests falls to a third).
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    hold = Hold(process.supervisor)
    hold.listen()
    code = await process.supervisor.run()
    await process.close()
    if hold.asked and not code:
        await hold.stay(process.health, process.metrics, settings)
    return code


async def _bus_health(bus: Bus) -> CheckResult:
    found = await bus.health()
    return CheckResult(found.ok, found.detail)


class _Root:
    """Answers the probes itself, whatever the parts do, and hands everything else on."""

    def __init__(self, process: Process, app: ASGIApp) -> None:
        scraped_here = [] if process.settings.metrics_port else [metrics_route(process.metrics)]
        self._probes = Starlette(routes=[*health_routes(process.health), *scraped_here])
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] in _OWN_PATHS:
            await self._probes(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def run_process(settings: Settings, name: str, setups: Sequence[Setup]) -> int:
    """Runs until SIGTERM, SIGINT or the death of a part; answers the exit code."""
    process = Process(settings, name)
    configure_logging(settings.log_level, settings.log_json, limit=log_limit(process.metrics))  # type: ignore[arg-type]
    configure_tracing(name, os.environ, endpoint=settings.otlp_endpoint)
    log = get_logger("process").bind(process=name)
    log.info("starting", port=settings.port, bus=settings.bus, threads=threading.active_count())
    try:
        return uvloop.run(_serve(process, setups))
    finally:
        shut_down_tracing()
        log.info("stopped")
