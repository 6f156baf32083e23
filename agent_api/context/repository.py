"""Reads what is known of a contact, one statement a part. What companies' systems reported is found by proven addresses."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from agent_api.conversations.repository import scope
from backbone.storage.compile import compiled
from backbone.storage.database import Connection
from backbone.storage.models.tables import conversations as c
from backbone.web.auth import Principal

HISTORY_MOST = 10
_TRACK = """
    SELECT coalesce(jsonb_agg(jsonb_build_object('at', t.at, 'state', t.state, 'place', nullif(t.place, '')) ORDER BY t.at DESC), '[]')
    FROM (SELECT * FROM partner_checkpoints k WHERE k.account_id = s.account_id AND k.shipment_id = s.id ORDER BY k.at DESC LIMIT 20) t
"""
_SHIPMENT = f"s.data || jsonb_build_object('as_of', s.occurred_at, 'track', ({_TRACK}))"


async def profile(connection: Connection, contact_id: str) -> Any:
    """The contact, and what companies' systems say where it says nothing."""
    return await connection.fetchrow(
        """
        SELECT c.id, coalesce(c.name, p.name) AS name, coalesce(c.language, p.language) AS language,
            CASE WHEN c.cohort = 'unknown' THEN coalesce(p.cohort, 'unknown') ELSE c.cohort END AS cohort,
            CASE WHEN c.cohort = 'unknown' AND p.cohort IS NOT NULL THEN 'partner_attribute' ELSE c.cohort_source END AS cohort_source
        FROM contacts c LEFT JOIN LATERAL (
            SELECT q.* FROM contact_customers(c.id) JOIN partner_customers q USING (account_id, reference)
            ORDER BY q.profile_at DESC NULLS LAST, q.account_id LIMIT 1) p ON true
        WHERE c.id = $1
        """,
        contact_id,
    )


async def history(connection: Connection, principal: Principal, contact_id: str) -> Sequence[Any]:
    """The last conversations that this caller may see."""
    statement = select(c).where(c.c.contact_id == contact_id, scope(principal))
    sql, args = compiled(statement.order_by(c.c.opened_at.desc()).limit(HISTORY_MOST))
    return await connection.fetch(sql, *args)


async def orders(connection: Connection, contact_id: str) -> Sequence[Any]:
    return await connection.fetch(
        f"""
        SELECT o.data, NOT o.closed AS open, o.occurred_at, (
            SELECT coalesce(jsonb_agg({_SHIPMENT} ORDER BY s.occurred_at DESC, s.id), '[]')
            FROM (SELECT * FROM partner_shipments g WHERE g.account_id = o.account_id AND g.order_id = o.id
                AND g.reference = o.reference ORDER BY g.occurred_at DESC LIMIT 10) s) AS shipments
        FROM (
            SELECT p.* FROM contact_customers($1) w CROSS JOIN LATERAL (
                SELECT * FROM partner_orders x WHERE x.account_id = w.account_id AND x.reference = w.reference
                ORDER BY x.closed, x.occurred_at DESC LIMIT 20) p
            ORDER BY p.closed, p.occurred_at DESC LIMIT 20) o
        ORDER BY o.closed, o.occurred_at DESC, o.id
        """,
        contact_id,
    )


async def parcels(connection: Connection, contact_id: str) -> Sequence[Any]:
    """Those of no order that is known."""
    return await connection.fetch(
        f"""
        SELECT {_SHIPMENT} AS data FROM (
            SELECT g.* FROM contact_customers($1) w CROSS JOIN LATERAL (
                SELECT * FROM partner_shipments x WHERE x.account_id = w.account_id AND x.reference = w.reference
                    AND NOT EXISTS (SELECT 1 FROM partner_orders o WHERE o.account_id = x.account_id AND o.id = x.order_id)
                ORDER BY x.occurred_at DESC LIMIT 10) g
            ORDER BY g.occurred_at DESC LIMIT 10) s
        ORDER BY s.occurred_at DESC, s.id
        """,
        contact_id,
    )


async def loyalty(connection: Connection, contact_id: str) -> Sequence[Any]:
    return await connection.fetch(
        """
        SELECT l.data, l.occurred_at FROM contact_customers($1) JOIN partner_loyalty l USING (account_id, reference)
        ORDER BY l.occurred_at DESC LIMIT 20
        """,
        contact_id,
    )


async def promises(connection: Connection, contact_id: str) -> Sequence[Any]:
    """Open ones."""
    return await connection.fetch(
        """
        SELECT p.data, p.occurred_at FROM contact_customers($1) w CROSS JOIN LATERAL (
            SELECT * FROM partner_promises x WHERE x.account_id = w.account_id AND x.reference = w.reference AND NOT x.closed
            ORDER BY x.occurred_at DESC LIMIT 20) p
        ORDER BY p.data ->> 'due_at' NULLS LAST, p.id LIMIT 20
        """,
        contact_id,
    )


async def ratings(connection: Connection, contact_id: str) -> Sequence[Any]:
    """Of the last 50 conversations, whoever may see those: a score says nothing of what was written."""
    return await connection.fetch(
        """
        SELECT r.conversation_id, r.score, r.at FROM (
            SELECT id FROM conversations WHERE contact_id = $1 ORDER BY opened_at DESC LIMIT 50) c
        JOIN ratings r ON r.conversation_id = c.id ORDER BY r.at DESC LIMIT 50
        """,
        contact_id,
    )


async def consents(connection: Connection, contact_id: str) -> Sequence[Any]:
    return await connection.fetch(
        """
        (SELECT c.purpose, c.state, c.at, c.proof FROM contact_customers($1) JOIN partner_consents c USING (account_id, reference)
            ORDER BY c.purpose, c.at DESC LIMIT 20)
        UNION ALL
        (SELECT purpose, state, at, concat_ws(' ', how, message_id, by, quote_literal(word)) FROM consents
            WHERE contact_id = $1 ORDER BY at DESC, id DESC LIMIT 20)
        ORDER BY purpose, at DESC LIMIT 20
        """,
        contact_id,
    )


async def opted_out(connection: Connection, contact_id: str) -> Sequence[Any]:
    return await connection.fetch(
        """
        SELECT a.channel, p.address, p.opted_out_at AS at, p.opted_out_word AS word FROM contact_points p
        JOIN channel_accounts a ON a.id = p.account_id
        WHERE p.contact_id = $1 AND p.opted_out_at IS NOT NULL ORDER BY p.opted_out_at DESC LIMIT 20
        """,
        contact_id,
    )
