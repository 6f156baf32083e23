"""Keeps what can't be processed: raw bytes sealed under the key of the day, with the reason and where it came from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from backbone.bus.port import BusRecord
from backbone.ids import new_id
from backbone.storage.crypto import DayKeys
from backbone.storage.database import Connection, Database

Source = Literal["gateway", "router", "delivery"]
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Letter:
    """One dead letter before it is sealed. `request` is what a replay needs beside the bytes; it holds no secrets."""

    tenant_id: str
    account_id: str
    channel: str
    source: Source
    reason: str
    raw: bytes = field(repr=False)
    request: Mapping[str, Any] | None = None
    topic: str | None = None
    partition: int | None = None
    offset: int | None = None


class DeadLetters:
    """Writes and reads `dead_letters`. Replaying is the gateway's business."""

    def __init__(self, database: Database, keys: DayKeys) -> None:
        self._database = database
        self._keys = keys

    async def keep(self, connection: Connection, letter: Letter, now: datetime, *, letter_id: str | None = None) -> str:
        """Stores a letter with the caller's transaction; the tenant must be set on it. One that is there (same id) stays."""
        letter_id = letter_id or new_id("dlq")
        day = now.date()
        sealed = await self._keys.seal(connection, day, letter.raw, letter_id)
        await connection.execute(
            """
            INSERT INTO dead_letters (id, tenant_id, account_id, channel, source, reason, raw, raw_day, request, topic, partition,
                record_offset, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT (id) DO NOTHING
            """,
            letter_id,
            letter.tenant_id,
            letter.account_id,
            letter.channel,
            letter.source,
            letter.reason[:500],
            sealed,
            day,
            dict(letter.request) if letter.request is not None else None,
            letter.topic,
            letter.partition,
            letter.offset,
            now,
        )
        return letter_id

    async def keep_record(
        self, connection: Connection, record: BusRecord, owner: "Owner", reason: str, now: datetime
    ) -> str:
        """Stores a poisoned bus record; its key is needed to publish it again."""
        return await self.keep(
            connection,
            Letter(
                tenant_id=owner.tenant_id,
                account_id=owner.account_id,
                channel=owner.channel,
                source="router",
                reason=reason,
                raw=record.value,
                request={
                    "key": record.key.decode("utf-8", "replace"),
                    "headers": [[name, value.decode("utf-8", "replace")] for name, value in record.headers],
                },
                topic=record.topic,
                partition=record.partition,
                offset=record.offset,
            ),
            now,
        )

    async def owner_of(self, record: BusRecord) -> "Owner":
        """Whose record it is, by the account in its key: the value may be unreadable."""
        account_id = record.key.partition(b"/")[0].decode("utf-8", "replace")
        async with self._database.transaction(read_only=True) as connection:
            row = await connection.fetchrow("SELECT id, tenant_id, channel FROM account_by_id($1)", account_id)
        return Owner(row["tenant_id"], row["id"], row["channel"]) if row else Owner(UNKNOWN, account_id[:64], UNKNOWN)

    async def open(self, connection: Connection, row: Mapping[str, Any]) -> bytes:
        """The raw bytes of a row of `dead_letters`; raises `ConfigurationInvalid` once the day's key is destroyed."""
        return await self._keys.open(connection, row["raw_day"], row["raw"], row["id"])


@dataclass(frozen=True, slots=True)
class Owner:
    """Whom a record belongs to; `unknown` where its account is not one of ours."""

    tenant_id: str
    account_id: str
    channel: str
