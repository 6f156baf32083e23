"""A tenant as JSON lines: a head, a line a row, a line a blob, an end that counts them. No credentials are among them."""

import base64
import json
import re
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from backbone.errors import NotFound
from backbone.storage.blobs import BlobStore
from backbone.tenants.tables import Table, tables

FORMAT = "frontdesk-tenant/1"
CREDENTIALS = frozenset({
    "agent_passwords", "agent_sessions", "api_keys", "callers", "idempotency_keys", "login_sessions", "provider_tokens",
    "stream_tickets",
})  # fmt: skip
_AT_ONCE = 500


def blob_keys(tenant_id: str, text: str) -> set[str]:
    """The keys of blobs that the text of a row names."""
    return set(re.findall(rf"{re.escape(tenant_id)}/[0-9a-f]{{2}}/[0-9a-f]{{32}}", text))


async def export(connection: Any, blobs: BlobStore, tenant_id: str, now: datetime) -> AsyncIterator[str]:
    """As of one moment of the database. Raises `NotFound`. A blob that is gone is a line without bytes."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        if not await connection.fetchval("SELECT true FROM tenants WHERE id = $1", tenant_id):
            raise NotFound(f"there is no tenant {tenant_id}")
        chosen = [table for table in await tables(connection) if table.name not in CREDENTIALS]
        left_out = {table.name: sorted(table.sealed) for table in chosen if table.sealed}
        head = {
            "format": FORMAT, "tenant_id": tenant_id, "at": now.isoformat(), "left_out_tables": sorted(CREDENTIALS),
            "left_out_columns": left_out,
        }  # fmt: skip
        yield json.dumps(head)
        rows, keys = 0, set[str]()
        for table in chosen:
            async for text in _rows(connection, table, tenant_id):
                rows += 1
                keys |= blob_keys(tenant_id, text)
                yield f'{{"table": "{table.name}", "row": {text}}}'
    for key in sorted(keys):
        yield json.dumps({"blob": key, "base64": await _bytes(blobs, key)})
    yield json.dumps({"end": True, "rows": rows, "blobs": len(keys)})


async def _rows(connection: Any, table: Table, tenant_id: str) -> AsyncIterator[str]:
    columns = ", ".join(f'"{column}"' for column in table.columns if column not in table.sealed)
    query = f'SELECT to_jsonb(r)::text FROM (SELECT {columns} FROM "{table.name}" WHERE {table.key} = $1) AS r'
    async for record in connection.cursor(query, tenant_id, prefetch=_AT_ONCE):
        yield record[0]


async def _bytes(blobs: BlobStore, key: str) -> str | None:
    try:
        return base64.b64encode(await blobs.get(key)).decode()
    except NotFound:
        return None
