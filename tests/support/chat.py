"""A chat account with secrets, and the tokens of those who use it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from backbone.bus.port import TopicPartition
from backbone.channel.jwt import sign_hs256
from backbone.channel.visitor import make_token
from backbone.clock import ManualClock
from backbone.storage.account_config import seal_config
from schemas.topics import INBOUND
from tests.support.api import MASTER, Api, cancel
from tests.support.desk import Desk, make_desk, rows
from tests.support.router import make_workers

SECRET = "s" * 32
IDENTITY_SECRET = "i" * 32


async def make_chat(url: str, **config: Any) -> Desk:
    """A desk whose account is a chat; `config` goes into the account's settings."""
    desk = await make_desk(url)
    settings = {"visitor_secrets": [SECRET], "identity_secrets": [IDENTITY_SECRET]} | config
    sealed = seal_config(MASTER, desk.account_id, settings)
    await rows(url, "UPDATE channel_accounts SET config = $2 WHERE id = $1", desk.account_id, sealed)
    return desk


def token_of(visitor_id: str, *, secret: str = SECRET, lifetime: float = 60) -> str:
    return make_token(visitor_id, datetime.now(UTC) + timedelta(seconds=lifetime), SecretStr(secret))


def identity_of(subject: str, *, secret: str = IDENTITY_SECRET, **claims: Any) -> str:
    """As the company's own server signs it."""
    ends = int((datetime.now(UTC) + timedelta(minutes=5)).timestamp())
    return sign_hs256({"sub": subject, "exp": ends} | claims, SecretStr(secret))


@asynccontextmanager
async def routing(api: Api, folder: Path) -> AsyncIterator[None]:
    """The router's inbound half at work on what customers say to this API."""
    workers = await make_workers(api.url, folder, clock=ManualClock(datetime.now(UTC)))
    await workers.handler.claim([TopicPartition(INBOUND, number) for number in range(4)])

    async def route() -> None:
        taken: set[tuple[int, int]] = set()
        while True:
            for record in api.bus.records(INBOUND):
                if (record.partition, record.offset) not in taken:
                    await workers.take(record)
                    taken.add((record.partition, record.offset))
            await asyncio.sleep(0.01)

    task = asyncio.create_task(route())
    try:
        yield
    finally:
        await cancel([task])
        await workers.database.stop()
