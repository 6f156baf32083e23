"""What callers do with the policy document, each inside one transaction of theirs."""

from dataclasses import asdict
from datetime import timedelta

from agent_api.call_backs.service import config_of
from agent_api.http.call import Answer, Call
from agent_api.http.versions import expected_version
from agent_api.policy.schemas import (
    ApplyPolicy,
    CheckPolicy,
    PolicyCheck,
    PolicyDifference,
    PolicyEffects,
    PolicyNow,
    PolicyTrial,
    PolicyVersion,
    PolicyVersionList,
    PolicyVersionQuery,
    PolicyVersionWhole,
    RollBackPolicy,
    TryPolicy,
)
from backbone.errors import RateLimited
from backbone.storage.database import Connection
from router.usecases import policies, whatif
from router.usecases.policies import Current

_MOST = 100
_TRIED_MOST, _TRIED_WITHIN = 3000, timedelta(seconds=60)


def _now(found: Current) -> Answer:
    return Answer(PolicyNow(version=found.version, document=found.document), version=found.version)


async def get_policy(connection: Connection, call: Call) -> Answer:
    return _now(await policies.current(connection, call.principal.tenant_id))


async def list_versions(connection: Connection, call: Call, query: PolicyVersionQuery) -> Answer:
    rows = await policies.versions(connection, call.principal.tenant_id, query.before, _MOST)
    return Answer(PolicyVersionList(items=[PolicyVersion(**dict(row)) for row in rows]))


async def get_version(connection: Connection, call: Call, number: int) -> Answer:
    return Answer(PolicyVersionWhole(**dict(await policies.version(connection, call.principal.tenant_id, number))))


async def check(connection: Connection, call: Call, body: CheckPolicy) -> Answer:
    config = await config_of(connection, call)
    held = await policies.current(connection, call.principal.tenant_id)
    document = body.document.plain()
    effects = await policies.dry_run(connection, config, document, call.now)
    return Answer(
        PolicyCheck(
            version=held.version,
            differences=[PolicyDifference(**asdict(one)) for one in policies.compare(held, document)],
            effects=PolicyEffects(**asdict(effects)),
        )
    )


async def apply(connection: Connection, call: Call, body: ApplyPolicy, if_match: str | None) -> Answer:
    return _now(
        await policies.apply(
            connection, call.principal.tenant_id, body.document.plain(), cause="applied", author=call.principal.actor, note=body.note,
            now=call.now, expected_version=expected_version(if_match),
        )
    )  # fmt: skip


async def roll_back(connection: Connection, call: Call, body: RollBackPolicy, if_match: str | None) -> Answer:
    return _now(
        await policies.rollback(
            connection, call.principal.tenant_id, body.version, author=call.principal.actor, note=body.note, now=call.now,
            expected_version=expected_version(if_match),
        )
    )  # fmt: skip


async def compare(call: Call, body: TryPolicy) -> Answer:
    """Reads in a transaction, plays outside of it. Raises as `whatif.gather`, `Conflict` where it takes too long, and `RateLimited` while another is played."""
    question = whatif.Question(
        body.from_,
        body.to,
        None if body.document is None else body.document.plain(),
        tuple(whatif.Staffing(one.team_id, one.agents) for one in body.staffing),
        body.made,
        body.seed,
    )

    async def gather(connection: Connection) -> whatif.Inputs:
        return await whatif.gather(connection, await config_of(connection, call), question, call.now, _TRIED_MOST)

    if call.parts.trials.locked():
        raise RateLimited("Another policy is being tried.", retry_after=timedelta(seconds=10))
    async with call.parts.trials:
        found = await whatif.compare_apart(await call.read(gather), _TRIED_WITHIN)
    return Answer(PolicyTrial.model_validate(asdict(found)))
