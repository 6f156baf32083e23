"""The other end of `bench/customers.py`: starts the generator, tells it what to do, and reads what came of it."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from bench.support import quantiles
from bench.workloads import Workload
from bench.world import Tenant, World

LANES = 64


@dataclass(frozen=True)
class Outcome:
    """One window; times in seconds. `arrival`: from when a message was due to its frame at the agent, by account's number."""

    seconds: float
    acked: int
    refused: int
    broken: int
    unseen: int
    ack: list[float]
    late: list[float]
    arrival: dict[int, list[float]]
    customers: int

    def arrivals(self, *, but: int | None = None) -> list[float]:
        return [value for account, values in self.arrival.items() if account != but for value in values]

    @property
    def p50_ms(self) -> float:
        return quantiles(self.arrivals())[0] * 1000

    @property
    def p99_ms(self) -> float:
        return quantiles(self.arrivals())[1] * 1000


class Generator:
    """One generator process. Each call blocks until its window is over."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    @property
    def pid(self) -> int:
        return self._process.pid

    def ask(self, **command: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the load generator ended with {self._process.wait(10)}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def run(self, do: str, **command: Any) -> Outcome:
        found = self.ask(do=do, **command)
        found["arrival"] = {int(account): values for account, values in found["arrival"].items()}
        return Outcome(**found)


@contextmanager
def generator(
    workload: Workload, tenants: Sequence[Tenant], port: int, sockets: Sequence[tuple[str, str]] = (), *, seed: int = 1
) -> Iterator[Generator]:
    """Customers of these tenants who write to `port`; `sockets` are (URL, key) of agents who listen, in the tenants' order."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.customers"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    made = Generator(process)
    try:
        made.ask(
            do="start", port=port, accounts=[_described(tenant) for tenant in tenants], body_bytes=workload.body_bytes,
            customers=workload.customers, new=workload.new, doubled=workload.doubled, hot=workload.hot, lanes=LANES,
            sockets=list(sockets), seed=seed,
        )  # fmt: skip
        yield made
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def customers_of(world: World, *, sockets: bool = True, seed: int = 1) -> Iterator[Generator]:
    """The customers of a world, and of each tenant one agent's socket."""
    base = world.stack.base.replace("http://", "ws://")
    listening = [(f"{base}/v1/stream", tenant.token) for tenant in world.tenants] if sockets else []
    with generator(world.workload, world.tenants, world.stack.port, listening, seed=seed) as made:
        yield made


def _described(tenant: Tenant) -> dict[str, Any]:
    account = tenant.account
    return {
        "id": account.id,
        "tenant_id": account.tenant_id,
        "channel": account.channel,
        "external_id": account.external_id,
        "settings": dict(tenant.config),
        "webhook_url": account.webhook_url,
    }
