"""What agents do with articles, each inside one transaction of theirs."""

from datetime import timedelta
from typing import Any

from agent_api.http.call import Answer, Call
from agent_api.http.cursor import instant_of, make_cursor, read_cursor
from agent_api.http.pages import split
from agent_api.http.versions import check_version
from agent_api.knowledge import repository
from agent_api.knowledge.schemas import (
    Article,
    ArticleIn,
    ArticleList,
    ArticlePreview,
    ArticleQuery,
    ArticleVersion,
    ArticleVersions,
    Gap,
    GapList,
    PreviewArticle,
    Section,
    SectionIn,
    SectionList,
    SynonymList,
    Synonyms,
)
from backbone.errors import Conflict, NotFound
from backbone.ids import new_id
from backbone.storage.database import Connection
from backbone.web.markdown import to_html, to_text

GAPS_OF = timedelta(days=30)


def article_of(row: Any) -> Article:
    return Article(**dict(row))


def _values(body: ArticleIn) -> tuple[object, ...]:
    return (body.slug, body.language, body.title, body.body, body.section_id, body.brand, body.review_on)


async def list_articles(connection: Connection, call: Call, query: ArticleQuery) -> ArticleList:
    filters = query.model_dump(mode="json", exclude={"cursor", "limit"})
    before = None
    if query.cursor is not None:
        at, last_id = read_cursor(query.cursor, filters, 2)
        before = (instant_of(at), last_id)
    rows = await repository.page(
        connection,
        language=query.language,
        state=query.state,
        review_by=call.now.date() if query.review_due else None,
        before=before,
        most=query.limit + 1,
    )
    page, last = split(rows, query.limit)
    following = None if last is None else make_cursor((last["updated_at"].isoformat(), last["id"]), filters)
    return ArticleList(items=[article_of(row) for row in page], next_cursor=following)


async def _found(connection: Connection, article_id: str, *, lock: bool = False) -> Any:
    """Raises `NotFound`."""
    row = await repository.find(connection, article_id, lock=lock)
    if row is None:
        raise NotFound("There is no such article.")
    return row


async def get_article(connection: Connection, article_id: str) -> Answer:
    row = await _found(connection, article_id)
    return Answer(article_of(row), version=row["version"])


async def _check_section(connection: Connection, section_id: str | None) -> None:
    """Raises `Conflict`, as the database's own check of the reference does, which would also find another tenant's."""
    if section_id is not None and not await repository.section_exists(connection, section_id):
        raise Conflict("There is no such section.")


async def create_article(connection: Connection, call: Call, body: ArticleIn) -> Answer:
    await _check_section(connection, body.section_id)
    article_id = new_id("art")
    row = await repository.insert(connection, article_id, call.principal.tenant_id, call.now, *_values(body))
    location = f"/v1/knowledge/articles/{article_id}"
    return Answer(article_of(row), status=201, version=row["version"], location=location)


async def replace_article(
    connection: Connection, call: Call, article_id: str, body: ArticleIn, if_match: str | None
) -> Answer:
    """Customers go on seeing the published version; one that is published keeps its language, by which it is found."""
    before = await repository.find(connection, article_id, lock=True)
    check_version(before, if_match, "article")
    if before["published"] is not None and before["language"] != body.language:
        raise Conflict("A published article keeps its language: withdraw it first, or write another one.")
    await _check_section(connection, body.section_id)
    row = await repository.replace(connection, article_id, call.now, *_values(body))
    return Answer(article_of(row), version=row["version"])


async def publish_article(connection: Connection, call: Call, article_id: str) -> Answer:
    before = await _found(connection, article_id, lock=True)
    tenant_id = call.principal.tenant_id
    row = await repository.publish(connection, tenant_id, before, call.principal.actor, call.now)
    text = to_text(row["body"])
    await repository.index(connection, tenant_id, article_id, row["language"], row["title"], text)
    return Answer(article_of(row), version=row["version"])


async def withdraw_article(connection: Connection, call: Call, article_id: str) -> Answer:
    await _found(connection, article_id, lock=True)
    row = await repository.withdraw(connection, article_id, call.now)
    await repository.leave_index(connection, call.principal.tenant_id, article_id, row["language"])
    return Answer(article_of(row), version=row["version"])


async def delete_article(connection: Connection, call: Call, article_id: str, if_match: str | None) -> Answer:
    before = await repository.find(connection, article_id, lock=True)
    check_version(before, if_match, "article")
    await repository.leave_index(connection, call.principal.tenant_id, article_id, before["language"])
    await repository.delete(connection, article_id)
    return Answer(None)


async def list_versions(connection: Connection, article_id: str) -> Answer:
    await _found(connection, article_id)
    rows = await repository.versions(connection, article_id)
    return Answer(ArticleVersions(items=[ArticleVersion(**dict(row)) for row in rows]))


async def list_sections(connection: Connection) -> Answer:
    return Answer(SectionList(items=[Section(**dict(row)) for row in await repository.sections(connection)]))


async def create_section(connection: Connection, call: Call, body: SectionIn) -> Answer:
    if len(await repository.sections(connection)) >= repository.SECTIONS_MOST:
        raise Conflict(f"There are {repository.SECTIONS_MOST} sections already.")
    row = await repository.add_section(connection, new_id("sec"), call.principal.tenant_id, body.title)
    return Answer(Section(**dict(row)), status=201)


async def delete_section(connection: Connection, section_id: str) -> Answer:
    if not await repository.delete_section(connection, section_id):
        raise NotFound("There is no such section.")
    return Answer(None)


async def list_gaps(connection: Connection, call: Call) -> Answer:
    rows = await repository.gaps(connection, call.now - GAPS_OF)
    return Answer(GapList(items=[Gap(**dict(row)) for row in rows]))


async def get_synonyms(connection: Connection, language: str) -> Answer:
    rows = await repository.synonyms(connection, language)
    return Answer(SynonymList(groups=[row["words"].split("\n") for row in rows]))


async def set_synonyms(connection: Connection, call: Call, language: str, body: Synonyms) -> Answer:
    await repository.set_synonyms(connection, call.principal.tenant_id, language, body.groups)
    return await get_synonyms(connection, language)


async def preview(_connection: Connection, body: PreviewArticle) -> Answer:
    return Answer(ArticlePreview(html=to_html(body.body)))
