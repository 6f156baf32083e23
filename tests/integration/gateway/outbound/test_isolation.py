"""No account holds up another: pauses, hanging providers, rates, circuits, fair shares."""

import asyncio
import json
from datetime import timedelta

import pytest

from backbone.channel.port import HttpCall, ProviderReply
from backbone.clock import SystemClock
from backbone.storage.database import Database
from backbone.telemetry.metrics import Metric, Metrics
from backbone.web.breaker import Breaker
from gateway.outbound.sender import Bounds
from tests.support.outbound import (
    CHANNEL,
    Answer,
    Book,
    ScriptedCaller,
    message,
    queue,
    said,
    served,
    yes,
)
from tests.support.sending import BUSY, sending, settled
from tests.support.waiting import until

pytestmark = pytest.mark.database


async def test_a_throttled_account_pauses_and_the_others_go_on(database: Database, database_url: str) -> None:
    throttled = ProviderReply(429, (("retry-after", "3600"),))
    caller = ScriptedCaller(lambda call: throttled if said(call).startswith("slow") else yes(call))
    await queue(database, message("slow", account="acc_slow", conversation="cnv_0"))
    book = Book(served("acc_slow", tenant="ten_1"), served("acc_free", tenant="ten_1"))
    async with sending(database, caller, book):
        await until(lambda: len(caller.calls) == 1)
        await queue(database, *(message(f"slow {n}", account="acc_slow", conversation=f"s{n}") for n in range(5)))
        await queue(database, *(message(f"free {n}", account="acc_free", conversation=f"f{n}") for n in range(20)))
        await until(lambda: len(caller.texts("acc_free")) == 20)
    assert caller.texts("acc_slow") == ["slow"]


async def test_a_throttled_conversation_pauses_alone(database: Database, database_url: str) -> None:
    body = json.dumps({"scope": "conversation"}).encode()
    throttled = ProviderReply(429, (("retry-after", "3600"),), body)
    caller = ScriptedCaller(lambda call: throttled if said(call).startswith("slow") else yes(call))
    await queue(database, message("slow", conversation="cnv_slow"), message("slow too", conversation="cnv_slow"))
    await queue(database, *(message(f"free {n}", conversation=f"cnv_{n}") for n in range(10)))
    async with sending(database, caller, Book(served())):
        await until(lambda: len([text for text in caller.texts() if text.startswith("free")]) == 10)
    assert "slow too" not in caller.texts()


async def test_one_hanging_account_delays_nobody(database: Database, database_url: str) -> None:
    gate = asyncio.Event()

    async def hang(call: HttpCall) -> ProviderReply:
        await gate.wait()
        return yes(call)

    caller = ScriptedCaller(lambda call: hang(call) if said(call).startswith("hang") else yes(call))
    hanging = [message(f"hang {n}", account="acc_h", conversation=f"h{n}") for n in range(50)]
    await queue(database, *hanging)
    others = [served(f"acc_{number}") for number in range(20)]
    bounds = Bounds(in_flight=40, for_account=8, look_every=timedelta(milliseconds=50))
    async with sending(database, caller, Book(served("acc_h"), *others), bounds=bounds):
        await until(lambda: len(caller.texts("acc_h")) == 8)
        await queue(
            database,
            *(message(f"ok {n}", account=f"acc_{n % 20}", conversation=f"c{n}") for n in range(100)),
        )
        await until(lambda: len([text for text in caller.texts() if text.startswith("ok")]) == 100)
        assert len(caller.texts("acc_h")) == 8
        gate.set()
        await until(settled(database_url, 150))
    assert caller.most_open <= 40


async def test_a_tenant_whose_accounts_all_hang_leaves_room_for_the_others(
    database: Database, database_url: str
) -> None:
    gate = asyncio.Event()

    async def hang(call: HttpCall) -> ProviderReply:
        await gate.wait()
        return yes(call)

    caller = ScriptedCaller(lambda call: hang(call) if said(call).startswith("hang") else yes(call))
    big = [served(f"acc_b{n}", tenant="ten_big") for n in range(10)]
    for item in big:
        account = item.account.id
        await queue(
            database,
            *(message(f"hang {n}", account=account, conversation=f"{account}{n}", tenant="ten_big") for n in range(4)),
        )
    bounds = Bounds(in_flight=20, look_every=timedelta(milliseconds=50))
    async with sending(database, caller, Book(*big, served("acc_small", tenant="ten_small")), bounds=bounds):
        await until(lambda: caller.open == 10)
        await queue(
            database,
            *(message(f"ok {n}", account="acc_small", conversation=f"s{n}", tenant="ten_small") for n in range(30)),
        )
        await until(lambda: len(caller.texts("acc_small")) == 30)
        assert caller.open <= 20
        gate.set()
        await until(settled(database_url, 70))


async def test_the_rate_of_an_account_holds(database: Database, database_url: str) -> None:
    """50 a second after a burst of 5: fifteen messages can't take less than 0.2 s."""
    times: list[float] = []
    loop = asyncio.get_running_loop()

    def script(call: HttpCall) -> Answer:
        times.append(loop.time())
        return yes(call)

    await queue(database, *(message(f"m {n}", conversation=f"c{n}") for n in range(15)))
    async with sending(database, ScriptedCaller(script), Book(served(rate=50, burst=5))):
        await until(settled(database_url, 15))
    assert times[-1] - times[0] >= 0.19


async def test_an_open_circuit_stops_the_calls_and_a_probe_brings_them_back(
    database: Database, database_url: str
) -> None:
    healthy = False
    clock = SystemClock()
    caller = ScriptedCaller(lambda call: yes(call) if healthy else BUSY)
    metrics = Metrics()
    await queue(database, *(message(f"m {n}", conversation=f"c{n}") for n in range(30)))

    def breaker() -> Breaker:
        return Breaker(clock.monotonic, threshold=5, first=timedelta(milliseconds=300), ceiling=timedelta(seconds=1))

    async with sending(database, caller, Book(served()), breaker=breaker, metrics=metrics) as sender:
        await until(lambda: sender.circuits() == {"acc_1": "open"})
        assert metrics.value(Metric.GATEWAY_CIRCUIT, CHANNEL, "acc_1") == 2
        # Those that were already on their way may still end; nothing new begins.
        assert len(caller.calls) <= 5 + 8
        healthy = True
        await until(settled(database_url, 30))
        assert sender.circuits() == {}
    assert metrics.value(Metric.GATEWAY_CIRCUIT, CHANNEL, "acc_1") == 0
    assert metrics.value(Metric.GATEWAY_OUTBOUND_SENT, CHANNEL) == 30


async def test_paused_and_unknown_accounts_keep_their_work(database: Database, database_url: str) -> None:
    caller = ScriptedCaller()
    book = Book(served("acc_paused", state="paused"), served("acc_on"))
    await queue(database, *(message(account=name, conversation=name) for name in ("acc_paused", "acc_gone", "acc_on")))
    async with sending(database, caller, book):
        await until(lambda: len(caller.calls) == 1)
        book.known["acc_paused"] = served("acc_paused")
        await until(lambda: len(caller.calls) == 2)
    assert [owner for owner, _ in caller.calls] == ["acc_on", "acc_paused"]
