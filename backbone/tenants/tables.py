"""Which tables hold a tenant's rows, read from the catalogue, so that a table of the next release is not forgotten."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_OF_TENANTS = """
SELECT c.table_name AS name, array_agg(c.column_name ORDER BY c.ordinal_position) AS columns,
    array_agg(c.column_name ORDER BY c.ordinal_position) FILTER (WHERE c.udt_name IN ('bytea', 'tsvector')) AS sealed
FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'
GROUP BY c.table_name HAVING bool_or(c.column_name = 'tenant_id') OR c.table_name = 'tenants' ORDER BY c.table_name
"""
_POINTS_TO = """
SELECT conrelid::regclass::text AS child, confrelid::regclass::text AS parent FROM pg_constraint
WHERE contype = 'f' AND conrelid <> confrelid
"""


@dataclass(frozen=True, slots=True)
class Table:
    """`sealed` columns hold ciphertext, hashes and indexes: nothing that another installation could use."""

    name: str
    columns: Sequence[str]
    sealed: frozenset[str]

    @property
    def key(self) -> str:
        return "id" if self.name == "tenants" else "tenant_id"


async def tables(connection: Any) -> list[Table]:
    """Those that others point to come first."""
    rows = await connection.fetch(_OF_TENANTS)
    found = {row["name"]: Table(row["name"], row["columns"], frozenset(row["sealed"] or ())) for row in rows}
    parents: dict[str, set[str]] = {name: set() for name in found}
    for row in await connection.fetch(_POINTS_TO):
        if row["child"] in found and row["parent"] in found:
            parents[row["child"]].add(row["parent"])
    return [found[name] for name in _in_order(parents)]


def _in_order(parents: Mapping[str, set[str]]) -> list[str]:
    placed: list[str] = []
    while len(placed) < len(parents):
        free = [name for name in parents if name not in placed and parents[name] <= set(placed)]
        if not free:
            raise ValueError("tables point to each other in a circle")
        placed += free
    return placed
