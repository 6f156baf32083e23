"""Clocks as clients see them."""

from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, ConfigDict, Field
from pydantic.config import JsonDict

from agent_api.http.inputs import Body, Shown

_AGENT, _TEAM = "agt_0190f3a87b3c7d5e8f9a0b1c2d3e4f54", "tea_0190f3a87b3c7d5e8f9a0b1c2d3e4f53"
_SECONDS: JsonDict = {"provider": 2.0, "bot": 0.0, "queue": 31.5, "agent": 20.0, "customer": 0.0}
_LEG: JsonDict = {
    "leg": "queue",
    "clock": "first_reply",
    "status": "open",
    "team_id": _TEAM,
    "agent_id": None,
    "started_at": "2026-11-22T10:15:00Z",
    "ended_at": "2026-11-22T10:15:31.5Z",
    "start_cause": "message.received",
    "end_cause": "conversation.assigned:routed",
}
_RUN: JsonDict = {
    "clock": "first_reply",
    "started_at": "2026-11-22T10:15:00Z",
    "due_at": "2026-11-22T10:15:45Z",
    "ended_at": "2026-11-22T10:15:51.5Z",
    "outcome": "breached",
    "blamed": "queue",
    "policy_id": "default:live, cohort unknown",
    "policy_version": 1,
    "team_id": _TEAM,
    "seconds": _SECONDS,
}


class LegSeconds(Shown):
    """Seconds by whose time it was."""

    provider: float = Field(description="The message was on its way to us.")
    bot: float = Field(description="A bot had it.")
    queue: float = Field(description="Nobody had it.")
    agent: float = Field(description="An agent had it.")
    customer: float = Field(description="No answer was owed: their turn.")


class ClockLeg(Shown):
    """An interval in which it was one party's turn."""

    leg: str = Field(description="provider, bot, queue, agent or customer.")
    clock: str | None = Field(description="The reply that was owed: first_reply or next_reply.")
    status: str = Field(description="The conversation's status.")
    team_id: str | None = Field(description="Its team.")
    agent_id: str | None = Field(description="Its agent or bot.")
    started_at: datetime = Field(description="From then.")
    ended_at: datetime | None = Field(description="Until then; null: still.")
    start_cause: str = Field(description="The event that began it, and its reason.")
    end_cause: str | None = Field(description="The event that ended it, and its reason.")


class ClockRun(Shown):
    """One run of a clock."""

    clock: str = Field(description="first_reply, next_reply or resolution.")
    started_at: datetime = Field(description="When it began.")
    due_at: datetime | None = Field(description="Its deadline, as far as known.")
    ended_at: datetime | None = Field(description="When it ended; null: it runs.")
    outcome: str = Field(description="running, met, breached, or ended (resolved without an answer).")
    blamed: str | None = Field(description="Of a breached one: whose time most of it was.")
    policy_id: str | None = Field(description="The SLA policy.")
    policy_version: int | None = Field(description="Its version when it began.")
    team_id: str | None = Field(description="The team when it began.")
    seconds: LegSeconds = Field(description="Whose time it was.")


class ConversationClocks(Shown):
    """All about the clocks of one conversation."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "conversation_id": "cnv_0190f3a87b3c7d5e8f9a0b1c2d3e4f50",
                    "due_at": None,
                    "resolve_by": "2026-11-23T10:15:00Z",
                    "paused": None,
                    "legs": [{**_LEG}, {**_LEG, "leg": "agent", "agent_id": _AGENT}],
                    "runs": [_RUN],
                }
            ]
        }
    )

    conversation_id: str = Field(description="The conversation.")
    due_at: datetime | None = Field(description="When an answer is due; null: none is owed, or its clock stands still.")
    resolve_by: datetime | None = Field(
        description="When it is to be resolved; null: no such target, or it stands still."
    )
    paused: str | None = Field(description="The status in which clocks may stand still, while it lasts.")
    legs: list[ClockLeg] = Field(description="Whose time it was, in order.")
    runs: list[ClockRun] = Field(description="Runs of clocks, in order.")


class ClockReportQuery(Body):
    """Which runs, and how they are grouped."""

    since: AwareDatetime = Field(description="Begun from then on.")
    until: AwareDatetime = Field(description="Begun before then; at most 92 days after `since`.")
    by: Literal["day", "team", "policy"] = Field(default="day", description="One line for each; days are of UTC.")


class ClockReportLine(Shown):
    """Figures of one clock and group."""

    clock: str = Field(description="first_reply, next_reply or resolution.")
    key: str | None = Field(description="The day, team or policy.")
    runs: int = Field(description="Runs that began.")
    met: int = Field(description="Ended in time.")
    breached: int = Field(description="Missed their deadline.")
    running: int = Field(description="Run still.")
    seconds: LegSeconds = Field(description="Whose time it was, in all.")
    blamed: dict[str, int] = Field(description="Breached ones by whose time most of it was.")


class ClockReport(Shown):
    """Targets met and missed."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "clock": "first_reply",
                            "key": "2026-11-22",
                            "runs": 120,
                            "met": 113,
                            "breached": 7,
                            "running": 0,
                            "seconds": _SECONDS,
                            "blamed": {"queue": 5, "agent": 2},
                        }
                    ]
                }
            ]
        }
    )

    items: list[ClockReportLine] = Field(description="By clock and key; at most 500.")
