"""One request of a customer: whose it is, proven by the token of their session, and the transactions it is answered in."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, TypeVar

from fastapi import Depends, Query, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import Request

from agent_api.customer import repository
from agent_api.customer.accounts import CustomerAccount
from agent_api.http.call import in_our_words, note_failure
from agent_api.http.inputs import AccountId
from agent_api.http.origins import origin_allowed
from agent_api.http.quota import address_of, count
from agent_api.parts import Parts, parts_of
from backbone.channel.visitor import check_token
from backbone.errors import Forbidden, RateLimited, Unauthenticated
from backbone.storage.database import Connection
from backbone.telemetry.logs import bind

T = TypeVar("T")
_BEARER = HTTPBearer(
    auto_error=False, scheme_name="customer_token", bearerFormat="vis_… or usr_…", description="A session's token."
)
AccountQuery = Annotated[
    AccountId, Query(description="The chat's channel account.", examples=["acc_0190f3a87b3c7d5e8f9a0b1c2d3e4f51"])
]


@dataclass(frozen=True, slots=True)
class CustomerCall:
    """The role `contact`: what it reads and changes is the visitor's own, since every statement names account and visitor."""

    parts: Parts
    account: CustomerAccount
    visitor_id: str

    @property
    def now(self) -> datetime:
        return self.parts.clock.now()

    @property
    def key(self) -> str:
        """Names the visitor over all accounts."""
        return f"{self.account.id}/{self.visitor_id}"

    async def read(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """In a read-only transaction of the account's tenant. Raises `Unauthenticated` for a token that was retired."""
        with in_our_words():
            async with self.parts.database.transaction([self.account.tenant_id], read_only=True) as connection:
                await repository.refuse_retired(connection, self.account.id, self.visitor_id)
                return await work(connection)

    async def write(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """As `read`, for changes; repeated on deadlocks."""

        async def checked(connection: Connection) -> T:
            await repository.refuse_retired(connection, self.account.id, self.visitor_id)
            return await work(connection)

        with in_our_words():
            return await self.parts.database.run(checked, [self.account.tenant_id])

    def spend(self, cost: float) -> None:
        """Takes more of the visitor's quota than the one that each request costs. Raises `RateLimited`."""
        decision = self.parts.visitors.take(self.key, cost)
        if not decision.allowed:
            raise RateLimited(retry_after=decision.retry)


async def of_account(request: Request, account: AccountQuery) -> CustomerAccount:
    """The chat that is asked for, by anybody. Counts by address; raises `RateLimited`, `NotFound`, `Conflict`, `Forbidden`."""
    parts = parts_of(request)
    count(request, parts.visitors, address_of(request))
    found = await parts.customer_accounts.get(account)
    check_origin(parts, found, request.headers.get("origin"))
    return found


async def customer(
    request: Request,
    account: AccountQuery,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)],
) -> CustomerCall:
    """Finds the visitor and counts the request. Raises `Unauthenticated`, `RateLimited`, `NotFound`, `Conflict`, `Forbidden`."""
    parts = parts_of(request)
    if credentials is None:
        raise Unauthenticated("Send the token of a session: Authorization: Bearer vis_….")
    try:
        found = await parts.customer_accounts.get(account)
        visitor_id = check_token(credentials.credentials, found.secrets, parts.clock.now())
    except Unauthenticated:
        note_failure(parts, address_of(request))
        raise
    check_origin(parts, found, request.headers.get("origin"))
    count(request, parts.visitors, f"{found.id}/{visitor_id}")
    bind(tenant_id=found.tenant_id)
    return CustomerCall(parts, found, visitor_id)


def check_origin(parts: Parts, account: CustomerAccount, origin: str | None) -> None:
    """Raises `Forbidden` for a page that may not show this chat; apps and servers send no origin."""
    if not origin_allowed(parts, origin, account.origins):
        raise Forbidden("This page may not show this chat: add its origin to the account's `origins`.")


Customer = Annotated[CustomerCall, Depends(customer)]
OfAccount = Annotated[CustomerAccount, Depends(of_account)]
