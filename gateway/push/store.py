"""The table `push_jobs`: one row a device and message. The gateway writes it; the API takes back what was read meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from backbone.storage.database import Connection
from backbone.storage.push import DEVICES_MOST
from schemas.outbound import OutboundMessage

GRACE = timedelta(seconds=10)
"""Who has the chat open says within it that the message was read, and is not rung up."""
KEEP = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Job:
    """A notice to send, leased by this process. `token` is the sealed address of the device."""

    tenant_id: str
    account_id: str
    device_id: str
    provider: str
    conversation_id: str
    message_id: str
    words: str = field(repr=False)
    token: bytes = field(repr=False)
    attempt: int
    age: timedelta


async def enqueue(connection: Connection, message: OutboundMessage, words: str) -> None:
    """One job for each device of the recipient; none where nobody has registered one. A repeat adds nothing."""
    await connection.execute(
        """
        INSERT INTO push_jobs (device_id, message_id, tenant_id, account_id, address, conversation_id, channel, words, next_at)
        SELECT d.id, $3, d.tenant_id, d.account_id, d.address, $4, $5, $6, now() + $7::interval
        FROM customer_devices d WHERE d.account_id = $1 AND d.address = $2
        ORDER BY d.seen_at DESC, d.id DESC LIMIT $8 ON CONFLICT DO NOTHING
        """,
        message.account_id,
        message.recipient,
        message.message_id,
        message.conversation_id,
        message.channel,
        words,
        GRACE,
        DEVICES_MOST,
    )


async def claim(connection: Connection, channels: Sequence[str], *, most: int, lease: timedelta) -> list[Job]:
    """Leases up to `most` jobs that are due, the accounts in turn."""
    rows = await connection.fetch(
        """
        WITH due AS (
            SELECT device_id, message_id, account_id, next_at FROM push_jobs
            WHERE state = 'queued' AND next_at <= now() AND channel = ANY($1) ORDER BY next_at LIMIT 500
        ), ranked AS (
            SELECT *, row_number() OVER (PARTITION BY account_id ORDER BY next_at) AS turn FROM due
        ), taken AS (
            SELECT j.device_id, j.message_id FROM ranked r JOIN push_jobs j USING (device_id, message_id)
            WHERE j.state = 'queued' AND j.next_at <= now() ORDER BY r.turn, r.next_at LIMIT $2 FOR UPDATE OF j SKIP LOCKED
        )
        UPDATE push_jobs j SET attempt = j.attempt + 1, next_at = now() + $3
        FROM taken JOIN customer_devices d ON d.id = taken.device_id
        WHERE (j.device_id, j.message_id) = (taken.device_id, taken.message_id)
        RETURNING j.*, d.provider, d.token, now() - j.created_at AS age
        """,
        list(channels),
        most,
        lease,
    )
    return [Job(**{name: row[name] for name in Job.__dataclass_fields__}) for row in rows]


async def settle(connection: Connection, job: Job, state: str, error: str) -> bool:
    """Sent or given up; what was said is forgotten. False if it was taken back or leased anew meanwhile."""
    done = await connection.fetchval(
        "UPDATE push_jobs SET state = $4, error = $5, words = '' "
        "WHERE device_id = $1 AND message_id = $2 AND state = 'queued' AND attempt = $3 RETURNING 1",
        job.device_id,
        job.message_id,
        job.attempt,
        state,
        error or None,
    )
    return done is not None


async def again(connection: Connection, job: Job, pause: timedelta, error: str) -> None:
    await connection.execute(
        "UPDATE push_jobs SET next_at = now() + $4, error = $5 "
        "WHERE device_id = $1 AND message_id = $2 AND state = 'queued' AND attempt = $3",
        job.device_id,
        job.message_id,
        job.attempt,
        pause,
        error or None,
    )


async def forget_device(connection: Connection, job: Job) -> None:
    """The app is gone from it: its address is removed, with all that waited for it."""
    await connection.execute("DELETE FROM customer_devices WHERE id = $1", job.device_id)


async def next_due(connection: Connection, channels: Sequence[str]) -> float | None:
    """Seconds until the first is due (negative: since then); None where none waits."""
    found = await connection.fetchval(
        "SELECT extract(epoch FROM min(next_at) - now())::float8 FROM push_jobs WHERE state = 'queued' AND channel = ANY($1)",
        list(channels),
    )
    return None if found is None else float(found)


async def remove_old(connection: Connection, most: int) -> None:
    await connection.execute(
        """
        DELETE FROM push_jobs WHERE (device_id, message_id) IN (
            SELECT device_id, message_id FROM push_jobs WHERE state <> 'queued' AND created_at < now() - $1::interval
            LIMIT $2 FOR UPDATE SKIP LOCKED)
        """,
        KEEP,
        most,
    )
