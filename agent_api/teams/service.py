"""What callers do with teams, each inside one transaction of theirs."""

from typing import Any

from agent_api.http.call import Answer, Call
from agent_api.http.cursor import make_cursor, read_cursor
from agent_api.http.pages import split
from agent_api.http.versions import check_version
from agent_api.teams import repository
from agent_api.teams.routing import TeamRouting
from agent_api.teams.schemas import ChangeTeam, CreateTeam, OpeningHours, Team, TeamPage
from backbone.errors import InputInvalid, NotFound
from backbone.ids import new_id
from backbone.storage.database import Connection
from backbone.storage.wake import notify
from router.usecases import recompute

_LIST = {"list": "teams"}


def team_of(row: Any) -> Team:
    return Team(**{name: row[name] for name in Team.model_fields})


async def list_teams(connection: Connection, cursor: str | None, limit: int) -> TeamPage:
    after = "" if cursor is None else read_cursor(cursor, _LIST, 1)[0]
    rows, last = split(await repository.page(connection, after, limit), limit)
    following = None if last is None else make_cursor((last["id"],), _LIST)
    return TeamPage(items=[team_of(row) for row in rows], next_cursor=following)


async def get_team(connection: Connection, team_id: str) -> Answer:
    row = await repository.find(connection, team_id)
    if row is None:
        raise NotFound("There is no such team.")
    return _answer(row)


async def create_team(connection: Connection, call: Call, body: CreateTeam) -> Answer:
    team_id, tenant_id = new_id("tea"), call.principal.tenant_id
    routing = await _routing(connection, body.routing)
    row = await repository.insert(connection, (team_id, tenant_id, body.name, _document(body.hours), routing, call.now))
    await notify(connection, "config", tenant_id)
    return _answer(row, status=201, location=f"/v1/teams/{team_id}")


async def change_team(
    connection: Connection, call: Call, team_id: str, body: ChangeTeam, if_match: str | None
) -> Answer:
    row = await repository.find(connection, team_id, lock=True)
    check_version(row, if_match, "team")
    name = body.name if body.name is not None else row["name"]
    hours = _document(body.hours) if "hours" in body.model_fields_set else row["hours"]
    if hours != row["hours"]:
        await recompute.ask(connection, call.principal.tenant_id, "hours_changed")
    changed = "routing" in body.model_fields_set
    routing = await _routing(connection, body.routing) if changed else row["routing"]
    row = await repository.update(connection, team_id, name, hours, routing)
    await notify(connection, "config", call.principal.tenant_id)
    await notify(connection, "changed", call.principal.tenant_id)
    return _answer(row)


def _document(hours: OpeningHours | None) -> dict[str, Any] | None:
    return None if hours is None else hours.model_dump(mode="json")


async def _routing(connection: Connection, routing: TeamRouting | None) -> dict[str, Any]:
    """As it is stored: what was given. Raises `InputInvalid` where a step leads nowhere."""
    if routing is None:
        return {}
    steps = routing.overflow
    missing = await repository.unknown(
        connection, [s.team_id for s in steps if s.team_id], [s.agent_id for s in steps if s.agent_id]
    )
    if missing:
        raise InputInvalid("A step leads nowhere.", pointers={"/routing/overflow": "names what does not exist"})
    return routing.model_dump(mode="json", exclude_unset=True, exclude_none=True)


def _answer(row: Any, *, status: int = 200, location: str | None = None) -> Answer:
    return Answer(team_of(row), status=status, version=row["version"], location=location)
