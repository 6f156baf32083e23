"""Replies that wait for the customer: stored while the reply window is closed, queued in order when they write again."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from backbone.storage import outbox
from backbone.storage.database import Connection
from backbone.storage.outbox import OutboxRow
from router.domain.conversation import Conversation, Fact
from router.repositories import timers
from router.repositories.timers import HELD, TimerRow
from router.usecases.outgoing import outbox_row, thread_of
from schemas.content import Content

RELEASED_MOST = 100
"""Of one conversation: replies beyond it wait for the customer's next message."""


async def settings_of(connection: Connection, tenant_id: str) -> Mapping[str, Any]:
    """The tenant's settings, of which `outside_window` (refuse or queue) says what becomes of a reply outside its window."""
    found: Mapping[str, Any] | None = await connection.fetchval("SELECT settings FROM tenants WHERE id = $1", tenant_id)
    return found or {}


async def hold(connection: Connection, current: Conversation, now: datetime, span: timedelta) -> None:
    """Has the replies of this conversation given up when the customer does not write in time."""
    await timers.put_earlier(connection, TimerRow(current.tenant_id, current.id, HELD, now + span, "expire"))


async def release(
    connection: Connection, opened: Sequence[Conversation], now: datetime
) -> list[tuple[Conversation, Fact]]:
    """Queues what waits in these conversations, in order, with the window that the customer has just opened.

    Answers the facts to announce. The caller holds the conversations' locks.
    """
    rows = await connection.fetch(
        """
        SELECT m.id, m.conversation_id, m.content FROM unnest($1::text[]) AS c (id) CROSS JOIN LATERAL (
            SELECT id, conversation_id, content, sort_at FROM messages
            WHERE conversation_id = c.id AND state = 'waiting_window' ORDER BY sort_at, id LIMIT $2
        ) m ORDER BY m.sort_at, m.id
        """,
        sorted({current.id for current in opened}),
        RELEASED_MOST,
    )
    if not rows:
        return []
    by_id = {current.id: current for current in opened}
    threads = {key: await thread_of(connection, key) for key in sorted({row["conversation_id"] for row in rows})}
    queued: list[OutboxRow] = []
    facts: list[tuple[Conversation, Fact]] = []
    for row in rows:
        current, content = by_id[row["conversation_id"]], Content.model_validate(row["content"])
        queued.append(outbox_row(current, threads[current.id], content, now, row["id"]))
        told = {"message_id": row["id"], "state": "queued"}
        facts.append((current, Fact("message.state_changed", current.base() | told)))
    await connection.execute(
        "UPDATE messages SET state = 'queued', state_at = $2 WHERE id = ANY($1::text[])",
        [row["id"] for row in rows],
        now,
    )
    await timers.cancel(connection, sorted(threads), HELD)
    await outbox.enqueue(connection, queued)
    return facts


async def expire(
    connection: Connection, current: Conversation, now: datetime, span: timedelta
) -> tuple[list[Fact], datetime | None]:
    """Gives up what has waited for `span`; answers the facts, and when the next of this conversation is due.

    The caller holds the conversation's lock.
    """
    rows = await connection.fetch(
        """
        UPDATE messages SET state = 'failed', state_at = $2, error_code = 'window_closed',
            error_detail = 'the customer did not write again in time'
        WHERE conversation_id = $1 AND state = 'waiting_window' AND received_at <= $3 RETURNING id
        """,
        current.id,
        now,
        now - span,
    )
    told = [{"message_id": row["id"], "state": "failed", "error_code": "window_closed"} for row in rows]
    oldest: datetime | None = await connection.fetchval(
        "SELECT min(received_at) FROM messages WHERE conversation_id = $1 AND state = 'waiting_window'", current.id
    )
    return (
        [Fact("message.state_changed", current.base() | one) for one in told],
        None if oldest is None else oldest + span,
    )
