"""What callers ask of reports and ratings, each inside one transaction of theirs."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from agent_api.conversations.service import visible
from agent_api.http.call import Answer, Call
from agent_api.http.cursor import instant_of, make_cursor, read_cursor
from agent_api.http.inputs import PageQuery
from agent_api.http.pages import split
from agent_api.reports import repository
from agent_api.reports.schemas import (
    ConversationReport,
    HourLine,
    HoursQuery,
    HoursReport,
    RateConversation,
    Rating,
    RatingPage,
    ReportLine,
    ReportQuery,
    SatisfactionLine,
    SatisfactionQuery,
    SatisfactionReport,
)
from backbone.errors import InputInvalid
from backbone.storage.database import Connection
from backbone.storage.facts import announce
from router.usecases import advocates
from schemas.events import EventType

SPAN_MOST = timedelta(days=92)
_LIST = {"list": "ratings"}


def check_span(since: datetime, until: datetime) -> None:
    """Raises `InputInvalid`."""
    if not timedelta(0) < until - since <= SPAN_MOST:
        raise InputInvalid(pointers={"query/until": f"must be after since, by {SPAN_MOST.days} days at most"})


async def report(connection: Connection, query: ReportQuery) -> Answer:
    check_span(query.since, query.until)
    rows = await repository.figures(connection, query.by, query.since, query.until)
    return Answer(ConversationReport(items=[ReportLine(**dict(row)) for row in rows]))


async def report_hours(connection: Connection, query: HoursQuery) -> Answer:
    check_span(query.since, query.until)
    quarters = await repository.quarters(connection, query.since, query.until)
    return Answer(HoursReport(items=by_hour(quarters, ZoneInfo(query.zone))))


async def report_satisfaction(connection: Connection, query: SatisfactionQuery) -> Answer:
    check_span(query.since, query.until)
    rows = await repository.resolutions(connection, query.by, query.since, query.until)
    return Answer(SatisfactionReport(items=[_satisfaction(row) for row in rows]))


def _satisfaction(row: Any) -> SatisfactionLine:
    figures = dict(row)
    satisfied = figures.pop("satisfied")
    return SatisfactionLine(
        **figures,
        response_share=_share(row["answered"], row["asked"]),
        csat_share=_share(satisfied, row["rated"]),
        resolution_share=_share(row["settled"] - row["again"], row["settled"]),
    )


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def by_hour(quarters: Iterable[Mapping[str, Any]], zone: ZoneInfo) -> list[HourLine]:
    """Quarters of hours put together by the clock of a zone: offsets are of whole quarters, not of whole hours."""
    sums: dict[tuple[int, int], list[float]] = {}
    for row in quarters:
        local = row["at"].astimezone(zone)
        found = sums.setdefault((local.weekday(), local.hour), [0, 0, 0, 0.0])
        for place, name in enumerate(("opened", "answered", "breached", "seconds")):
            found[place] += row[name]
    return [
        HourLine(
            weekday=weekday, hour=hour, opened=int(opened), answered=int(answered), breached=int(breached),
            first_reply_mean_seconds=round(seconds / answered, 3) if answered else None,
        )
        for (weekday, hour), (opened, answered, breached, seconds) in sorted(sums.items())
    ]  # fmt: skip


async def rate(connection: Connection, call: Call, conversation_id: str, body: RateConversation) -> Answer:
    row = await visible(connection, call.principal, conversation_id)
    values = (
        conversation_id,
        call.principal.tenant_id,
        body.score,
        body.comment,
        row["agent_id"],
        row["team_id"],
        row["channel"],
        call.now,
    )
    kept = await repository.put_rating(connection, values)
    told = {
        "conversation_id": conversation_id,
        "agent_id": row["agent_id"],
        "team_id": row["team_id"],
        "score": body.score,
    }
    tenant_id = call.principal.tenant_id
    settings = await repository.settings_of(connection)
    await advocates.rated(connection, settings, tenant_id, conversation_id, body.score, call.now)
    await announce(connection, tenant_id, EventType.CONVERSATION_RATED, told, call.now, conversation_id)
    return Answer(Rating(**dict(kept)))


async def list_ratings(connection: Connection, page: PageQuery) -> RatingPage:
    before = None
    if page.cursor is not None:
        at, last_id = read_cursor(page.cursor, _LIST, 2)
        before = (instant_of(at), last_id)
    rows, last = split(await repository.ratings(connection, before, page.limit), page.limit)
    following = None if last is None else make_cursor((last["at"].isoformat(), last["conversation_id"]), _LIST)
    return RatingPage(items=[Rating(**dict(row)) for row in rows], next_cursor=following)
