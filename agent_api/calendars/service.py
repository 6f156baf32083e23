"""What callers do with calendars, each inside one transaction of theirs."""

from typing import Any

from agent_api.calendars import repository
from agent_api.calendars.schemas import Calendar, CalendarIn, CalendarList
from agent_api.http.call import Answer, Call
from agent_api.http.versions import check_version
from backbone.errors import Conflict, NotFound
from backbone.ids import new_id
from backbone.storage.database import Connection
from backbone.storage.wake import notify
from router.usecases import recompute


def calendar_of(row: Any) -> Calendar:
    return Calendar(**{name: row[name] for name in Calendar.model_fields})


async def list_calendars(connection: Connection) -> Answer:
    return Answer(CalendarList(items=[calendar_of(row) for row in await repository.every(connection)]))


async def get_calendar(connection: Connection, calendar_id: str) -> Answer:
    row = await repository.find(connection, calendar_id)
    if row is None:
        raise NotFound("There is no such calendar.")
    return Answer(calendar_of(row), version=row["version"])


async def create_calendar(connection: Connection, call: Call, body: CalendarIn) -> Answer:
    if await repository.count(connection) >= repository.MOST:
        raise Conflict(f"There are {repository.MOST} calendars already.")
    calendar_id, tenant_id = new_id("cld"), call.principal.tenant_id
    source = body.source.model_dump(mode="json")
    row = await repository.insert(connection, tenant_id, calendar_id, body.name, source, call.now)
    return Answer(calendar_of(row), status=201, version=row["version"], location=f"/v1/calendars/{calendar_id}")


async def replace_calendar(connection: Connection, calendar_id: str, body: CalendarIn, if_match: str | None) -> Answer:
    check_version(await repository.find(connection, calendar_id, lock=True), if_match, "calendar")
    row = await repository.replace(connection, calendar_id, body.name, body.source.model_dump(mode="json"))
    return Answer(calendar_of(row), version=row["version"])


async def delete_calendar(connection: Connection, call: Call, calendar_id: str, if_match: str | None) -> Answer:
    check_version(await repository.find(connection, calendar_id, lock=True), if_match, "calendar")
    await repository.delete(connection, calendar_id)
    await recompute.ask(connection, call.principal.tenant_id, "holidays_changed")
    await notify(connection, "config", call.principal.tenant_id)
    return Answer(None)
