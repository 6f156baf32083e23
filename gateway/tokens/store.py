"""The table `provider_tokens`: sealed tokens, when each is renewed, and what went wrong. Written under the account's lease."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pydantic import SecretStr

from backbone.channel.json import clean
from backbone.channel.sources import Token
from backbone.errors import ConfigurationInvalid
from backbone.storage.crypto import MasterKey
from backbone.storage.database import Connection
from backbone.storage.leases import Lease, guard
from backbone.storage.wake import notify

DETAIL_MAX = 300
RENEW_AT = 0.8
"""After this part of a token's life it is renewed, so that a provider that is down for a while breaks nothing."""
SOONEST = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Held:
    """What is known of an account's token; `token` None where none was had yet, or it can't be opened."""

    account_id: str
    token: SecretStr | None = field(repr=False)
    refresh: SecretStr | None = field(repr=False)
    expires_at: datetime | None
    updated_at: datetime
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """When the next call is owed. `config_version` is that of the settings by which the token was had."""

    refresh_at: datetime
    config_version: int
    failures: int
    expires_at: datetime | None = None


async def changed(connection: Connection, master: MasterKey, since: datetime | None, most: int) -> Sequence[Held]:
    """Tokens of any tenant written after `since`, the oldest change first."""
    rows = await connection.fetch(
        """
        SELECT account_id, sealed, expires_at, updated_at, last_error, needs_person FROM provider_tokens
        WHERE $1::timestamptz IS NULL OR updated_at > $1 ORDER BY updated_at LIMIT $2
        """,
        since,
        most,
    )
    return [_held(row, master) for row in rows]


async def read(connection: Connection, master: MasterKey, account_id: str) -> tuple[Held, Due] | None:
    row = await connection.fetchrow("SELECT * FROM provider_tokens WHERE account_id = $1", account_id)
    if row is None:
        return None
    return _held(row, master), _due(row)


async def dues(connection: Connection, account_ids: Sequence[str]) -> Mapping[str, Due]:
    rows = await connection.fetch(
        """
        SELECT account_id, refresh_at, config_version, failures, expires_at FROM provider_tokens
        WHERE account_id = ANY($1::text[])
        """,
        list(account_ids),
    )
    return {row["account_id"]: _due(row) for row in rows}


def _due(row: Any) -> Due:
    return Due(row["refresh_at"], row["config_version"], row["failures"], row["expires_at"])


def _held(row: Any, master: MasterKey) -> Held:
    token = refresh = None
    trouble = row["last_error"] if row["needs_person"] else ""
    if row["sealed"] is not None:
        try:
            opened = json.loads(master.open(row["sealed"], _context(row["account_id"])))
            token = SecretStr(opened["token"])
            refresh = SecretStr(opened["refresh"]) if opened["refresh"] else None
        except (ConfigurationInvalid, ValueError, KeyError, TypeError):
            trouble = "the token can't be opened: sealed under another master key, or damaged"
    return Held(row["account_id"], token, refresh, row["expires_at"], row["updated_at"], trouble or "")


async def keep(
    connection: Connection,
    lease: Lease,
    master: MasterKey,
    *,
    tenant_id: str,
    account_id: str,
    config_version: int,
    token: Token,
    refresh: SecretStr | None,
    now: datetime,
    jitter: float,
) -> None:
    """Stores a token with the refresh token that goes with it. Gateways hear of it with the commit. Raises `Fenced`.

    It is renewed after four fifths of its life, up to a twentieth earlier by `jitter` (0 to 1).
    """
    await guard(connection, lease)
    newest = token.refresh or refresh
    plain = {"token": token.value.get_secret_value(), "refresh": newest.get_secret_value() if newest else None}
    span = max(SOONEST, token.expires_in * (RENEW_AT - jitter / 20))
    await connection.execute(
        """
        INSERT INTO provider_tokens (account_id, tenant_id, sealed, expires_at, refresh_at, config_version, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp())
        ON CONFLICT (account_id) DO UPDATE SET sealed = $3, expires_at = $4, refresh_at = $5, config_version = $6,
            failures = 0, last_error = NULL, needs_person = false, updated_at = clock_timestamp()
        """,
        account_id,
        tenant_id,
        master.seal(json.dumps(plain).encode(), _context(account_id)),
        now + token.expires_in,
        now + span,
        config_version,
    )
    await notify(connection, "tokens", account_id)


async def fail(
    connection: Connection,
    lease: Lease,
    *,
    tenant_id: str,
    account_id: str,
    config_version: int,
    error: str,
    again_at: datetime,
    needs_person: bool,
) -> None:
    """Notes that a call brought no token; the one that is there stays in use. Raises `Fenced`."""
    await guard(connection, lease)
    await connection.execute(
        """
        INSERT INTO provider_tokens (account_id, tenant_id, refresh_at, config_version, failures, last_error, needs_person, updated_at)
        VALUES ($1, $2, $3, $4, 1, $5, $6, clock_timestamp())
        ON CONFLICT (account_id) DO UPDATE SET refresh_at = $3, config_version = $4,
            failures = provider_tokens.failures + 1, last_error = $5, needs_person = $6, updated_at = clock_timestamp()
        """,
        account_id,
        tenant_id,
        again_at,
        config_version,
        clean(error)[:DETAIL_MAX],
        needs_person,
    )
    await notify(connection, "tokens", account_id)


async def renew_early(connection: Connection, account_id: str, refused: datetime) -> bool:
    """Asks for a new token now, since the provider refused one that was had before `refused`; False where it is asked already."""
    asked = await connection.fetchval(
        """
        UPDATE provider_tokens SET refresh_at = now() WHERE account_id = $1 AND refresh_at > now() AND updated_at < $2
        RETURNING 1
        """,
        account_id,
        refused,
    )
    if asked:
        await notify(connection, "tokens", account_id)
    return asked is not None


def _context(account_id: str) -> str:
    return f"token {account_id}"
