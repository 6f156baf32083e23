"""A conversation's life as intervals with causes, folded from its events: whose time it was, and how each clock's run ended.

A leg is the provider's (a message on its way to us), a bot's, the queue's (nobody has it), an agent's or the customer's (no answer
is owed). Runs are of the clocks of first reply, next reply (from the oldest unanswered message) and resolution; each knows the seconds
of every leg in it, and a breached one blames the leg of ours that had most.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

LEGS = ("provider", "bot", "queue", "agent", "customer")
_OURS = LEGS[:4]


@dataclass(frozen=True, slots=True)
class Leg:
    """One interval; it ends where the next begins."""

    number: int
    leg: str
    clock: str | None
    status: str
    team_id: str | None
    agent_id: str | None
    started_at: datetime
    start_cause: str
    ended_at: datetime | None = None
    end_cause: str | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a clock; `seconds` by leg. A run that was overtaken by a resolve without an answer is `ended`."""

    clock: str
    number: int
    started_at: datetime
    team_id: str | None = None
    due_at: datetime | None = None
    policy_id: str | None = None
    policy_version: int | None = None
    ended_at: datetime | None = None
    outcome: str = "running"
    breached: bool = False
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def blamed(self) -> str | None:
        """The leg of ours that had most of the time, of a breached run."""
        if not self.breached:
            return None
        return max(_OURS, key=lambda leg: self.seconds.get(leg, 0.0))

    def grown(self, leg: str, seconds: float) -> "Run":
        return replace(self, seconds={**self.seconds, leg: self.seconds.get(leg, 0.0) + seconds})


@dataclass(frozen=True, slots=True)
class Happened:
    """One event of a conversation; `bots` are ids of agents that are bots."""

    kind: str
    at: datetime
    data: Mapping[str, Any]
    bots: frozenset[str] = frozenset()


KINDS = (
    "conversation.opened",
    "message.received",
    "message.sent",
    "conversation.status_changed",
    "conversation.assigned",
    "conversation.unassigned",
    "conversation.transferred",
    "sla.breached",
    "sla.recomputed",
)
"""What changes legs or runs."""


@dataclass(slots=True)
class Life:
    """What is known of one conversation while its events are folded. `leg` and `runs` are those that are open; `legs` and
    `ended` hold what was closed on the way, to be written with them. `legs_made` and `runs_made` count what there ever was.
    """

    leg: Leg | None = None
    runs: dict[str, Run] = field(default_factory=dict)
    legs_made: int = 0
    runs_made: dict[str, int] = field(default_factory=dict)
    legs: list[Leg] = field(default_factory=list)
    ended: list[Run] = field(default_factory=list)

    def fold(self, event: Happened) -> None:
        """Takes the next event in. Events of other kinds than `KINDS` change nothing."""
        match event.kind:
            case "conversation.opened":
                self._begin("resolution", event.at, team_id=event.data.get("team_id"))
                self._move(event, event.kind, "open")
            case "message.received":
                self._received(event)
            case "message.sent":
                self._sent(event)
            case "conversation.status_changed":
                self._status(event)
            case "conversation.assigned" | "conversation.unassigned" | "conversation.transferred":
                if self.leg is not None:
                    reason = event.data.get("reason")
                    self._move(event, f"{event.kind}:{reason}" if reason else event.kind)
            case "sla.breached":
                self._late(event.data)
            case "sla.recomputed":
                self._recomputed(event.at, event.data)

    @property
    def status(self) -> str:
        return self.leg.status if self.leg else "resolved"

    @property
    def _owed(self) -> Run | None:
        return self.runs.get("first_reply") or self.runs.get("next_reply")

    def _move(self, event: Happened, cause: str, status: str | None = None, at: datetime | None = None) -> None:
        """What holds from the event on: another leg where anything of it differs, else nothing."""
        status, owed, at = status or self.status, self._owed, at or event.at
        agent, team = event.data.get("agent_id"), event.data.get("team_id")
        if status == "resolved":
            self._close(cause, at)
            return
        leg = "customer" if owed is None else "queue" if agent is None else "bot" if agent in event.bots else "agent"
        clock = owed.clock if owed else None
        now = self.leg
        if now is not None and (now.leg, now.clock, now.status, now.team_id, now.agent_id) == (
            leg,
            clock,
            status,
            team,
            agent,
        ):
            return
        self._close(cause, at)
        self._open(leg, clock, status, team, agent, at, cause)

    def _open(
        self, leg: str, clock: str | None, status: str, team: str | None, agent: str | None, at: datetime, cause: str
    ) -> None:
        self.legs_made += 1
        self.leg = Leg(self.legs_made, leg, clock, status, team, agent, at, cause)

    def _close(self, cause: str, at: datetime, *, last: bool = False) -> None:
        if self.leg is None:
            return
        ended = max(at, self.leg.started_at)
        closed = replace(self.leg, ended_at=ended, end_cause=cause)
        self._spend(closed.leg, closed.clock, (ended - closed.started_at).total_seconds())
        if ended == closed.started_at and not last:
            # Nothing happened in it: the next takes its place.
            self.legs_made -= 1
        else:
            self.legs.append(closed)
        self.leg = None

    def _spend(self, leg: str, clock: str | None, seconds: float) -> None:
        for name in [name for name in self.runs if name in {"resolution", clock}]:
            self.runs[name] = self.runs[name].grown(leg, seconds)

    def _begin(self, clock: str, at: datetime, **more: Any) -> None:
        number = self.runs_made.get(clock, 0) + 1
        self.runs_made[clock] = number
        self.runs[clock] = Run(clock, number, at, **more)

    def _finish(self, clock: str, at: datetime, outcome: str) -> None:
        run = self.runs.pop(clock)
        self.ended.append(replace(run, ended_at=at, outcome="breached" if run.breached else outcome))

    def _received(self, event: Happened) -> None:
        if event.data.get("waiting_since") is not None and self._owed is None and self.leg is not None:
            self._owe(event, event.kind, self.leg.status)

    def _owe(self, event: Happened, cause: str, status: str) -> None:
        """An answer is owed from `waiting_since` on; what was before `said_at` is the customer's time, between the two the provider's."""
        data, old = event.data, self.leg
        assert old is not None
        began = datetime.fromisoformat(data["waiting_since"])
        said = datetime.fromisoformat(data["said_at"]) if data.get("said_at") else began
        clock = "next_reply" if "first_reply" in self.runs_made else "first_reply"
        due = datetime.fromisoformat(data["due_at"]) if data.get("due_at") else None
        at = max(began, old.started_at)
        on_the_way = max(min(said, at), old.started_at)
        self._close(cause, on_the_way)
        self._begin(
            clock, began, team_id=data.get("team_id"), due_at=due,
            policy_id=data.get("policy_id"), policy_version=data.get("policy_version"),
        )  # fmt: skip
        if on_the_way < at:
            self._open("provider", clock, status, old.team_id, old.agent_id, on_the_way, "said")
            self._close(cause, at)
        self._move(event, cause, status, at)

    def _sent(self, event: Happened) -> None:
        owed = self._owed
        if event.data.get("automatic") or owed is None:
            return
        held = self.leg
        self._close(event.kind, event.at)
        self._finish(owed.clock, event.at, "met")
        if held is not None:
            self._move(event, event.kind, held.status)

    def _status(self, event: Happened) -> None:
        to, at = str(event.data["to"]), event.at
        cause = f"{event.kind}:{event.data.get('reason')}"
        if to != "resolved":
            if "resolution" not in self.runs:
                self._begin("resolution", at, team_id=event.data.get("team_id"))
            owed = self._owed
            if event.data.get("reason") == "call_back_booked" and owed is not None:
                self._close(cause, at)
                self._finish(owed.clock, at, "ended")
            self._move(event, cause, to)
            if event.data.get("waiting_since") is not None and self._owed is None:
                self._owe(event, cause, to)
            return
        self._close(cause, at, last=True)
        for clock in list(self.runs):
            self._finish(clock, at, "met" if clock == "resolution" else "ended")

    def _late(self, data: Mapping[str, Any]) -> None:
        clock = data.get("clock")
        if clock in self.runs:
            due = datetime.fromisoformat(data["due_at"])
            self.runs[clock] = replace(self.runs[clock], breached=True, due_at=due)

    def _recomputed(self, at: datetime, data: Mapping[str, Any]) -> None:
        changed = [(self._owed, data.get("due_at")), (self.runs.get("resolution"), data.get("resolve_by"))]
        for run, due in changed:
            if run is not None:
                due_at = datetime.fromisoformat(due) if due else None
                breached = run.breached and due_at is not None and due_at <= at
                self.runs[run.clock] = replace(run, due_at=due_at, breached=breached)
