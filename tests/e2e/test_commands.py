"""Commands that operators type beside running processes: drain one, read the bus again."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import asyncpg
import pytest

from tests.support.load import account_of
from tests.support.ports import HOST
from tests.support.stack import Stack
from tests.support.traffic import Traffic
from tests.support.verdict import judge, until_routed

pytestmark = [pytest.mark.database, pytest.mark.timeout(180)]
CHANNEL = "whatsapp"
CUSTOMERS = 20


@pytest.fixture
async def stack(database_url: str, tmp_path: Path) -> AsyncIterator[Stack]:
    stack = Stack(tmp_path, database_url)
    stack.seed()
    try:
        for name in ("router", "http"):
            await asyncio.to_thread(stack.start, name)
        yield stack
    finally:
        await asyncio.to_thread(stack.stop)


def traffic_of(stack: Stack) -> Traffic:
    account = account_of(CHANNEL, stack.account(CHANNEL), stack.demo["tenant_id"])
    traffic = Traffic(CHANNEL, account, conversations=CUSTOMERS, seed=1, lines=8)
    traffic.rate = 200
    return traffic


def run(stack: Stack, *words: str) -> tuple[int, dict[str, Any]]:
    found = stack.command(*words, "--json")
    return found.returncode, json.loads(found.stdout)


def probe(stack: Stack, name: str, path: str) -> tuple[int, dict[str, Any]]:
    try:
        with urlopen(f"http://{HOST}:{stack.port_of(name)}{path}", timeout=5) as answer:
            return answer.status, json.loads(answer.read())
    except HTTPError as error:
        return error.code, json.loads(error.read())


async def test_a_drained_process_finishes_says_so_and_stays_until_it_is_ended(stack: Stack) -> None:
    traffic = traffic_of(stack)
    writing = asyncio.create_task(traffic.run(lambda: traffic.acked >= 150))
    while traffic.acked < 50:
        await asyncio.sleep(0.02)
    code, frame = await asyncio.to_thread(run, stack, "drain", "--pid", str(stack.pid("router")))
    assert (code, frame["ok"], frame["items"][0]["state"]) == (0, True, "drained"), frame
    await writing
    status, ready = probe(stack, "router", "/readyz")
    assert (status, ready["checks"]["draining"]["detail"]) == (503, "drained")
    assert probe(stack, "router", "/livez")[0] == 200
    await asyncio.to_thread(stack.start, "router2")
    await until_routed(stack.database_url, traffic.acked)
    verdict = await judge(stack.database_url, traffic_account(stack), traffic.ledger)
    assert verdict.clean, verdict
    again, _ = await asyncio.to_thread(run, stack, "drain", "--pid", str(stack.pid("router")))
    assert again == 0
    assert await asyncio.to_thread(stack.stop, ["router"]) == {"router": 0}
    gone, _ = await asyncio.to_thread(run, stack, "drain", "--pid", str(stack.pid("router")))
    assert gone == 1


def traffic_account(stack: Stack) -> str:
    return str(stack.account(CHANNEL)["account_id"])


async def test_what_the_database_lost_is_read_from_the_bus_again_and_nothing_twice(stack: Stack) -> None:
    traffic = traffic_of(stack)
    await traffic.run(lambda: traffic.acked >= 100)
    await until_routed(stack.database_url, traffic.acked)
    connection = await asyncpg.connect(stack.database_url)
    try:
        lost = await connection.fetchval(
            """
            WITH gone AS (DELETE FROM messages WHERE provider_message_id LIKE '%-1' RETURNING account_id)
            SELECT count(*) FROM gone
            """
        )
        await connection.execute("DELETE FROM inbox")
        assert lost >= CUSTOMERS
        code, planned = await asyncio.to_thread(run, stack, "replay", "--last", "10", "--dry-run")
        assert (code, sum(item["records"] for item in planned["items"])) == (0, await records(connection))
        assert await stored(connection) == traffic.acked - lost
        code, _ = await asyncio.to_thread(run, stack, "replay", "--last", "10")
        assert code == 0
        async with asyncio.timeout(60):
            while await stored(connection) < traffic.acked:
                await asyncio.sleep(0.1)
        code, empty = await asyncio.to_thread(run, stack, "replay", "--since", "2100-01-01")
        assert (code, sum(item["records"] for item in empty["items"])) == (0, 0)
    finally:
        await connection.close()
    assert await asyncio.to_thread(run, stack, "dlq", "list") == (
        0, {"command": "dlq list", "ok": True, "items": [], "problems": []},
    )  # fmt: skip


async def records(connection: Any) -> int:
    found = await connection.fetchval("SELECT sum(next_offset) FROM consumer_positions WHERE consumer_group = 'router'")
    return int(found)


async def stored(connection: Any) -> int:
    return int(await connection.fetchval("SELECT count(*) FROM messages WHERE direction = 'in'"))
