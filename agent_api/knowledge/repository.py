"""Reads and changes articles; writes them into the index by the database's own functions."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from backbone.storage.database import Connection

SECTIONS_MOST = 200
VERSIONS_MOST = 100
GAPS_MOST = 100
_COLUMNS = "id, slug, language, title, body, section_id, brand, review_on, published, helpful, unhelpful, created_at, updated_at, version"


async def page(
    connection: Connection,
    *,
    language: str | None,
    state: str | None,
    review_by: date | None,
    before: tuple[datetime, str] | None,
    most: int,
) -> Sequence[Any]:
    """Articles, the last changed first."""
    at, last_id = before or (None, None)
    return await connection.fetch(
        f"""
        SELECT {_COLUMNS} FROM knowledge_articles
        WHERE ($1::text IS NULL OR language = $1) AND ($2::text IS NULL OR (published IS NOT NULL) = ($2 = 'published'))
            AND ($3::date IS NULL OR review_on <= $3) AND ($4::timestamptz IS NULL OR (updated_at, id) < ($4, $5))
        ORDER BY updated_at DESC, id DESC LIMIT $6
        """,
        language,
        state,
        review_by,
        at,
        last_id,
        most,
    )


async def find(connection: Connection, article_id: str, *, lock: bool = False) -> Any:
    return await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM knowledge_articles WHERE id = $1 {'FOR UPDATE' if lock else ''}", article_id
    )


async def insert(connection: Connection, article_id: str, tenant_id: str, now: datetime, *values: object) -> Any:
    """`values`: slug, language, title, body, section id, brand, day of review."""
    return await connection.fetchrow(
        "INSERT INTO knowledge_articles (id, tenant_id, created_at, updated_at, slug, language, title, body, section_id, brand, "
        f"review_on) VALUES ($1, $2, $3, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING {_COLUMNS}",
        article_id,
        tenant_id,
        now,
        *values,
    )


async def replace(connection: Connection, article_id: str, now: datetime, *values: object) -> Any:
    """`values` as for `insert`."""
    return await connection.fetchrow(
        "UPDATE knowledge_articles SET updated_at = $2, slug = $3, language = $4, title = $5, body = $6, section_id = $7, "
        f"brand = $8, review_on = $9, version = version + 1 WHERE id = $1 RETURNING {_COLUMNS}",
        article_id,
        now,
        *values,
    )


async def publish(connection: Connection, tenant_id: str, article: Any, by: str, now: datetime) -> Any:
    """Keeps the working copy as the next version, which customers see from now on, and finds it."""
    number = await connection.fetchval(
        """
        INSERT INTO knowledge_versions (article_id, number, tenant_id, title, body, published_at, published_by)
        SELECT $1, coalesce(max(number), 0) + 1, $2, $3, $4, $5, $6 FROM knowledge_versions WHERE article_id = $1 RETURNING number
        """,
        article["id"],
        tenant_id,
        article["title"],
        article["body"],
        now,
        by,
    )
    return await connection.fetchrow(
        "UPDATE knowledge_articles SET published = $2, updated_at = $3, version = version + 1 WHERE id = $1 "
        f"RETURNING {_COLUMNS}",
        article["id"],
        number,
        now,
    )


async def index(connection: Connection, tenant_id: str, article_id: str, language: str, title: str, text: str) -> None:
    await connection.execute(
        "SELECT index_knowledge($1, $2, $3, $4, $5)", tenant_id, article_id, language.lower(), title, text
    )


async def leave_index(connection: Connection, tenant_id: str, article_id: str, language: str) -> None:
    await connection.execute("SELECT index_knowledge($1, $2, $3, NULL, NULL)", tenant_id, article_id, language.lower())


async def withdraw(connection: Connection, article_id: str, now: datetime) -> Any:
    return await connection.fetchrow(
        "UPDATE knowledge_articles SET published = NULL, updated_at = $2, version = version + 1 WHERE id = $1 "
        f"RETURNING {_COLUMNS}",
        article_id,
        now,
    )


async def delete(connection: Connection, article_id: str) -> None:
    await connection.execute("DELETE FROM knowledge_articles WHERE id = $1", article_id)


async def versions(connection: Connection, article_id: str) -> Sequence[Any]:
    return await connection.fetch(
        "SELECT number, title, body, published_at, published_by FROM knowledge_versions WHERE article_id = $1 "
        "ORDER BY number DESC LIMIT $2",
        article_id,
        VERSIONS_MOST,
    )


async def sections(connection: Connection) -> Sequence[Any]:
    return await connection.fetch(
        "SELECT id, title FROM knowledge_sections ORDER BY position, id LIMIT $1", SECTIONS_MOST
    )


async def section_exists(connection: Connection, section_id: str) -> bool:
    return bool(await connection.fetchval("SELECT EXISTS (SELECT 1 FROM knowledge_sections WHERE id = $1)", section_id))


async def add_section(connection: Connection, section_id: str, tenant_id: str, title: str) -> Any:
    return await connection.fetchrow(
        "INSERT INTO knowledge_sections (id, tenant_id, title, position) SELECT $1, $2, $3, count(*) FROM knowledge_sections "
        "RETURNING id, title",
        section_id,
        tenant_id,
        title,
    )


async def delete_section(connection: Connection, section_id: str) -> bool:
    """Its articles stay, in no section."""
    found = await connection.fetchval("DELETE FROM knowledge_sections WHERE id = $1 RETURNING id", section_id)
    return found is not None


async def gaps(connection: Connection, since: datetime) -> Sequence[Any]:
    """What was asked since then and led nobody to an article."""
    return await connection.fetch(
        """
        SELECT words, language, count(*) AS asked, max(at) AS last_at FROM (
            SELECT words, language, at, clicked FROM knowledge_searches WHERE at > $1 ORDER BY at DESC LIMIT 50000) AS s
        GROUP BY words, language HAVING count(clicked) = 0 ORDER BY count(*) DESC, max(at) DESC LIMIT $2
        """,
        since,
        GAPS_MOST,
    )


async def synonyms(connection: Connection, language: str) -> Sequence[Any]:
    return await connection.fetch(
        "SELECT words FROM knowledge_synonyms WHERE language = $1 ORDER BY words LIMIT 500", language.lower()
    )


async def set_synonyms(connection: Connection, tenant_id: str, language: str, groups: Sequence[Sequence[str]]) -> None:
    """Of a word of several terms only the first counts: a synonym stands for one word."""
    await connection.execute("DELETE FROM knowledge_synonyms WHERE language = $1", language.lower())
    await connection.execute(
        """
        INSERT INTO knowledge_synonyms (tenant_id, language, words, terms)
        SELECT $1, $2, g.words, array_agg(DISTINCT t.term) FROM unnest($3::text[]) AS g (words)
            CROSS JOIN LATERAL unnest(string_to_array(g.words, E'\\n')) AS w (word)
            CROSS JOIN LATERAL (SELECT term FROM knowledge_terms_of($2, w.word) LIMIT 1) AS t
        GROUP BY g.words ON CONFLICT DO NOTHING
        """,
        tenant_id,
        language.lower(),
        ["\n".join(group) for group in groups],
    )
