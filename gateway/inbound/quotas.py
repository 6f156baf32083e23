"""Who is let in while others wait: rates and requests at work for each tenant and account, and fair shares near the limit."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from backbone.clock import Clock

Scope = Literal["process", "tenant", "account"]
Limit = Literal["rate", "in_flight", "share", "lag"]

ACTIVE_FOR = 2.0
"""Seconds without a request after which a tenant no longer counts for the shares."""
WEIGHED_EVERY = 0.1
HALF_LIFE = 1.0
HEADROOM = 1.5
"""Under pressure a tenant may take so many times its share of what was let in lately: without it, two tenants of
unlike size would be pressed to the size of the smaller."""


@dataclass(frozen=True, slots=True)
class QuotaLimits:
    """Rates are requests a second with a burst, `in_flight` requests at work at once, `body_bytes` those of their bodies.

    `near` is the part of the process's limits beyond which shares count; they also count from a lag of `strained` seconds
    on, and from `overwhelmed` on nobody is let in: providers give up after 3 s (Slack, Discord) and would send again. The defaults leave room for a busy number
    (WhatsApp: 80 messages/s by default, each with up to three receipts) and keep a burst of one account to some 30 ms of
    work, which is what everybody else then waits.
    """

    in_flight: int = 2000
    body_bytes: int = 64 * 1024 * 1024
    near: float = 0.5
    strained: float = 0.025
    overwhelmed: float = 1.0
    tenant_in_flight: int = 256
    tenant_rate: float = 2000.0
    tenant_burst: float = 1000.0
    account_in_flight: int = 128
    account_rate: float = 1000.0
    account_burst: float = 500.0
    tenants: int = 10_000
    accounts: int = 50_000


@dataclass(frozen=True, slots=True)
class Refusal:
    scope: Scope
    limit: Limit


@dataclass(slots=True)
class _Usage:
    """`full_at` is a token bucket as one number (GCRA, ITU-T I.371): when it will be full again."""

    full_at: float = 0.0
    in_flight: int = 0
    seen_at: float = 0.0
    lately: float = 0.0


class Quotas:
    """Asked before a body is read, so that a refusal costs little. Single-threaded; no IO.

    Each `admit` that answers None must be followed by one `release`. Memory is bounded: the tenants and accounts longest
    unused are forgotten, whose buckets are full again by then.
    """

    def __init__(
        self,
        clock: Clock,
        limits: QuotaLimits | None = None,
        *,
        weight: Callable[[str], float] = lambda _tenant: 1.0,
        lag: Callable[[], float] = lambda: 0.0,
    ) -> None:
        """`weight` is a tenant's part of the shares; `lag` says how late the process is, in seconds."""
        self._clock = clock
        self._limits = limits or QuotaLimits()
        self._weight = weight
        self._lag = lag
        self._tenants: OrderedDict[str, _Usage] = OrderedDict()
        self._accounts: OrderedDict[str, _Usage] = OrderedDict()
        self._in_flight = 0
        self._bytes = 0
        self._lately = 0.0
        self._lately_at = clock.monotonic()
        self._weighed_at = float("-inf")
        self._weights = 1.0

    @property
    def in_flight(self) -> int:
        return self._in_flight

    @property
    def body_bytes(self) -> int:
        return self._bytes

    def admit(self, tenant_id: str, account_id: str) -> Refusal | None:
        """Lets a request in, or says which limit keeps it out (then nothing was counted)."""
        limits = self._limits
        if self._in_flight >= limits.in_flight:
            return Refusal("process", "in_flight")
        lag = self._lag()
        if lag >= limits.overwhelmed:
            return Refusal("process", "lag")
        now = self._clock.monotonic()
        tenant = _touch(self._tenants, tenant_id, limits.tenants)
        account = _touch(self._accounts, account_id, limits.accounts)
        if account.in_flight >= limits.account_in_flight:
            return Refusal("account", "in_flight")
        if tenant.in_flight >= limits.tenant_in_flight:
            return Refusal("tenant", "in_flight")
        account_next = max(account.full_at, now) + 1 / limits.account_rate
        if account_next - now > limits.account_burst / limits.account_rate + 1e-9:
            return Refusal("account", "rate")
        tenant_next = max(tenant.full_at, now) + 1 / limits.tenant_rate
        if tenant_next - now > limits.tenant_burst / limits.tenant_rate + 1e-9:
            return Refusal("tenant", "rate")
        if self._over_share(tenant_id, tenant, now, strained=lag >= limits.strained):
            return Refusal("tenant", "share")
        account.full_at, tenant.full_at = account_next, tenant_next
        self._count(tenant, now)
        account.in_flight += 1
        return None

    def release(self, tenant_id: str, account_id: str) -> None:
        self._in_flight -= 1
        self._tenants[tenant_id].in_flight -= 1
        self._accounts[account_id].in_flight -= 1

    def take_bytes(self, count: int) -> bool:
        """Room for `count` bytes of a body; False if there is none."""
        if self._bytes + count > self._limits.body_bytes:
            return False
        self._bytes += count
        return True

    def give_bytes(self, count: int) -> None:
        self._bytes -= count

    def _count(self, tenant: _Usage, now: float) -> None:
        self._in_flight += 1
        tenant.in_flight += 1
        tenant.lately = tenant.lately * _faded(now - tenant.seen_at) + 1
        tenant.seen_at = now
        self._lately = self._lately * _faded(now - self._lately_at) + 1
        self._lately_at = now

    def _over_share(self, tenant_id: str, tenant: _Usage, now: float, *, strained: bool) -> bool:
        """Near the limits each tenant has its part of the places; a strained process counts what it let in lately."""
        limits = self._limits
        crowded = self._in_flight >= limits.in_flight * limits.near or self._bytes >= limits.body_bytes * limits.near
        if not (crowded or strained):
            return False
        weight = self._weight(tenant_id)
        part = weight / max(self._active_weights(now), weight)
        if crowded:
            return tenant.in_flight >= limits.in_flight * part
        total = self._lately * _faded(now - self._lately_at)
        mine = tenant.lately * _faded(now - tenant.seen_at)
        return mine > max(1.0, HEADROOM * part * total)

    def _active_weights(self, now: float) -> float:
        if now - self._weighed_at >= WEIGHED_EVERY:
            self._weighed_at = now
            self._weights = sum(
                self._weight(tenant_id)
                for tenant_id, usage in self._tenants.items()
                if usage.in_flight or (usage.lately and now - usage.seen_at <= ACTIVE_FOR)
            )
        return self._weights


def _touch(known: "OrderedDict[str, _Usage]", key: str, most: int) -> _Usage:
    usage = known.get(key)
    if usage is not None:
        known.move_to_end(key)
        return usage
    if len(known) >= most:
        # One that is inside must be found again by `release`; there are at most as many as places.
        idle = next((other for other, found in known.items() if not found.in_flight), None)
        if idle is not None:
            del known[idle]
    usage = known[key] = _Usage()
    return usage


def _faded(seconds: float) -> float:
    """What is left of a count after this time."""
    return 0.0 if seconds > 30 * HALF_LIFE else float(0.5 ** (seconds / HALF_LIFE))
