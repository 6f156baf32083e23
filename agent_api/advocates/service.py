"""Counting what came of invitations, each inside one transaction."""

import re

from agent_api.advocates import repository
from agent_api.advocates.schemas import AdvocatesLine, AdvocatesQuery, AdvocatesReport, Invitation, UseReferral
from agent_api.http.call import Answer, Call
from agent_api.parts import Parts
from agent_api.reports.service import check_span
from backbone.errors import NotFound
from backbone.ids import CODE_PATTERN
from backbone.storage.database import Connection
from router.usecases import advocates

_CODE = re.compile(CODE_PATTERN)


async def use(connection: Connection, call: Call, body: UseReferral) -> Answer:
    return Answer(Invitation(**dict(await advocates.use(connection, body.code, call.now))))


async def report(connection: Connection, query: AdvocatesQuery) -> Answer:
    check_span(query.since, query.until)
    rows = await repository.figures(connection, query.since, query.until)
    return Answer(AdvocatesReport(items=[AdvocatesLine(**dict(row)) for row in rows]))


async def open_invitation(parts: Parts, code: str) -> str:
    """The page a code leads to. Raises `NotFound`."""
    link = None
    if _CODE.fullmatch(code):
        async with parts.database.transaction() as connection:
            link = await repository.open_invitation(connection, code, parts.clock.now())
    if link is None:
        raise NotFound("There is no such invitation.")
    return link
