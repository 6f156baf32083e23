"""When poison is contained and when it isn't: limits for each account, and for the whole consumer."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum


@dataclass(frozen=True, slots=True)
class PoisonLimits:
    """An account with `for_account` poisoned records within `window` is quarantined; `accounts` of them stop the consumer."""

    for_account: int = 50
    accounts: int = 3
    window: timedelta = timedelta(minutes=10)


class Verdict(Enum):
    BURY = "bury"
    QUARANTINE = "quarantine"
    STOP = "stop"


class PoisonCounter:
    """Counts poison by account; an account is the part of the bus key before the slash. Bounded by its window."""

    def __init__(self, limits: PoisonLimits) -> None:
        self._limits = limits
        self._seen: dict[str, deque[datetime]] = {}
        self._quarantined: set[str] = set()

    def count(self, account: str, now: datetime) -> Verdict:
        times = self._seen.setdefault(account, deque(maxlen=self._limits.for_account))
        times.append(now)
        while times and times[0] < now - self._limits.window:
            times.popleft()
        if len(times) < self._limits.for_account:
            return Verdict.BURY
        self._quarantined.add(account)
        return Verdict.STOP if len(self._quarantined) >= self._limits.accounts else Verdict.QUARANTINE

    def is_quarantined(self, account: str) -> bool:
        """Whether this account's records go straight to the dead letters, in order, until the process restarts."""
        return account in self._quarantined

    @property
    def quarantined(self) -> frozenset[str]:
        return frozenset(self._quarantined)


def account_of(key: bytes) -> str:
    return key.partition(b"/")[0].decode("utf-8", "replace")
