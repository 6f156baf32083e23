"""Messages: inserted in sets, found by the provider's id, and moved through their states."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from backbone.storage.database import Connection
from backbone.storage.statement import Statement, columns, recordset

STATES = ("queued", "sending", "sent", "delivered", "read")
"""In order: a message never goes back. `failed` ends it unless it was delivered."""


class MessageRow(msgspec.Struct, frozen=True):
    """One row; the fields are its columns."""

    id: str
    tenant_id: str
    conversation_id: str
    account_id: str
    direction: str
    author_kind: str
    author_id: str | None
    content: str
    received_at: datetime
    sort_at: datetime
    provider_at: datetime | None = None
    bus_partition: int | None = None
    bus_offset: int | None = None
    provider_message_id: str | None = None
    in_reply_to: str | None = None
    automatic: bool = False
    state: str = "received"
    language: str | None = None


_INSERT = """
    INSERT INTO messages (id, tenant_id, conversation_id, account_id, direction, author_kind, author_id, content, received_at, sort_at,
        provider_at, bus_partition, bus_offset, provider_message_id, in_reply_to, automatic, state, language)
    SELECT id, tenant_id, conversation_id, account_id, direction, author_kind, author_id, content::jsonb, received_at, sort_at,
        provider_at, bus_partition, bus_offset, provider_message_id, in_reply_to, automatic, state, language
    FROM json_to_recordset($1::json) AS v (id text, tenant_id text, conversation_id text, account_id text, direction text,
        author_kind text, author_id text, content text, received_at timestamptz, sort_at timestamptz, provider_at timestamptz,
        bus_partition int, bus_offset bigint, provider_message_id text, in_reply_to text, automatic bool, state text, language text)
    RETURNING account_id, provider_message_id
"""


def inserting(rows: Sequence[MessageRow]) -> Statement:
    """Stores new messages; returns their accounts and provider ids, to look for what waits for them."""
    return Statement(_INSERT, (recordset(rows),))


async def insert(connection: Connection, rows: Sequence[MessageRow]) -> None:
    if rows:
        statement = inserting(rows)
        await connection.execute(statement.sql, *statement.args)


@dataclass(slots=True)
class Known:
    """A stored message that an amendment is about, its row locked."""

    id: str
    tenant_id: str
    conversation_id: str
    account_id: str
    direction: str
    state: str
    content: dict[str, Any]
    reactions: dict[str, str]
    provider_message_id: str | None
    agent_id: str | None
    team_id: str | None


_KNOWN = """m.id, m.tenant_id, m.conversation_id, m.account_id, m.direction, m.state, m.content, coalesce(m.reactions, '{}'),
    m.provider_message_id, c.agent_id, c.team_id"""


async def find_by_provider_ids(connection: Connection, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Known]:
    """Messages by (account id, provider message id), also by the ids of their further parts; locked in id order."""
    ordered = sorted(set(keys))
    if not ordered:
        return {}
    rows = await connection.fetch(
        f"""
        WITH k AS (SELECT * FROM unnest($1::text[], $2::text[]) AS k (a, p)),
        found AS (
            SELECT k.a, k.p, m.id FROM k JOIN messages m ON m.account_id = k.a AND m.provider_message_id = k.p
            UNION
            SELECT k.a, k.p, x.message_id FROM k JOIN message_parts x ON x.account_id = k.a AND x.provider_message_id = k.p
        )
        SELECT found.a AS key_account, found.p AS key_provider, {_KNOWN}
        FROM found JOIN messages m ON m.id = found.id JOIN conversations c ON c.id = m.conversation_id
        ORDER BY m.id FOR UPDATE OF m
        """,
        [account for account, _ in ordered],
        [provider for _, provider in ordered],
    )
    return {(row["key_account"], row["key_provider"]): Known(*list(row)[2:]) for row in rows}


async def find_by_ids(connection: Connection, ids: Iterable[str]) -> dict[str, Known]:
    rows = await connection.fetch(
        f"SELECT {_KNOWN} FROM messages m JOIN conversations c ON c.id = m.conversation_id "
        "WHERE m.id = ANY($1::text[]) ORDER BY m.id FOR UPDATE OF m",
        sorted(set(ids)),
    )
    return {row["id"]: Known(*row) for row in rows}


async def sent_until(connection: Connection, account_id: str, thread_key: str, until: datetime) -> list[Known]:
    """Our latest messages of a thread (at most 200) that were sent by `until` and not read yet: what a watermark covers."""
    rows = await connection.fetch(
        f"""
        SELECT {_KNOWN} FROM conversations c JOIN messages m ON m.conversation_id = c.id
        WHERE c.account_id = $1 AND c.thread_key = $2 AND c.status <> 'resolved'
            AND m.direction = 'out' AND m.state IN ('sent', 'delivered') AND m.state_at <= $3
        ORDER BY m.sort_at DESC LIMIT 200 FOR UPDATE OF m
        """,
        account_id,
        thread_key,
        until,
    )
    return [Known(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class StateChange:
    message_id: str
    state: str
    at: datetime
    error_code: str | None = None
    error_detail: str | None = None
    possibly_sent_twice: bool = False
    provider_message_id: str | None = None


async def change_states(connection: Connection, changes: Sequence[StateChange]) -> None:
    """At most one change for each message; the caller holds their locks and has checked the order of states."""
    if not changes:
        return
    await connection.execute(
        """
        UPDATE messages m SET state = v.s, state_at = v.at, error_code = v.e, error_detail = v.d,
            possibly_sent_twice = m.possibly_sent_twice OR v.twice, provider_message_id = coalesce(m.provider_message_id, v.p)
        FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::text[], $6::bool[], $7::text[])
            AS v (id, s, at, e, d, twice, p)
        WHERE m.id = v.id
        """,
        [c.message_id for c in changes],
        [c.state for c in changes],
        [c.at for c in changes],
        [c.error_code for c in changes],
        [c.error_detail for c in changes],
        [c.possibly_sent_twice for c in changes],
        [c.provider_message_id for c in changes],
    )


async def doubt(connection: Connection, ids: Sequence[str]) -> None:
    """Notes that these may have gone out twice, whatever their state; the caller holds their locks."""
    if ids:
        await connection.execute("UPDATE messages SET possibly_sent_twice = true WHERE id = ANY($1::text[])", list(ids))


def follows(state: str, before: str) -> bool:
    """Whether a message in state `before` may move to `state`."""
    if state == "failed":
        return before in {"queued", "sending", "sent"}
    if before == "failed" or state not in STATES or before not in STATES:
        return False
    return STATES.index(state) > STATES.index(before)


async def remember_parts(connection: Connection, rows: Sequence[tuple[str, str, str, str]]) -> None:
    """Rows of (account id, provider message id, tenant id, message id)."""
    if rows:
        await connection.execute(
            "INSERT INTO message_parts (account_id, provider_message_id, tenant_id, message_id) "
            "SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) ON CONFLICT DO NOTHING",
            *columns(rows),
        )
