"""What the assistant reads: what was said in a conversation, and published articles."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from backbone.storage.database import Connection
from backbone.web.markdown import to_text
from router.domain.assistant import Found, Line
from router.domain.order_status import Order, Parcel

LINES_MOST = 40
_ASKED_MOST = 1000


@dataclass(frozen=True, slots=True)
class Dialogue:
    """The last lines, the oldest first, and languages it may be in, the likeliest first; `certain` that the last one is known."""

    lines: tuple[Line, ...] = field(repr=False)
    languages: tuple[str, ...]
    certain: bool

    @property
    def said(self) -> str:
        """What the customer wrote since somebody answered."""
        late: list[str] = []
        for line in reversed(self.lines):
            if not line.customer:
                break
            late.append(line.text)
        return "\n".join(reversed(late))


async def dialogue(connection: Connection, conversation_id: str) -> Dialogue:
    rows = await connection.fetch(
        """
        SELECT m.direction, m.content ->> 'text' AS text, m.language, k.language AS usual FROM messages m
            JOIN conversations c ON c.id = m.conversation_id LEFT JOIN contacts k ON k.id = c.contact_id
        WHERE m.conversation_id = $1 AND m.direction IN ('in', 'out') AND NOT m.automatic ORDER BY m.sort_at DESC, m.id DESC LIMIT $2
        """,
        conversation_id,
        LINES_MOST,
    )
    lines = tuple(Line(row["direction"] == "in", row["text"]) for row in reversed(rows) if row["text"])
    spoken = [row["language"] for row in rows if row["direction"] == "in"] + [row["usual"] for row in rows[:1]]
    languages = dict.fromkeys(language[:2].lower() for language in spoken if language)
    return Dialogue(lines, tuple(languages)[:2] or ("en",), bool(spoken and spoken[0]))


async def languages(connection: Connection, tenant_id: str) -> list[str]:
    """Those that the tenant has articles in, eight at most: a walk along the index."""
    rows = await connection.fetch(
        """
        WITH RECURSIVE walk AS (
            (SELECT language FROM knowledge_articles WHERE tenant_id = $1 ORDER BY language LIMIT 1)
            UNION ALL
            SELECT (SELECT a.language FROM knowledge_articles a WHERE a.tenant_id = $1 AND a.language > walk.language
                ORDER BY a.language LIMIT 1) FROM walk WHERE walk.language IS NOT NULL
        )
        SELECT language FROM walk WHERE language IS NOT NULL LIMIT 8
        """,
        tenant_id,
    )
    return [row["language"] for row in rows]


async def search(connection: Connection, tenant_id: str, language: str, question: str) -> list[Found]:
    """The three published articles for everybody that answer best, the best first."""
    rows = await connection.fetch(
        """
        SELECT f.article_id, f.coverage, v.title, v.body FROM search_knowledge($1, $2, $3, NULL, 3) f
            JOIN knowledge_articles a ON a.id = f.article_id
            JOIN knowledge_versions v ON v.article_id = a.id AND v.number = a.published
        ORDER BY f.score DESC, f.article_id
        """,
        tenant_id,
        language,
        question[:_ASKED_MOST],
    )
    return [Found(row["article_id"], row["title"], to_text(row["body"]), row["coverage"]) for row in rows]


async def named(connection: Connection, slug: str, languages: Sequence[str]) -> list[Found]:
    """The published article of that name in the first of the languages that has it; it answers by the tenant's own word."""
    row = await connection.fetchrow(
        """
        SELECT a.id, v.title, v.body FROM knowledge_articles a JOIN knowledge_versions v ON v.article_id = a.id AND v.number = a.published
        WHERE a.slug = $1 AND a.brand IS NULL AND left(lower(a.language), 2) = ANY ($2::text[])
        ORDER BY array_position($2::text[], left(lower(a.language), 2)), a.language LIMIT 1
        """,
        slug,
        list(languages),
    )
    return [] if row is None else [Found(row["id"], row["title"], to_text(row["body"]), 1.0)]


async def orders(connection: Connection, conversation_id: str) -> list[Order]:
    """What companies reported of the orders of whose conversation it is, by proven addresses only: open ones first, then the newest."""
    rows = await connection.fetch(
        """
        SELECT o.id, o.data, o.occurred_at, (
            SELECT coalesce(jsonb_agg(s.data || jsonb_build_object('occurred_at', s.occurred_at) ORDER BY s.occurred_at DESC, s.id), '[]')
            FROM (SELECT * FROM partner_shipments g WHERE g.account_id = o.account_id AND g.order_id = o.id AND g.reference = o.reference
                ORDER BY g.occurred_at DESC LIMIT 5) s) AS parcels
        FROM (
            SELECT p.* FROM conversations c CROSS JOIN LATERAL contact_customers(c.contact_id) w CROSS JOIN LATERAL (
                SELECT * FROM partner_orders x WHERE x.account_id = w.account_id AND x.reference = w.reference
                ORDER BY x.closed, x.occurred_at DESC LIMIT 20) p
            WHERE c.id = $1 ORDER BY p.closed, p.occurred_at DESC LIMIT 20) o
        ORDER BY o.closed, o.occurred_at DESC, o.id
        """,
        conversation_id,
    )
    return [
        Order(
            row["data"].get("number") or row["id"],
            row["data"]["state"],
            row["occurred_at"],
            tuple(map(_parcel, row["parcels"])),
        )
        for row in rows
    ]


def _parcel(data: dict[str, Any]) -> Parcel:
    known = " ".join(part for part in (data.get("carrier"), data.get("tracking_number")) if part)
    expected = data.get("expected_at")
    return Parcel(
        known or data["id"],
        data["state"],
        datetime.fromisoformat(data["occurred_at"]),
        None if expected is None else datetime.fromisoformat(expected),
        data.get("tracking_url"),
    )
