"""Reading and answering incidents, each inside one transaction of the caller's."""

from agent_api.conversations.service import author_of
from agent_api.http.call import Answer, Call
from agent_api.http.cursor import make_cursor, read_cursor
from agent_api.http.pages import split
from agent_api.incidents import repository
from agent_api.incidents.schemas import (
    AnswerIncident,
    Incident,
    IncidentPage,
    IncidentQuery,
    ReputationLine,
    ReputationQuery,
    ReputationReport,
)
from agent_api.reports.service import check_span
from backbone.errors import NotFound
from backbone.storage.database import Connection
from router.usecases import reputation


async def list_incidents(connection: Connection, query: IncidentQuery) -> IncidentPage:
    filters = {"list": "incidents", "state": query.state}
    before = None if query.cursor is None else read_cursor(query.cursor, filters, 1)[0]
    rows, last = split(await repository.page(connection, query.state, before, query.limit), query.limit)
    following = None if last is None else make_cursor((last["id"],), filters)
    return IncidentPage(items=[Incident(**dict(row)) for row in rows], next_cursor=following)


async def get(connection: Connection, incident_id: str) -> Answer:
    row = await repository.find(connection, incident_id)
    if row is None:
        raise NotFound("There is no such incident.")
    return Answer(Incident(**dict(row)))


async def answer(connection: Connection, call: Call, incident_id: str, body: AnswerIncident) -> Answer:
    author = author_of(call.principal)
    await reputation.answer(connection, call.principal.tenant_id, incident_id, body.text, author, call.now)
    return await get(connection, incident_id)


async def close(connection: Connection, call: Call, incident_id: str) -> Answer:
    await get(connection, incident_id)
    await reputation.close(connection, call.principal.tenant_id, incident_id, call.principal.actor, call.now)
    return await get(connection, incident_id)


async def report(connection: Connection, query: ReputationQuery) -> Answer:
    check_span(query.since, query.until)
    rows = await repository.figures(connection, query.by, query.since, query.until)
    return Answer(ReputationReport(items=[ReputationLine(**dict(row)) for row in rows]))
