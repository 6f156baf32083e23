"""The faults of `make chaos`: which are planned, how each is made and proven, and when everything works again."""

import asyncio
import contextlib
import json
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import asyncpg
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from backbone.storage.embedded import EmbeddedPostgres
from schemas.topics import INBOUND
from tests.support.desk import rows
from tests.support.kafka import Broker, KafkaCluster
from tests.support.ports import answers
from tests.support.stack import Stack
from tests.support.traffic import Traffic

Kind = Literal["router", "gateway", "broker", "postgres", "freeze"]
SHARES: tuple[tuple[Kind, int], ...] = (("router", 3), ("gateway", 3), ("broker", 3), ("postgres", 1))
KINDS = get_args(Kind)
KILLS_A_FREEZE = 10
ROUTERS = ("router", "router2")
PATIENCE = 90.0
FENCED_WITHIN = 30.0
LOOK = 0.1
# Everything a query can meet while the database is being killed.
_DOWN = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError)


class Unproven(AssertionError):
    """A fault that may not have happened, or whose end was not seen: the run proves nothing then."""


@dataclass(frozen=True)
class Fault:
    """One that happened. `recovery` counts from its beginning (of a freeze: from its end) until everything worked again."""

    kind: Kind
    detail: str
    recovery: float
    refusals: int = 0


@dataclass
class System:
    """What is under test, and what of it ended although nobody killed it."""

    stack: Stack
    kafka: KafkaCluster
    postgres: EmbeddedPostgres
    traffic: Traffic
    ended: list[str] = field(default_factory=list)

    def start_what_ended(self) -> None:
        """As an orchestrator would."""
        for name in ("gateway", *ROUTERS):
            if not self.stack.alive(name):
                self.ended.append(f"{name} ({_last_words(self.stack.log(name))})")
                self.stack.start(name)


def _last_words(log: str) -> str:
    for line in reversed(log.splitlines()):
        with contextlib.suppress(ValueError):
            said = json.loads(line)
            if said["level"] == "critical" and "task" in said:
                return f"{said['event']}: {said['task']}"
    return "it said nothing"


def plan(kills: int, seed: int, only: Sequence[Kind] = ()) -> list[Kind]:
    """So many kills in fixed shares and a freeze for every ten of them, in an order that the seed decides."""
    shares = [(kind, share) for kind, share in SHARES if kind in (only or KINDS)]
    whole = sum(share for _, share in shares)
    kinds = [kind for kind, share in shares for _ in range(kills * share // whole)]
    chooser = random.Random(seed)
    kinds += [chooser.choice(shares)[0] for _ in range(kills - len(kinds) if shares else 0)]
    if "freeze" in (only or KINDS):
        kinds += ["freeze"] * max(1, kills // KILLS_A_FREEZE)
    chooser.shuffle(kinds)
    return kinds


async def inject(system: System, kind: Kind, chooser: random.Random) -> Fault:
    """Makes one fault under load and waits until everything works again. Raises `Unproven`."""
    await asyncio.to_thread(system.start_what_ended)
    makers: dict[Kind, Callable[[System, random.Random], Awaitable[Fault]]] = {
        "router": _kill_router,
        "gateway": _kill_gateway,
        "broker": _kill_leader,
        "postgres": _kill_postgres,
        "freeze": _freeze_router,
    }
    return await makers[kind](system, chooser)


async def _kill_router(system: System, chooser: random.Random) -> Fault:
    name = chooser.choice(ROUTERS)
    began = time.monotonic()
    pid = await _kill_process(system, name)
    before = await standing(system)
    await asyncio.to_thread(system.stack.start, name)
    return Fault("router", f"{name} pid {pid}", await _recovered(system, before, began))


async def _kill_gateway(system: System, _chooser: random.Random) -> Fault:
    began = time.monotonic()
    pid = await _kill_process(system, "gateway")
    before = await standing(system)
    await asyncio.to_thread(system.stack.start, "gateway")
    return Fault("gateway", f"pid {pid}", await _recovered(system, before, began))


async def _kill_process(system: System, name: str) -> int:
    pid, port = system.stack.pid(name), system.stack.port_of(name)
    await asyncio.to_thread(system.stack.kill, name)
    if answers(port):
        raise Unproven(f"{name} is dead, but its port {port} still answers")
    return pid


async def _kill_leader(system: System, chooser: random.Random) -> Fault:
    """The broker that leads a partition of the inbound topic. It stays away until the others have taken everything over."""
    await _until(lambda: _in_sync(system), "all replicas are in sync")
    partition, broker = chooser.choice(sorted((await _leaders(system)).items()))
    killed = system.kafka.brokers[broker - 1]
    began = time.monotonic()
    await asyncio.to_thread(killed.kill)
    before = await standing(system)
    try:
        await _until(lambda: _led_by_others(system, killed), f"partition {partition} has another leader")
        recovery = await _recovered(system, before, began)
        await asyncio.sleep(chooser.uniform(0, 2))
    finally:
        await asyncio.to_thread(killed.start)
    await asyncio.to_thread(killed.wait)
    await _until(lambda: _in_sync(system), "all replicas are in sync")
    return Fault("broker", f"broker {broker}, leader of partition {partition}", recovery)


async def _kill_postgres(system: System, chooser: random.Random) -> Fault:
    server, pid = system.postgres, system.postgres.pid
    began = time.monotonic()
    await asyncio.to_thread(server.kill)
    if answers(server.port):
        raise Unproven(f"PostgreSQL is dead, but its port {server.port} still answers")
    await asyncio.sleep(chooser.uniform(0, 2))
    await asyncio.to_thread(server.start)
    return Fault("postgres", f"pid {pid}", await _recovered(system, await standing(system), began))


async def _freeze_router(system: System, _chooser: random.Random) -> Fault:
    """The router that leads is stopped until the other has all its partitions; awake again, its writes must be refused."""
    frozen = await _leading(system)
    other = next(name for name in ROUTERS if name != frozen)
    began = time.monotonic()
    await asyncio.to_thread(system.stack.freeze, frozen)
    try:
        before = await standing(system)
        await _until(lambda: _consumes_alone(system, other, before), f"{other} has taken everything over")
        took = time.monotonic() - began
        heard = len(system.stack.log(frozen))
    finally:
        woken = time.monotonic()
        await asyncio.to_thread(system.stack.thaw, frozen)

    def refusals() -> int:
        return system.stack.refusals(frozen, heard)

    await _until(lambda: refusals() > 0, f"a write of {frozen} was refused", within=FENCED_WITHIN)
    recovery = await _recovered(system, await standing(system), woken)
    return Fault("freeze", f"{frozen}, taken over after {took:.1f} s", recovery, refusals())


@dataclass(frozen=True)
class Place:
    owner: int
    """The process id of the router that owns the partition."""
    offset: int


async def standing(system: System) -> dict[int, Place]:
    """Owner and position of each partition, as stored; waits while the database is away."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return await _standing(system)
        except _DOWN as error:
            if time.monotonic() > end:
                raise Unproven("the database does not answer") from error
            await asyncio.sleep(LOOK)


async def _standing(system: System) -> dict[int, Place]:
    found = await rows(
        system.stack.database_url,
        "SELECT partition, owner, coalesce(next_offset, 0) AS offset FROM consumer_positions "
        "WHERE consumer_group = 'router' AND topic = $1",
        INBOUND,
    )
    # The owner is `<member>/<process>/<pid>-<random>`.
    return {row["partition"]: Place(int(row["owner"].rsplit("/", 1)[1].split("-")[0]), row["offset"]) for row in found}


async def _recovered(system: System, before: dict[int, Place], began: float) -> float:
    """Seconds from `began` until every router consumes, every partition moves and the gateway acknowledges what is new."""
    mended = time.monotonic()

    async def works() -> bool:
        await asyncio.to_thread(system.start_what_ended)
        pids = {system.stack.pid(name) for name in ROUTERS}
        now = await standing(system)
        return (
            system.traffic.newest_begun > mended
            and {place.owner for place in now.values()} == pids
            and all(now[partition].offset > place.offset for partition, place in before.items())
        )

    await _until(works, "all routers consume and the gateway acknowledges")
    return time.monotonic() - began


async def _consumes_alone(system: System, name: str, before: dict[int, Place]) -> bool:
    now = await standing(system)
    pid = system.stack.pid(name)
    return all(place.owner == pid and place.offset > before[partition].offset for partition, place in now.items())


async def _leading(system: System) -> str:
    """The router that holds the sequencer's lease."""
    holders: list[str] = []

    async def held() -> bool:
        found = await rows(
            system.stack.database_url,
            "SELECT holder FROM leases WHERE name = 'sequencer/0' AND expires_at > clock_timestamp()",
        )
        pids = {f"/{system.stack.pid(name)}-": name for name in ROUTERS}
        holders[:] = [name for row in found for mark, name in pids.items() if mark in row["holder"]]
        return bool(holders)

    await _until(held, "a router leads")
    return holders[0]


async def _described(system: System) -> list[dict[str, Any]]:
    admin = AIOKafkaAdminClient(bootstrap_servers=system.kafka.bootstrap, request_timeout_ms=5000)
    try:
        await admin.start()
        (topic,) = await admin.describe_topics([system.stack.kafka_prefix + INBOUND])
    finally:
        await admin.close()
    partitions: list[dict[str, Any]] = topic["partitions"]
    return partitions


async def _leaders(system: System) -> dict[int, int]:
    return {row["partition"]: row["leader"] for row in await _described(system)}


async def _led_by_others(system: System, killed: Broker) -> bool:
    try:
        leaders = await _leaders(system)
    except (KafkaError, OSError):
        return False
    return all(leader not in {killed.number, -1} for leader in leaders.values())


async def _in_sync(system: System) -> bool:
    try:
        found = await _described(system)
    except (KafkaError, OSError):
        return False
    return all(len(row["isr"]) == len(system.kafka.brokers) for row in found)


async def _until(holds: Callable[[], bool | Awaitable[bool]], what: str, *, within: float = PATIENCE) -> None:
    end = time.monotonic() + within
    while True:
        answer = holds()
        if answer if isinstance(answer, bool) else await answer:
            return
        if time.monotonic() > end:
            raise Unproven(f"not within {within:.0f} s: {what}")
        await asyncio.sleep(LOOK)
