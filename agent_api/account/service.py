"""What a caller may know of itself and of its tenant."""

from agent_api.account import repository
from agent_api.account.schemas import DeadLetters, Me
from agent_api.http.call import Call
from agent_api.permissions import permissions_of
from backbone.storage.database import Connection


async def get_me(connection: Connection, call: Call) -> Me:
    principal = call.principal
    tenant_name, agent_name = await repository.names(connection, principal.tenant_id, principal.agent_id)
    return Me(
        tenant_id=principal.tenant_id,
        tenant_name=tenant_name,
        role=principal.role,
        agent_id=principal.agent_id,
        agent_name=agent_name,
        key_id=principal.key_id,
        permissions=sorted(permission.value for permission in permissions_of(principal.role, principal.permissions)),
    )


async def count_dead_letters(connection: Connection) -> DeadLetters:
    count, oldest_at = await repository.dead_letters(connection)
    return DeadLetters(open=count, oldest_at=oldest_at)
