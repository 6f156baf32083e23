"""A tenant's policy as one document with versions: SLA policies in their order, and the settings of routing.

Shapes are checked by the caller. Every change, of the document or of one SLA policy, makes a version, which decisions name.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backbone.errors import NotFound, PreconditionFailed
from backbone.ids import new_id
from backbone.storage.database import Connection
from backbone.storage.wake import notify
from router.config import TenantConfig, policy_from
from router.domain import conversation as rules
from router.domain.conversation import Rules
from router.domain.differences import Difference, differences
from router.domain.sla import Policy
from router.repositories import conversations
from router.usecases import recompute

LOOKED_AT = 2000
"""Open conversations that a dry run computes anew."""


@dataclass(frozen=True, slots=True)
class Current:
    """The document as it holds now; version 0 where none was ever recorded."""

    version: int
    document: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Effects:
    """What a document would do to the clocks that run now: of `looked_at` conversations, how many get another deadline."""

    looked_at: int
    moved: int
    sooner: int
    later: int
    breached_at_once: int
    by_policy: Mapping[str, int]


async def current(connection: Connection, tenant_id: str) -> Current:
    """Read from where it holds, so that it is true whatever wrote there. Raises `NotFound`."""
    tenant = await connection.fetchrow("SELECT settings FROM tenants WHERE id = $1", tenant_id)
    if tenant is None:
        raise NotFound("There is no such tenant.")
    rows = await connection.fetch(
        "SELECT name, document FROM sla_policies WHERE tenant_id = $1 ORDER BY position, id", tenant_id
    )
    version = await connection.fetchval("SELECT max(version) FROM policy_versions WHERE tenant_id = $1", tenant_id)
    document = {
        "sla_policies": [{"name": row["name"], "document": row["document"]} for row in rows],
        "routing": tenant["settings"].get("routing") or {},
    }
    return Current(int(version or 0), document)


async def version(connection: Connection, tenant_id: str, number: int) -> Any:
    """One version's row. Raises `NotFound`."""
    row = await connection.fetchrow(
        "SELECT version, document, cause, note, author, created_at FROM policy_versions WHERE tenant_id = $1 AND version = $2",
        tenant_id,
        number,
    )
    if row is None:
        raise NotFound("There is no such version.")
    return row


async def versions(connection: Connection, tenant_id: str, before: int | None, most: int) -> Sequence[Any]:
    """The newest first, without their documents."""
    return await connection.fetch(
        "SELECT version, cause, note, author, created_at FROM policy_versions "
        "WHERE tenant_id = $1 AND ($2::bigint IS NULL OR version < $2) ORDER BY version DESC LIMIT $3",
        tenant_id,
        before,
        most,
    )


async def record(
    connection: Connection, tenant_id: str, *, cause: str, author: str | None, note: str | None, now: datetime
) -> int:
    """Keeps what holds now as the next version, and has running deadlines computed anew; answers the version."""
    await _lock(connection, tenant_id)
    held = await current(connection, tenant_id)
    await connection.execute(
        "INSERT INTO policy_versions (tenant_id, version, document, cause, note, author, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        tenant_id,
        held.version + 1,
        held.document,
        cause,
        note,
        author,
        now,
    )
    await recompute.ask(connection, tenant_id, "policy_changed")
    await notify(connection, "config", tenant_id)
    return held.version + 1


async def apply(
    connection: Connection,
    tenant_id: str,
    document: Mapping[str, Any],
    *,
    cause: str,
    author: str | None,
    note: str | None,
    now: datetime,
    expected_version: int | None = None,
) -> Current:
    """Makes the document hold, as a version of its own; nothing happens if it holds already. SLA policies keep their ids by name.

    Raises `NotFound`, and `PreconditionFailed` if another version than expected holds.
    """
    await _lock(connection, tenant_id)
    held = await current(connection, tenant_id)
    if expected_version is not None and held.version != expected_version:
        raise PreconditionFailed(f"the policy is at version {held.version}, not {expected_version}")
    if not differences(held.document, document) and held.version:
        return held
    if not held.version:
        # What held before there were versions can be gone back to as well.
        await record(connection, tenant_id, cause="first", author=None, note=None, now=now)
    await _write_policies(connection, tenant_id, document["sla_policies"], now)
    await connection.execute(
        "UPDATE tenants SET settings = jsonb_set(settings, '{routing}', $2) WHERE id = $1",
        tenant_id,
        dict(document["routing"]),
    )
    number = await record(connection, tenant_id, cause=cause, author=author, note=note, now=now)
    return Current(number, dict(document))


async def rollback(
    connection: Connection,
    tenant_id: str,
    number: int,
    *,
    author: str | None,
    note: str | None,
    now: datetime,
    expected_version: int | None = None,
) -> Current:
    """Makes an earlier version's document hold again, as a new version. Raises as `apply` does."""
    earlier = await version(connection, tenant_id, number)
    return await apply(
        connection, tenant_id, earlier["document"], cause=f"rollback to {number}", author=author, note=note, now=now,
        expected_version=expected_version,
    )  # fmt: skip


async def _lock(connection: Connection, tenant_id: str) -> None:
    """One change of a tenant's policy after another."""
    await connection.execute("SELECT 1 FROM tenants WHERE id = $1 FOR NO KEY UPDATE", tenant_id)


async def _write_policies(
    connection: Connection, tenant_id: str, wanted: Sequence[Mapping[str, Any]], now: datetime
) -> None:
    await connection.execute(
        "DELETE FROM sla_policies WHERE tenant_id = $1 AND NOT name = ANY($2::text[])",
        tenant_id,
        [policy["name"] for policy in wanted],
    )
    for position, policy in enumerate(wanted):
        await connection.execute(
            """
            INSERT INTO sla_policies AS p (id, tenant_id, name, position, document, created_at) VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (tenant_id, name) DO UPDATE SET position = excluded.position, document = excluded.document,
                version = CASE WHEN p.document = excluded.document THEN p.version ELSE p.version + 1 END
            """,
            new_id("pol"),
            tenant_id,
            policy["name"],
            position,
            dict(policy["document"]),
            now,
        )


def policies_of(document: Mapping[str, Any]) -> tuple[Policy, ...]:
    """The SLA policies of a document that does not hold (yet): their ids are their names."""
    return tuple(policy_from(p["name"], 0, p["name"], p["document"]) for p in document["sla_policies"])


async def dry_run(connection: Connection, config: TenantConfig, document: Mapping[str, Any], now: datetime) -> Effects:
    """What the document would do to clocks that run now: computed on copies of up to 2,000 conversations, the oldest first."""
    found = await conversations.with_clocks(connection, config.tenant_id, LOOKED_AT)
    names = {policy.id: policy.name for policy in config.policies}
    policies = policies_of(document)
    moved: Counter[str] = Counter()
    by_policy: Counter[str] = Counter()
    for one in found:
        before = one.due_at
        tried = deepcopy(one)
        tried.policy_id = names.get(one.policy_id or "", one.policy_id)
        change = rules.recompute(tried, now, Rules(policies, config.hours_of(one.team_id)), "dry_run")
        if tried.due_at != before:
            moved["moved"] += 1
            by_policy[str(tried.policy_id)] += 1
            if tried.due_at and before:
                moved["sooner" if tried.due_at < before else "later"] += 1
        if change.timer is not None and change.timer.due_at <= now and one.sla_state != "breached":
            moved["breached"] += 1
    return Effects(len(found), moved["moved"], moved["sooner"], moved["later"], moved["breached"], dict(by_policy))


def compare(held: Current, document: Mapping[str, Any]) -> list[Difference]:
    """What applying the document would change."""
    return differences(held.document, document)
