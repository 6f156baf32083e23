"""What callers ask of clocks, each inside one transaction of theirs."""

from datetime import timedelta

from agent_api.clocks.schemas import (
    ClockLeg,
    ClockReport,
    ClockReportLine,
    ClockReportQuery,
    ClockRun,
    ConversationClocks,
    LegSeconds,
)
from agent_api.conversations.service import visible
from agent_api.http.call import Answer, Call
from agent_api.reports.service import SPAN_MOST
from backbone.errors import InputInvalid
from backbone.storage.database import Connection
from router.usecases import clocks as usecases

_COLUMNS = {"day": "day", "team": "team_id", "policy": "policy_id"}
_LEGS = tuple(LegSeconds.model_fields)


async def clocks(connection: Connection, call: Call, conversation_id: str) -> Answer:
    await visible(connection, call.principal, conversation_id)
    found = await usecases.show(connection, conversation_id)
    runs = [
        ClockRun(
            seconds=LegSeconds(**{leg: round(run.seconds.get(leg, 0.0), 3) for leg in _LEGS}),
            **{name: getattr(run, name) for name in ClockRun.model_fields if name != "seconds"},
        )
        for run in found.runs
    ]
    return Answer(
        ConversationClocks(
            conversation_id=conversation_id,
            due_at=found.due_at,
            resolve_by=found.resolve_by,
            paused=found.paused,
            legs=[ClockLeg(**{name: getattr(leg, name) for name in ClockLeg.model_fields}) for leg in found.legs],
            runs=runs,
        )
    )


async def report(connection: Connection, query: ClockReportQuery) -> Answer:
    if not timedelta(0) < query.until - query.since <= SPAN_MOST:
        raise InputInvalid(pointers={"query/until": f"must be after since, by {SPAN_MOST.days} days at most"})
    rows = await usecases.report(connection, _COLUMNS[query.by], query.since, query.until)
    lines = [
        ClockReportLine(
            seconds=LegSeconds(**{leg: round(row[f"{leg}_seconds"], 3) for leg in _LEGS}),
            blamed={leg: row[f"blamed_{leg}"] for leg in _LEGS if leg != "customer" and row[f"blamed_{leg}"]},
            **{name: row[name] for name in ("clock", "key", "runs", "met", "breached", "running")},
        )
        for row in rows
    ]
    return Answer(ClockReport(items=lines))
