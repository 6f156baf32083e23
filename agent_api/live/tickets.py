"""One-use tickets for sockets: what a browser puts in the URL instead of its key, good for 30 s and one connection."""

import secrets
from datetime import timedelta
from typing import Any

from agent_api.parts import Parts
from backbone.errors import Unauthenticated
from backbone.storage.database import Connection
from backbone.web.auth import Principal, hash_secret, principal_of

LIFETIME = timedelta(seconds=30)


async def make_ticket(connection: Connection, parts: Parts, principal: Principal, origin: str | None) -> str:
    """Stores a fresh ticket's hash in the caller's transaction; with an `origin` only a page of it may redeem it."""
    ticket = "tkt_" + secrets.token_urlsafe(32)
    now = parts.clock.now()
    # Those that were never used: a few at a time, when new ones are made.
    await connection.execute("DELETE FROM stream_tickets WHERE expires_at < $1", now - LIFETIME)
    kept = {"key_id": principal.key_id, "origin": origin}
    await connection.execute(
        "INSERT INTO stream_tickets (hash, tenant_id, principal, expires_at) VALUES ($1, $2, $3, $4)",
        hash_secret(ticket),
        principal.tenant_id,
        kept,
        now + LIFETIME,
    )
    return ticket


async def redeem_ticket(parts: Parts, ticket: str, origin: str | None) -> Principal:
    """The principal it stands for, as it is now; a second time, late, after its key or session ended, or from another
    origin raises `Unauthenticated`.
    """
    async with parts.database.transaction() as connection:
        row: Any = await connection.fetchrow("SELECT * FROM redeem_ticket($1)", hash_secret(ticket))
    if row is None:
        raise Unauthenticated("The ticket is unknown, used or over: get a new one.")
    if row["origin"] is not None and row["origin"] != origin:
        raise Unauthenticated("The ticket was made for a page of another origin.")
    return principal_of(row)
