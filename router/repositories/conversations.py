"""Conversations: locked by thread or id, opened, and saved in sets."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

from backbone.storage.database import Connection
from backbone.storage.statement import Statement, columns, recordset
from router.domain.clocks import from_json, to_json
from router.domain.conversation import Conversation

Thread = tuple[str, str]
"""Account id and thread key."""

_COLUMNS = """c.id, c.tenant_id, c.account_id, c.thread_key, c.channel_class, c.visibility, c.status, c.contact_id,
    c.contact_address, c.cohort, c.team_id, c.agent_id, c.priority, c.opened_at, c.last_message_at, c.policy_id,
    c.policy_version, c.waiting_since, c.due_at, c.sla_state, c.first_reply_at, c.last_customer_at, c.window_expires_at,
    c.snoozed_until, c.resolved_at, c.auto_replied_at, c.units, c.version, c.customer_waiting_since, c.held_units, c.held_interruptible,
    c.clocks"""


def _load(row: Any) -> Conversation:
    found = Conversation(*row)
    if row[-1] is not None:
        found.clocks = from_json(row[-1])
    return found


_LOCK_OPEN = f"""
    SELECT {_COLUMNS} FROM conversations c
    JOIN unnest($1::text[], $2::text[]) AS k (a, t) ON c.account_id = k.a AND c.thread_key = k.t
    WHERE c.status <> 'resolved' ORDER BY c.account_id, c.thread_key FOR UPDATE OF c
"""


def locking_open(threads: Iterable[Thread]) -> Statement:
    """The open conversation of each thread, its row locked, in one order for everybody (so that two batches don't deadlock)."""
    ordered = sorted(set(threads))
    return Statement(_LOCK_OPEN, ([account for account, _ in ordered], [key for _, key in ordered]))


async def lock_open(connection: Connection, threads: Iterable[Thread]) -> dict[Thread, Conversation]:
    """As `locking_open`."""
    statement = locking_open(threads)
    return by_thread(await connection.fetch(statement.sql, *statement.args))


def by_thread(rows: Iterable[Sequence[Any]]) -> dict[Thread, Conversation]:
    """Conversations of rows as `locking_open` gives them."""
    found = map(_load, rows)
    return {(one.account_id, one.thread_key): one for one in found}


async def lock_resolved_since(
    connection: Connection, threads: Iterable[Thread], since: datetime
) -> dict[Thread, tuple[Conversation, bool]]:
    """The last resolved conversation of each thread, locked; True if it was resolved at or after `since`."""
    ordered = sorted(set(threads))
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS} FROM unnest($1::text[], $2::text[]) AS k (a, t)
        CROSS JOIN LATERAL (
            SELECT * FROM conversations r WHERE r.account_id = k.a AND r.thread_key = k.t AND r.status = 'resolved'
            ORDER BY r.resolved_at DESC LIMIT 1 FOR UPDATE
        ) c
        """,
        [account for account, _ in ordered],
        [key for _, key in ordered],
    )
    return {(row["account_id"], row["thread_key"]): (_load(row), row["resolved_at"] >= since) for row in rows}


async def lock(connection: Connection, conversation_id: str) -> Conversation | None:
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM conversations c WHERE c.id = $1 FOR UPDATE", conversation_id
    )
    return None if row is None else _load(row)


async def lock_many(connection: Connection, ids: Sequence[str], *, skip_locked: bool = False) -> list[Conversation]:
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM conversations c WHERE c.id = ANY($1::text[]) ORDER BY c.account_id, c.thread_key "
        f"FOR UPDATE {'SKIP LOCKED' if skip_locked else ''}",
        list(ids),
    )
    return [_load(row) for row in rows]


async def with_clocks(connection: Connection, tenant_id: str, most: int) -> list[Conversation]:
    """Conversations in which a clock runs or pauses, the oldest first; not locked, to look at only."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM conversations c WHERE c.tenant_id = $1 AND c.status <> 'resolved' "
        "AND (c.due_at IS NOT NULL OR c.clocks IS NOT NULL) ORDER BY c.id LIMIT $2",
        tenant_id,
        most,
    )
    return [_load(row) for row in rows]


@dataclass(frozen=True, slots=True)
class Opening:
    """What only a new conversation stores besides its state."""

    conversation: Conversation
    channel: str
    contact_name: str | None
    subject: str | None
    previous_id: str | None


_INSERT = """
    INSERT INTO conversations (id, tenant_id, account_id, channel, channel_class, thread_key, status, visibility, contact_id,
        contact_address, contact_name, cohort, subject, team_id, previous_id, units, priority, opened_at, last_message_at, agent_id,
        policy_id, policy_version, waiting_since, due_at, sla_state, first_reply_at, last_customer_at, window_expires_at, preview,
        message_count, customer_waiting_since, clocks)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
        $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::int[], $17::int[], $18::timestamptz[],
        $19::timestamptz[], $20::text[], $21::text[], $22::bigint[], $23::timestamptz[], $24::timestamptz[], $25::text[],
        $26::timestamptz[], $27::timestamptz[], $28::timestamptz[], $29::text[], $30::int[], $31::timestamptz[], $32::jsonb[])
"""


def inserting(openings: Sequence[Opening], savings: Mapping[str, "Saving"]) -> Statement:
    """Opens conversations in their final state. Executing it raises the driver's UniqueViolationError if another
    transaction opened one of the threads.
    """
    rows = (
        (
            c.id, c.tenant_id, c.account_id, o.channel, c.channel_class, c.thread_key, c.status, c.visibility, c.contact_id,
            c.contact_address, o.contact_name, c.cohort, o.subject, c.team_id, o.previous_id, c.units, c.priority, c.opened_at,
            c.last_message_at, c.agent_id, c.policy_id, c.policy_version, c.waiting_since, c.due_at, c.sla_state, c.first_reply_at,
            c.last_customer_at, c.window_expires_at, (s.preview or "") if s else "", s.messages if s else 0,
            c.customer_waiting_since, to_json(c.clocks),
        )
        for o in openings
        for c in (o.conversation,)
        for s in (savings.get(c.id),)
    )  # fmt: skip
    return Statement(_INSERT, columns(rows))


@dataclass(frozen=True, slots=True)
class Saving:
    """A conversation to write back, with its new preview (None keeps it) and the number of messages it gained."""

    conversation: Conversation
    preview: str | None = None
    messages: int = 0


_SAVE = """
    UPDATE conversations c SET status = v.status, team_id = v.team_id, agent_id = v.agent_id, priority = v.priority,
        last_message_at = v.last_message_at, policy_id = v.policy_id, policy_version = v.policy_version,
        waiting_since = v.waiting_since, due_at = v.due_at, sla_state = v.sla_state, first_reply_at = v.first_reply_at,
        last_customer_at = v.last_customer_at, window_expires_at = v.window_expires_at, snoozed_until = v.snoozed_until,
        resolved_at = v.resolved_at, auto_replied_at = v.auto_replied_at, preview = coalesce(v.preview, c.preview),
        message_count = c.message_count + v.messages, customer_waiting_since = v.customer_waiting_since,
        clocks = v.clocks, version = c.version + 1
    FROM (
        SELECT * FROM json_to_recordset($1::json) AS r (id text, status text, team_id text, agent_id text, priority int,
            last_message_at timestamptz, policy_id text, policy_version bigint, waiting_since timestamptz, due_at timestamptz,
            sla_state text, first_reply_at timestamptz, last_customer_at timestamptz, window_expires_at timestamptz,
            snoozed_until timestamptz, resolved_at timestamptz, auto_replied_at timestamptz, customer_waiting_since timestamptz,
            clocks jsonb, preview text, messages int)
        LIMIT $2
    ) AS v
    WHERE c.id = v.id
"""
_STATE = (
    "id", "status", "team_id", "agent_id", "priority", "last_message_at", "policy_id", "policy_version", "waiting_since", "due_at",
    "sla_state", "first_reply_at", "last_customer_at", "window_expires_at", "snoozed_until", "resolved_at", "auto_replied_at",
    "customer_waiting_since",
)  # fmt: skip
_state_of = attrgetter(*_STATE)


def saving(savings: Sequence[Saving]) -> Statement:
    """Writes the state of locked conversations back; their versions rise by one, in the objects too."""
    rows = []
    for one in savings:
        row = dict(zip(_STATE, _state_of(one.conversation), strict=True))
        row["clocks"] = to_json(one.conversation.clocks)
        row["preview"], row["messages"] = one.preview, one.messages
        rows.append(row)
        one.conversation.version += 1
    return Statement(_SAVE, (recordset(rows), len(rows)))


async def save(connection: Connection, savings: Sequence[Saving]) -> None:
    if savings:
        statement = saving(savings)
        await connection.execute(statement.sql, *statement.args)
