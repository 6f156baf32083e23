"""Routes of the knowledge base that customers reach without a key, by the account of the chat they are on."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from agent_api.customer.accounts import CustomerAccount
from agent_api.http.call import Answer, in_our_words
from agent_api.http.docs import problems
from agent_api.http.inputs import AccountId
from agent_api.http.quota import address_of, count
from agent_api.knowledge import finding
from agent_api.knowledge.endpoints import ArticlePath
from agent_api.knowledge.schemas import (
    ArticleOpinion,
    CustomerKnowledgeQuery,
    FoundArticles,
    KnowledgeQuery,
    OpenedArticle,
    PublicArticle,
)
from agent_api.parts import Parts, parts_of
from backbone.web.markdown import to_html

router = APIRouter(prefix="/v1/customer/knowledge", tags=["Customers"])


async def account_of(request: Request, account_id: str) -> tuple[Parts, CustomerAccount]:
    """The account that a customer names. Raises `RateLimited` by address, `NotFound`, `Conflict`."""
    parts = parts_of(request)
    count(request, parts.readers, address_of(request))
    return parts, await parts.customer_accounts.get(account_id)


async def find(parts: Parts, account: CustomerAccount, query: KnowledgeQuery) -> FoundArticles:
    """What answers a customer of this account, who may be on a page, in an app or in the chat."""
    with in_our_words():
        return await parts.database.run(
            lambda connection: finding.search(connection, account.tenant_id, query, parts.clock.now(), account.id),
            [account.tenant_id],
        )


async def learn(parts: Parts, account: CustomerAccount, search_id: str, article_id: str) -> None:
    """Takes it that this article was what the search was for. Raises `NotFound` as `finding.opened` does."""
    with in_our_words():
        await parts.database.run(
            lambda connection: finding.opened(connection, account.tenant_id, search_id, article_id),
            [account.tenant_id],
        )


@router.get(
    "/search",
    operation_id="searchKnowledgeAsCustomer",
    summary="Find articles as a customer",
    response_model=FoundArticles,
    responses=problems(404, 409),
)
async def search(request: Request, query: Annotated[CustomerKnowledgeQuery, Query()]) -> Response:
    """For the widget and apps. Needs no key; limited by address. What is asked is kept for 30 days without numbers and addresses."""
    parts, account = await account_of(request, query.account_id)
    return Answer(await find(parts, account, query)).response()


@router.post(
    "/opened",
    operation_id="openKnowledgeAsCustomer",
    summary="Say which article was opened",
    status_code=204,
    response_class=Response,
    responses=problems(404, 409, body=True),
)
async def opened(request: Request, body: OpenedArticle) -> Response:
    """What is opened is found better by the next who asks like that. Needs no Idempotency-Key: it counts once a search."""
    parts, account = await account_of(request, body.account_id)
    await learn(parts, account, body.search_id, body.article_id)
    return Answer(None).response()


@router.get(
    "/articles/{article_id}",
    operation_id="readKnowledgeAsCustomer",
    summary="Read an article as a customer",
    response_model=PublicArticle,
    responses=problems(404, 409),
)
async def read(
    request: Request,
    article_id: ArticlePath,
    account_id: Annotated[AccountId, Query(description="The chat's account.")],
) -> Response:
    """As HTML that is safe to show, and as CommonMark."""
    parts, account = await account_of(request, account_id)
    async with parts.database.transaction([account.tenant_id], read_only=True) as connection:
        row = await finding.published(connection, article_id=article_id)
    article = PublicArticle(
        id=row["id"], title=row["title"], language=row["language"], html=to_html(row["body"]), body=row["body"]
    )
    return Answer(article).response()


@router.post(
    "/articles/{article_id}/opinions",
    operation_id="judgeKnowledgeAsCustomer",
    summary="Say whether an article helped",
    status_code=204,
    response_class=Response,
    responses=problems(404, 409, body=True),
)
async def judge(request: Request, article_id: ArticlePath, body: ArticleOpinion) -> Response:
    """Counted, not kept by person. Needs no Idempotency-Key."""
    parts, account = await account_of(request, body.account_id)
    with in_our_words():
        await parts.database.run(
            lambda connection: finding.judge(connection, article_id, helpful=body.helpful), [account.tenant_id]
        )
    return Answer(None).response()
