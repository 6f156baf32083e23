"""Reads and changes intents."""

from collections.abc import Sequence
from typing import Any

from backbone.storage.database import Connection
from router.usecases.intents import INTENTS_MOST

_COLUMNS = "id, name, phrases, examples, action, updated_at, version"


async def every(connection: Connection) -> Sequence[Any]:
    return await connection.fetch(
        "SELECT id, name, cardinality(phrases) AS phrases, cardinality(examples) AS examples, updated_at, version "
        "FROM intents ORDER BY name LIMIT $1",
        INTENTS_MOST,
    )


async def find(connection: Connection, intent_id: str, *, lock: bool = False) -> Any:
    return await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM intents WHERE id = $1 {'FOR UPDATE' if lock else ''}", intent_id
    )


async def insert(connection: Connection, values: Sequence[object]) -> Any:
    return await connection.fetchrow(
        "INSERT INTO intents (id, tenant_id, name, phrases, examples, action, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7) "
        f"RETURNING {_COLUMNS}",
        *values,
    )


async def replace(connection: Connection, values: Sequence[object]) -> Any:
    return await connection.fetchrow(
        "UPDATE intents SET name = $2, phrases = $3, examples = $4, action = $5, updated_at = $6, version = version + 1 WHERE id = $1 "
        f"RETURNING {_COLUMNS}",
        *values,
    )


async def delete(connection: Connection, intent_id: str) -> None:
    await connection.execute("DELETE FROM intents WHERE id = $1", intent_id)


async def model(connection: Connection, tenant_id: str) -> Any:
    """One row in any case: what was learnt last, and what is wanted."""
    return await connection.fetchrow(
        """
        SELECT m.version, m.trained_at, coalesce(cardinality(m.names), 0) AS intents, coalesce(m.examples, 0) AS examples,
            coalesce((m.figures ->> 'features')::integer, 0) AS features, (m.figures ->> 'seconds')::float8 AS seconds,
            t.wanted_at AS due_at, t.failed
        FROM (SELECT 1) one
            LEFT JOIN LATERAL (SELECT * FROM intent_models WHERE tenant_id = $1 ORDER BY version DESC LIMIT 1) m ON true
            LEFT JOIN intent_trainings t ON t.tenant_id = $1
        """,
        tenant_id,
    )
