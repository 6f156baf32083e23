"""Making and revoking API keys, each inside one transaction of the caller's."""

from agent_api.http.call import Answer, Call
from agent_api.http.cursor import make_cursor, read_cursor
from agent_api.http.pages import split
from agent_api.keys import repository
from agent_api.keys.schemas import ApiKey, ApiKeyPage, CreateApiKey, NewApiKey
from agent_api.permissions import permissions_of, require_all_of
from agent_api.roles.service import own_role
from backbone.errors import InputInvalid, NotFound
from backbone.ids import new_id
from backbone.storage.database import Connection
from backbone.web.auth import PREFIX_LENGTH, hash_secret, make_key

_LIST = {"list": "api_keys"}


async def list_keys(connection: Connection, cursor: str | None, limit: int) -> ApiKeyPage:
    before = None if cursor is None else read_cursor(cursor, _LIST, 1)[0]
    rows, last = split(await repository.page(connection, before, limit), limit)
    following = None if last is None else make_cursor((last["id"],), _LIST)
    return ApiKeyPage(items=[ApiKey(**dict(row)) for row in rows], next_cursor=following)


async def create_key(connection: Connection, call: Call, body: CreateApiKey) -> Answer:
    await _check(connection, call, body)
    key, key_id = make_key(call.parts.config.environment), new_id("key")
    values = (
        key_id,
        call.principal.tenant_id,
        body.agent_id,
        body.name,
        body.role,
        body.role_id,
        key[:PREFIX_LENGTH],
        hash_secret(key),
        call.now,
        body.expires_at,
    )
    row = await repository.insert(connection, values)
    return Answer(NewApiKey(key=key, **dict(row)), status=201)


async def revoke_key(connection: Connection, call: Call, key_id: str) -> Answer:
    if not await repository.revoke(connection, key_id, call.now):
        raise NotFound("There is no such key.")
    return Answer(None)


async def _check(connection: Connection, call: Call, body: CreateApiKey) -> None:
    require_all_of(call.principal, permissions_of(body.role, await own_role(connection, body.role_id)))
    if body.agent_id is None and body.role in {"agent", "bot"}:
        raise InputInvalid(pointers={"/agent_id": f"a key of role {body.role} needs one"})
    if body.agent_id is not None and not await repository.agent_exists(connection, body.agent_id):
        raise InputInvalid(pointers={"/agent_id": "names an agent that does not exist"})
    if body.expires_at is not None and body.expires_at <= call.now:
        raise InputInvalid(pointers={"/expires_at": "must be in the future"})
