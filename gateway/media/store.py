"""The table `media_jobs`: one row a file to fetch. The gateway alone writes it; `next_at` of a leased row ends its lease."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from pydantic import ValidationError

from backbone.channel.json import clean
from backbone.storage.database import Connection
from schemas.content import Media
from schemas.media import MediaWanted

KEEP = timedelta(days=14)
_LOOK_AT = 500


@dataclass(frozen=True, slots=True)
class Job:
    """A file to fetch, leased by this process. `media` is None where the row can't be read."""

    tenant_id: str
    account_id: str
    channel: str
    thread_key: str
    provider_message_id: str
    media_index: int
    media: Media | None = field(repr=False)
    attempt: int
    age: timedelta


async def insert(connection: Connection, wanted: Sequence[MediaWanted]) -> int:
    """Adds what is not there yet; answers how many. What already has a blob needs no fetching."""
    rows = [(item, part) for item in wanted for part in item.media if part.media.blob is None]
    if not rows:
        return 0
    added = await connection.fetch(
        """
        INSERT INTO media_jobs (account_id, provider_message_id, media_index, tenant_id, channel, thread_key, media)
        SELECT a, p, i, t, c, k, m
        FROM unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::text[], $6::text[], $7::jsonb[])
            AS r (a, p, i, t, c, k, m)
        ON CONFLICT DO NOTHING RETURNING 1
        """,
        [item.account_id for item, _ in rows],
        [item.provider_message_id for item, _ in rows],
        [part.index for _, part in rows],
        [item.tenant_id for item, _ in rows],
        [item.channel for item, _ in rows],
        [item.thread_key for item, _ in rows],
        [part.media.model_dump(mode="json", exclude_defaults=True) for _, part in rows],
    )
    return len(added)


async def claim(
    connection: Connection, channels: Sequence[str], busy: Sequence[str], *, most: int, lease: timedelta
) -> list[Job]:
    """Leases up to `most` files, the accounts in turn; none of the accounts in `busy`."""
    rows = await connection.fetch(
        """
        WITH due AS (
            SELECT account_id, provider_message_id, media_index, next_at FROM media_jobs
            WHERE state = 'queued' AND next_at <= now() AND channel = ANY($1) AND account_id <> ALL($2)
            ORDER BY next_at LIMIT $5
        ), ranked AS (
            SELECT *, row_number() OVER (PARTITION BY account_id ORDER BY next_at) AS turn FROM due
        ), taken AS (
            SELECT j.account_id, j.provider_message_id, j.media_index
            FROM ranked r JOIN media_jobs j USING (account_id, provider_message_id, media_index)
            WHERE j.state = 'queued' AND j.next_at <= now()
            ORDER BY r.turn, r.next_at LIMIT $3 FOR UPDATE OF j SKIP LOCKED
        )
        UPDATE media_jobs j SET attempt = j.attempt + 1, next_at = now() + $4
        FROM taken WHERE (j.account_id, j.provider_message_id, j.media_index)
            = (taken.account_id, taken.provider_message_id, taken.media_index)
        RETURNING j.*, now() - j.created_at AS age
        """,
        list(channels),
        list(busy),
        most,
        lease,
        _LOOK_AT,
    )
    return [_job(row) for row in rows]


def _job(row: Any) -> Job:
    try:
        media = Media.model_validate(row["media"])
    except ValidationError:
        media = None
    return Job(
        tenant_id=row["tenant_id"],
        account_id=row["account_id"],
        channel=row["channel"],
        thread_key=row["thread_key"],
        provider_message_id=row["provider_message_id"],
        media_index=row["media_index"],
        media=media,
        attempt=row["attempt"],
        age=row["age"],
    )


async def finish(connection: Connection, job: Job, error: str | None) -> bool:
    """Done, or given up with a reason; False if the lease was lost. The link, which may hold a token, is forgotten."""
    done = await connection.fetchval(
        """
        UPDATE media_jobs SET state = CASE WHEN $5::text IS NULL THEN 'done' ELSE 'failed' END, error = $5, media = '{}'
        WHERE account_id = $1 AND provider_message_id = $2 AND media_index = $3 AND state = 'queued' AND attempt = $4
        RETURNING 1
        """,
        job.account_id,
        job.provider_message_id,
        job.media_index,
        job.attempt,
        None if error is None else clean(error)[:200],
    )
    return done is not None


async def again(connection: Connection, job: Job, pause: timedelta, error: str) -> bool:
    """To be tried after `pause`; False if the lease was lost."""
    done = await connection.fetchval(
        """
        UPDATE media_jobs SET next_at = now() + $5, error = $6
        WHERE account_id = $1 AND provider_message_id = $2 AND media_index = $3 AND state = 'queued' AND attempt = $4
        RETURNING 1
        """,
        job.account_id,
        job.provider_message_id,
        job.media_index,
        job.attempt,
        pause,
        clean(error)[:200],
    )
    return done is not None


async def next_due(connection: Connection, channels: Sequence[str]) -> float | None:
    """Seconds until the first waiting file is due (negative: since then); None where none waits."""
    found = await connection.fetchval(
        """
        SELECT extract(epoch FROM min(next_at) - now())::float8 FROM media_jobs WHERE state = 'queued' AND channel = ANY($1)
        """,
        list(channels),
    )
    return None if found is None else float(found)


async def remove_old(connection: Connection, most: int) -> int:
    """Deletes finished rows of long ago; answers how many."""
    gone = await connection.fetch(
        """
        DELETE FROM media_jobs WHERE (account_id, provider_message_id, media_index) IN (
            SELECT account_id, provider_message_id, media_index FROM media_jobs
            WHERE state <> 'queued' AND created_at < now() - $1::interval LIMIT $2 FOR UPDATE SKIP LOCKED)
        RETURNING 1
        """,
        KEEP,
        most,
    )
    return len(gone)
