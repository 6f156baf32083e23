"""Which channels a visitor is shown now, in which order, and what is learnt of it. Pure; chance is handed in.

Only channels are shown on which somebody is there, or a bot. Their order is by how likely it is that this visitor buys or is
helped there, which is learnt from outcomes: by page, topic, cohort and device, each alone and all together. Who is seldom
shown stays in play by Thompson sampling (Thompson 1933; Russo et al., A Tutorial on Thompson Sampling, 2018), and a floor of
exploration shuffles some offers evenly, so that what has changed is noticed. What was seen long ago weighs less.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

HALF_LIFE = timedelta(days=14)
"""After so long an outcome weighs half."""
STRENGTH = 8.0
"""How many outcomes the coarser belief weighs as much as, in a finer one."""
FLOOR = 0.02
"""The least share of offers in even order: no setting goes below."""
_PATIENCE = {"live": 300.0, "voice": 300.0, "messaging": 3_600.0, "public": 14_400.0, "mail": 86_400.0}
_USUAL_PATIENCE = 3_600.0
_SURE = 1e-6
GOOD = frozenset({"bought", "helped"})
RESULTS = ("bought", "helped", "not_helped", "left")
_EVERYWHERE = ""


class Dice(Protocol):
    """What is drawn from: `random.Random` is one, and the same seed gives the same offers."""

    def random(self) -> float:
        """Evenly from 0 to 1."""
        ...

    def betavariate(self, alpha: float, beta: float) -> float:
        """From a Beta distribution."""
        ...


@dataclass(frozen=True, slots=True)
class Visit:
    """What is known of the visit: nothing that names a person. None is unknown."""

    page: str | None = None
    topic: str | None = None
    cohort: str | None = None
    device: str | None = None

    @property
    def features(self) -> tuple[str, ...]:
        """The keys of what is known, each alone."""
        known = (("page", self.page), ("topic", self.topic), ("cohort", self.cohort), ("device", self.device))
        return tuple(f"{name}={value}" for name, value in known if value is not None)

    @property
    def keys(self) -> tuple[str, ...]:
        """Under which an outcome is counted: everywhere, each feature alone, and all of them together."""
        features = self.features
        together = ("&".join(features),) if len(features) > 1 else ()
        return (_EVERYWHERE, *features, *together)


@dataclass(frozen=True, slots=True)
class Seen:
    """Outcomes of one channel under one key: how many were good and bad, as weights of the moment `at`."""

    good: float
    bad: float
    at: datetime

    def aged(self, now: datetime) -> "Seen":
        """As it weighs now; a clock that went back changes nothing."""
        halves = max(0.0, (now - self.at) / HALF_LIFE)
        return Seen(self.good * 0.5**halves, self.bad * 0.5**halves, max(now, self.at))

    def learn(self, good: bool, now: datetime) -> "Seen":
        """With one more outcome."""
        old = self.aged(now)
        return Seen(old.good + good, old.bad + (not good), old.at)


@dataclass(frozen=True, slots=True)
class Channel:
    """An account that could be shown. `slots` are units of those online, `bot` says that one is; `wait` is in seconds."""

    account_id: str
    channel: str
    channel_class: str
    slots: int
    bot: bool
    wait: float


@dataclass(frozen=True, slots=True)
class Cap:
    """Limits of one channel: how often it is shown in an hour, and the longest wait at which it still is, in seconds.
    `address` is where the public finds it, if not by its external id.
    """

    per_hour: int | None = None
    longest_wait: float | None = None
    hidden: bool = False
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """What the tenant wants. `enabled` False is the switch that ends all offers; `explore` is the share in even order."""

    enabled: bool = True
    explore: float = 0.05
    most: int = 5
    caps: Mapping[str, Cap] = field(default_factory=dict)

    def cap(self, account_id: str) -> Cap:
        """That of one channel; without one it has no limits."""
        return self.caps.get(account_id, _NO_CAP)


_NO_CAP = Cap()


@dataclass(frozen=True, slots=True)
class Offered:
    """A channel that is shown: the chance that it helps as drawn, and why it stands there (`learnt`, `new`, `explored`)."""

    channel: Channel
    chance: float
    reason: str


def able(channels: Iterable[Channel], rules: Rules) -> tuple[list[Channel], dict[str, str]]:
    """Channels that may be shown, and of each other one why not."""
    shown, hidden = [], {}
    for one in sorted(channels, key=lambda c: c.account_id):
        reason = _why_not(one, rules)
        if reason is None:
            shown.append(one)
        else:
            hidden[one.account_id] = reason
    return shown, hidden


def _why_not(channel: Channel, rules: Rules) -> str | None:
    cap = rules.cap(channel.account_id)
    if not rules.enabled or cap.hidden:
        return "switched_off"
    if channel.slots <= 0 and not channel.bot:
        return "not_staffed"
    if cap.longest_wait is not None and channel.wait > cap.longest_wait:
        return "wait_too_long"
    return None


def order(
    channels: Sequence[Channel],
    visit: Visit,
    seen: Mapping[tuple[str, str], Seen],
    rules: Rules,
    dice: Dice,
    now: datetime,
) -> list[Offered]:
    """The channels, the likeliest to help first; `seen` is by account id and key. The caller cuts to `rules.most`.

    Deterministic for the same dice. In a share of offers the order is even, whatever was learnt.
    """
    ranked = sorted(channels, key=lambda c: c.account_id)
    even = dice.random() < max(FLOOR, rules.explore)
    found = []
    for one in ranked:
        alpha, beta = belief(one.account_id, visit, seen, now)
        drawn = dice.betavariate(alpha, beta) * endured(one)
        reason = "explored" if even else "new" if alpha + beta < STRENGTH else "learnt"
        found.append((dice.random() if even else drawn, Offered(one, round(drawn, 4), reason)))
    return [offered for _, offered in sorted(found, key=lambda f: (-f[0], f[1].channel.account_id))]


def endured(channel: Channel) -> float:
    """The share of visitors who still wait when somebody comes: who is asked to wait leaves, sooner on live channels."""
    return math.exp(-channel.wait / _PATIENCE.get(channel.channel_class, _USUAL_PATIENCE))


def belief(account_id: str, visit: Visit, seen: Mapping[tuple[str, str], Seen], now: datetime) -> tuple[float, float]:
    """Alpha and beta of the chance that a visitor like this one is helped on the channel.

    From coarse to fine: what holds everywhere is where each feature begins, what the features say together (their effects
    on the log-odds added) is where this very combination begins. So a page never seen is judged by the channel's record.
    """
    found = {key: seen[account_id, key].aged(now) for key in visit.keys if (account_id, key) in seen}
    alpha, beta = _with(1.0, 1.0, found.get(_EVERYWHERE))
    *coarse, finest = visit.keys
    if finest == _EVERYWHERE:
        return alpha, beta
    whole = alpha / (alpha + beta)
    odds = _logit(whole)
    for one in (found[key] for key in coarse if key in found and key != _EVERYWHERE):
        good, bad = _with(STRENGTH * whole, STRENGTH * (1 - whole), one)
        odds += _logit(good / (good + bad)) - _logit(whole)
    mean = 1 / (1 + math.exp(-odds))
    known = min(STRENGTH, alpha + beta)
    return _with(known * mean, known * (1 - mean), found.get(finest))


def _with(alpha: float, beta: float, seen: Seen | None) -> tuple[float, float]:
    return (alpha, beta) if seen is None else (alpha + seen.good, beta + seen.bad)


def _logit(share: float) -> float:
    kept = min(1 - _SURE, max(_SURE, share))
    return math.log(kept / (1 - kept))
