"""Intents, when their model should be learnt anew, and what was learnt."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from backbone.storage.database import Connection
from router.domain.intents.model import Model, Part, from_parts
from router.domain.intents.training import INTENTS_MOST

KEPT = 2
"""Versions of a model."""
_PARTS_MOST = 64


@dataclass(frozen=True, slots=True)
class Intent:
    """What customers want: `phrases` say it for sure, `examples` are how it is said."""

    name: str
    phrases: tuple[str, ...] = field(repr=False)
    examples: tuple[str, ...] = field(repr=False)
    action: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to learn a tenant's model; `wanted_at` is of the wish that it answers."""

    tenant_id: str
    wanted_at: datetime
    tries: int


async def every(connection: Connection, tenant_id: str) -> list[Intent]:
    rows = await connection.fetch(
        "SELECT name, phrases, examples, action FROM intents WHERE tenant_id = $1 ORDER BY name LIMIT $2",
        tenant_id,
        INTENTS_MOST,
    )
    return [Intent(row["name"], tuple(row["phrases"]), tuple(row["examples"]), row["action"]) for row in rows]


async def want(connection: Connection, tenant_id: str, at: datetime) -> None:
    """The model is to be learnt anew at that time, or earlier where somebody wanted it earlier."""
    await connection.execute(
        "INSERT INTO intent_trainings AS t (tenant_id, wanted_at) VALUES ($1, $2) "
        "ON CONFLICT (tenant_id) DO UPDATE SET wanted_at = least(t.wanted_at, excluded.wanted_at), tries = 0",
        tenant_id,
        at,
    )


async def due(connection: Connection, most: int) -> list[str]:
    """Tenants whose model should be learnt now."""
    return [row["tenant_id"] for row in await connection.fetch("SELECT tenant_id FROM intent_trainings_due($1)", most)]


async def claim(connection: Connection, tenant_id: str, span: timedelta) -> Claim | None:
    """None where another was faster."""
    row = await connection.fetchrow(
        """
        UPDATE intent_trainings SET claimed_until = clock_timestamp() + $2, tries = tries + 1
        WHERE tenant_id = $1 AND wanted_at <= clock_timestamp() AND (claimed_until IS NULL OR claimed_until <= clock_timestamp())
        RETURNING wanted_at, tries
        """,
        tenant_id,
        span,
    )
    return None if row is None else Claim(tenant_id, row["wanted_at"], row["tries"])


async def settle(connection: Connection, claim: Claim, failed: str | None, again: datetime | None) -> None:
    """Ends a claim. A wish that came meanwhile stays; `again` is when a failed one is tried anew."""
    await connection.execute(
        """
        UPDATE intent_trainings SET claimed_until = NULL, failed = $3, wanted_at = CASE WHEN wanted_at = $2 THEN $4 ELSE wanted_at END,
            tries = CASE WHEN $4::timestamptz IS NULL THEN 0 ELSE tries END
        WHERE tenant_id = $1
        """,
        claim.tenant_id,
        claim.wanted_at,
        failed,
        again,
    )


async def store(
    connection: Connection, tenant_id: str, model: Model, examples: int, figures: dict[str, Any], now: datetime
) -> int:
    """Keeps a model as the newest version, and answers its number; older versions than the last two go."""
    version = int(
        await connection.fetchval(
            """
            INSERT INTO intent_models (tenant_id, version, trained_at, names, examples, figures, offsets, doubt)
            SELECT $1, coalesce(max(version), 0) + 1, $2, $3, $4, $5, $6, $7 FROM intent_models WHERE tenant_id = $1 RETURNING version
            """,
            tenant_id,
            now,
            list(model.names),
            examples,
            figures,
            model.offsets.astype("<f4").tobytes(),
            model.doubt.to_bytes(),
        )
    )
    for number, part in enumerate(model.parts()):
        await connection.execute(
            "INSERT INTO intent_model_parts (tenant_id, version, part, features, rarity, scales, weights) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            tenant_id,
            version,
            number,
            part.features,
            part.rarity,
            part.scales,
            part.weights,
        )
    await connection.execute(
        "DELETE FROM intent_models WHERE tenant_id = $1 AND version <= $2", tenant_id, version - KEPT
    )
    return version


async def newest(connection: Connection, tenant_id: str) -> int | None:
    """The number of the newest model; None: nothing was learnt."""
    found: int | None = await connection.fetchval(
        "SELECT version FROM intent_models WHERE tenant_id = $1 ORDER BY version DESC LIMIT 1", tenant_id
    )
    return found


async def load(connection: Connection, tenant_id: str, version: int) -> Model | None:
    """None where the version is gone. Raises ValueError where it can't be read."""
    head = await connection.fetchrow(
        "SELECT names, offsets, doubt FROM intent_models WHERE tenant_id = $1 AND version = $2", tenant_id, version
    )
    if head is None:
        return None
    rows: Sequence[Any] = await connection.fetch(
        "SELECT features, rarity, scales, weights FROM intent_model_parts WHERE tenant_id = $1 AND version = $2 ORDER BY part LIMIT $3",
        tenant_id,
        version,
        _PARTS_MOST,
    )
    parts = (Part(row["features"], row["rarity"], row["scales"], row["weights"]) for row in rows)
    return from_parts(head["names"], parts, head["offsets"], head["doubt"])
