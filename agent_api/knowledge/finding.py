"""Finding articles, and learning from what was opened: for customers, agents and bots alike."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from agent_api.knowledge.schemas import FoundArticle, FoundArticles, KnowledgeQuery
from backbone.errors import NotFound
from backbone.ids import new_id
from backbone.storage.database import Connection
from backbone.web.markdown import excerpt

WORDS_KEPT = 200
_PERSONAL = re.compile(r"\S*@\S*|\S*\d(?:[\s./-]?\d){3,}\S*|https?://\S*")
_SPACE = re.compile(r"\s+")


def without_personal_data(words: str) -> str:
    """A question as the report of gaps keeps it: small letters, no addresses, no numbers of four digits and more."""
    return _SPACE.sub(" ", _PERSONAL.sub("…", words)).strip().lower()[:WORDS_KEPT]


async def search(
    connection: Connection, tenant_id: str, query: KnowledgeQuery, now: datetime, account_id: str | None = None
) -> FoundArticles:
    """The published articles that answer best, and a note of the question."""
    language = query.language.lower()
    rows = await connection.fetch(
        """
        SELECT f.article_id, f.score, f.coverage, v.title, left(v.body, 2000) AS body, a.slug
        FROM search_knowledge($1, $2, $3, $4, $5) f JOIN knowledge_articles a ON a.id = f.article_id
            JOIN knowledge_versions v ON v.article_id = a.id AND v.number = a.published
        ORDER BY f.score DESC, f.article_id
        """,
        tenant_id,
        language,
        query.q,
        query.brand,
        query.limit,
    )
    search_id = new_id("sea")
    await _note(connection, search_id, tenant_id, language, query.q, [row["article_id"] for row in rows], now)
    return FoundArticles(search_id=search_id, items=[_found(row, account_id) for row in rows])


def _found(row: Any, account_id: str | None) -> FoundArticle:
    return FoundArticle(
        article_id=row["article_id"],
        title=row["title"],
        excerpt=excerpt(row["body"]),
        path=None if account_id is None else f"/help/{account_id}/{row['slug']}",
        score=row["score"],
        coverage=row["coverage"],
    )


async def _note(
    connection: Connection,
    search_id: str,
    tenant_id: str,
    language: str,
    words: str,
    article_ids: Sequence[str],
    now: datetime,
) -> None:
    """Each note takes two that are too old with it, so that nothing has to sweep them."""
    await connection.execute(
        """
        WITH old AS (
            DELETE FROM knowledge_searches WHERE id IN (
                SELECT id FROM knowledge_searches WHERE tenant_id = $2 AND at < $6::timestamptz - interval '30 days' ORDER BY at LIMIT 2
                FOR UPDATE SKIP LOCKED)
        )
        INSERT INTO knowledge_searches (id, tenant_id, language, words, article_ids, at) VALUES ($1, $2, $3, $4, $5, $6)
        """,
        search_id,
        tenant_id,
        language,
        without_personal_data(words),
        list(article_ids),
        now,
    )


async def opened(connection: Connection, tenant_id: str, search_id: str, article_id: str) -> None:
    """Learns that this article was what was wanted; the first one opened of each search counts.

    Raises `NotFound` for a search that is unknown or did not find the article.
    """
    row = await connection.fetchrow(
        "SELECT language, words, clicked FROM knowledge_searches WHERE id = $1 AND $2 = ANY (article_ids) FOR UPDATE",
        search_id,
        article_id,
    )
    if row is None:
        raise NotFound("There is no such search with this article.")
    if row["clicked"] is None:
        await connection.execute("UPDATE knowledge_searches SET clicked = $2 WHERE id = $1", search_id, article_id)
        await connection.execute(
            "SELECT learn_knowledge($1, $2, $3, $4)", tenant_id, article_id, row["language"], row["words"]
        )


async def published(connection: Connection, *, article_id: str | None = None, slug: str | None = None) -> Any:
    """A published article as customers see it, by its id or by its name (of several languages the first). Raises `NotFound`."""
    row = await connection.fetchrow(
        """
        SELECT a.id, a.slug, a.language, v.title, v.body, s.title AS section FROM knowledge_articles a
            JOIN knowledge_versions v ON v.article_id = a.id AND v.number = a.published
            LEFT JOIN knowledge_sections s ON s.id = a.section_id
        WHERE ($1::text IS NULL OR a.id = $1) AND ($2::text IS NULL OR a.slug = $2) ORDER BY a.language LIMIT 1
        """,
        article_id,
        slug,
    )
    if row is None:
        raise NotFound("There is no such article.")
    return row


async def contents(connection: Connection, most: int = 500) -> Sequence[Any]:
    """The titles of all that everybody may read, by section."""
    return await connection.fetch(
        """
        SELECT a.slug, a.language, v.title, s.title AS section FROM knowledge_articles a
            JOIN knowledge_versions v ON v.article_id = a.id AND v.number = a.published
            LEFT JOIN knowledge_sections s ON s.id = a.section_id
        WHERE a.brand IS NULL ORDER BY s.position NULLS LAST, v.title, a.id LIMIT $1
        """,
        most,
    )


async def judge(connection: Connection, article_id: str, *, helpful: bool) -> None:
    """Counts an opinion on a published article. Raises `NotFound`."""
    column = "helpful" if helpful else "unhelpful"
    found = await connection.fetchval(
        f"UPDATE knowledge_articles SET {column} = {column} + 1 WHERE id = $1 AND published IS NOT NULL RETURNING id",
        article_id,
    )
    if found is None:
        raise NotFound("There is no such article.")
