"""Routes of the knowledge base for those who write it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from agent_api.http.call import Answer, Call, IfMatch, May, MayGet, MayPost
from agent_api.http.docs import NOT_MODIFIED, posting, problems, reading, versioned
from agent_api.http.inputs import Language
from agent_api.http.pages import page_response
from agent_api.knowledge import finding, service
from agent_api.knowledge.schemas import (
    Article,
    ArticleId,
    ArticleIn,
    ArticleList,
    ArticlePreview,
    ArticleQuery,
    ArticleVersions,
    FoundArticles,
    GapList,
    KnowledgeQuery,
    PreviewArticle,
    Section,
    SectionId,
    SectionIn,
    SectionList,
    SynonymList,
    Synonyms,
)
from agent_api.permissions import Permission

router = APIRouter(prefix="/v1/knowledge", tags=["Knowledge"])

Read = Annotated[Call, Depends(May(Permission.KNOWLEDGE_READ))]
Get = Annotated[Call, Depends(MayGet(Permission.KNOWLEDGE_READ))]
Write = Annotated[Call, Depends(May(Permission.KNOWLEDGE_WRITE))]
PostRead = Annotated[Call, Depends(MayPost(Permission.KNOWLEDGE_READ))]
PostWrite = Annotated[Call, Depends(MayPost(Permission.KNOWLEDGE_WRITE))]
ArticlePath = Annotated[
    ArticleId, Path(description="The id of the article.", examples=["art_0190f3a87b3c7d5e8f9a0b1c2d3e4f50"])
]
SectionPath = Annotated[
    SectionId, Path(description="The id of the section.", examples=["sec_0190f3a87b3c7d5e8f9a0b1c2d3e4f50"])
]
LanguagePath = Annotated[Language, Path(description="A language (BCP 47).", examples=["en"])]


@router.get(
    "/articles", operation_id="listArticles", summary="List articles", response_model=ArticleList, responses=reading()
)
async def list_articles(request: Request, call: Read, query: Annotated[ArticleQuery, Query()]) -> Response:
    """Working copies, drafts included, the last changed first."""
    return page_response(request, await call.read(lambda connection: service.list_articles(connection, call, query)))


@router.post(
    "/articles",
    operation_id="createArticle",
    summary="Begin an article",
    status_code=201,
    response_model=Article,
    responses=posting(),
)
async def create_article(call: PostWrite, body: ArticleIn) -> Response:
    """A draft: nobody sees it before it is published."""
    return await call.once(lambda connection: service.create_article(connection, call, body))


@router.get(
    "/articles/{article_id}",
    operation_id="getArticle",
    summary="Read an article",
    response_model=Article,
    responses=reading(404) | NOT_MODIFIED,
)
async def get_article(call: Get, article_id: ArticlePath) -> Response:
    """Its working copy."""
    return await call.get(lambda connection: service.get_article(connection, article_id))


@router.put(
    "/articles/{article_id}",
    operation_id="replaceArticle",
    summary="Change an article",
    response_model=Article,
    responses=versioned(),
)
async def replace_article(call: Write, article_id: ArticlePath, body: ArticleIn, if_match: IfMatch = None) -> Response:
    """Changes the working copy; customers see it once it is published."""
    return await call.change(lambda connection: service.replace_article(connection, call, article_id, body, if_match))


@router.delete(
    "/articles/{article_id}",
    operation_id="deleteArticle",
    summary="Remove an article",
    status_code=204,
    response_class=Response,
    responses=problems(404, 412, 428),
)
async def delete_article(call: Write, article_id: ArticlePath, if_match: IfMatch = None) -> Response:
    """With all its versions."""
    return await call.change(lambda connection: service.delete_article(connection, call, article_id, if_match))


@router.post(
    "/articles/{article_id}/publish",
    operation_id="publishArticle",
    summary="Publish an article",
    response_model=Article,
    responses=posting(404),
)
async def publish_article(call: PostWrite, article_id: ArticlePath) -> Response:
    """Keeps the working copy as a new version, which customers find and read from now on."""
    return await call.once(lambda connection: service.publish_article(connection, call, article_id))


@router.post(
    "/articles/{article_id}/withdraw",
    operation_id="withdrawArticle",
    summary="Withdraw an article",
    response_model=Article,
    responses=posting(404),
)
async def withdraw_article(call: PostWrite, article_id: ArticlePath) -> Response:
    """Customers no longer see it; its versions stay."""
    return await call.once(lambda connection: service.withdraw_article(connection, call, article_id))


@router.get(
    "/articles/{article_id}/versions",
    operation_id="listArticleVersions",
    summary="List what an article said",
    response_model=ArticleVersions,
    responses=reading(404),
)
async def list_versions(call: Read, article_id: ArticlePath) -> Response:
    """Every published version: put its text into the working copy to bring one back."""
    return (await call.read(lambda connection: service.list_versions(connection, article_id))).response()


@router.post(
    "/preview",
    operation_id="previewArticle",
    summary="See a text as customers will",
    response_model=ArticlePreview,
    responses=posting(),
)
async def preview(call: PostRead, body: PreviewArticle) -> Response:
    """Rendered and made safe as a published article is. Nothing is kept."""
    return await call.once(lambda connection: service.preview(connection, body))


@router.get(
    "/sections", operation_id="listSections", summary="List sections", response_model=SectionList, responses=reading()
)
async def list_sections(call: Read) -> Response:
    """In the order they are shown."""
    return (await call.read(service.list_sections)).response()


@router.post(
    "/sections",
    operation_id="createSection",
    summary="Add a section",
    status_code=201,
    response_model=Section,
    responses=posting(),
)
async def create_section(call: PostWrite, body: SectionIn) -> Response:
    """It comes last."""
    return await call.once(lambda connection: service.create_section(connection, call, body))


@router.delete(
    "/sections/{section_id}",
    operation_id="deleteSection",
    summary="Remove a section",
    status_code=204,
    response_class=Response,
    responses=problems(404),
)
async def delete_section(call: Write, section_id: SectionPath) -> Response:
    """Its articles stay, in no section."""
    return await call.change(lambda connection: service.delete_section(connection, section_id))


@router.get(
    "/search",
    operation_id="searchKnowledge",
    summary="Find articles",
    response_model=FoundArticles,
    responses=reading(),
)
async def search(call: Read, query: Annotated[KnowledgeQuery, Query()]) -> Response:
    """Published articles that answer a question, for agents and bots; forgives typing errors."""
    tenant_id = call.principal.tenant_id
    found = await call.write(lambda connection: finding.search(connection, tenant_id, query, call.now))
    return Answer(found).response()


@router.get("/gaps", operation_id="listKnowledgeGaps", summary="List gaps", response_model=GapList, responses=reading())
async def list_gaps(call: Read) -> Response:
    """What was asked in the last 30 days and led nobody to an article: what should be written next."""
    return (await call.read(lambda connection: service.list_gaps(connection, call))).response()


@router.get(
    "/synonyms/{language}",
    operation_id="getSynonyms",
    summary="List synonyms",
    response_model=SynonymList,
    responses=reading(),
)
async def get_synonyms(call: Read, language: LanguagePath) -> Response:
    """Of one language."""
    return (await call.read(lambda connection: service.get_synonyms(connection, language))).response()


@router.put(
    "/synonyms/{language}",
    operation_id="setSynonyms",
    summary="Set synonyms",
    response_model=SynonymList,
    responses=problems(409, body=True),
)
async def set_synonyms(call: Write, language: LanguagePath, body: Synonyms) -> Response:
    """All of one language at once; they hold from the next search on."""
    return await call.change(lambda connection: service.set_synonyms(connection, call, language, body))
