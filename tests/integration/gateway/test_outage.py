"""The bus away for a while (T9 in small): what was acknowledged meanwhile comes later, in each customer's order."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from backbone.storage.embedded import EmbeddedPostgres
from backbone.storage.migrate import migrate
from schemas.inbound import InboundRecord
from schemas.topics import INBOUND
from tests.support.apart import run_apart
from tests.support.desk import rows
from tests.support.load import Provider, account_of
from tests.support.ports import answers, free_ports
from tests.support.servers import POSTGRES_SETTINGS
from tests.support.stack import Stack
from tests.support.waiting import until

pytestmark = [pytest.mark.database, pytest.mark.chaos, pytest.mark.timeout(180)]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    """A PostgreSQL of the test's own, which is the bus too."""
    server = EmbeddedPostgres(tmp_path / "postgres", free_ports(1)[0], settings=POSTGRES_SETTINGS)
    server.start()
    run_apart(migrate(server.url()))
    yield server
    server.stop()


def running(server: EmbeddedPostgres, folder: Path, **settings: str) -> tuple[Stack, Provider]:
    stack = Stack(folder, server.url(), kafka="", demo=True, **settings)
    stack.seed()
    stack.start("gateway")
    account = account_of("whatsapp", stack.account("whatsapp"), stack.demo["tenant_id"])
    return stack, Provider("whatsapp", account, duplicates=0)


def take_away(server: EmbeddedPostgres) -> None:
    server.kill()
    assert not answers(server.port), "the database still answers: this outage would prove nothing"


async def threads(url: str) -> dict[str, list[str]]:
    """The message ids of each customer on the bus, in its order; repeated ones only where they came first."""
    found = await rows(url, "SELECT value FROM bus.records WHERE topic = $1 ORDER BY partition, record_offset", INBOUND)
    seen: dict[str, dict[str, None]] = {}
    for row in found:
        event = InboundRecord.model_validate_json(row["value"]).event
        seen.setdefault(event.thread_key, {})[event.dedup_key] = None
    return {thread: list(ids) for thread, ids in seen.items()}


async def check_everything_arrived(url: str, provider: Provider) -> None:
    """Waits until all that was acknowledged is on the bus; then each customer's messages must be in their order."""

    async def holds() -> bool:
        return sum(len(ids) for ids in (await threads(url)).values()) >= provider.ledger.total

    await until(holds, within=60, what="everything acknowledged is on the bus")
    assert await threads(url) == provider.ledger.acked


async def test_messages_written_during_an_outage_are_acknowledged_and_come_in_order(
    server: EmbeddedPostgres, tmp_path: Path
) -> None:
    stack, provider = running(server, tmp_path)
    try:
        await provider.run(8, 5, prefix="before")
        take_away(server)
        began = time.monotonic()
        await provider.run(8, 20, prefix="away")
        assert time.monotonic() - began < 30
        assert provider.ledger.refused == 0
        server.start()
        await provider.run(8, 5, prefix="after")
        await check_everything_arrived(server.url(), provider)
        assert provider.ledger.total == 8 * 30
    finally:
        await provider.close()
        stack.stop()


async def test_a_gateway_killed_during_an_outage_still_delivers_what_it_acknowledged(
    server: EmbeddedPostgres, tmp_path: Path
) -> None:
    stack, provider = running(server, tmp_path)
    try:
        await provider.run(4, 2, prefix="before")
        take_away(server)
        await provider.run(4, 25, prefix="away")
        stack.kill("gateway")
        server.start()
        stack.start("gateway")
        await provider.run(4, 2, prefix="after")
        await check_everything_arrived(server.url(), provider)
    finally:
        await provider.close()
        stack.stop()


async def test_without_a_spool_every_request_is_refused_in_time_and_nothing_acknowledged_is_lost(
    server: EmbeddedPostgres, tmp_path: Path
) -> None:
    stack, provider = running(server, tmp_path, SPOOL_DIR="")
    try:
        await provider.run(4, 5, prefix="before")
        take_away(server)
        writing = asyncio.create_task(provider.run(4, 5, prefix="away"))
        await asyncio.sleep(3)
        assert provider.ledger.refused > 4
        assert not writing.done()
        server.start()
        await writing
        await check_everything_arrived(server.url(), provider)
    finally:
        await provider.close()
        stack.stop()
