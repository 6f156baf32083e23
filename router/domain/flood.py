"""How much one contact may write before it no longer wakes anybody: a bucket each, by the times messages arrived at."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

MOST = 50_000
"""Contacts remembered, the last active ones; one that was forgotten starts anew."""

Contact = tuple[str, str]
"""Account id and address."""


@dataclass(frozen=True, slots=True)
class Limit:
    """`messages` at once, and as many again in each `span`."""

    messages: int = 120
    span: timedelta = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Level:
    """Messages still free at a time."""

    free: float
    at: datetime


@dataclass(slots=True)
class Look:
    """What one batch sees and would change; nothing is remembered of a batch that fails until it is kept."""

    before: Mapping[Contact, Level]
    after: dict[Contact, Level] = field(default_factory=dict)

    def is_flood(self, contact: Contact, at: datetime, limit: Limit) -> bool:
        """Counts one message that arrived at `at`; True where it is beyond the limit."""
        level = self.after.get(contact) or self.before.get(contact)
        if level is None:
            free = float(limit.messages)
        else:
            refilled = limit.messages * max(0.0, (at - level.at) / limit.span)
            free = min(float(limit.messages), level.free + refilled)
            at = max(at, level.at)
        self.after[contact] = Level(max(0.0, free - 1.0), at)
        return free < 1.0


class Floods:
    """Bounded in number. Each router counts what it reads, and all of one conversation is read by one."""

    def __init__(self, most: int = MOST) -> None:
        self._levels: OrderedDict[Contact, Level] = OrderedDict()
        self._most = most

    def look(self) -> Look:
        return Look(self._levels)

    def keep(self, look: Look) -> None:
        """The batch is stored: what it counted holds."""
        for contact, level in look.after.items():
            self._levels[contact] = level
            self._levels.move_to_end(contact)
        while len(self._levels) > self._most:
            self._levels.popitem(last=False)
