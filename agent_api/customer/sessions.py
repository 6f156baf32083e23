"""Sessions: of nobody known, of the same visitor again, or of the company's customer who signs in."""

from datetime import datetime

from agent_api.customer import repository
from agent_api.customer.accounts import CustomerAccount
from agent_api.customer.repository import ANONYMOUS
from agent_api.customer.schemas import CustomerSession, StartSession
from agent_api.http.call import in_our_words
from agent_api.parts import Parts
from backbone.channel.identity import address_of, read_identity
from backbone.channel.visitor import check_token, make_token
from backbone.errors import Unauthenticated
from backbone.ids import new_id
from backbone.storage.database import Connection
from router.usecases.visitors import Known, sign_in


async def start_session(parts: Parts, account: CustomerAccount, body: StartSession) -> CustomerSession:
    """For nobody known nothing is stored: the token proves itself, and the first message makes the contact.

    Raises `Unauthenticated` for an identity or a token that is not good. A signed-in customer's token is not renewed by
    itself: the company says again who they are.
    """
    now = parts.clock.now()
    before = None if body.token is None else check_token(body.token, account.secrets, now)
    if body.identity is not None:
        return await _signed_in(parts, account, body.identity, before, now)
    if before is not None and not before.startswith(ANONYMOUS):
        raise Unauthenticated("Sign in again: a token of somebody known is not renewed without `identity`.")
    if before is not None:
        async with parts.database.transaction([account.tenant_id], read_only=True) as connection:
            await repository.refuse_retired(connection, account.id, before)
    return _session(account, before or new_id("vis"), now, signed_in=False)


async def _signed_in(
    parts: Parts, account: CustomerAccount, identity: str, before: str | None, now: datetime
) -> CustomerSession:
    customer = read_identity(identity, account.identity_secrets, now)
    known = Known(address_of(account.id, customer.subject), customer.name, customer.language, customer.cohort)
    visitor = before if before is not None and before.startswith(ANONYMOUS) else None

    async def work(connection: Connection) -> None:
        if visitor is not None:
            await repository.add_link(connection, account.tenant_id, account.id, visitor, known.address, now)
        visitors = await repository.links_to(connection, account.id, visitor, known.address, now)
        await sign_in(
            connection,
            tenant_id=account.tenant_id,
            account_id=account.id,
            known=known,
            visitors=visitors,
            now=now,
        )

    with in_our_words():
        await parts.database.run(work, [account.tenant_id])
    return _session(account, known.address, now, signed_in=True)


def _session(account: CustomerAccount, visitor_id: str, now: datetime, *, signed_in: bool) -> CustomerSession:
    expires_at = now + account.token_lifetime
    token = make_token(visitor_id, expires_at, account.secrets[0])
    return CustomerSession(
        visitor_id=visitor_id, token=token, expires_at=expires_at, url="/v1/customer/stream", signed_in=signed_in
    )
