"""Rows of `channel_accounts`: how a channel account's settings are sealed, stored and opened again."""

import json
from collections.abc import Mapping
from typing import Any

from backbone.errors import ConfigurationInvalid
from backbone.ids import new_id
from backbone.storage.crypto import MasterKey
from backbone.storage.database import Connection
from backbone.storage.wake import notify


def webhook_url(public_url: str, channel: str, account_id: str) -> str:
    """The URL a provider calls. The account's id in it is unguessable (74 random bits)."""
    return f"{public_url.rstrip('/')}/webhooks/{channel}/{account_id}"


def seal_config(master: MasterKey, account_id: str, config: Mapping[str, Any]) -> bytes:
    """Settings as JSON under the master key, bound to this account: a row's bytes can't be moved to another."""
    return master.seal(json.dumps(dict(config), separators=(",", ":")).encode(), _context(account_id))


def open_config(master: MasterKey, account_id: str, sealed: bytes) -> dict[str, Any]:
    """The settings as they were given, not validated. Raises `ConfigurationInvalid`."""
    try:
        config = json.loads(master.open(sealed, _context(account_id)))
    except ValueError:
        # The text of the error would quote the secret.
        raise ConfigurationInvalid(f"{_context(account_id)}: the settings are not JSON") from None
    if not isinstance(config, dict):
        raise ConfigurationInvalid(f"{_context(account_id)}: the settings are not an object")
    return config


async def store_account(
    connection: Connection,
    master: MasterKey,
    *,
    tenant_id: str,
    channel: str,
    name: str,
    external_id: str,
    config: Mapping[str, Any],
    account_id: str | None = None,
    team_id: str | None = None,
) -> str:
    """Adds an account, or replaces name, settings and team of the one with this (tenant, channel, external id).

    Returns the id of the row, which for a replaced one is its old id. Gateways hear of it with the commit. The settings
    are not validated here: only the channel's codec knows their shape. The tenant must be set on the transaction.
    """
    wanted = account_id or new_id("acc")
    found = await connection.fetchval(
        "SELECT id FROM channel_accounts WHERE tenant_id = $1 AND channel = $2 AND external_id = $3 FOR UPDATE",
        tenant_id,
        channel,
        external_id,
    )
    row_id = str(found or wanted)
    await connection.execute(
        """
        INSERT INTO channel_accounts AS a (id, tenant_id, channel, name, external_id, config, team_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (id) DO UPDATE SET name = $4, config = $6, team_id = $7, version = a.version + 1,
            updated_at = clock_timestamp()
        """,
        row_id,
        tenant_id,
        channel,
        name,
        external_id,
        seal_config(master, row_id, config),
        team_id,
    )
    await notify(connection, "config", row_id)
    return row_id


def _context(account_id: str) -> str:
    return f"account {account_id}"
