"""A tenant with a team, agents and an account in a real database, and records as a gateway would publish them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from backbone.bus.port import BusRecord
from backbone.ids import new_id
from schemas.content import Content
from schemas.inbound import AnyInboundEvent, InboundRecord, MessageReceived, Sender
from schemas.topics import INBOUND

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Desk:
    """Ids of what `make_desk` stored."""

    tenant_id: str
    team_id: str
    account_id: str
    agent_ids: tuple[str, ...]


async def make_desk(
    url: str,
    *,
    agents: int = 2,
    capacity: int = 3,
    presence: str = "online",
    channel: str = "webchat",
    hours: str | None = None,
) -> Desk:
    """Stores the tenant as the owner; `hours` is the team's JSON document."""
    desk = Desk(new_id("ten"), new_id("tea"), new_id("acc"), tuple(new_id("agt") for _ in range(agents)))
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("INSERT INTO tenants (id, name) VALUES ($1, 'Test')", desk.tenant_id)
        await connection.execute(
            "INSERT INTO teams (id, tenant_id, name, hours) VALUES ($1, $2, 'Help', $3::jsonb)",
            desk.team_id,
            desk.tenant_id,
            hours,
        )
        for number, agent_id in enumerate(desk.agent_ids):
            await connection.execute(
                "INSERT INTO agents (id, tenant_id, name, email, presence, capacity) VALUES ($1, $2, $3, $4, $5, $6)",
                agent_id,
                desk.tenant_id,
                f"Agent {number}",
                f"{agent_id}@desk.example",
                presence,
                capacity,
            )
            await connection.execute(
                "INSERT INTO team_members (tenant_id, team_id, agent_id) VALUES ($1, $2, $3)",
                desk.tenant_id,
                desk.team_id,
                agent_id,
            )
        await connection.execute(
            "INSERT INTO channel_accounts (id, tenant_id, channel, name, external_id, config, team_id) VALUES ($1, $2, $3, 'Test', $1, '', $4)",
            desk.account_id,
            desk.tenant_id,
            channel,
            desk.team_id,
        )
    finally:
        await connection.close()
    return desk


class Feed:
    """Makes bus records of one account, with growing offsets."""

    def __init__(self, desk: Desk, channel: str = "webchat") -> None:
        self._desk = desk
        self._channel = channel
        self._offset = 0

    def message(self, text: str = "hello", *, sender: str = "ann", key: str | None = None, **more: Any) -> BusRecord:
        event = MessageReceived(
            thread_key=more.pop("thread_key", sender),
            dedup_key=key or new_id("dk"),
            sender=Sender(address=sender, name=sender.title()),
            content=Content(text=text),
            provider_message_id=more.pop("provider_message_id", new_id("pm")),
            **more,
        )
        return self.event(event)

    def event(self, event: AnyInboundEvent, *, received_at: datetime = NOW) -> BusRecord:
        record = InboundRecord(
            id=new_id("evt"),
            tenant_id=self._desk.tenant_id,
            account_id=self._desk.account_id,
            channel=self._channel,
            received_at=received_at,
            event=event,
        )
        return self.raw(record.model_dump_json().encode(), record.key)

    def raw(self, value: bytes, key: bytes | None = None) -> BusRecord:
        self._offset += 1
        return BusRecord(INBOUND, 0, self._offset - 1, key or f"{self._desk.account_id}/x".encode(), value, (), NOW)


async def rows(url: str, query: str, *args: object) -> Sequence[Any]:
    """Reads as the owner, past every policy."""
    connection = await asyncpg.connect(url)
    try:
        return list(await connection.fetch(query, *args))
    finally:
        await connection.close()


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)
