"""What may be given to a customer, by whom, and when somebody else has to agree. Amounts are in the currency's minor unit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

Kind = Literal["voucher", "upgrade", "free_return"]
State = Literal["granted", "waiting"]
Reason = Literal["above_own_limit", "above_customer_value", "above_customer_times"]


@dataclass(frozen=True, slots=True)
class Rule:
    """`limits` are the most that a role gives by itself; a role that is not named gives nothing without approval, an
    admin is not limited. None of `contact_value` and `contact_times` is no limit; both are within `period`. `tiers` are
    the loyalty tiers it is for; empty: everybody.
    """

    name: str
    kind: Kind
    currency: str | None
    limits: Mapping[str, int] = field(default_factory=dict)
    contact_value: int | None = None
    contact_times: int | None = None
    period: timedelta = timedelta(days=365)
    tiers: frozenset[str] = frozenset()

    def is_for(self, tiers: Sequence[str]) -> bool:
        """Whether a customer of these tiers may have it."""
        return not self.tiers or bool(self.tiers & {tier.casefold() for tier in tiers})

    def gives(self, role: str, value: int) -> bool:
        """Whether this role may give so much without another's consent."""
        return role == "admin" or value <= self.limits.get(role, -1)


def rules_from(settings: Mapping[str, Any]) -> dict[str, Rule]:
    """The settings' part `goodwill` as stored, by name; its shape was checked when it was written."""
    stored = (settings.get("goodwill") or {}).get("rules") or ()
    return {
        rule["name"]: Rule(
            rule["name"],
            rule["kind"],
            rule.get("currency"),
            {role: most for role, most in (rule.get("limits") or {}).items() if most is not None},
            rule.get("contact_value"),
            rule.get("contact_times"),
            timedelta(days=rule.get("period_days", 365)),
            frozenset(tier.casefold() for tier in rule.get("tiers") or ()),
        )
        for rule in stored
    }


@dataclass(frozen=True, slots=True)
class Decision:
    """Granted at once, or waiting for somebody who may, and why."""

    state: State
    reasons: tuple[Reason, ...] = ()


def decide(rule: Rule, *, role: str, value: int, given_value: int, given_times: int) -> Decision:
    """`given_value` and `given_times` are what the customer had by this rule within its period, what waits included."""
    reasons: list[Reason] = []
    if not rule.gives(role, value):
        reasons.append("above_own_limit")
    if rule.contact_value is not None and given_value + value > rule.contact_value:
        reasons.append("above_customer_value")
    if rule.contact_times is not None and given_times + 1 > rule.contact_times:
        reasons.append("above_customer_times")
    return Decision("waiting", tuple(reasons)) if reasons else Decision("granted")


@dataclass(frozen=True, slots=True)
class Outcome:
    """Resolutions alike in channel, team and week (`stratum`): how many were settled after 72 hours, with how many the
    customer wrote again, and the number and sum of their ratings.
    """

    stratum: tuple[str, ...]
    given: bool
    settled: int
    again: int
    rated: int
    score_sum: int


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison; shares and averages are None where there is nothing to divide by."""

    settled: int
    again_share: float | None
    rated: int
    average: float | None


def beside_reference(outcomes: Sequence[Outcome]) -> tuple[Side, Side, int]:
    """Cases with goodwill beside cases without, alike in stratum, and how many settled ones had none to be set beside.

    Only strata that have both are compared, separately for repeat contact and for ratings. The reference of each is
    weighted as the cases with goodwill are spread over the strata (direct standardisation), so that a busy channel with little goodwill counts little.
    """
    given = {one.stratum: one for one in outcomes if one.given}
    others = {one.stratum: one for one in outcomes if not one.given}
    settled = [s for s in given if given[s].settled and s in others and others[s].settled]
    rated = [s for s in given if given[s].rated and s in others and others[s].rated]
    many, marks = sum(given[s].settled for s in settled), sum(given[s].rated for s in rated)
    again = sum(given[s].settled * others[s].again / others[s].settled for s in settled)
    scores = sum(given[s].rated * others[s].score_sum / others[s].rated for s in rated)
    ours = Side(
        many,
        _per(sum(given[s].again for s in settled), many),
        marks,
        _per(sum(given[s].score_sum for s in rated), marks),
    )
    theirs = Side(
        sum(others[s].settled for s in settled),
        _per(again, many),
        sum(others[s].rated for s in rated),
        _per(scores, marks),
    )
    return ours, theirs, sum(one.settled for one in given.values()) - many


def _per(part: float, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
