"""Outgoing webhooks over a real database on a virtual clock: schedule, order, health of endpoints, and who delays whom."""

from collections import Counter
from datetime import timedelta

import pytest
from standardwebhooks.webhooks import Webhook

from backbone.clock import ManualClock
from backbone.storage.webhooks import Secret, again
from backbone.web.fetcher import Answer
from backbone.web.signatures import make_secret
from gateway.partners.schedule import SCHEDULE
from gateway.partners.worker import EACH
from tests.support.desk import Desk, make_desk, rows
from tests.support.time import manual_clock, settle
from tests.support.webhooks import Partner, add_endpoint, add_events, rest, working

pytestmark = pytest.mark.database

HOOK = "https://partner.example/hook"
CASE = "cnv_1"


@pytest.fixture
def clock() -> ManualClock:
    return manual_clock()


@pytest.fixture
def partner(clock: ManualClock) -> Partner:
    return Partner(clock)


@pytest.fixture
async def desk(database_url: str) -> Desk:
    return await make_desk(database_url)


async def test_an_event_is_sent_signed_once_with_what_happened_and_no_text(
    database_url: str, desk: Desk, clock: ManualClock, partner: Partner
) -> None:
    secrets = [Secret(make_secret(), clock.now()), Secret(make_secret(), clock.now(), clock.now() + timedelta(hours=1))]
    await add_endpoint(database_url, desk, HOOK, now=clock.now(), secrets=secrets)
    await add_events(database_url, desk, [("message.received", CASE)], at=clock.now(), data={"message_id": "msg_1"})
    async with working(database_url, clock, partner) as worker:
        await rest(worker)
        await rest(worker)
    [call] = partner.calls
    assert call.envelope["type"] == "message.received"
    assert call.envelope["data"] == {"conversation_id": CASE, "message_id": "msg_1"}
    assert (call.envelope["seq"], call.envelope["late"], call.envelope["test"]) == (1, False, False)
    expected = [
        Webhook(secret.value.get_secret_value()).sign(call.headers["webhook-id"], clock.now(), call.body.decode())
        for secret in secrets
    ]
    assert call.headers["webhook-signature"].split() == expected


async def test_a_secret_past_its_overlap_signs_no_more(
    database_url: str, desk: Desk, clock: ManualClock, partner: Partner
) -> None:
    secrets = [Secret(make_secret(), clock.now()), Secret(make_secret(), clock.now(), clock.now())]
    await add_endpoint(database_url, desk, HOOK, now=clock.now(), secrets=secrets)
    await add_events(database_url, desk, [("message.received", CASE)], at=clock.now())
    async with working(database_url, clock, partner) as worker:
        await rest(worker)
    assert len(partner.calls[0].headers["webhook-signature"].split()) == 1


async def test_eight_tries_are_made_at_the_times_of_the_schedule_and_logged(
    database_url: str, desk: Desk, clock: ManualClock, partner: Partner
) -> None:
    partner.scripts[HOOK] = lambda _envelope: 500
    await add_endpoint(database_url, desk, HOOK, now=clock.now())
    await add_events(database_url, desk, [("message.received", CASE)], at=clock.now())
    begun = clock.now()
    async with working(database_url, clock, partner) as worker:
        await rest(worker)
        for pause in SCHEDULE[1:]:
            clock.advance(pause - timedelta(milliseconds=1))
            await rest(worker)
            clock.advance(timedelta(milliseconds=1))
            await rest(worker)
        clock.advance(timedelta(days=2))
        await rest(worker)
    total, expected = timedelta(0), []
    for pause in SCHEDULE:
        total += pause
        expected.append(begun + total)
    assert [call.at for call in partner.calls] == expected
    assert len({call.headers["webhook-id"] for call in partner.calls}) == 1
    [delivery] = await rows(database_url, "SELECT state, attempts, last_cause FROM webhook_deliveries")
    assert tuple(delivery) == ("failed", 8, "It failed while handling the request (5xx).")
    log = await rows(database_url, "SELECT number, status FROM webhook_attempts ORDER BY number")
    assert [tuple(row) for row in log] == [(number, 500) for number in range(1, 9)]


async def test_the_next_event_of_a_conversation_waits_for_the_third_failure_and_the_first_goes_late(
    database_url: str, desk: Desk, clock: ManualClock, partner: Partner
) -> None:
    healthy = [False]
    partner.scripts[HOOK] = lambda envelope: 500 if envelope["seq"] == 1 and not healthy[0] else 200
    await add_endpoint(database_url, desk, HOOK, now=clock.now())
    events = [("message.received", CASE), ("message.sent", CASE), ("message.received", "cnv_2"), ("note.added", CASE)]
    await add_events(database_url, desk, events, at=clock.now())
    async with working(database_url, clock, partner) as worker:
        await rest(worker)
        assert sorted(partner.seen(HOOK)) == [1, 3]
        clock.advance(SCHEDULE[1])
        await rest(worker)
        assert partner.seen(HOOK)[2:] == [1]
        clock.advance(SCHEDULE[2])
        await rest(worker)
        assert partner.seen(HOOK)[3:] == [1, 2, 4]
        healthy[0] = True
        clock.advance(SCHEDULE[3])
        await rest(worker)
    assert partner.seen(HOOK)[6:] == [1]
    assert [call.envelope["late"] for call in partner.calls] == [False] * 6 + [True]


async def test_events_of_one_conversation_arrive_in_order_however_many(
    database_url: str, desk: Desk, clock: ManualClock, partner: Partner
) -> None:
    await add_endpoint(database_url, desk, HOOK, now=clock.now())
    events = [("message.received", f"cnv_{number % 7}") for number in range(200)]
    await add_events(database_url, desk, events, at=clock.now())
    async with working(database_url, clock, partner) as one, working(database_url, clock, partner) as other:
        for _ in range(40):
            await one.round()
            await other.round()
            await one.settled()
            await other.settled()
        await rest(one)
    seen = partner.seen(HOOK)
    assert sorted(seen) == list(range(1, 201))
    for case in range(7):
        own = [seq for seq in seen if (seq - 1) % 7 == case]
        assert own == sorted(own)


async def test_an_endpoint_gets_the_types_and_teams_it_asked_for(
    database_url: str, desk: Desk, clock: ManualClock, partner: Partner
) -> None:
    await add_endpoint(database_url, desk, HOOK, now=clock.now(), event_types=["message.sent"])
    await add_endpoint(database_url, desk, HOOK + "2", now=clock.now(), filter='{"team_ids": ["tea_a"]}')
    kinds = [("message.received", CASE), ("message.sent", CASE), ("typing.started", CASE)]
    await add_events(database_url, desk, kinds, at=clock.now(), data={"team_id": "tea_b"})
    await add_events(database_url, desk, kinds, at=clock.now(), data={"team_id": "tea_a"})
    async with working(database_url, clock, partner) as worker:
        await rest(worker)
    assert partner.seen(HOOK) == [2, 5]
    assert partner.seen(HOOK + "2") == [4, 5]


async def test_410_disables_the_endpoint_at_once_and_says_so(
    database_url: str, desk: Desk, clock: ManualClock, partner: Partner
) -> None:
    partner.scripts[HOOK] = lambda _envelope: 410
    await add_endpoint(database_url, desk, HOOK, now=clock.now())
    await add_events(database_url, desk, [("message.received", "cnv_1"), ("message.received", "cnv_1")], at=clock.now())
    async with working(database_url, clock, partner) as worker:
        await rest(worker)
        clock.advance(timedelta(days=3))
        await rest(worker)
    assert len(partner.calls) == 1
    [endpoint] = await rows(database_url, "SELECT id, state, disabled_reason FROM webhook_endpoints")
    assert (endpoint["state"], endpoint["disabled_reason"]) == ("disabled", "gone")
    [told] = await rows(database_url, "SELECT data FROM events_pending WHERE type = 'webhook_endpoint.disabled'")
    assert endpoint["id"] in told["data"]


async def test_five_days_of_failures_disable_an_endpoint_and_one_success_begins_anew(
    database_url: str, desk: Desk, clock: ManualClock, partner: Partner
) -> None:
    down = [True]
    partner.scripts[HOOK] = lambda _envelope: None if down[0] else 200
    await add_endpoint(database_url, desk, HOOK, now=clock.now())
    states = []
    async with working(database_url, clock, partner) as worker:
        for day in range(11):
            down[0] = day != 4
            await add_events(database_url, desk, [("message.received", f"cnv_{day}")], at=clock.now())
            clock.advance(timedelta(minutes=10))
            for _ in range(3):
                await rest(worker)
                clock.advance(timedelta(hours=8))
            clock.advance(-timedelta(minutes=10))
            [row] = await rows(database_url, "SELECT state, disabled_reason FROM webhook_endpoints")
            states.append(row["state"])
    assert states[:9] == ["active"] * 9
    assert states[-1] == "disabled"
    assert row["disabled_reason"] == "failing"


@pytest.mark.parametrize(
    ("header", "wait"),
    [("60", timedelta(seconds=60)), ("-5", SCHEDULE[1]), ("999999999", timedelta(hours=10)), ("soon", SCHEDULE[1])],
)
async def test_retry_after_lengthens_a_pause_within_reason(
    database_url: str, desk: Desk, clock: ManualClock, partner: Partner, header: str, wait: timedelta
) -> None:
    partner.scripts[HOOK] = lambda _envelope: Answer(503, (("retry-after", header),), b"")
    await add_endpoint(database_url, desk, HOOK, now=clock.now())
    await add_events(database_url, desk, [("message.received", CASE)], at=clock.now())
    async with working(database_url, clock, partner) as worker:
        await rest(worker)
    [delivery] = await rows(database_url, "SELECT next_at FROM webhook_deliveries")
    assert delivery["next_at"] - clock.now() == wait


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 404, 429, 500, 503])
async def test_only_a_2xx_succeeds(
    database_url: str, desk: Desk, clock: ManualClock, partner: Partner, status: int
) -> None:
    partner.scripts[HOOK] = lambda _envelope: status
    await add_endpoint(database_url, desk, HOOK, now=clock.now())
    await add_events(database_url, desk, [("message.received", CASE)], at=clock.now())
    async with working(database_url, clock, partner) as worker:
        await rest(worker)
    [delivery] = await rows(database_url, "SELECT state, failed, last_status, last_cause FROM webhook_deliveries")
    assert (delivery["state"], delivery["failed"], delivery["last_status"]) == ("queued", 1, status)
    assert delivery["last_cause"]


async def test_a_circuit_opens_for_a_dead_endpoint_and_closes_with_its_first_answer(
    database_url: str, desk: Desk, clock: ManualClock, partner: Partner
) -> None:
    down = [True]
    partner.scripts[HOOK] = lambda _envelope: None if down[0] else 200
    await add_endpoint(database_url, desk, HOOK, now=clock.now())
    await add_events(database_url, desk, [("message.received", f"cnv_{n}") for n in range(50)], at=clock.now())
    async with working(database_url, clock, partner) as worker:
        await rest(worker)
        assert len(partner.calls) <= 2 * EACH
        down[0] = False
        clock.advance(timedelta(seconds=31))
        await rest(worker)
        clock.advance(timedelta(minutes=6))
        await rest(worker)
    assert sorted(set(partner.seen(HOOK))) == list(range(1, 51))


async def test_one_hanging_endpoint_among_a_hundred_delays_no_other(
    database_url: str, desk: Desk, clock: ManualClock, partner: Partner
) -> None:
    hooks = [f"https://partner{number}.example/hook" for number in range(100)]
    for hook in hooks:
        await add_endpoint(database_url, desk, hook, now=clock.now())
    partner.hang.add(hooks[0])
    await add_events(database_url, desk, [("message.received", f"cnv_{n}") for n in range(20)], at=clock.now())
    begun = clock.now()
    async with working(database_url, clock, partner) as worker:
        for _ in range(2000):
            await worker.round()
            await settle(5)
            if Counter(call.url for call in partner.calls).total() >= 99 * 20 + EACH:
                break
        served = Counter(call.url for call in partner.calls)
        # The clock never moved: every other endpoint had all of its events while the hanging one held its few calls.
        assert clock.now() == begun
        assert [served[hook] for hook in hooks[1:]] == [20] * 99
        assert served[hooks[0]] == EACH == partner.most_open[hooks[0]]
        clock.advance(timedelta(seconds=16))
        await worker.settled()


async def test_what_was_sent_can_be_sent_again_in_order_and_says_that_it_is_late(
    database_url: str, desk: Desk, clock: ManualClock, partner: Partner
) -> None:
    endpoint_id = await add_endpoint(database_url, desk, HOOK, now=clock.now())
    await add_events(database_url, desk, [("message.received", CASE)] * 3, at=clock.now())
    async with working(database_url, clock, partner) as worker:
        await rest(worker)
        found = await rows(database_url, "SELECT id FROM webhook_deliveries ORDER BY position DESC")
        async with worker._database.transaction([desk.tenant_id]) as connection:
            assert await again(connection, endpoint_id, [row["id"] for row in found], clock.now()) == 3
        await rest(worker)
    assert partner.seen(HOOK) == [1, 2, 3, 1, 2, 3]
    assert [call.envelope["late"] for call in partner.calls] == [False] * 3 + [True] * 3
    ids = [call.headers["webhook-id"] for call in partner.calls]
    assert ids[:3] == ids[3:]


async def test_a_worker_that_dies_in_a_call_leaves_it_to_another_when_its_lease_ends(
    database_url: str, desk: Desk, clock: ManualClock, partner: Partner
) -> None:
    await add_endpoint(database_url, desk, HOOK, now=clock.now())
    await add_events(database_url, desk, [("message.received", CASE)], at=clock.now())
    partner.hang.add(HOOK)
    async with working(database_url, clock, partner) as dying, working(database_url, clock, partner) as other:
        await dying.round()
        await settle()
        for task in list(dying._tasks):
            task.cancel()
        await dying.settled()
        partner.hang.clear()
        await rest(other)
        assert len(partner.calls) == 1
        clock.advance(timedelta(seconds=61))
        await rest(other)
    [delivery] = await rows(database_url, "SELECT state, attempts FROM webhook_deliveries")
    assert tuple(delivery) == ("delivered", 1)
    assert len(partner.calls) == 2


async def test_events_trimmed_before_they_were_read_are_counted_as_skipped(
    database_url: str, desk: Desk, clock: ManualClock, partner: Partner
) -> None:
    await add_endpoint(database_url, desk, HOOK, now=clock.now())
    await add_events(database_url, desk, [("message.received", CASE)] * 5, at=clock.now())
    await rows(database_url, "DELETE FROM events WHERE seq <= 3")
    await rows(database_url, "UPDATE streams SET first_seq = 4")
    async with working(database_url, clock, partner) as worker:
        await rest(worker)
    assert partner.seen(HOOK) == [4, 5]
    [endpoint] = await rows(database_url, "SELECT skipped, read_seq FROM webhook_endpoints")
    assert tuple(endpoint) == (3, 5)
