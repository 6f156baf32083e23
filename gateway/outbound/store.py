"""The table `deliveries`: taken from the bus, leased by senders, settled with their reports. The gateway alone writes it.

A row is unfinished while `queued` or `sending`. `next_at` is when it may be looked at: for a queued row its next
attempt, for a sending one the end of its lease, after which whoever held it counts as dead and the outcome as unknown.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from backbone.channel.json import clean
from backbone.storage.database import Connection
from backbone.telemetry.logs import get_logger
from schemas.outbound import OutboundMessage

UNKNOWN = "outcome_unknown"
"""The error code of a queued row whose last attempt may have been taken."""
KEEP = timedelta(days=14)
"""How long finished rows stay: longer than the bus keeps records, so that one read again is known."""
DETAIL_MAX = 500

_log = get_logger("deliveries")


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """A message from the bus with the number of its parts; `refused` (code, detail) where it can't even be rendered.

    `doubtful`: it may have been sent already, in a history that the database lost.
    """

    message: OutboundMessage = field(repr=False)
    parts: int
    traceparent: str | None = None
    refused: tuple[str, str] | None = None
    doubtful: bool = False

    @property
    def code(self) -> str | None:
        return self.refused[0] if self.refused else UNKNOWN if self.doubtful else None


@dataclass(frozen=True, slots=True)
class Head:
    """An account with unfinished deliveries; the first is due in `due_in` seconds (negative: since then)."""

    account_id: str
    tenant_id: str
    channel: str
    due_in: float


@dataclass(frozen=True, slots=True)
class Delivery:
    """One part of a message, leased by this process. `unknown`: an earlier attempt may have been taken."""

    message: OutboundMessage = field(repr=False)
    part: int
    attempt: int
    unknown: bool
    possibly_sent_twice: bool
    age: timedelta
    traceparent: str | None


@dataclass(frozen=True, slots=True)
class MessageState:
    """All parts of a message together, as its report tells them."""

    finished: bool
    provider_message_ids: tuple[str, ...]
    possibly_sent_twice: bool


async def insert(connection: Connection, new: Sequence[NewDelivery]) -> set[str]:
    """Adds rows in the order given, part by part; answers the ids of messages that were not there before."""
    rows = [(item, part) for item in new for part in range(item.parts)]
    if not rows:
        return set()
    added = await connection.fetch(
        """
        INSERT INTO deliveries (message_id, part, tenant_id, account_id, channel, conversation_id, body, traceparent,
                                state, error_code, error_detail)
        SELECT m, p, t, a, c, v, CASE WHEN d IS NULL THEN b ELSE '{}' END, h,
               CASE WHEN d IS NULL THEN 'queued' ELSE 'failed' END, e, d
        FROM unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::jsonb[], $8::text[],
                    $9::text[], $10::text[]) WITH ORDINALITY AS r (m, p, t, a, c, v, b, h, e, d, n)
        ORDER BY n
        ON CONFLICT (message_id, part) DO NOTHING
        RETURNING message_id
        """,
        [item.message.message_id for item, _ in rows],
        [part for _, part in rows],
        [item.message.tenant_id for item, _ in rows],
        [item.message.account_id for item, _ in rows],
        [item.message.channel for item, _ in rows],
        [item.message.conversation_id for item, _ in rows],
        [item.message.model_dump(mode="json", exclude_defaults=True) for item, _ in rows],
        [item.traceparent for item, _ in rows],
        [item.code for item, _ in rows],
        [item.refused[1][:DETAIL_MAX] if item.refused else None for item, _ in rows],
    )
    return {row["message_id"] for row in added}


_TIMELINE = "left(pg_walfile_name(pg_current_wal_lsn()), 8)"


async def timeline(connection: Connection) -> str:
    """PostgreSQL's: another one after a standby was promoted or a backup restored."""
    return str(await connection.fetchval(f"SELECT {_TIMELINE}"))


async def doubt(connection: Connection, channels: Sequence[str]) -> datetime:
    """Notes on all that waits that it may have been sent; answers the database's time."""
    await connection.execute(
        "UPDATE deliveries SET error_code = $2, updated_at = now() WHERE state = 'queued' AND channel = ANY($1)",
        list(channels),
        UNKNOWN,
    )
    now: datetime = await connection.fetchval("SELECT now()")
    return now


async def heads(connection: Connection, channels: Sequence[str]) -> tuple[str, list[Head]]:
    """The timeline, and every account of these channels with unfinished rows, each found by one step in the index."""
    rows = await connection.fetch(
        f"""
        WITH RECURSIVE heads AS (
            (SELECT account_id, tenant_id, channel, next_at FROM deliveries WHERE state IN ('queued', 'sending')
             ORDER BY account_id, next_at LIMIT 1)
            UNION ALL
            SELECT n.* FROM heads h CROSS JOIN LATERAL (
                SELECT account_id, tenant_id, channel, next_at FROM deliveries
                WHERE state IN ('queued', 'sending') AND account_id > h.account_id
                ORDER BY account_id, next_at LIMIT 1) n
        )
        SELECT timeline, account_id, tenant_id, channel, extract(epoch FROM next_at - now())::float8 AS due_in
        FROM (SELECT {_TIMELINE} AS timeline) AS one LEFT JOIN heads ON channel = ANY($1)
        """,
        list(channels),
    )
    found = [Head(*row[1:]) for row in map(tuple, rows) if row[1] is not None]
    return str(rows[0]["timeline"]), found


async def claim(
    connection: Connection, account_id: str, holder: str, *, most: int, lease: timedelta, mark_twice: bool
) -> list[Delivery]:
    """Leases up to `most` deliveries of an account that may go out now and notes the attempt; commit before calling.

    Eligible is what is due and has no unfinished delivery of its conversation before it. `mark_twice` notes on those of
    unknown outcome that this attempt may be a second one.
    """
    rows = await connection.fetch(
        """
        WITH due AS (
            SELECT d.message_id, d.part, d.state = 'sending' OR d.error_code IS NOT DISTINCT FROM $6 AS unknown
            FROM deliveries d
            WHERE d.account_id = $1 AND d.state IN ('queued', 'sending') AND d.next_at <= now()
              AND NOT EXISTS (SELECT 1 FROM deliveries e WHERE e.conversation_id = d.conversation_id
                              AND e.state IN ('queued', 'sending') AND e.position < d.position)
            ORDER BY d.next_at, d.position LIMIT $3 FOR UPDATE OF d SKIP LOCKED
        )
        UPDATE deliveries d SET state = 'sending', attempt = d.attempt + 1, lease_holder = $2, lease_until = now() + $4,
            next_at = now() + $4, possibly_sent_twice = d.possibly_sent_twice OR (due.unknown AND $5), updated_at = now()
        FROM due WHERE d.message_id = due.message_id AND d.part = due.part
        RETURNING d.message_id, d.body, d.part, d.attempt, d.possibly_sent_twice, d.traceparent, d.position, due.unknown,
            now() - d.created_at AS age
        """,
        account_id,
        holder,
        most,
        lease,
        mark_twice,
        UNKNOWN,
    )
    found: list[Delivery] = []
    for row in sorted(rows, key=lambda row: row["position"]):
        try:
            found.append(_delivery(row))
        except ValidationError as error:
            # Written by a release that can't be this one's neighbour: it must not stop the account.
            _log.error("delivery unreadable", message_id=row["message_id"], problems=error.error_count())
            await connection.execute(
                "UPDATE deliveries SET state = 'failed', error_code = 'unreadable' WHERE message_id = $1",
                row["message_id"],
            )
    return found


def _delivery(row: Any) -> Delivery:
    return Delivery(
        message=OutboundMessage.model_validate(row["body"]),
        part=row["part"],
        attempt=row["attempt"],
        unknown=row["unknown"],
        possibly_sent_twice=row["possibly_sent_twice"],
        age=row["age"],
        traceparent=row["traceparent"],
    )


async def settle_sent(connection: Connection, held: Delivery, holder: str, provider_id: str | None) -> bool:
    """False if the lease was lost to another sender (or this was settled before): then nothing is written."""
    return await _settle(connection, held, holder, "sent", provider_id, None, None)


async def settle_failed(connection: Connection, held: Delivery, holder: str, code: str, detail: str) -> bool:
    """As `settle_sent`; what is left of the message is given up with it."""
    settled = await _settle(connection, held, holder, "failed", None, code, detail)
    if settled:
        await connection.execute(
            """
            UPDATE deliveries SET state = 'failed', error_code = 'earlier_part_failed', body = '{}', updated_at = now()
            WHERE message_id = $1 AND state = 'queued'
            """,
            held.message.message_id,
        )
    return settled


async def _settle(
    connection: Connection, held: Delivery, holder: str, state: str, provider_id: str | None, *error: str | None
) -> bool:
    code, detail = error
    done = await connection.fetchval(
        """
        UPDATE deliveries SET state = $5, provider_message_id = $6, error_code = $7, error_detail = $8, body = '{}',
            lease_until = NULL, lease_holder = NULL, updated_at = now()
        WHERE message_id = $1 AND part = $2 AND state = 'sending' AND lease_holder = $3 AND attempt = $4 RETURNING 1
        """,
        held.message.message_id,
        held.part,
        holder,
        held.attempt,
        state,
        _kept(provider_id),
        _kept(code),
        _kept(detail),
    )
    return done is not None


def _kept(text: str | None) -> str | None:
    """Whatever a provider wrote must not keep its answer from being noted, or the message would go out again."""
    return None if text is None else clean(text)[:DETAIL_MAX]


async def settle_again(
    connection: Connection, held: Delivery, holder: str, pause: timedelta, code: str, detail: str
) -> bool:
    """Queued again for after `pause`; the rest of its conversation waits for it. As `settle_sent` otherwise."""
    done = await connection.fetchval(
        """
        UPDATE deliveries SET state = 'queued', next_at = now() + $5, error_code = $6, error_detail = $7,
            lease_until = NULL, lease_holder = NULL, updated_at = now()
        WHERE message_id = $1 AND part = $2 AND state = 'sending' AND lease_holder = $3 AND attempt = $4 RETURNING 1
        """,
        held.message.message_id,
        held.part,
        holder,
        held.attempt,
        pause,
        _kept(code),
        _kept(detail),
    )
    return done is not None


async def message_state(connection: Connection, message_id: str) -> MessageState:
    """What the parts of a message came to so far; ids in the order of its parts."""
    rows = await connection.fetch(
        """
        SELECT state, provider_message_id, possibly_sent_twice FROM deliveries WHERE message_id = $1 ORDER BY part
        """,
        message_id,
    )
    return MessageState(
        finished=all(row["state"] == "sent" for row in rows),
        provider_message_ids=tuple(row["provider_message_id"] for row in rows if row["provider_message_id"]),
        possibly_sent_twice=any(row["possibly_sent_twice"] for row in rows),
    )
