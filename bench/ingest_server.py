"""Our door in a process of its own, for `bench.ingest`: the real callable, codec, quotas and metrics; accounts from a file."""

import argparse
import asyncio
import gc
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import uvloop
from starlette.applications import Starlette

from backbone.bus.kafka import KafkaBus
from backbone.bus.port import Bus, Message, TopicSpec
from backbone.bus.postgres import PostgresBus
from backbone.channel.port import Account
from backbone.channel.registry import channel
from backbone.clock import SystemClock
from backbone.storage.blobs import FolderBlobs
from backbone.telemetry.logs import configure_logging
from backbone.telemetry.metrics import Metrics
from backbone.web.serve import http_server
from gateway.accounts import AccountDirectory, Served
from gateway.deadletters import DeadLetters
from gateway.inbound.app import IngressApp
from gateway.inbound.deadlines import Deadlines
from gateway.inbound.intake import Intake
from gateway.inbound.lag import LoopLag
from gateway.inbound.publisher import Publisher
from gateway.inbound.quotas import QuotaLimits, Quotas
from schemas.topics import INBOUND

NO_LIMITS = QuotaLimits(
    tenant_rate=1e9,
    tenant_burst=1e9,
    account_rate=1e9,
    account_burst=1e9,
    account_in_flight=2000,
    tenant_in_flight=2000,
)


class NoBus:
    """Takes everything at once and keeps nothing: what the server costs without a bus."""

    async def publish(self, _message: Message) -> None:
        return

    async def publish_many(self, _messages: Sequence[Message]) -> None:
        return


class NoLetters:
    async def keep(self, letter: object) -> None:
        raise AssertionError(f"a benchmark request was not understood: {letter}")


class FileDirectory:
    """Accounts from a file, in the shape the door asks for."""

    def __init__(self, described: Sequence[dict[str, Any]]) -> None:
        self._by_id = {one["id"]: _served(one) for one in described}
        self._by_address = {
            (served.account.tenant_id, served.account.channel, served.account.external_id): served
            for served in self._by_id.values()
        }

    def by_id(self, account_id: str) -> Served | None:
        return self._by_id.get(account_id)

    def by_address(self, tenant_id: str, name: str, external_id: str) -> Served | None:
        return self._by_address.get((tenant_id, name, external_id))


def _served(described: dict[str, Any]) -> Served:
    found = channel(described["channel"])
    settings = found.codec.settings_type.model_validate(described["settings"])
    account = Account(
        described["id"],
        described["tenant_id"],
        described["channel"],
        described["external_id"],
        settings,
        described["url"],
    )
    return Served(account, found, "active", 1)


def make_bus(kind: str, address: str) -> Any:
    if kind == "kafka":
        return KafkaBus(address, clock=SystemClock(), client_id="bench-ours")
    if kind == "postgres":
        return PostgresBus(address, clock=SystemClock(), member="bench-ours")
    return NoBus()


async def serve(arguments: argparse.Namespace) -> None:
    clock, metrics = SystemClock(), Metrics()
    bus = make_bus(arguments.bus, arguments.address)
    if not isinstance(bus, NoBus):
        await bus.start()
        await bus.ensure_topics([TopicSpec(INBOUND, partitions=12)])
    directory = cast("AccountDirectory", FileDirectory(json.loads(Path(arguments.accounts).read_text())))
    blobs = FolderBlobs(Path(arguments.accounts).parent / "blobs")
    deadlines = Deadlines(clock)
    publisher = Publisher(cast("Bus", bus), blobs, clock, deadlines)
    intake = Intake(directory, publisher, cast("DeadLetters", NoLetters()), blobs, clock, metrics)
    lag = LoopLag(clock)
    quotas = Quotas(clock, QuotaLimits(), lag=lag) if arguments.quotas else Quotas(clock, NO_LIMITS)
    app = IngressApp(directory, intake, quotas, deadlines, clock, metrics, fallback=Starlette())
    server = http_server(
        app, host="127.0.0.1", port=arguments.port, loop="uvloop", http="httptools", lifespan="off", access_log=False,
        backlog=2048,
    )  # fmt: skip
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    keeping = [asyncio.create_task(job()) for job in (deadlines.run, lag.run)]
    await server.run_until_stopped()
    for task in keeping:
        task.cancel()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--bus", choices=("kafka", "postgres", "none"), required=True)
    parser.add_argument("--address", default="")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--accounts", required=True)
    parser.add_argument("--quotas", action="store_true")
    configure_logging("WARNING")
    uvloop.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
