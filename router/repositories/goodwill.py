"""What was given to customers, and what waits for a decision."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from backbone.storage.database import Connection
from router.domain.conversation import Conversation
from router.domain.goodwill import Decision, Outcome, Rule

COLUMNS = (
    "id, conversation_id, contact_id, rule, kind, value_minor, currency, reason, state, above, code, asked_by, asked_at, "
    "decided_by, decided_at, honoured_at"
)
_STRATA_MOST = 20_000


async def tiers_of(connection: Connection, contact_id: str) -> list[str]:
    """The loyalty tiers that companies' systems reported of the contact."""
    rows = await connection.fetch(
        "SELECT l.data ->> 'tier' AS tier FROM contact_customers($1) JOIN partner_loyalty l USING (account_id, reference) LIMIT 20",
        contact_id,
    )
    return [row["tier"] for row in rows if row["tier"]]


async def given(connection: Connection, contact_id: str, rule: str, since: datetime) -> tuple[int, int]:
    """The value and the number of what the contact had by the rule since then, what waits included.

    Until the transaction ends nobody else counts for the same contact: two at once can't both stay below a limit.
    """
    await connection.execute("SELECT pg_advisory_xact_lock(hashtext('goodwill'), hashtext($1))", contact_id)
    row = await connection.fetchrow(
        "SELECT coalesce(sum(value_minor), 0)::bigint AS value, count(*) AS times FROM goodwill "
        "WHERE contact_id = $1 AND rule = $2 AND asked_at > $3 AND state <> 'declined'",
        contact_id,
        rule,
        since,
    )
    return row["value"], row["times"]


async def insert(
    connection: Connection,
    current: Conversation,
    rule: Rule,
    decision: Decision,
    *,
    goodwill_id: str,
    value: int,
    reason: str,
    code: str,
    actor: str,
    now: datetime,
) -> Any:
    granted = decision.state == "granted"
    return await connection.fetchrow(
        f"""
        INSERT INTO goodwill (id, tenant_id, conversation_id, contact_id, rule, kind, value_minor, currency, reason, state, above,
            code, asked_by, asked_at, decided_by, decided_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) RETURNING {COLUMNS}
        """,
        goodwill_id, current.tenant_id, current.id, current.contact_id, rule.name, rule.kind, value, rule.currency, reason,
        decision.state, list(decision.reasons), code, actor, now, actor if granted else None, now if granted else None,
    )  # fmt: skip


async def lock(connection: Connection, goodwill_id: str) -> Any:
    return await connection.fetchrow(f"SELECT {COLUMNS} FROM goodwill WHERE id = $1 FOR UPDATE", goodwill_id)


async def decide(connection: Connection, goodwill_id: str, state: str, actor: str, now: datetime) -> Any:
    return await connection.fetchrow(
        f"UPDATE goodwill SET state = $2, decided_by = $3, decided_at = $4 WHERE id = $1 RETURNING {COLUMNS}",
        goodwill_id,
        state,
        actor,
        now,
    )


async def honour(connection: Connection, goodwill_id: str, now: datetime) -> Any:
    return await connection.fetchrow(
        f"UPDATE goodwill SET honoured_at = coalesce(honoured_at, $2) WHERE id = $1 RETURNING {COLUMNS}",
        goodwill_id,
        now,
    )


async def outcomes(connection: Connection, since: datetime, until: datetime) -> list[Outcome]:
    """Resolutions of the tenant in between, with and without goodwill that was granted before them, by channel, team and week."""
    rows: Sequence[Any] = await connection.fetch(
        f"""
        SELECT r.channel, coalesce(r.team_id, '') AS team, to_char(r.at AT TIME ZONE 'UTC', 'IYYY-IW') AS week, g.given,
            count(r.settled_at) AS settled, count(r.again_at) AS again, count(x.score) AS rated, coalesce(sum(x.score), 0)::bigint AS scores
        FROM resolutions r
        CROSS JOIN LATERAL (SELECT EXISTS (SELECT 1 FROM goodwill w WHERE w.conversation_id = r.conversation_id
            AND w.state = 'granted' AND w.decided_at <= r.at) AS given) g
        LEFT JOIN ratings x ON x.conversation_id = r.conversation_id AND x.at >= r.at AND (r.next_at IS NULL OR x.at < r.next_at)
        WHERE r.tenant_id = current_setting('frontdesk.tenant') AND r.at >= $1 AND r.at < $2
        GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4 LIMIT {_STRATA_MOST}
        """,
        since,
        until,
    )
    return [
        Outcome(
            (row["channel"], row["team"], row["week"]),
            row["given"],
            row["settled"],
            row["again"],
            row["rated"],
            row["scores"],
        )
        for row in rows
    ]
