"""Gives something to a customer within the tenant's limits, or asks somebody who may."""

from datetime import datetime
from typing import Any

from backbone.errors import Conflict, Forbidden, InputInvalid, NotFound
from backbone.ids import new_code, new_id
from backbone.storage.database import Connection
from router.config import TenantConfig
from router.domain import goodwill as rules
from router.domain.conversation import Conversation, Fact
from router.domain.goodwill import Rule, Side
from router.repositories import goodwill as repository
from router.usecases.common import finish, lock


async def give(
    connection: Connection,
    config: TenantConfig,
    *,
    conversation_id: str,
    rule_name: str,
    value: int,
    reason: str,
    role: str,
    actor: str,
    now: datetime,
) -> Any:
    """Grants it, or keeps it waiting where it is above a limit; answers its row. The customer is told nothing by this.

    Raises `NotFound`, `InputInvalid` (no such rule) and `Conflict` (not for customers of that tier).
    """
    rule = rules.rules_from(config.settings).get(rule_name)
    if rule is None:
        raise InputInvalid("there is no such rule", pointers={"/rule": "names no rule of goodwill"})
    current = await lock(connection, config.tenant_id, conversation_id, None)
    if rule.tiers and not rule.is_for(await repository.tiers_of(connection, current.contact_id)):
        raise Conflict("this goodwill is for customers of other tiers")
    had, times = await repository.given(connection, current.contact_id, rule.name, now - rule.period)
    decision = rules.decide(rule, role=role, value=value, given_value=had, given_times=times)
    row = await repository.insert(
        connection, current, rule, decision, goodwill_id=new_id("gwl"), value=value, reason=reason, code=new_code(), actor=actor,
        now=now,
    )  # fmt: skip
    kind = "goodwill.granted" if decision.state == "granted" else "goodwill.asked"
    await finish(connection, current, now, facts=[_fact(kind, current, row, actor)])
    return row


async def decide(
    connection: Connection,
    config: TenantConfig,
    *,
    goodwill_id: str,
    conversation_id: str,
    approve: bool,
    role: str,
    actor: str,
    now: datetime,
) -> Any:
    """Approves or declines what waits. The rule's limits for one customer are for the decider to pass; their own is not.

    Raises `NotFound`, `Conflict` (decided already, or the rule is gone) and `Forbidden` (one's own, or beyond one's limit).
    """
    current = await lock(connection, config.tenant_id, conversation_id, None)
    row = await repository.lock(connection, goodwill_id)
    if row is None or row["conversation_id"] != conversation_id:
        raise NotFound("no such goodwill")
    if row["state"] != "waiting":
        raise Conflict(f"it was {row['state']} already")
    if approve:
        _may_approve(rules.rules_from(config.settings).get(row["rule"]), row, role, actor)
    state = "granted" if approve else "declined"
    decided = await repository.decide(connection, goodwill_id, state, actor, now)
    await finish(connection, current, now, facts=[_fact(f"goodwill.{state}", current, decided, actor)])
    return decided


def _may_approve(rule: Rule | None, row: Any, role: str, actor: str) -> None:
    if rule is None:
        raise Conflict("its rule is gone: decline it")
    if row["asked_by"] == actor:
        raise Forbidden("somebody else has to agree to what you asked for")
    if not rule.gives(role, row["value_minor"]):
        raise Forbidden("it is above your own limit, too")


async def honour(connection: Connection, goodwill_id: str, now: datetime) -> Any:
    """Notes that the shop has honoured it; a repeat changes nothing. Raises `NotFound` and `Conflict` (not granted)."""
    row = await repository.lock(connection, goodwill_id)
    if row is None:
        raise NotFound("no such goodwill")
    if row["state"] != "granted":
        raise Conflict("it was not granted")
    return await repository.honour(connection, goodwill_id, now)


async def effect(connection: Connection, since: datetime, until: datetime) -> tuple[Side, Side, int]:
    """As `beside_reference`, of the tenant's resolutions in between."""
    return rules.beside_reference(await repository.outcomes(connection, since, until))


def _fact(kind: str, current: Conversation, row: Any, actor: str) -> Fact:
    told = {"goodwill_id": row["id"], "contact_id": row["contact_id"], "rule": row["rule"], "kind": row["kind"]}
    worth = {"value_minor": row["value_minor"], "currency": row["currency"], "above": list(row["above"]), "by": actor}
    return Fact(kind, current.base() | told | worth)
