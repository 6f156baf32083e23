"""The same webhook many times at once, one new contact's hundred at once, and poison among the healthy, through real processes."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from backbone.channel.port import Request, SimulatedMessage
from backbone.channel.registry import channel
from tests.support.desk import rows
from tests.support.load import account_of
from tests.support.stack import Stack
from tests.support.traffic import Line
from tests.support.waiting import until

pytestmark = [pytest.mark.database, pytest.mark.kafka, pytest.mark.chaos, pytest.mark.timeout(300)]
CHANNEL = "whatsapp"
LINES = 20


class Door:
    """A gateway and a router, with what a provider does to them over twenty connections."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self._simulator = channel(CHANNEL).simulator
        self.account = account_of(CHANNEL, stack.account(CHANNEL), stack.demo["tenant_id"])
        self._lines = [Line("127.0.0.1", stack.port) for _ in range(LINES)]

    def message(self, message_id: str, *, sender: str = "4915100000001", text: str = "hello") -> Request:
        said = SimulatedMessage(sender, text, message_id, "Ann")
        return self._simulator.inbound(said, self.account, datetime.now(UTC))

    def signed(self, body: bytes) -> Request:
        headers = (("content-type", "application/json"),)
        request = Request("POST", self.account.webhook_url, "", headers, body)
        return self._simulator.sign(request, self.account, datetime.now(UTC))

    async def post(self, requests: Sequence[Request]) -> None:
        """All of them, twenty at once, until each is taken."""
        waiting = iter(requests)

        async def work(line: Line) -> None:
            for request in waiting:
                answer = await line.post(request)
                while answer.status == 503:
                    # A burst beyond the account's rate: a provider comes again.
                    await asyncio.sleep(0.1)
                    answer = await line.post(request)
                assert 200 <= answer.status < 300, answer

        await asyncio.gather(*(work(line) for line in self._lines))

    async def stored(self) -> list[Any]:
        """The messages of customers in the order agents see them."""
        return list(
            await rows(
                self.stack.database_url,
                "SELECT provider_message_id AS id, conversation_id, content ->> 'text' AS text FROM messages "
                "WHERE direction = 'in' ORDER BY conversation_id, sort_at, messages.id",
            )
        )

    async def count(self, query: str) -> int:
        (row,) = await rows(self.stack.database_url, f"SELECT count(*) AS many FROM {query}")
        return int(row["many"])

    async def until_stored(self, many: int) -> None:
        async def holds() -> bool:
            stored = await self.count("messages WHERE direction = 'in'")
            return stored >= many and await self.count("events_pending") == 0

        await until(holds, within=60, what=f"{many} messages are stored and on the stream")

    async def until_letters(self, many: int) -> None:
        async def holds() -> bool:
            return await self.count("dead_letters") >= many

        await until(holds, within=60, what=f"{many} letters are kept")

    async def close(self) -> None:
        for line in self._lines:
            await line.close()


@pytest.fixture(params=["kafka", "postgres"])
async def door(
    request: pytest.FixtureRequest, database_url: str, kafka_bootstrap: str, tmp_path: Path
) -> AsyncIterator[Door]:
    stack = Stack(tmp_path, database_url, kafka=kafka_bootstrap if request.param == "kafka" else "")
    stack.seed()
    for name in ("gateway", "router", "router2"):
        stack.start(name, wait=False)
    for name in ("gateway", "router", "router2"):
        await asyncio.to_thread(stack.await_ready, name)
    door = Door(stack)
    yield door
    await door.close()
    await asyncio.to_thread(stack.stop)


async def test_the_same_webhook_twenty_times_at_once_is_one_message(door: Door) -> None:
    await door.post([door.message("wamid.same")] * LINES)
    # Another one behind them in the same thread: when it is stored, all of theirs have been through.
    await door.post([door.message("wamid.next")])
    await door.until_stored(2)
    assert [row["id"] for row in await door.stored()] == ["wamid.same", "wamid.next"]
    assert await door.count("conversations") == await door.count("contacts") == 1
    assert await door.count("dead_letters") == 0


async def test_a_hundred_messages_of_one_new_contact_at_once_are_one_conversation_in_the_order_of_the_bus(
    door: Door,
) -> None:
    await door.post([door.message(f"wamid.{number}") for number in range(100)])
    await door.until_stored(100)
    assert await door.count("conversations") == await door.count("contacts") == await door.count("contact_points") == 1
    assert len({row["id"] for row in await door.stored()}) == await door.count("messages") == 100
    by_bus = await rows(
        door.stack.database_url, "SELECT provider_message_id AS id FROM messages ORDER BY bus_partition, bus_offset"
    )
    (told,) = await rows(door.stack.database_url, "SELECT message_count FROM conversations")
    assert told["message_count"] == 100
    said = await rows(
        door.stack.database_url,
        "SELECT m.provider_message_id AS id FROM events e JOIN messages m ON m.id = e.data ->> 'message_id' "
        "WHERE e.type = 'message.received' ORDER BY e.seq",
    )
    assert [row["id"] for row in said] == [row["id"] for row in by_bus]


POISON = """
    CREATE FUNCTION choke() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF NEW.content ->> 'text' = 'poison' THEN RAISE EXCEPTION 'this release chokes on it'; END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER choke BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION choke()
"""


@pytest.mark.parametrize("door", ["postgres"], indirect=True)
async def test_one_percent_of_poison_is_set_aside_exactly_and_comes_back_after_the_fix(door: Door) -> None:
    """One in a hundred bodies can't be parsed, and on another one the router chokes; the other 1,960 don't notice."""
    await execute(door.stack.database_url, POISON)
    requests: list[Request] = []
    for number in range(2000):
        text = "poison" if number % 100 == 50 else "hello"
        request = door.message(f"wamid.{number}", sender=f"491510{number % 40:07d}", text=text)
        requests.append(door.signed(request.body[:-9]) if number % 100 == 0 else request)
    await door.post(requests)
    await door.until_letters(40)
    await door.until_stored(1960)
    healthy = {f"wamid.{number}" for number in range(2000) if number % 50}
    assert {row["id"] for row in await door.stored()} == healthy
    assert await door.count("dead_letters WHERE source = 'gateway'") == 20
    assert await door.count("dead_letters WHERE source = 'router'") == await door.count("dead_letters") - 20 == 20

    await execute(door.stack.database_url, "DROP TRIGGER choke ON messages; DROP FUNCTION choke")
    replayed = await asyncio.to_thread(door.stack.command, "dlq", "replay", "--all", "--json")
    outcomes = [one["ok"] for one in json.loads(replayed.stdout)["items"]]
    # What no release can parse says so and stays.
    assert (replayed.returncode, outcomes.count(True), outcomes.count(False)) == (1, 20, 20)
    await door.until_stored(1980)
    assert {row["id"] for row in await door.stored()} == healthy | {f"wamid.{n}" for n in range(50, 2000, 100)}
    assert await door.count("dead_letters WHERE state = 'open'") == 20
    assert await door.count("dead_letters WHERE state = 'replayed' AND source = 'router'") == 20
    assert await door.count("conversations") == 40


async def execute(url: str, statements: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(statements)
    await connection.close()
