"""The workloads that figures are measured with; `bench/workloads.md` is their page."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Workload:
    """What the installation holds and what customers do. `agents` and `customers` are those of each tenant.

    `new`: share of messages that open a conversation; `doubled`: share of webhooks that the provider sends twice;
    `hot`: the first tenant writes so many times as much as each of the others; `full`: agents have no room left, so that
    every conversation waits in the queue.
    """

    name: str
    tenants: int
    agents: int
    customers: int
    body_bytes: int = 1024
    new: float = 0.02
    doubled: float = 0.01
    hot: float = 1.0
    full: bool = False
    rate: float = 200.0

    @property
    def capacity(self) -> int:
        """Units of each agent: room for what is open and for as much again."""
        return 0 if self.full else min(1000, 2 * self.customers // self.agents + 20)


_ALL = (
    Workload("steady", tenants=10, agents=10, customers=100),
    Workload("peak", tenants=20, agents=20, customers=100, rate=5000.0),
    Workload("hot tenant", tenants=10, agents=10, customers=100, hot=20.0),
    Workload("10x conversations", tenants=10, agents=10, customers=1000),
    Workload("10x agents", tenants=10, agents=100, customers=100),
    Workload("10x tenants", tenants=100, agents=10, customers=100),
    Workload("all waiting", tenants=10, agents=10, customers=100, full=True),
)
WORKLOADS = {workload.name: workload for workload in _ALL}
