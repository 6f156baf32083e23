"""`make chaos`: customers write while gateway, routers, brokers and database are killed; prints what was lost, doubled or moved.

Three brokers with two in sync, a PostgreSQL with fsync, one gateway with a spool and two routers, all real. The same
seed gives the same faults in the same order; their moments depend on the machine. Exits with 1 on any violation, and on
any fault that isn't proven.
"""

import argparse
import asyncio
import logging
import platform
import random
import shutil
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path

from backbone.storage.embedded import EmbeddedPostgres
from backbone.storage.migrate import migrate
from bench.chaos_faults import KINDS, ROUTERS, Fault, Kind, System, Unproven, inject, plan
from tests.support.desk import rows
from tests.support.jars import KAFKA
from tests.support.kafka import KafkaCluster, warm_up
from tests.support.load import account_of
from tests.support.ports import free_ports
from tests.support.servers import POSTGRES_SETTINGS, end_processes_in, session_folder
from tests.support.stack import Stack
from tests.support.traffic import FULL_SPEED, Traffic
from tests.support.verdict import Verdict, judge, until_routed, watch_positions

CHANNEL = "whatsapp"
BROKERS = 3
# Enough that every partition gets a message within a second while the faults use up their time.
LEAST_RATE = 60.0
EXPECTED_FAULT = timedelta(seconds=10)


@dataclass
class Run:
    """What one run was asked for and what came of it."""

    messages: int
    conversations: int
    planned: list[Kind]
    seed: int
    faults: list[Fault] = field(default_factory=list)
    verdict: Verdict | None = None
    problem: str = ""
    seconds: float = 0.0

    @property
    def clean(self) -> bool:
        return (
            not self.problem
            and len(self.faults) == len(self.planned)
            and self.verdict is not None
            and self.verdict.clean
            and self.verdict.acked >= self.messages
        )


def build(folder: Path, run: Run) -> System:
    """Starts everything; what runs is in `folder`, so that it can be ended by it."""
    kafka = KafkaCluster(BROKERS, parent=folder)
    kafka.start()
    asyncio.run(warm_up(kafka.bootstrap))
    postgres = EmbeddedPostgres(folder / "postgres", free_ports(1)[0], settings=POSTGRES_SETTINGS)
    postgres.start()
    asyncio.run(migrate(postgres.url()))
    asyncio.run(watch_positions(postgres.url()))
    stack = Stack(
        folder,
        postgres.url(),
        kafka=kafka.bootstrap,
        KAFKA_REPLICATION=str(BROKERS),
        KAFKA_MIN_IN_SYNC=str(BROKERS - 1),
    )
    stack.seed()
    account = account_of(CHANNEL, stack.account(CHANNEL), stack.demo["tenant_id"])
    traffic = Traffic(CHANNEL, account, conversations=run.conversations, seed=run.seed)
    for name in ("gateway", *ROUTERS):
        stack.start(name)
    return System(stack, kafka, postgres, traffic)


async def drive(system: System, run: Run) -> None:
    """Load until both the messages and the faults are through, then the verdict."""
    began = time.monotonic()
    through = asyncio.Event()

    async def faults() -> None:
        chooser = random.Random(run.seed)
        try:
            await _warmed_up(system)
            for number, kind in enumerate(run.planned):
                fault = await inject(system, kind, chooser)
                run.faults.append(fault)
                refused = f", {fault.refusals} writes refused" if fault.refusals else ""
                say(
                    f"{number + 1:>4}/{len(run.planned)} {kind:<9} {fault.detail}: works again after "
                    f"{fault.recovery:.1f} s{refused} ({system.traffic.acked} acked)"
                )
                _pace(system.traffic, run, time.monotonic() - began)
        except (Unproven, AssertionError, RuntimeError) as error:
            run.problem = str(error) or repr(error)
        finally:
            through.set()

    def done() -> bool:
        return through.is_set() and (bool(run.problem) or system.traffic.acked >= run.messages)

    injecting = asyncio.create_task(faults())
    _pace(system.traffic, run, 0.0)
    await system.traffic.run(done)
    await injecting
    orchestrating = asyncio.create_task(_orchestrate(system))
    try:
        await until_routed(system.stack.database_url, system.traffic.acked)
    except AssertionError as error:
        run.problem = run.problem or str(error)
    finally:
        orchestrating.cancel()
    run.verdict = await judge(
        system.stack.database_url, system.stack.account(CHANNEL)["account_id"], system.traffic.ledger
    )
    run.seconds = time.monotonic() - began


async def _orchestrate(system: System) -> None:
    while True:
        await asyncio.to_thread(system.start_what_ended)
        await asyncio.sleep(0.5)


async def _warmed_up(system: System) -> None:
    """Every partition has been read from before the first fault: what never worked can't be said to work again."""
    while len(await rows(system.stack.database_url, "SELECT 1 FROM consumer_positions WHERE next_offset > 0")) < 12:
        await asyncio.sleep(0.1)


def _pace(traffic: Traffic, run: Run, elapsed: float) -> None:
    """Spreads what is left to write over the faults that are left, by how long they took so far."""
    left = len(run.planned) - len(run.faults)
    if left == 0:
        traffic.rate = FULL_SPEED
        return
    each = elapsed / len(run.faults) if run.faults else EXPECTED_FAULT.total_seconds()
    traffic.rate = max(LEAST_RATE, (run.messages - traffic.acked) / (left * each))


def report(system: System, run: Run, postgres_version: str) -> None:
    """The table. Doesn't decide anything."""
    traffic, verdict = system.traffic, run.verdict
    say(f"\nseed {run.seed}, {run.messages} messages, {run.conversations} conversations, {run.seconds:.0f} s")
    say(
        f"Frontdesk {version('frontdesk')}, Python {platform.python_version()}, Kafka {KAFKA.rsplit(':', 1)[1]} "
        f"({BROKERS} brokers, {BROKERS - 1} in sync), PostgreSQL {postgres_version}, aiokafka {version('aiokafka')}, "
        f"asyncpg {version('asyncpg')}"
    )
    say(f"\n{'fault':<10}{'planned':>9}{'proven':>9}{'recovery p50':>15}{'max':>9}")
    for kind in (*sorted(set(run.planned)), "all"):
        proven = [fault.recovery for fault in run.faults if kind in {"all", fault.kind}]
        planned = sum(kind in {"all", one} for one in run.planned)
        times = f"{statistics.median(proven):>13.1f} s{max(proven):>7.1f} s" if proven else f"{'-':>15}{'-':>9}"
        say(f"{kind:<10}{planned:>9}{len(proven):>9}{times}")
    say(f"\nwrites of woken routers refused: {sum(fault.refusals for fault in run.faults)}")
    say(f"ended by themselves: {', '.join(system.ended) or 'none'}")
    if verdict is not None:
        say(
            f"provider: {traffic.ledger.tries} requests, {traffic.ledger.refused} refused, "
            f"{traffic.ledger.unreachable} without an answer, {traffic.acked / run.seconds:.0f} acked/s\n\n"
            f"acked {verdict.acked}, stored {verdict.stored}, lost {verdict.lost}, doubled {verdict.doubled}, "
            f"out of order {verdict.out_of_order} (as shown {verdict.shown_out_of_order}), conversations "
            f"{verdict.conversations} (opened twice {verdict.open_twice}), stream gaps {verdict.stream_gaps}, "
            f"dead letters {verdict.dead_letters}, positions moved back {verdict.moved_back}"
        )
    say(f"\n{'CLEAN' if run.clean else 'VIOLATED'}{': ' + run.problem if run.problem else ''}")


def _kept_logs(folder: Path) -> Path:
    """Copies: the folder itself goes with this process."""
    kept = Path(tempfile.mkdtemp(prefix="chaos-"))
    for log in folder.rglob("*.log"):
        shutil.copy(log, kept / "-".join(log.relative_to(folder).parts))
    return kept


def say(line: str) -> None:
    print(line, flush=True)


async def _postgres_version(url: str) -> str:
    (row,) = await rows(url, "SHOW server_version")
    return str(row["server_version"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--conversations", type=int, default=5_000)
    parser.add_argument("--kills", type=int, default=50, help="kill -9; every tenth is joined by a freeze")
    parser.add_argument("--only", nargs="+", choices=KINDS, default=(), help="faults of these kinds only")
    parser.add_argument("--seed", type=int, default=None, help="default: another one each time")
    options = parser.parse_args()
    # Our own look-ups meet dead brokers too, which is what this is about.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(10_000)
    run = Run(options.messages, options.conversations, plan(options.kills, seed, options.only), seed)
    folder = session_folder()
    system: System | None = None
    try:
        system = build(folder, run)
        asyncio.run(drive(system, run))
        report(system, run, asyncio.run(_postgres_version(system.stack.database_url)))
    finally:
        if system is not None:
            system.stack.stop()
            system.postgres.stop()
            system.kafka.stop()
        end_processes_in(folder)
        if not run.clean:
            say(f"logs are kept in {_kept_logs(folder)}")
        shutil.rmtree(folder, ignore_errors=True)
    return 0 if run.clean else 1


if __name__ == "__main__":
    sys.exit(main())
