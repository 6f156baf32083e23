"""What callers do with saved views, each inside one transaction of theirs."""

from typing import Any

from agent_api.conversations import repository as conversations
from agent_api.conversations.schemas import ConversationPage, ConversationQuery
from agent_api.conversations.service import list_conversations
from agent_api.http.call import Answer, Call
from agent_api.http.inputs import PageQuery
from agent_api.http.versions import check_version
from agent_api.permissions import Permission, require
from agent_api.views import repository
from agent_api.views.schemas import SavedView, SavedViewIn, SavedViewList, ViewFilters
from backbone.errors import Conflict, Forbidden, NotFound
from backbone.ids import new_id
from backbone.storage.database import Connection

COUNT_MOST = 1000


def _query(call: Call, filters: ViewFilters, page: PageQuery) -> ConversationQuery:
    """As the list itself takes it. `mine` of a key without an agent: nobody's."""
    given = filters.model_dump(exclude={"mine"})
    if filters.mine:
        given["agent"] = call.principal.agent_id or "agt_none"
    return ConversationQuery(**given, cursor=page.cursor, limit=page.limit)


async def view_of(connection: Connection, call: Call, row: Any) -> SavedView:
    filters = ViewFilters.model_validate(row["filters"])
    query = _query(call, filters, PageQuery())
    return SavedView(
        id=row["id"],
        name=row["name"],
        filters=filters,
        shared=row["shared"],
        yours=row["owner"] == call.principal.actor,
        count=await conversations.count(connection, call.principal, query, COUNT_MOST),
        created_at=row["created_at"],
        version=row["version"],
    )


async def list_views(connection: Connection, call: Call) -> Answer:
    rows = await repository.seen_by(connection, call.principal.actor)
    return Answer(SavedViewList(items=[await view_of(connection, call, row) for row in rows]))


async def create_view(connection: Connection, call: Call, body: SavedViewIn) -> Answer:
    if body.shared:
        require(call.principal, Permission.VIEWS_SHARE)
    own, shared = await repository.counts(connection, call.principal.actor)
    if own >= repository.EACH or (body.shared and shared >= repository.EACH):
        raise Conflict(f"There are {repository.EACH} views already.")
    view_id, filters = new_id("viw"), body.filters.model_dump(mode="json")
    values = (view_id, call.principal.tenant_id, call.principal.actor, body.shared, body.name, filters, call.now)
    row = await repository.insert(connection, values)
    shown = await view_of(connection, call, row)
    return Answer(shown, status=201, version=shown.version, location=f"/v1/views/{view_id}")


async def replace_view(
    connection: Connection, call: Call, view_id: str, body: SavedViewIn, if_match: str | None
) -> Answer:
    row = await repository.find(connection, view_id, call.principal.actor, lock=True)
    check_version(row, if_match, "view")
    _check_may_change(call, row, sharing=body.shared)
    filters = body.filters.model_dump(mode="json")
    row = await repository.replace(connection, view_id, body.name, filters, shared=body.shared)
    shown = await view_of(connection, call, row)
    return Answer(shown, version=shown.version)


async def delete_view(connection: Connection, call: Call, view_id: str, if_match: str | None) -> Answer:
    row = await repository.find(connection, view_id, call.principal.actor, lock=True)
    check_version(row, if_match, "view")
    _check_may_change(call, row, sharing=False)
    await repository.delete(connection, view_id)
    return Answer(None)


async def list_in_view(connection: Connection, call: Call, view_id: str, page: PageQuery) -> ConversationPage:
    row = await repository.find(connection, view_id, call.principal.actor)
    if row is None:
        raise NotFound("There is no such view, or not for you.")
    query = _query(call, ViewFilters.model_validate(row["filters"]), page)
    return await list_conversations(connection, call, query)


def _check_may_change(call: Call, row: Any, *, sharing: bool) -> None:
    """One's own, and shared ones by who may share."""
    if row["shared"] or sharing:
        require(call.principal, Permission.VIEWS_SHARE)
    elif row["owner"] != call.principal.actor:
        raise Forbidden("It is somebody else's view.")
