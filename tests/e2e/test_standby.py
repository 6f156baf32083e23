"""An asynchronous standby that lags takes over, under processes that go on: the bus refills what it lacks."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from backbone.ids import new_id
from backbone.storage.embedded import EmbeddedPostgres
from backbone.storage.migrate import migrate
from tests.support.apart import run_apart
from tests.support.desk import rows
from tests.support.load import Provider, account_of
from tests.support.ports import answers, free_ports
from tests.support.servers import POSTGRES_SETTINGS
from tests.support.stack import Stack
from tests.support.standby import Standby, replicates_to
from tests.support.verdict import judge, until_routed
from tests.support.waiting import until

pytestmark = [pytest.mark.database, pytest.mark.kafka, pytest.mark.chaos, pytest.mark.timeout(300)]
CHANNEL = "whatsapp"


class Failover:
    """A primary with its standby, the whole product on them, and a provider that keeps a ledger."""

    def __init__(self, folder: Path, kafka: str) -> None:
        folder.chmod(0o711)
        self.primary = EmbeddedPostgres(folder / "primary", free_ports(1)[0], settings=POSTGRES_SETTINGS)
        self.primary.start()
        run_apart(migrate(self.primary.url()))
        self.url = self.primary.url()
        self.standby = Standby(self.primary, folder / "standby", settings=POSTGRES_SETTINGS)
        self.standby.copy()
        self.standby.start()
        self.stack = Stack(folder, self.url, kafka=kafka)
        self.stack.seed()
        self.account_id = self.stack.account(CHANNEL)["account_id"]
        self.provider = Provider(
            CHANNEL, account_of(CHANNEL, self.stack.account(CHANNEL), self.stack.demo["tenant_id"])
        )
        self.stack.start("http")
        self.stack.start("router")

    def stop(self) -> None:
        self.stack.stop()
        self.standby.stop()
        self.primary.stop()

    def leave_behind(self) -> None:
        """The standby has everything so far, and gets nothing more."""
        self.standby.catch_up()
        assert replicates_to(self.primary) == 1
        self.standby.stop()
        assert replicates_to(self.primary) == 0

    async def take_over(self) -> int:
        """The primary dies for good and the standby takes its address; answers how many messages the standby knew."""
        await asyncio.to_thread(self.primary.kill)
        assert not answers(self.primary.port)
        await asyncio.to_thread(self.standby.take_its_place)
        (known,) = await rows(self.url, "SELECT count(*) AS many FROM messages WHERE direction = 'in'")
        # Long enough for everybody to meet a server that answers, and refuses to write.
        await asyncio.sleep(2)
        await asyncio.to_thread(self.standby.promote)
        return int(known["many"])

    async def epoch(self) -> str:
        (row,) = await rows(self.url, "SELECT stream_epoch() AS epoch")
        return str(row["epoch"])

    async def reply(self, customer: str, text: str) -> str:
        """An agent's answer in a customer's conversation, as the console sends it; its id."""
        (found,) = await rows(self.url, "SELECT id FROM conversations WHERE contact_address = $1", customer)
        path = f"/v1/conversations/{found['id']}/messages"
        headers = {
            "Authorization": f"Bearer {self.stack.token()}",
            "Content-Type": "application/json",
            "Idempotency-Key": new_id("key"),
        }
        body = json.dumps({"content": {"type": "text", "text": text}}).encode()
        answer = await asyncio.to_thread(self._ask, path, body, headers)
        return str(json.loads(answer)["id"])

    def _ask(self, path: str, body: bytes | None, headers: dict[str, str]) -> bytes:
        with urlopen(Request(self.stack.base + path, body, headers), timeout=10) as response:
            answer: bytes = response.read()
        return answer

    def throttles(self, calls: int) -> None:
        """So many next calls to the provider are told to come later."""
        self._ask(f"/sim/{CHANNEL}/{self.account_id}/faults", json.dumps(["throttle"] * calls).encode(), {})

    async def delivery(self, message_id: str) -> dict[str, Any]:
        found = await rows(
            self.url, "SELECT state, attempt, possibly_sent_twice FROM deliveries WHERE message_id = $1", message_id
        )
        return dict(found[0]) if found else {"state": "", "attempt": 0}

    async def settled(self, message_id: str) -> bool:
        return bool((await self.delivery(message_id))["state"] == "sent")

    async def read_by_customer(self, ids: list[str]) -> bool:
        found = await rows(self.url, "SELECT id FROM messages WHERE id = ANY($1) AND state = 'read'", ids)
        return len(found) == len(ids)

    def sent(self) -> list[str]:
        """What the provider was told to bring to customers, in order."""
        answer = self._ask(f"/sim/{CHANNEL}/{self.account_id}/sent", None, {})
        return [one["text"] for one in json.loads(answer)["sent"]]


@pytest.fixture
async def failover(kafka_bootstrap: str, tmp_path: Path) -> AsyncIterator[Failover]:
    failover = Failover(tmp_path, kafka_bootstrap)
    yield failover
    await failover.provider.close()
    await asyncio.to_thread(failover.stop)


async def test_the_bus_refills_what_a_promoted_standby_lacked(failover: Failover) -> None:
    provider, ledger = failover.provider, failover.provider.ledger
    await provider.run(15, 8, prefix="replicated")
    await until_routed(failover.url, ledger.total)
    failover.leave_behind()
    before = await failover.epoch()
    known = ledger.total
    # Old customers go on, and new ones come whose contacts and conversations the standby has never heard of.
    await provider.run(20, 8, prefix="lagging")
    await until_routed(failover.url, ledger.total)

    assert await failover.take_over() == known < ledger.total
    # Nobody writes now: the refill must not wait for the next message of a partition.
    await until_routed(failover.url, ledger.total)
    assert (await judge(failover.url, failover.account_id, ledger)).clean
    assert await failover.epoch() != before, "clients would take numbers of the lost history for this one's"

    await provider.run(20, 4, prefix="after")
    await until_routed(failover.url, ledger.total)
    verdict = await judge(failover.url, failover.account_id, ledger)
    assert verdict.clean, verdict
    assert (verdict.acked, verdict.conversations) == (15 * 8 + 20 * 8 + 20 * 4, 20)
    assert all(failover.stack.alive(name) for name in ("http", "router"))
    assert "positions_rewound" in failover.stack.log("router"), "it never noticed, so this proved nothing"


async def test_answers_that_may_have_gone_out_in_the_lost_history_go_out_again_and_say_so(failover: Failover) -> None:
    """An agent's answer of the lag is lost to the agents, as an asynchronous standby implies, yet not to the customer."""
    await failover.provider.run(3, 1, prefix="hello")
    await until_routed(failover.url, 3)
    customers = [f"49151{number:08d}" for number in range(3)]
    sent = await failover.reply(customers[0], "known as sent")
    await until(lambda: failover.settled(sent))
    failover.throttles(4)
    waiting = await failover.reply(customers[1], "known as waiting")

    async def waits_for_long() -> bool:
        row = await failover.delivery(waiting)
        return bool(row["state"] == "queued" and row["attempt"] == 4)

    await until(waits_for_long)
    failover.leave_behind()
    lost = await failover.reply(customers[2], "never heard of")
    for message_id in (waiting, lost):
        await until(lambda one=message_id: failover.settled(one))  # type: ignore[misc]
    assert sorted(failover.sent()) == ["known as sent", "known as waiting", "never heard of"]
    # The reports of the lost history are on the bus, and are read again before those of the second sending.
    await until(lambda: failover.read_by_customer([waiting, lost]))

    await failover.take_over()
    for message_id in (waiting, lost):
        await until(lambda one=message_id: failover.settled(one), within=60)  # type: ignore[misc]
    again = ["known as waiting", "never heard of"]
    assert sorted(failover.sent()) == sorted(["known as sent", *again, *again])
    marks = [(await failover.delivery(one))["possibly_sent_twice"] for one in (sent, waiting, lost)]
    assert marks == [False, True, True]
    shown = {sent: False, waiting: True}

    async def agents_see_it() -> bool:
        found = await rows(failover.url, "SELECT id, possibly_sent_twice FROM messages WHERE direction = 'out'")
        return {row["id"]: row["possibly_sent_twice"] for row in found} == shown

    await until(agents_see_it)
    assert all(failover.stack.alive(name) for name in ("http", "router"))
