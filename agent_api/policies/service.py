"""What callers do with SLA policies, each inside one transaction of theirs."""

from typing import Any

from agent_api.http.call import Answer, Call
from agent_api.http.versions import check_version
from agent_api.policies import repository
from agent_api.policies.schemas import Policy, PolicyIn, PolicyList
from backbone.errors import Conflict, NotFound
from backbone.ids import new_id
from backbone.storage.database import Connection
from router.usecases import policies


def policy_of(row: Any) -> Policy:
    return Policy(**{name: row[name] for name in Policy.model_fields})


async def _record(connection: Connection, call: Call) -> None:
    """The change is a version of the tenant's policy."""
    who = call.principal
    await policies.record(
        connection, who.tenant_id, cause="sla_policy_edited", author=who.actor, note=None, now=call.now
    )


async def list_policies(connection: Connection) -> Answer:
    return Answer(PolicyList(items=[policy_of(row) for row in await repository.every(connection)]))


async def get_policy(connection: Connection, policy_id: str) -> Answer:
    row = await repository.find(connection, policy_id)
    if row is None:
        raise NotFound("There is no such policy.")
    return Answer(policy_of(row), version=row["version"])


async def create_policy(connection: Connection, call: Call, body: PolicyIn) -> Answer:
    if await repository.count(connection) >= repository.MOST:
        raise Conflict(f"There are {repository.MOST} policies already.")
    policy_id, tenant_id = new_id("pol"), call.principal.tenant_id
    document = body.document.model_dump(mode="json")
    row = await repository.insert(connection, tenant_id, policy_id, body.name, body.position, document, call.now)
    await _record(connection, call)
    location = f"/v1/sla-policies/{policy_id}"
    return Answer(policy_of(row), status=201, version=row["version"], location=location)


async def replace_policy(
    connection: Connection, call: Call, policy_id: str, body: PolicyIn, if_match: str | None
) -> Answer:
    check_version(await repository.find(connection, policy_id, lock=True), if_match, "policy")
    document = body.document.model_dump(mode="json")
    row = await repository.replace(connection, policy_id, body.name, body.position, document)
    await _record(connection, call)
    return Answer(policy_of(row), version=row["version"])


async def delete_policy(connection: Connection, call: Call, policy_id: str, if_match: str | None) -> Answer:
    check_version(await repository.find(connection, policy_id, lock=True), if_match, "policy")
    await repository.delete(connection, policy_id)
    await _record(connection, call)
    return Answer(None)
