"""What callers do with webhook endpoints, each inside one transaction of theirs."""

from datetime import timedelta
from typing import Any

from pydantic import BaseModel

from agent_api.http.call import Answer, Call
from agent_api.http.cursor import make_cursor, read_cursor
from agent_api.http.pages import split
from agent_api.http.urls import check_url
from agent_api.http.versions import check_version
from agent_api.webhooks import repository
from agent_api.webhooks.schemas import (
    ChangeWebhookEndpoint,
    CreateWebhookEndpoint,
    NewWebhookEndpoint,
    RotateSecret,
    WebhookEndpoint,
    WebhookEndpointPage,
    WebhookSecret,
)
from backbone.errors import Conflict, NotFound
from backbone.ids import new_id
from backbone.storage.database import Connection
from backbone.storage.wake import notify
from backbone.storage.webhooks import Secret, open_secrets, seal_secrets
from backbone.web.signatures import make_secret

_LIST = {"list": "webhook_endpoints"}


def endpoint_of(row: Any) -> WebhookEndpoint:
    return WebhookEndpoint(**{name: row[name] for name in WebhookEndpoint.model_fields})


async def found(connection: Connection, endpoint_id: str, *, lock: bool = False) -> Any:
    """The row; raises `NotFound`."""
    row = await repository.find(connection, endpoint_id, lock=lock)
    if row is None:
        raise NotFound("There is no such webhook endpoint.")
    return row


async def list_endpoints(connection: Connection, cursor: str | None, limit: int) -> WebhookEndpointPage:
    after = "" if cursor is None else read_cursor(cursor, _LIST, 1)[0]
    rows, last = split(await repository.page(connection, after, limit), limit)
    following = None if last is None else make_cursor((last["id"],), _LIST)
    return WebhookEndpointPage(items=[endpoint_of(row) for row in rows], next_cursor=following)


async def get_endpoint(connection: Connection, endpoint_id: str) -> Answer:
    row = await found(connection, endpoint_id)
    return Answer(endpoint_of(row), version=row["version"])


async def create_endpoint(connection: Connection, call: Call, body: CreateWebhookEndpoint) -> Answer:
    check_url(call, body.url)
    if await repository.count(connection) >= repository.MOST:
        raise Conflict(f"There are {repository.MOST} webhook endpoints already.")
    endpoint_id, secret = new_id("whe"), Secret(make_secret(), call.now)
    values = (
        endpoint_id,
        call.principal.tenant_id,
        body.name,
        body.url,
        _names(body.event_types),
        body.filter.model_dump(),
        seal_secrets(call.parts.master, endpoint_id, [secret]),
        call.now,
    )
    row = await repository.insert(connection, values)
    shown = NewWebhookEndpoint(secret=secret.value.get_secret_value(), **endpoint_of(row).model_dump())
    return Answer(shown, status=201, version=row["version"], location=f"/v1/webhook-endpoints/{endpoint_id}")


async def change_endpoint(
    connection: Connection, call: Call, endpoint_id: str, body: ChangeWebhookEndpoint, if_match: str | None
) -> Answer:
    row = await repository.find(connection, endpoint_id, lock=True)
    check_version(row, if_match, "webhook endpoint")
    if body.url is not None:
        check_url(call, body.url)
    values = (
        body.name or row["name"],
        body.url or row["url"],
        row["event_types"] if body.event_types is None else _names(body.event_types),
        row["filter"] if body.filter is None else body.filter.model_dump(),
        body.state or row["state"],
        call.now,
    )
    row = await repository.update(connection, endpoint_id, values)
    await notify(connection, "webhooks")
    return Answer(endpoint_of(row), version=row["version"])


async def delete_endpoint(connection: Connection, endpoint_id: str, if_match: str | None) -> Answer:
    check_version(await repository.find(connection, endpoint_id, lock=True), if_match, "webhook endpoint")
    await repository.delete(connection, endpoint_id)
    return Answer(None)


async def rotate_secret(connection: Connection, call: Call, endpoint_id: str, body: RotateSecret) -> Answer:
    row = await found(connection, endpoint_id, lock=True)
    now, fresh = call.now, Secret(make_secret(), call.now)
    active = open_secrets(call.parts.master, endpoint_id, row["secrets"], now)
    until = now + timedelta(seconds=body.overlap_seconds)
    older = [Secret(secret.value, secret.created_at, until) for secret in active[:1]] if body.overlap_seconds else []
    sealed = seal_secrets(call.parts.master, endpoint_id, [fresh, *older])
    await repository.set_secrets(connection, endpoint_id, sealed, now)
    shown: BaseModel = WebhookSecret(
        secret=fresh.value.get_secret_value(), older_expires_at=older[0].expires_at if older else None
    )
    return Answer(shown, status=201)


def _names(types: list[Any]) -> list[str]:
    return sorted({kind.value for kind in types})
