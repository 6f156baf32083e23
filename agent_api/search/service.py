"""Searching messages within what the caller may see, in one transaction of theirs."""

from agent_api.http.call import Call
from agent_api.http.cursor import instant_of, make_cursor, read_cursor
from agent_api.messages.shown import message_of
from agent_api.permissions import Permission
from agent_api.search import repository
from agent_api.search.schemas import FoundMessages, SearchQuery
from backbone.storage.database import Connection

STEP = 200
STEPS_MOST = 5


async def search_messages(connection: Connection, call: Call, query: SearchQuery) -> FoundMessages:
    """Looks at 1,000 matches at most: a caller who may see few of them goes on with the next page."""
    filters = {"search": query.q}
    before = None
    if query.cursor is not None:
        at, last_id = read_cursor(query.cursor, filters, 2)
        before = (instant_of(at), last_id)
    rows: list[object] = []
    ended = False
    for _ in range(STEPS_MOST):
        found = await repository.matches(
            connection,
            call.principal.tenant_id,
            query.q,
            notes=call.allows(Permission.NOTES_READ),
            before=before,
            most=STEP,
        )
        shown = await repository.shown(connection, call.principal, [row["message_id"] for row in found])
        rows += shown
        ended = len(found) < STEP
        if found:
            before = (found[-1]["at"], found[-1]["message_id"])
        if ended or len(rows) > query.limit:
            break
    page = [message_of(row) for row in rows[: query.limit]]
    if len(rows) > query.limit:
        before = (page[-1].at, page[-1].id)
    more = not ended or len(rows) > query.limit
    following = make_cursor((before[0].isoformat(), before[1]), filters) if more and before is not None else None
    return FoundMessages(items=page, next_cursor=following)
