"""Reads conversations and routing decisions. Row-level security keeps to the tenant, `scope` to what the role sees."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true, tuple_

from agent_api.conversations.schemas import ConversationQuery
from agent_api.permissions import Permission, allows
from backbone.storage.compile import compiled
from backbone.storage.database import Connection
from backbone.storage.models.tables import conversation_participants as p
from backbone.storage.models.tables import conversation_tags as t
from backbone.storage.models.tables import conversations as c
from backbone.storage.models.tables import routing_decisions as d
from backbone.storage.models.tables import team_members as m
from backbone.web.auth import Principal

Position = tuple[datetime, str]


def scope(principal: Principal) -> ColumnElement[bool]:
    """What this caller may see: everything, or what is its own, of its teams, or of no team."""
    if allows(principal, Permission.CONVERSATIONS_READ_ALL):
        return true()
    free = c.c.team_id.is_(None)
    if principal.agent_id is None:
        return free
    teams = select(m.c.team_id).where(m.c.agent_id == principal.agent_id)
    return or_(c.c.agent_id == principal.agent_id, free, c.c.team_id.in_(teams))


async def page(
    connection: Connection, principal: Principal, query: ConversationQuery, after: Position | None
) -> Sequence[Any]:
    """Up to `limit + 1` rows after the position, the last active first."""
    sql, args = compiled(_list(principal, query, after))
    return await connection.fetch(sql, *args)


def _list(principal: Principal, query: ConversationQuery, after: Position | None) -> Select[Any]:
    wanted: list[ColumnElement[bool]] = [scope(principal)]
    if query.status:
        wanted.append(or_(*(c.c.status == status for status in sorted(set(query.status)))))
    equal = {"agent_id": query.agent, "team_id": query.team, "contact_id": query.contact}
    equal |= {"account_id": query.account, "channel": query.channel}
    wanted.extend(c.c[name] == value for name, value in equal.items() if value is not None)
    present = {"waiting_since": query.waiting, "agent_id": query.assigned}
    wanted.extend(
        c.c[name].is_not(None) if value else c.c[name].is_(None) for name, value in present.items() if value is not None
    )
    if query.tag is not None:
        wanted.append(c.c.id.in_(select(t.c.conversation_id).where(t.c.tag == query.tag)))
    if after is not None:
        wanted.append(tuple_(c.c.last_message_at, c.c.id) < tuple_(*after))
    newest = (c.c.last_message_at.desc(), c.c.id.desc())
    return select(c).where(and_(*wanted)).order_by(*newest).limit(query.limit + 1)


async def count(connection: Connection, principal: Principal, query: ConversationQuery, most: int) -> int:
    """How many there are; counting ends at `most`."""
    inner = _list(principal, query, None).with_only_columns(c.c.id).order_by(None).limit(most).subquery()
    sql, args = compiled(select(func.count()).select_from(inner))
    return int(await connection.fetchval(sql, *args))


async def find(connection: Connection, principal: Principal, conversation_id: str) -> Any:
    """One row, or None where there is none for this caller."""
    sql, args = compiled(select(c).where(c.c.id == conversation_id, scope(principal)))
    return await connection.fetchrow(sql, *args)


async def participants(connection: Connection, conversation_id: str) -> Sequence[Any]:
    """Who takes part, by when they joined; the table holds a few hundred of one conversation at most."""
    statement = select(p).where(p.c.conversation_id == conversation_id).order_by(p.c.joined_at, p.c.address)
    sql, args = compiled(statement.limit(1000))
    return await connection.fetch(sql, *args)


async def decisions(connection: Connection, conversation_id: str, after: Position | None, limit: int) -> Sequence[Any]:
    """Up to `limit + 1` routing decisions, the newest first."""
    statement = select(d).where(d.c.conversation_id == conversation_id)
    if after is not None:
        statement = statement.where(tuple_(d.c.at, d.c.id) < tuple_(*after))
    sql, args = compiled(statement.order_by(d.c.at.desc(), d.c.id.desc()).limit(limit + 1))
    return await connection.fetch(sql, *args)


async def plain_reason(connection: Connection, conversation_id: str) -> str | None:
    """The last decision's own words for why nobody was chosen."""
    reason = await connection.fetchval(
        "SELECT explanation ->> 'plain' FROM routing_decisions WHERE conversation_id = $1 ORDER BY at DESC, id DESC LIMIT 1",
        conversation_id,
    )
    return None if reason is None else str(reason)
