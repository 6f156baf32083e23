"""Reads and writes a tenant's settings."""

from collections.abc import Mapping
from typing import Any

from backbone.storage.database import Connection


async def find(connection: Connection, tenant_id: str, *, lock: bool = False) -> Any:
    """The row with `settings` and `version`; None where the tenant is unknown."""
    return await connection.fetchrow(
        f"SELECT settings, settings_version AS version FROM tenants WHERE id = $1 {'FOR UPDATE' if lock else ''}",
        tenant_id,
    )


async def replace(connection: Connection, tenant_id: str, document: Mapping[str, Any]) -> int:
    """Stores settings, and leaves those that have their own document (`routing`); answers the version."""
    version: int = await connection.fetchval(
        """
        UPDATE tenants SET settings = settings || $2, settings_version = settings_version + 1 WHERE id = $1
        RETURNING settings_version
        """,
        tenant_id,
        dict(document),
    )
    return version
