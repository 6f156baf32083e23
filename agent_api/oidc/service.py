"""Identity providers, and logins by them. Who may set one up can become anybody, so only those may who may do everything."""

from typing import Any

from agent_api.http.call import Answer, Call
from agent_api.http.idempotency import request_hash
from agent_api.http.urls import check_url
from agent_api.http.versions import check_version
from agent_api.login import service as login
from agent_api.oidc import repository
from agent_api.oidc.client import Client, NotVouched, Person, Providers
from agent_api.oidc.flow import Pending
from agent_api.oidc.schemas import IdentityProvider, IdentityProviderIn, IdentityProviderList, LoginWay, LoginWays
from agent_api.parts import Parts
from agent_api.permissions import Permission, require_all_of
from backbone.errors import Conflict, InputInvalid, NotFound
from backbone.ids import new_id
from backbone.storage.database import Connection
from backbone.telemetry.metrics import Metric
from backbone.web.fetcher import checked_url

CALLBACK = "/login/oidc/callback"
_EVERYTHING = frozenset(Permission)


def _shown(call: Call, row: Any, *, status: int = 200, location: str | None = None) -> Answer:
    return Answer(_provider(call, row), status=status, version=row["version"], location=location)


def _provider(call: Call, row: Any) -> IdentityProvider:
    return IdentityProvider(**dict(row), redirect_uri=call.parts.config.public_url + CALLBACK)


async def list_providers(connection: Connection, call: Call) -> Answer:
    return Answer(IdentityProviderList(items=[_provider(call, row) for row in await repository.every(connection)]))


async def create_provider(connection: Connection, call: Call, body: IdentityProviderIn) -> Answer:
    _check(call, body)
    if await repository.count(connection) >= repository.MOST:
        raise Conflict(f"There are {repository.MOST} identity providers already.")
    provider_id = new_id("idp")
    values = (
        provider_id, call.principal.tenant_id, body.name, body.issuer, body.client_id, _sealed(call, provider_id, body),
        sorted(set(body.domains)), body.trusts_emails, body.enabled, call.now,
    )  # fmt: skip
    row = await repository.insert(connection, values)
    return _shown(call, row, status=201, location=f"/v1/identity-providers/{provider_id}")


async def replace_provider(
    connection: Connection, call: Call, provider_id: str, body: IdentityProviderIn, if_match: str | None
) -> Answer:
    _check(call, body)
    row = await repository.find(connection, provider_id, lock=True)
    check_version(row, if_match, "identity provider")
    other = (row["issuer"], row["client_id"]) != (body.issuer, body.client_id)
    if row["issuer"] != body.issuer:
        await repository.forget_people(connection, provider_id)
    values = (
        provider_id, body.name, body.issuer, body.client_id, _sealed(call, provider_id, body), sorted(set(body.domains)),
        body.trusts_emails, body.enabled,
    )  # fmt: skip
    # A secret is for one issuer alone: kept for another, that one would be told it.
    return _shown(call, await repository.replace(connection, values, secret=other or body.secret is not None))


async def delete_provider(connection: Connection, call: Call, provider_id: str, if_match: str | None) -> Answer:
    require_all_of(call.principal, _EVERYTHING)
    check_version(await repository.find(connection, provider_id, lock=True), if_match, "identity provider")
    await repository.delete(connection, provider_id)
    return Answer(None)


def _check(call: Call, body: IdentityProviderIn) -> None:
    require_all_of(call.principal, _EVERYTHING)
    check_url(call, body.issuer, "/issuer")
    if "?" in body.issuer or "#" in body.issuer:
        raise InputInvalid(pointers={"/issuer": "has no query and no fragment"})


def _sealed(call: Call, provider_id: str, body: IdentityProviderIn) -> bytes | None:
    return (
        None
        if body.secret is None
        else call.parts.master.seal(body.secret.encode(), f"identity provider {provider_id}")
    )


async def ways(parts: Parts, email: str) -> Answer:
    async with parts.database.transaction(read_only=True) as connection:
        rows = await repository.for_domain(connection, email.rpartition("@")[2])
    return Answer(
        LoginWays(
            items=[
                LoginWay(name=row["name"], tenant_name=row["tenant_name"], host=checked_url(row["issuer"]).host, url=f"/login/oidc/{row['id']}")
                for row in rows
            ]
        )
    )  # fmt: skip


async def provider_of(parts: Parts, provider_id: str) -> Any:
    """Raises `NotFound` where there is none, or it is switched off."""
    async with parts.database.transaction(read_only=True) as connection:
        row = await repository.for_login(connection, provider_id)
    if row is None:
        raise NotFound("There is no such identity provider.")
    return row


def client_of(parts: Parts, row: Any) -> Client:
    secret = (
        None if row["secret"] is None else parts.master.open(row["secret"], f"identity provider {row['id']}").decode()
    )
    return Client(row["issuer"], row["client_id"], secret, parts.config.public_url + CALLBACK)


async def finish(
    parts: Parts, providers: Providers, pending: Pending, code: str, iss: str | None, address: str, request_id: str
) -> login.Begun:
    """A session of the agent for whom the provider vouches. Raises `NotVouched`, and as `Providers.person`."""
    row = await provider_of(parts, pending.provider_id)
    client = client_of(parts, row)
    person = await providers.person(client, code=code, verifier=pending.verifier, nonce=pending.nonce, iss=iss)
    tenant_id = row["tenant_id"]

    async def work(connection: Connection) -> str | None:
        return await _agent(connection, parts, row, person)

    agent_id = await parts.database.run(work, [tenant_id])
    if agent_id is None:
        parts.metrics.inc(Metric.API_LOGINS, "oidc", "refused")
        raise NotVouched("nobody here has this person's address")
    tries = login.Tries.of(f"{row['id']} {person.subject}", address)
    asked = request_hash("GET", CALLBACK, b"", person.subject.encode())
    return await login.begin(parts, {"agent_id": agent_id, "tenant_id": tenant_id}, "oidc", tries, request_id, asked)


async def _agent(connection: Connection, parts: Parts, row: Any, person: Person) -> str | None:
    """By the subject, once known; the first time by an address that is theirs beyond doubt, and one agent's only."""
    found = await repository.known(connection, row["id"], person.subject)
    if found is not None:
        return found
    if person.email is None or not (person.verified or row["trusts_emails"]):
        return None
    agents = await repository.by_email(connection, person.email)
    if len(agents) != 1:
        return None
    new = await repository.remember(
        connection, row["id"], person.subject, row["tenant_id"], agents[0], parts.clock.now()
    )
    return agents[0] if new else None
