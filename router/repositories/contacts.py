"""Contacts and their points: found or made in sets, by database constraints."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from backbone.ids import new_id
from backbone.storage.database import Connection
from schemas.inbound import Sender

Point = tuple[str, str]
"""Account id and address."""


@dataclass(frozen=True, slots=True)
class KnownContact:
    id: str
    name: str | None
    cohort: str


@dataclass(frozen=True, slots=True)
class Wanted:
    tenant_id: str
    account_id: str
    sender: Sender


async def find_or_create(connection: Connection, wanted: Sequence[Wanted]) -> dict[Point, KnownContact]:
    """The contact behind each sender's address. An alias that is known already brings the new address to its contact."""
    found = await _find(connection, [(w.account_id, a) for w in wanted for a in (w.sender.address, *w.sender.aliases)])
    missing: dict[Point, tuple[Wanted, str]] = {}
    for want in wanted:
        addresses = [(want.account_id, a) for a in (want.sender.address, *want.sender.aliases)]
        known = next((found[point].id for point in addresses if point in found), None)
        known = known or next((missing[point][1] for point in addresses if point in missing), None) or new_id("con")
        for point in addresses:
            if point not in found:
                missing.setdefault(point, (want, known))
    if missing:
        await _create(connection, missing)
        found |= await _find(connection, list(missing))
    return found


async def _find(connection: Connection, points: Sequence[Point]) -> dict[Point, KnownContact]:
    ordered = sorted(set(points))
    rows = await connection.fetch(
        """
        SELECT p.account_id, p.address, c.id, coalesce(c.name, p.name) AS name, c.cohort
        FROM unnest($1::text[], $2::text[]) AS k (a, d)
        JOIN contact_points p ON p.account_id = k.a AND p.address = k.d JOIN contacts c ON c.id = p.contact_id
        """,
        [account for account, _ in ordered],
        [address for _, address in ordered],
    )
    return {(r["account_id"], r["address"]): KnownContact(r["id"], r["name"], r["cohort"]) for r in rows}


async def _create(connection: Connection, missing: dict[Point, tuple[Wanted, str]]) -> None:
    """A contact is made only with the point that won, so a race leaves no empty contact behind."""
    ordered = sorted(missing)
    await connection.execute(
        """
        WITH v AS (
            SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
                AS v (account_id, address, tenant_id, contact_id, name, language)
        ), points AS (
            INSERT INTO contact_points (account_id, address, tenant_id, contact_id, name)
            SELECT account_id, address, tenant_id, contact_id, name FROM v ORDER BY account_id, address
            ON CONFLICT DO NOTHING RETURNING account_id, address
        )
        INSERT INTO contacts (id, tenant_id, name, language)
        SELECT DISTINCT ON (v.contact_id) v.contact_id, v.tenant_id, v.name, v.language FROM v JOIN points USING (account_id, address)
        ON CONFLICT (id) DO NOTHING
        """,
        [account for account, _ in ordered],
        [address for _, address in ordered],
        [missing[point][0].tenant_id for point in ordered],
        [missing[point][1] for point in ordered],
        [missing[point][0].sender.name for point in ordered],
        [missing[point][0].sender.language for point in ordered],
    )


async def link(connection: Connection, tenant_id: str, account_id: str, old: str, new: str) -> str | None:
    """A new address of a known contact; answers the contact's id, None if the old address is unknown."""
    value = await connection.fetchval(
        """
        INSERT INTO contact_points (account_id, address, tenant_id, contact_id, name)
        SELECT account_id, $3, tenant_id, contact_id, name FROM contact_points
        WHERE account_id = $1 AND address = $2 AND tenant_id = $4
        ON CONFLICT (account_id, address) DO UPDATE SET contact_id = excluded.contact_id RETURNING contact_id
        """,
        account_id,
        old,
        new,
        tenant_id,
    )
    return None if value is None else str(value)


async def set_consent(
    connection: Connection, account_id: str, address: str, *, opted_out_at: datetime | None, word: str | None
) -> str | None:
    """Notes on a known contact point that it may not be written to (None: that it may); its contact, None if it is so already."""
    value = await connection.fetchval(
        """
        UPDATE contact_points SET opted_out_at = $3, opted_out_word = $4
        WHERE account_id = $1 AND address = $2 AND (opted_out_at IS NULL) <> ($3::timestamptz IS NULL) RETURNING contact_id
        """,
        account_id,
        address,
        opted_out_at,
        word,
    )
    return None if value is None else str(value)


async def is_opted_out(connection: Connection, account_id: str, address: str) -> bool:
    """Whether this address may not be written to; False for an unknown one."""
    found = await connection.fetchval(
        "SELECT opted_out_at IS NOT NULL FROM contact_points WHERE account_id = $1 AND address = $2",
        account_id,
        address,
    )
    return bool(found)


async def language_of(connection: Connection, contact_id: str) -> str | None:
    found: str | None = await connection.fetchval("SELECT language FROM contacts WHERE id = $1", contact_id)
    return found
