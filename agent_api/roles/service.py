"""What callers do with roles. Nobody gives, changes or takes away more than they may do themselves."""

from typing import Any

from agent_api.agents.service import get_agent
from agent_api.http.announce import announce
from agent_api.http.call import Answer, Call
from agent_api.http.versions import check_version
from agent_api.permissions import MATRIX, permissions_of, require_all_of
from agent_api.roles import repository
from agent_api.roles.schemas import OwnRole, RoleIn, RoleList, SetRole
from backbone.errors import Conflict, InputInvalid
from backbone.ids import new_id
from backbone.storage.database import Connection
from backbone.web.auth import permissions_of as own_permissions_of
from schemas.events import EventType


def role_of(row: Any) -> OwnRole:
    return OwnRole(**{**dict(row), "permissions": sorted(row["permissions"])})


async def list_roles(connection: Connection) -> Answer:
    built_in = {role: sorted(permissions) for role, permissions in MATRIX.items()}
    return Answer(RoleList(items=[role_of(row) for row in await repository.every(connection)], built_in=built_in))


async def create_role(connection: Connection, call: Call, body: RoleIn) -> Answer:
    require_all_of(call.principal, body.permissions)
    if await repository.count(connection) >= repository.MOST:
        raise Conflict(f"There are {repository.MOST} roles already.")
    role_id = new_id("rol")
    values = (role_id, call.principal.tenant_id, body.name, sorted(body.permissions), call.now)
    row = await repository.insert(connection, values)
    return Answer(role_of(row), status=201, version=row["version"], location=f"/v1/roles/{role_id}")


async def replace_role(connection: Connection, call: Call, role_id: str, body: RoleIn, if_match: str | None) -> Answer:
    row = await repository.find(connection, role_id, lock=True)
    check_version(row, if_match, "role")
    require_all_of(call.principal, body.permissions | permissions_of("agent", row["permissions"]))
    changed = await repository.replace(connection, role_id, body.name, sorted(body.permissions))
    return Answer(role_of(changed), version=changed["version"])


async def delete_role(connection: Connection, call: Call, role_id: str, if_match: str | None) -> Answer:
    """Raises `Conflict` while somebody has it."""
    row = await repository.find(connection, role_id, lock=True)
    check_version(row, if_match, "role")
    require_all_of(call.principal, permissions_of("agent", row["permissions"]))
    await repository.delete(connection, role_id)
    return Answer(None)


async def set_role(connection: Connection, call: Call, agent_id: str, body: SetRole, if_match: str | None) -> Answer:
    """Raises `Conflict` for a bot, and for the last admin there is."""
    row = await repository.agent(connection, agent_id)
    check_version(row, if_match, "agent")
    if row["role"] == "bot":
        raise Conflict("A bot stays a bot.")
    own = await own_role(connection, body.role_id)
    require_all_of(
        call.principal, permissions_of(row["role"], own_permissions_of(row)) | permissions_of(body.role, own)
    )
    stays = body.role == "admin" and body.role_id is None
    if not stays and not await repository.other_admins(connection, agent_id):
        raise Conflict("They are the last admin: make somebody else one first.")
    await repository.set_role(connection, agent_id, body.role, body.role_id)
    await announce(connection, call.principal.tenant_id, EventType.AGENT_UPDATED, {"agent_id": agent_id}, call.now)
    return await get_agent(connection, agent_id)


async def own_role(connection: Connection, role_id: str | None) -> frozenset[str] | None:
    """What a role of the tenant's own lists; None for none. Raises `InputInvalid` for one that does not exist."""
    if role_id is None:
        return None
    row = await repository.find(connection, role_id)
    if row is None:
        raise InputInvalid(pointers={"/role_id": "names a role that does not exist"})
    return frozenset(row["permissions"])
