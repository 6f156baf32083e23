"""What administrators do with sources, each inside one transaction of theirs."""

from dataclasses import asdict
from typing import Any

from agent_api.context.source_schemas import (
    AddContextSource,
    ContextSource,
    ContextSourceList,
    TriedContextSource,
    TryContextSource,
)
from agent_api.context.template import fault_of
from agent_api.http.call import Answer, Call
from agent_api.http.urls import check_url
from backbone.errors import Conflict, InputInvalid, NotFound
from backbone.ids import new_id
from backbone.storage.database import Connection

MOST = 5
"""Of one tenant: each is asked whenever an agent looks at a customer."""
_FORBIDDEN = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "accept-encoding", "te", "upgrade"}
)
_SHOWN = ", ".join(name for name in ContextSource.model_fields if name != "circuit")


def sealing_context(source_id: str) -> str:
    return f"context source {source_id}"


def _source_of(row: Any) -> ContextSource:
    return ContextSource(**dict(row))


async def list_sources(connection: Connection, call: Call) -> Answer:
    """With how their circuits are in this process."""
    rows = await connection.fetch(f"SELECT {_SHOWN} FROM context_sources ORDER BY name LIMIT $1", MOST)
    found = [_source_of(row) for row in rows]
    items = [one.model_copy(update={"circuit": call.parts.sources.circuit(one.id)}) for one in found]
    return Answer(ContextSourceList(items=items))


async def try_source(call: Call, source_id: str, body: TryContextSource) -> Answer:
    """Asks it now, and keeps nothing of what it says. Raises `NotFound`."""
    row = await call.read(
        lambda connection: connection.fetchrow("SELECT * FROM context_sources WHERE id = $1", source_id)
    )
    if row is None:
        raise NotFound("There is no such source.")
    tried = await call.parts.sources.try_out(row, body.customer_id)
    if tried is None:
        raise InputInvalid(pointers={"/customer_id": "must not be dots alone"})
    return Answer(TriedContextSource(**asdict(tried)))


async def add_source(connection: Connection, call: Call, body: AddContextSource) -> Answer:
    _check(call, body)
    tenant_id = call.principal.tenant_id
    # One at a time, so that two at the same time don't make six of them.
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 23))", tenant_id)
    if await connection.fetchval("SELECT count(*) FROM context_sources") >= MOST:
        raise Conflict(f"There are {MOST} sources already.")
    source_id = new_id("src")
    secret = body.header_value
    row = await connection.fetchrow(
        "INSERT INTO context_sources (id, tenant_id, name, url, header_name, header_value, items, fields, ttl_seconds, created_at) "
        f"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING {_SHOWN}",
        source_id,
        tenant_id,
        body.name,
        body.url,
        body.header_name,
        None
        if secret is None
        else call.parts.master.seal(secret.get_secret_value().encode(), sealing_context(source_id)),
        body.items,
        body.fields,
        body.ttl_seconds,
        call.now,
    )
    return Answer(_source_of(row), status=201)


async def remove_source(connection: Connection, source_id: str) -> Answer:
    if await connection.fetchval("DELETE FROM context_sources WHERE id = $1 RETURNING 1", source_id) is None:
        raise NotFound("There is no such source.")
    return Answer(None)


def _check(call: Call, body: AddContextSource) -> None:
    fault = fault_of(body.url)
    if fault is not None:
        raise InputInvalid(pointers={"/url": fault})
    check_url(call, body.url.replace("{", "").replace("}", ""))
    if (body.header_name is None) != (body.header_value is None):
        raise InputInvalid(pointers={"/header_name": "goes with header_value"})
    if body.header_name is not None and body.header_name.lower() in _FORBIDDEN:
        raise InputInvalid(pointers={"/header_name": "is the connection's own"})
    value = "" if body.header_value is None else body.header_value.get_secret_value()
    if not value.isascii() or not value.isprintable() or value != value.strip():
        raise InputInvalid(pointers={"/header_value": "must be printable ASCII without spaces around it"})
