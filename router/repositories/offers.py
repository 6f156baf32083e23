"""Channel offers: who could serve now, what was shown and learnt, and what the tenant wants."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from backbone.storage.database import Connection
from router.domain.offers import Seen, Visit

ACCOUNTS, TEAMS, WAITING, KEYS = 50, 200, 1_000, 5_000
"""How many channels are looked at, of how many teams, how far a queue is counted, how many keys a channel learns under."""


@dataclass(frozen=True, slots=True)
class Staff:
    """A team now: units of people online and of them free, whether a bot is online, and how many customers wait."""

    slots: int
    free: int
    bot: bool
    waiting: int


NOBODY = Staff(0, 0, bot=False, waiting=0)


async def settings(connection: Connection, tenant_id: str, *, lock: bool = False) -> tuple[Mapping[str, Any], int]:
    """The stored document and its version; an empty one of version 1 where none was stored."""
    row = await connection.fetchrow(
        f"SELECT document, version FROM offer_settings WHERE tenant_id = $1 {'FOR UPDATE' if lock else ''}", tenant_id
    )
    return ({}, 1) if row is None else (row["document"], row["version"])


async def put_settings(connection: Connection, tenant_id: str, document: Mapping[str, Any], version: int) -> bool:
    """Stores the document as the one after `version`; False if another was stored meanwhile."""
    stored = await connection.fetchval(
        """
        INSERT INTO offer_settings AS s (tenant_id, document, version) VALUES ($1, $2, $3 + 1)
        ON CONFLICT (tenant_id) DO UPDATE SET document = $2, version = $3 + 1 WHERE s.version = $3 RETURNING 1
        """,
        tenant_id,
        dict(document),
        version,
    )
    return stored is not None


async def accounts(connection: Connection, tenant_id: str) -> Sequence[Any]:
    """Active accounts with their team: their own, else the tenant's first, as the router gives work."""
    return await connection.fetch(
        """
        SELECT a.id, a.channel, a.external_id, coalesce(a.team_id,
            (SELECT t.id FROM teams t WHERE t.tenant_id = $1 ORDER BY t.created_at, t.id LIMIT 1)) AS team_id
        FROM channel_accounts a WHERE a.tenant_id = $1 AND a.state = 'active' ORDER BY a.id LIMIT $2
        """,
        tenant_id,
        ACCOUNTS,
    )


async def channels(connection: Connection, tenant_id: str, account_ids: Sequence[str]) -> Sequence[Any]:
    """`id` and `channel` of those accounts that are the tenant's."""
    return await connection.fetch(
        "SELECT id, channel FROM channel_accounts WHERE tenant_id = $1 AND id = ANY($2::text[]) ORDER BY id LIMIT $3",
        tenant_id,
        list(account_ids),
        ACCOUNTS,
    )


async def staff(connection: Connection, tenant_id: str, teams: Sequence[str]) -> dict[str, Staff]:
    """Who is online in these teams, and how long their queues are (counted up to a thousand over all teams)."""
    people = await connection.fetch(
        """
        SELECT m.team_id, sum(a.capacity + a.capacity_override) FILTER (WHERE a.role <> 'bot') AS slots,
            sum(greatest(0, a.capacity + a.capacity_override - a.used)) FILTER (WHERE a.role <> 'bot') AS free,
            bool_or(a.role = 'bot' AND a.capacity > 0) AS bot
        FROM agents a JOIN team_members m ON m.agent_id = a.id
        WHERE a.tenant_id = $1 AND a.presence = 'online' AND m.team_id = ANY($2::text[]) GROUP BY m.team_id
        """,
        tenant_id,
        list(teams)[:TEAMS],
    )
    queues = await connection.fetch(
        """
        SELECT team_id, count(*) AS waiting FROM (
            SELECT c.team_id FROM conversations c
            WHERE c.tenant_id = $1 AND c.agent_id IS NULL AND c.status = 'open' AND c.waiting_since IS NOT NULL
            ORDER BY c.priority DESC, c.due_at, c.id LIMIT $2
        ) AS front GROUP BY team_id
        """,
        tenant_id,
        WAITING,
    )
    waiting = {row["team_id"]: row["waiting"] for row in queues}
    return {
        row["team_id"]: Staff(row["slots"] or 0, row["free"] or 0, row["bot"], waiting.get(row["team_id"], 0))
        for row in people
    }


async def count(
    connection: Connection, tenant_id: str, caps: Mapping[str, int], wanted: Iterable[str], now: datetime
) -> set[str]:
    """Counts channels that are limited by the hour as shown once more; answers those that have reached their limit."""
    limited = sorted(account for account in wanted if account in caps)
    if not limited:
        return set()
    rows = await connection.fetch(
        """
        INSERT INTO offer_counts AS c (tenant_id, account_id, hour, shown)
        SELECT $1, account, $3, 1 FROM unnest($2::text[], $4::int[]) AS v (account, most) WHERE most > 0
        ON CONFLICT (account_id, hour) DO UPDATE SET shown = c.shown + 1
            WHERE c.shown < (SELECT most FROM unnest($2::text[], $4::int[]) AS v (account, most) WHERE account = c.account_id)
        RETURNING account_id
        """,
        tenant_id,
        limited,
        now.replace(minute=0, second=0, microsecond=0),
        [caps[account] for account in limited],
    )
    return set(limited) - {row["account_id"] for row in rows}


async def seen(connection: Connection, ids: Sequence[str], keys: Sequence[str]) -> dict[tuple[str, str], Seen]:
    """What was learnt of these channels under these keys."""
    rows = await connection.fetch(
        "SELECT account_id, key, good, bad, at FROM offer_outcomes WHERE account_id = ANY($1::text[]) AND key = ANY($2::text[])",
        list(ids),
        list(keys),
    )
    return {(row["account_id"], row["key"]): Seen(row["good"], row["bad"], row["at"]) for row in rows}


async def insert(
    connection: Connection, tenant_id: str, offer_id: str, visit: Visit, shown: Sequence[str], now: datetime
) -> None:
    await connection.execute(
        "INSERT INTO offers (id, tenant_id, at, page, topic, cohort, device, shown) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        offer_id,
        tenant_id,
        now,
        visit.page,
        visit.topic,
        visit.cohort,
        visit.device,
        list(shown),
    )


async def find(connection: Connection, offer_id: str, since: datetime) -> Any:
    """The offer, its row locked; None for one that is older or isn't there."""
    return await connection.fetchrow("SELECT * FROM offers WHERE id = $1 AND at >= $2 FOR UPDATE", offer_id, since)


async def conclude(connection: Connection, offer_id: str, result: str, account_id: str | None, now: datetime) -> None:
    await connection.execute(
        "UPDATE offers SET result = $2, result_account_id = $3, result_at = $4 WHERE id = $1",
        offer_id,
        result,
        account_id,
        now,
    )


async def learn(
    connection: Connection, tenant_id: str, account_id: str, keys: Sequence[str], good: bool, now: datetime
) -> None:
    """Counts one outcome under each key. A channel that learns under 5,000 keys already learns under no new one, so that
    pages made up by somebody fill nothing.
    """
    known = await connection.fetchval(
        "SELECT count(*) FROM (SELECT 1 FROM offer_outcomes WHERE account_id = $1 LIMIT $2) AS counted",
        account_id,
        KEYS,
    )
    if known < KEYS:
        await connection.execute(
            "INSERT INTO offer_outcomes (tenant_id, account_id, key, good, bad, at) "
            "SELECT $1, $2, key, 0, 0, $4 FROM unnest($3::text[]) AS key ON CONFLICT DO NOTHING",
            tenant_id,
            account_id,
            sorted(keys),
            now,
        )
    rows = await connection.fetch(
        "SELECT key, good, bad, at FROM offer_outcomes WHERE account_id = $1 AND key = ANY($2::text[]) ORDER BY key FOR UPDATE",
        account_id,
        sorted(keys),
    )
    after = {row["key"]: Seen(row["good"], row["bad"], row["at"]).learn(good, now) for row in rows}
    await connection.execute(
        "UPDATE offer_outcomes o SET good = v.good, bad = v.bad, at = v.at "
        "FROM unnest($2::text[], $3::float8[], $4::float8[], $5::timestamptz[]) AS v (key, good, bad, at) "
        "WHERE o.account_id = $1 AND o.key = v.key",
        account_id,
        list(after),
        [one.good for one in after.values()],
        [one.bad for one in after.values()],
        [one.at for one in after.values()],
    )


KEPT = timedelta(days=7)
"""How long an offer is kept and its outcome may come."""
