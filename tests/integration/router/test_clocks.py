"""Clocks on a real database: pauses, resolution, steps, intervals of the stream, terms that change, calendars and promises."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from backbone.ids import new_id
from backbone.storage.database import Database
from backbone.telemetry.metrics import Metric, Metrics
from backbone.web.addresses import Guard
from backbone.web.fetcher import Fetcher
from router.calendars import LEASE as CALENDARS
from router.calendars import Calendars
from router.legs import LegKeeper
from router.recompute import LEASE as RECOMPUTE
from router.recompute import Recompute
from router.sequencer import LEASE as SEQUENCER
from router.sequencer import Sequencer
from router.waits import LEASE as WAITS
from router.waits import Waits
from tests.support.api import add_key, running_api
from tests.support.desk import NOW, Desk, Feed, make_desk, minutes, rows
from tests.support.fakes import FakeBus
from tests.support.loopback import always, answer, serving
from tests.support.router import PARTITION, Workers, make_workers

pytestmark = pytest.mark.database
POLICY: dict[str, Any] = {"first_reply_seconds": 600, "next_reply_seconds": 600}
WEEKDAYS = [{"weekday": day, "start": "09:00", "end": "17:00"} for day in range(5)]


@dataclass
class Office:
    """A tenant with an API client, and the router's parts stepped by hand."""

    workers: Workers
    desk: Desk
    admin: httpx2.AsyncClient
    api: Database
    url: str

    async def writes(self, sender: str = "ann") -> str:
        await self.workers.take(self.feed.message(sender=sender))
        (row,) = await rows(self.url, "SELECT id FROM conversations WHERE thread_key = $1", sender)
        return str(row["id"])

    def __post_init__(self) -> None:
        self.feed = Feed(self.desk)

    async def fire(self, times: int = 1) -> None:
        """Makes what is next due, and fires it."""
        for _ in range(times):
            await rows(self.url, "UPDATE timers SET due_at = least(due_at, clock_timestamp())")
            assert await self.workers.timers.fire_due() > 0

    async def number_events(self) -> None:
        sequencer = Sequencer(self.workers.database, FakeBus(), Metrics())
        await sequencer.drain(await self.workers.lease(SEQUENCER))

    async def recompute(self) -> None:
        work = Recompute(self.workers.database, self.workers.handler._configs, self.workers.signals, self.workers.clock)
        lease = await self.workers.lease(RECOMPUTE)
        while await work.round(lease):
            pass

    async def case(self, conversation_id: str) -> dict[str, Any]:
        (row,) = await rows(self.url, "SELECT * FROM conversations WHERE id = $1", conversation_id)
        return dict(row)

    async def policy(self, **more: Any) -> str:
        body = {"name": new_id("n"), "position": 0, "document": POLICY | more}
        made = await self.admin.post("/v1/sla-policies", json=body)
        assert made.status_code == 201, made.text
        self.workers.handler._configs.forget("")
        return str(made.json()["id"])

    async def status(self, conversation_id: str, status: str) -> None:
        body = {"status": status}
        done = await self.admin.post(
            f"/v1/conversations/{conversation_id}/status", json=body, headers={"If-Match": "*"}
        )
        assert done.status_code == 200, done.text


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    workers = await make_workers(database_url, tmp_path)
    await workers.handler.claim(PARTITION)
    desk = await make_desk(database_url, agents=2, capacity=3)
    async with running_api(database_url, clock=workers.clock) as api:
        key, _ = await add_key(api.url, desk.tenant_id)
        async with api.client(key) as admin:
            yield Office(workers, desk, admin, api.database, database_url)
    await workers.database.stop()


async def test_pauses_move_the_deadlines_of_reply_and_resolution_and_their_timers(office: Office) -> None:
    await office.policy(resolution_seconds=3600, reply_pauses=["pending"])
    case = await office.writes()
    assert (await office.case(case))["due_at"] == NOW + minutes(10)
    office.workers.clock.advance(minutes(4))
    await office.status(case, "pending")
    assert (await office.case(case))["due_at"] is None
    assert await rows(office.url, "SELECT 1 FROM timers") == []
    office.workers.clock.advance(minutes(30))
    await office.status(case, "open")
    found = await rows(office.url, "SELECT kind, step, due_at FROM timers ORDER BY kind")
    assert [(r["kind"], r["step"], r["due_at"]) for r in found] == [
        ("resolve", "warning:0", NOW + minutes(78)),
        ("sla", "warning:0", NOW + minutes(38)),
    ]
    shown = (await office.admin.get(f"/v1/conversations/{case}/clocks")).json()
    assert (shown["due_at"], shown["resolve_by"], shown["paused"]) == (
        "2026-11-20T09:40:00Z",
        "2026-11-20T10:30:00Z",
        None,
    )


async def test_the_steps_of_a_policy_widen_overflow_and_end_with_a_bot(office: Office) -> None:
    other, bot = new_id("tea"), new_id("agt")
    await rows(
        office.url, "INSERT INTO teams (id, tenant_id, name) VALUES ($1, $2, 'Other')", other, office.desk.tenant_id
    )
    await rows(
        office.url,
        "INSERT INTO agents (id, tenant_id, name, email, role, capacity) VALUES ($1, $2, 'Bot', 'bot@x.example', 'bot', 1)",
        bot,
        office.desk.tenant_id,
    )
    steps = [
        {"after_seconds": 0, "action": "widen"},
        {"after_seconds": 60, "action": "overflow", "team_id": other},
        {"after_seconds": 90, "action": "call_back"},
        {"after_seconds": 120, "action": "notify", "notify": [office.desk.agent_ids[0]]},
        {"after_seconds": 180, "action": "bot", "agent_id": bot},
    ]
    await office.policy(steps=steps)
    case = await office.writes()
    needs = [{"skill": "wine"}, {"skill": "cheese", "relaxes_after_seconds": 9999}]
    await office.admin.post(f"/v1/conversations/{case}/needs", json={"needs": needs}, headers={"If-Match": "*"})
    await office.fire(3)
    assert [need["skill"] for need in json.loads((await office.case(case))["needs"])] == ["wine"]
    await office.fire()
    assert (await office.case(case))["team_id"] == other
    await office.fire()
    sent = await rows(office.url, "SELECT content ->> 'text' AS t, automatic FROM messages WHERE direction = 'out'")
    assert [(r["automatic"], "back to you" in r["t"]) for r in sent] == [(True, True)]
    await office.fire(2)
    found = await office.case(case)
    assert (found["agent_id"], found["priority"], found["waiting_since"]) == (bot, 0, NOW)
    told = await rows(
        office.url, "SELECT data FROM events_pending WHERE type = 'conversation.escalated' ORDER BY position"
    )
    assert [json.loads(r["data"])["action"] for r in told] == ["widen", "overflow", "call_back", "notify", "bot"]
    (used,) = await rows(office.url, "SELECT used FROM agents WHERE id = $1", bot)
    assert used["used"] == 1
    assert await rows(office.url, "SELECT 1 FROM timers") == []


async def test_a_conversations_legs_follow_the_stream_and_say_whom_to_blame(office: Office) -> None:
    case = await office.writes()
    office.workers.clock.advance(timedelta(seconds=40))
    await office.workers.dispatch(office.desk.tenant_id)
    await office.fire(2)
    office.workers.clock.advance(timedelta(seconds=20))
    reply = await office.admin.post(
        f"/v1/conversations/{case}/messages",
        json={"content": {"type": "text", "text": "hi"}},
        headers={"If-Match": "*"},
    )
    assert reply.status_code < 300, reply.text
    office.workers.clock.advance(timedelta(seconds=60))
    await office.status(case, "resolved")
    await office.number_events()
    metrics = Metrics()
    keeper = LegKeeper(office.api, office.workers.clock, metrics)
    await keeper.round()
    assert await keeper.round() is False
    assert metrics.value(Metric.API_CLOCKS_ENDED, "first_reply", "breached") == 1
    assert metrics.value(Metric.API_CLOCKS_ENDED, "resolution", "met") == 1
    shown = (await office.admin.get(f"/v1/conversations/{case}/clocks")).json()
    assert [(leg["leg"], leg["clock"]) for leg in shown["legs"]] == [
        ("queue", "first_reply"),
        ("agent", "first_reply"),
        ("customer", None),
    ]
    runs = {run["clock"]: run for run in shown["runs"]}
    assert (runs["first_reply"]["outcome"], runs["first_reply"]["blamed"]) == ("breached", "queue")
    assert runs["first_reply"]["seconds"] == {"provider": 0, "bot": 0, "queue": 40, "agent": 20, "customer": 0}
    assert (runs["resolution"]["outcome"], runs["resolution"]["seconds"]["customer"]) == ("met", 60)
    span = {"since": "2026-11-20T00:00:00Z", "until": "2026-11-21T00:00:00Z"}
    lines = (await office.admin.get("/v1/reports/clocks", params=span)).json()["items"]
    assert [(line["clock"], line["breached"], line["blamed"]) for line in lines] == [
        ("first_reply", 1, {"queue": 1}),
        ("resolution", 0, {}),
    ]


async def test_legs_read_in_any_batches_are_the_same(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(4):
        case = await office.writes(f"c{n}")
        office.workers.clock.advance(timedelta(seconds=7))
        await office.workers.dispatch(office.desk.tenant_id)
        await office.status(case, "resolved")
        await office.writes(f"c{n}")
    await office.number_events()
    read = "SELECT * FROM conversation_legs ORDER BY conversation_id, number"
    runs = "SELECT * FROM clock_runs ORDER BY conversation_id, clock, number"
    seen = []
    for size in (500, 1, 3):
        monkeypatch.setattr("router.legs.BATCH", size)
        keeper = LegKeeper(office.api, office.workers.clock, Metrics())
        while await keeper.round():
            pass
        seen.append((await rows(office.url, read), await rows(office.url, runs)))
        await rows(office.url, "DELETE FROM conversation_legs")
        await rows(office.url, "DELETE FROM clock_runs")
        await rows(office.url, "DELETE FROM leg_positions")
    assert len(seen[0][0]) > 8
    assert seen[0] == seen[1] == seen[2]


async def test_a_changed_policy_moves_open_deadlines_in_batches_once(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("router.usecases.recompute.BATCH", 2)
    policy = await office.policy()
    cases = [await office.writes(f"c{n}") for n in range(5)]
    body = {"name": "Shorter", "position": 0, "document": POLICY | {"first_reply_seconds": 300}}
    changed = await office.admin.put(f"/v1/sla-policies/{policy}", json=body, headers={"If-Match": "*"})
    assert changed.status_code == 200
    await office.recompute()
    for case in cases:
        found = await office.case(case)
        assert (found["due_at"], found["policy_version"]) == (NOW + minutes(5), 2)
    told = await rows(office.url, "SELECT data FROM events_pending WHERE type = 'sla.recomputed'")
    assert len(told) == 5
    timers = await rows(office.url, "SELECT due_at FROM timers WHERE kind = 'sla'")
    assert {row["due_at"] for row in timers} == {NOW + minutes(4)}
    (left,) = await rows(office.url, "SELECT passes FROM recompute_requests")
    assert left["passes"] == 1
    await rows(office.url, "UPDATE recompute_requests SET due_at = clock_timestamp()")
    await office.recompute()
    assert await rows(office.url, "SELECT 1 FROM recompute_requests") == []
    again = await rows(office.url, "SELECT 1 FROM events_pending WHERE type = 'sla.recomputed'")
    assert len(again) == 5


async def read_calendar(office: Office, fetcher: Fetcher) -> None:
    work = Calendars(office.workers.database, fetcher, office.workers.clock)
    assert await work.round(await office.workers.lease(CALENDARS))


async def test_a_feed_of_holidays_moves_deadlines_and_a_broken_one_keeps_the_days_known(office: Office) -> None:
    await office.policy(first_reply_seconds=9 * 3600, within_hours=True)
    feed = b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;VALUE=DATE:20261123\r\nSUMMARY:Off\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    fetcher = Fetcher(Guard("127.0.0.1"))
    async with serving(always(answer(feed))) as server:
        source = {"kind": "ical", "url": server.url}
        made = await office.admin.post("/v1/calendars", json={"name": "Feed", "source": source})
        assert made.status_code == 201, made.text
        hours = {"zone": "UTC", "spans": WEEKDAYS, "calendars": [made.json()["id"]]}
        team = f"/v1/teams/{office.desk.team_id}"
        await office.admin.patch(team, json={"hours": hours}, headers={"If-Match": "*"})
        office.workers.handler._configs.forget("")
        case = await office.writes()
        # From Friday at nine: eight hours until five, one more on Monday.
        assert (await office.case(case))["due_at"] == datetime(2026, 11, 23, 10, tzinfo=UTC)
        await read_calendar(office, fetcher)
        await office.recompute()
    assert (await office.case(case))["due_at"] == datetime(2026, 11, 24, 10, tzinfo=UTC)
    await rows(office.url, "UPDATE calendars SET next_at = clock_timestamp()")
    await read_calendar(office, fetcher)
    await fetcher.stop()
    shown = (await office.admin.get(f"/v1/calendars/{made.json()['id']}")).json()
    assert [day["name"] for day in shown["days"]] == ["Off"]
    assert shown["error"]
    refused = await office.admin.post(
        "/v1/calendars", json={"name": "X", "source": {"kind": "country", "country": "XX"}}
    )
    assert refused.status_code == 422
    gone = await office.admin.delete(f"/v1/calendars/{made.json()['id']}", headers={"If-Match": "*"})
    assert gone.status_code == 204
    await office.recompute()
    assert (await office.case(case))["due_at"] == datetime(2026, 11, 23, 10, tzinfo=UTC)


async def test_what_waits_for_a_closed_team_follows_the_sun(office: Office) -> None:
    tokyo, url, tenant = new_id("tea"), office.url, office.desk.tenant_id
    spans = [{"weekday": day, "start": "09:00", "end": "17:00"} for day in range(7)]
    for team, zone in ((office.desk.team_id, "Europe/Berlin"), (tokyo, "Asia/Tokyo")):
        await rows(
            url,
            "INSERT INTO teams (id, tenant_id, name, hours) VALUES ($1, $2, $1, $3::jsonb) ON CONFLICT (id) DO UPDATE SET hours = excluded.hours",
            team,
            tenant,
            json.dumps({"zone": zone, "spans": spans}),
        )
    settings = json.dumps({"routing": {"follow_the_sun": [[office.desk.team_id, tokyo]]}})
    await rows(url, "UPDATE tenants SET settings = $2::jsonb WHERE id = $1", tenant, settings)
    await rows(url, "UPDATE agents SET capacity = 0")
    case = await office.writes()
    assert (await office.case(case))["team_id"] == office.desk.team_id
    office.workers.clock.advance(timedelta(hours=16))
    office.workers.handler._configs.forget("")
    waits = Waits(
        office.workers.database, office.workers.handler._configs, office.workers.signals, office.workers.clock
    )
    await waits.renew(await office.workers.lease(WAITS), tenant)
    assert (await office.case(case))["team_id"] == tokyo
    new = await office.writes("bob")
    assert (await office.case(new))["team_id"] == tokyo


async def test_a_promised_slot_is_kept_and_never_given_too_often(office: Office) -> None:
    cases = [await office.writes(f"c{n}") for n in range(3)]
    team = f"/v1/teams/{office.desk.team_id}/call-back-slots"
    slots = (await office.admin.get(team)).json()["items"]
    assert (slots[0]["start"], slots[0]["free"]) == ("2026-11-20T09:15:00Z", 2)

    async def book(case: str, at: str) -> int:
        path = f"/v1/conversations/{case}/call-back"
        return (await office.admin.post(path, json={"at": at}, headers={"If-Match": "*"})).status_code

    at = slots[0]["start"]
    assert [await book(case, at) for case in cases] == [200, 200, 409]
    assert await book(cases[2], "2026-11-20T09:16:00Z") == 422
    found = await office.case(cases[0])
    assert (found["status"], found["waiting_since"], found["due_at"]) == ("snoozed", None, None)
    assert (await office.admin.get(team)).json()["items"][0]["start"] == "2026-11-20T09:30:00Z"
    assert await book(cases[1], "2026-11-20T09:30:00Z") == 200
    assert (await office.admin.get(team)).json()["items"][0]["free"] == 1
    office.workers.clock.advance(minutes(15))
    await rows(office.url, "DELETE FROM timers WHERE kind = 'sla'")
    await office.fire()
    found = await office.case(cases[0])
    assert (found["status"], found["priority"], found["waiting_since"]) == ("open", 1, NOW + minutes(15))
