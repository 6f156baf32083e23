"""Senders against a real PostgreSQL and a scripted provider: order, once, parts, reports, leases, the end of patience."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from backbone.channel.port import HttpCall, ProviderReply
from backbone.clock import SystemClock
from backbone.errors import CallFailed, OutcomeUnknown, Unavailable
from backbone.storage.database import Database
from backbone.telemetry.metrics import Metric, Metrics
from gateway.outbound.attempt import Attempt
from gateway.outbound.backoff import Backoff
from gateway.outbound.housekeeping import Housekeeping
from gateway.outbound.sender import Bounds, Sender
from schemas.inbound import InboundRecord
from schemas.topics import INBOUND
from tests.support.outbound import (
    CHANNEL,
    Answer,
    Book,
    ScriptedCaller,
    deliveries,
    message,
    queue,
    reports,
    said,
    served,
    yes,
)
from tests.support.sending import BUSY, QUICK, sending, settled
from tests.support.waiting import until

pytestmark = pytest.mark.database


async def test_a_message_goes_out_once_and_its_report_follows(database: Database, database_url: str) -> None:
    caller, one = ScriptedCaller(), message("hello", thread_key="t-1")
    await queue(database, one)
    async with sending(database, caller, Book(served())):
        await until(settled(database_url, 1))
    (row,) = await deliveries(database_url)
    assert (row["state"], row["attempt"], row["body"]) == ("sent", 1, "{}")
    (told,) = await reports(database_url)
    assert (told.state, told.message_id, told.thread_key) == ("sent", one.message_id, "t-1")
    assert told.provider_message_ids == (f"p-{one.message_id}-0",)
    connection = await asyncpg.connect(database_url)
    row = await connection.fetchrow("SELECT topic, key, value, tenant_id FROM outbox")
    await connection.close()
    record = InboundRecord.model_validate_json(row["value"])
    assert (row["topic"], row["key"], row["tenant_id"]) == (INBOUND, b"acc_1/t-1", "ten_1")
    assert (record.channel, record.account_id) == (CHANNEL, "acc_1")


async def test_the_order_of_each_conversation_holds_while_attempts_fail(database: Database, database_url: str) -> None:
    tries: Counter[str] = Counter()

    def script(call: HttpCall) -> Answer:
        tries[said(call)] += 1
        # Every message fails a few times, each in another way, and another number of times.
        left = sum(map(ord, said(call))) % 3 + 1
        if tries[said(call)] <= left:
            troubles: list[Answer] = [BUSY, CallFailed(), OutcomeUnknown()]
            return troubles[left % 3]
        return yes(call)

    texts = {name: [f"{name}-{number}" for number in range(8)] for name in ("cnv_a", "cnv_b", "cnv_c")}
    await queue(database, *(message(texts[name][n], conversation=name) for n in range(8) for name in texts))
    caller = ScriptedCaller(script)
    async with sending(database, caller, Book(served())):
        await until(settled(database_url, 24))
    for name, wanted in texts.items():
        taken = [text for text in caller.texts() if text.startswith(name)]
        assert list(dict.fromkeys(taken)) == wanted
        # Never is a later message tried before the earlier one was taken.
        assert taken == sorted(taken)
    assert max(tries.values()) > 1
    sent = [row["state"] for row in await deliveries(database_url)]
    assert sent == ["sent"] * 24


async def test_two_replicas_send_each_delivery_once_and_in_order(database: Database, database_url: str) -> None:
    names = [f"cnv_{number}" for number in range(10)]
    await queue(database, *(message(f"{name} {n:02d}", conversation=name) for n in range(20) for name in names))
    book = Book(served())
    first, second = ScriptedCaller(), ScriptedCaller()
    merged: list[str] = []

    def noting(call: HttpCall) -> Answer:
        merged.append(said(call))
        return yes(call)

    first.script = second.script = noting
    async with sending(database, first, book, holder="s1"), sending(database, second, book, holder="s2"):
        await until(settled(database_url, 200))
    assert len(merged) == len(set(merged)) == 200
    for name in names:
        assert [text for text in merged if text.startswith(f"{name} ")] == [f"{name} {n:02d}" for n in range(20)]
    assert first.calls
    assert second.calls


async def test_a_final_error_does_not_block_what_follows(database: Database, database_url: str) -> None:
    caller = ScriptedCaller(lambda call: ProviderReply(400) if said(call) == "bad" else yes(call))
    first, bad, last = (message(text) for text in ("first", "bad", "last"))
    await queue(database, first, bad, last)
    async with sending(database, caller, Book(served())):
        await until(settled(database_url, 3))
    assert caller.texts() == ["first", "bad", "last"]
    told = {report.message_id: report for report in await reports(database_url)}
    assert [told[item.message_id].state for item in (first, bad, last)] == ["sent", "failed", "sent"]
    assert told[bad.message_id].error_code == "no_such_user"


async def test_the_parts_of_a_message_are_reported_together(database: Database, database_url: str) -> None:
    caller, one = ScriptedCaller(), message("a\nb\nc")
    await queue(database, one)
    async with sending(database, caller, Book(served())):
        await until(settled(database_url, 3))
    assert caller.texts() == ["a", "b", "c"]
    told = await reports(database_url)
    assert [report.state for report in told] == ["sending", "sending", "sent"]
    assert told[-1].provider_message_ids == tuple(f"p-{one.message_id}-{part}" for part in range(3))
    assert len({report.dedup_key for report in told}) == 3


async def test_when_a_part_fails_the_rest_of_the_message_is_not_sent(database: Database, database_url: str) -> None:
    caller = ScriptedCaller(lambda call: ProviderReply(400) if said(call) == "b" else yes(call))
    one = message("a\nb\nc")
    await queue(database, one, message("next"))
    async with sending(database, caller, Book(served())):
        await until(settled(database_url, 4))
    assert caller.texts() == ["a", "b", "next"]
    states = [(row["state"], row["error_code"]) for row in await deliveries(database_url)]
    assert states == [("sent", None), ("failed", "no_such_user"), ("failed", "earlier_part_failed"), ("sent", None)]
    told = [report for report in await reports(database_url) if report.message_id == one.message_id]
    assert (told[-1].state, told[-1].provider_message_ids) == ("failed", (f"p-{one.message_id}-0",))


async def test_patience_ends_with_the_horizon(database: Database, database_url: str) -> None:
    caller = ScriptedCaller(lambda _: BUSY)
    await queue(database, message("never"), message("next", conversation="cnv_2"))
    backoff = Backoff(first=timedelta(milliseconds=5), ceiling=timedelta(milliseconds=10), horizon=timedelta(seconds=2))
    async with sending(database, caller, Book(served()), backoff=backoff):
        await until(settled(database_url, 2))
    told = await reports(database_url)
    assert sorted(report.state for report in told) == ["failed", "failed", "sending", "sending"]
    assert {report.error_code for report in told} == {"busy"}
    assert len(caller.calls) > 4


@pytest.mark.parametrize(("kind", "twice"), [("key", False), ("none", True)])
async def test_a_missing_answer_is_marked_only_where_a_second_send_may_arrive_twice(
    database: Database, database_url: str, kind: str, twice: bool
) -> None:
    answers: list[Answer] = [OutcomeUnknown()]
    caller = ScriptedCaller(lambda call: answers.pop() if answers else yes(call))
    await queue(database, message())
    async with sending(database, caller, Book(served(kind=kind))):  # type: ignore[arg-type]
        await until(settled(database_url, 1))
    first, last = await reports(database_url)
    assert (first.state, first.error_code) == ("sending", "outcome_unknown")
    assert (last.state, last.possibly_sent_twice) == ("sent", twice)
    assert caller.calls[0][1].body == caller.calls[1][1].body


async def test_an_unreached_provider_is_no_reason_to_fear_a_double(database: Database, database_url: str) -> None:
    answers: list[Answer] = [CallFailed()]
    caller = ScriptedCaller(lambda call: answers.pop() if answers else yes(call))
    await queue(database, message())
    async with sending(database, caller, Book(served(kind="none"))):
        await until(settled(database_url, 1))
    assert [report.possibly_sent_twice for report in await reports(database_url)] == [False, False]


async def test_a_late_answer_after_the_lease_was_lost_writes_nothing(database: Database, database_url: str) -> None:
    gate = asyncio.Event()

    async def hang(call: HttpCall) -> ProviderReply:
        await gate.wait()
        return ProviderReply(200, (), b'{"id": "from the old holder"}')

    slow, quick = ScriptedCaller(hang), ScriptedCaller()
    short = Bounds(lease=timedelta(milliseconds=200), look_every=timedelta(milliseconds=50))
    await queue(database, message())
    book = Book(served())
    async with sending(database, slow, book, holder="old", bounds=short) as old:
        await until(lambda: slow.open == 1)
        async with sending(database, quick, book, holder="new"):
            await until(settled(database_url, 1))
            gate.set()
            rounds = old.progress()
            await until(lambda: slow.open == 0 and old.progress() > rounds)
    (row,) = await deliveries(database_url)
    assert row["provider_message_id"].startswith("p-msg_")
    assert [report.state for report in await reports(database_url)] == ["sent"]


async def test_a_result_waits_for_a_database_that_is_away_longer_than_the_lease(database_url: str) -> None:
    class Away(Database):
        """Can't be written to until it is told to be back."""

        back = False
        refused = 0

        async def run(self, *args: Any, **kwargs: Any) -> Any:
            if not self.back:
                self.refused += 1
                raise Unavailable("the database is away")
            return await super().run(*args, **kwargs)

    database = Away(database_url, role="frontdesk_gateway", name="test")
    await database.start()
    caller = ScriptedCaller()
    await queue(database, message())
    bounds = Bounds(lease=timedelta(milliseconds=1), look_every=timedelta(hours=1))
    async with sending(database, caller, Book(served(kind="none")), bounds=bounds):
        await until(lambda: database.refused >= 3)
        database.back = True
        await until(settled(database_url, 1))
    await database.stop()
    assert len(caller.calls) == 1
    assert [report.state for report in await reports(database_url)] == ["sent"]


async def test_a_stop_lets_what_is_in_flight_end(database: Database, database_url: str) -> None:
    gate = asyncio.Event()

    async def hang(call: HttpCall) -> ProviderReply:
        await gate.wait()
        return yes(call)

    clock, caller = SystemClock(), ScriptedCaller(hang)
    await queue(database, *(message(f"m {n}", conversation=f"c{n}") for n in range(12)))
    sender = Sender(
        database, Book(served()), Attempt(caller, clock), clock, Metrics(), channels=[CHANNEL], holder="s", backoff=QUICK
    )  # fmt: skip
    task = asyncio.create_task(sender.run())
    await until(lambda: caller.open == 8)
    await sender.stop()
    gate.set()
    await task
    states = Counter(row["state"] for row in await deliveries(database_url))
    assert states == {"sent": 8, "queued": 4}


async def test_housekeeping_gives_up_what_no_sender_looks_at_and_removes_what_is_old(
    database: Database, database_url: str
) -> None:
    await queue(database, message("old\nparts", account="acc_gone"), message("fresh", conversation="cnv_2"))
    connection = await asyncpg.connect(database_url)
    await connection.execute(
        "UPDATE deliveries SET created_at = now() - interval '26 hours' WHERE account_id = 'acc_gone'"
    )
    metrics = Metrics()
    keeper = Housekeeping(database, SystemClock(), metrics, channels=[CHANNEL], horizon=timedelta(hours=24))
    assert await keeper.give_up() == 1
    assert await keeper.give_up() == 0
    (told,) = await reports(database_url)
    assert (told.state, told.error_code) == ("failed", "expired")
    assert await keeper.remove() == 0
    await connection.execute("UPDATE deliveries SET created_at = now() - interval '15 days' WHERE state = 'failed'")
    await connection.close()
    assert await keeper.remove() == 2
    await keeper.measure()
    assert metrics.value(Metric.GATEWAY_OUTBOUND_DUE, CHANNEL) == 1
    assert [row["state"] for row in await deliveries(database_url)] == ["queued"]
