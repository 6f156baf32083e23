"""Routes of incidents and of the report on reputation."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from agent_api.http.call import Call, May, MayPost
from agent_api.http.docs import posting, reading
from agent_api.http.inputs import IncidentPath
from agent_api.http.pages import page_response
from agent_api.incidents import service
from agent_api.incidents.schemas import (
    AnswerIncident,
    Incident,
    IncidentPage,
    IncidentQuery,
    ReputationQuery,
    ReputationReport,
)
from agent_api.permissions import Permission

router = APIRouter(prefix="/v1", tags=["Reputation"])

Read = Annotated[Call, Depends(May(Permission.INCIDENTS_READ))]
Reports = Annotated[Call, Depends(May(Permission.REPORTS_READ))]
PostAnswer = Annotated[Call, Depends(MayPost(Permission.INCIDENTS_ANSWER))]


@router.get(
    "/incidents",
    operation_id="listIncidents",
    summary="List incidents",
    response_model=IncidentPage,
    responses=reading(),
)
async def list_incidents(call: Read, query: Annotated[IncidentQuery, Query()]) -> Response:
    """The newest first. `incident.opened` on the stream tells of a new one."""
    found = await call.read(lambda connection: service.list_incidents(connection, query))
    return page_response(call.request, found)


@router.get(
    "/incidents/{incident_id}",
    operation_id="getIncident",
    summary="Read one incident",
    response_model=Incident,
    responses=reading(404),
)
async def get(call: Read, incident_id: IncidentPath) -> Response:
    """With how far its answer has come."""
    return (await call.read(lambda connection: service.get(connection, incident_id))).response()


@router.post(
    "/incidents/{incident_id}/answer",
    operation_id="answerIncident",
    summary="Answer all of an incident's conversations",
    response_model=Incident,
    responses=posting(404, 409),
)
async def answer(call: PostAnswer, incident_id: IncidentPath, body: AnswerIncident) -> Response:
    """The router sends it within seconds, once to each conversation, also to those that come later. Another answer goes to
    those only that had none yet.
    """
    return await call.once(lambda connection: service.answer(connection, call, incident_id, body))


@router.post(
    "/incidents/{incident_id}/close",
    operation_id="closeIncident",
    summary="Close an incident",
    response_model=Incident,
    responses=posting(404, 409),
)
async def close(call: PostAnswer, incident_id: IncidentPath) -> Response:
    """Its answer goes to nobody any more. If the storm goes on, it makes another incident."""
    return await call.once(lambda connection: service.close(connection, call, incident_id))


@router.get(
    "/reports/reputation",
    operation_id="reportReputation",
    summary="What was said in public",
    response_model=ReputationReport,
    responses=reading(),
)
async def report(call: Reports, query: Annotated[ReputationQuery, Query()]) -> Response:
    """How much, how friendly, how widely heard, and how soon it was first answered in public."""
    return (await call.read(lambda connection: service.report(connection, query))).response()
