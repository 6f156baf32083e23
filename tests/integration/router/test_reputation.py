"""Public posts of many people become one incident with one answer, against a real PostgreSQL."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from backbone.ids import new_id
from backbone.telemetry.metrics import Metric
from router.reputation import LEASE, Watching
from schemas.content import Content
from schemas.inbound import MessageReceived, Post, Sender, Visibility
from tests.support.api import Api, add_key, running_api
from tests.support.desk import NOW, Desk, Feed, make_desk, rows
from tests.support.router import Workers

pytestmark = pytest.mark.database
CHANNEL = "instagram_comments"


@pytest.fixture
async def desk(database_url: str) -> Desk:
    return await make_desk(database_url, channel=CHANNEL)


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with running_api(database_url) as api:
        yield api


@pytest.fixture
async def admin(api: Api, desk: Desk) -> AsyncIterator[httpx2.AsyncClient]:
    key, _ = await add_key(api.url, desk.tenant_id, "admin", desk.agent_ids[0])
    async with api.client(key) as client:
        yield client


async def said(
    workers: Workers, desk: Desk, many: int, text: str = "Your checkout is broken", *, first: int = 0
) -> None:
    feed = Feed(desk, CHANNEL)
    for number in range(first, first + many):
        event = MessageReceived(
            thread_key=f"t{number}", dedup_key=f"k{number}", sender=Sender(address=f"a{number}"), content=Content(text=text),
            provider_message_id=f"m{number}", visibility=Visibility.PUBLIC, post=Post(kind="comment", reach=1000),
        )  # fmt: skip
        record = feed.event(event, received_at=workers.clock.now())
        await workers.take(type(record)(record.topic, 0, number + 1, record.key, record.value, (), NOW))


async def watch(workers: Workers) -> None:
    await Watching(workers.database, workers.signals, workers.clock, workers.metrics).round(await workers.lease(LEASE))


async def incidents(url: str) -> list[Any]:
    return list(await rows(url, "SELECT * FROM incidents ORDER BY id"))


async def post(admin: httpx2.AsyncClient, path: str, body: dict[str, str] | None = None) -> httpx2.Response:
    return await admin.post(path, json=body, headers={"Idempotency-Key": new_id("k")})


async def test_a_public_complaint_is_weighed_by_its_words_and_reach(
    workers: Workers, desk: Desk, database_url: str
) -> None:
    await said(workers, desk, 1)
    [row] = await rows(database_url, "SELECT sentiment < 0 AS sour, score, terms FROM public_posts")
    assert (row["sour"], round(row["score"], 2), row["terms"]) == (True, 0.37, ["checkout", "broken"])


async def test_many_posts_on_one_subject_are_one_incident_with_all_their_conversations(
    workers: Workers, desk: Desk, database_url: str
) -> None:
    await said(workers, desk, 9)
    await watch(workers)
    await said(workers, desk, 3, first=9)
    await watch(workers)
    [incident] = await incidents(database_url)
    [count] = await rows(
        database_url, "SELECT count(*) AS many FROM incident_conversations WHERE incident_id = $1", incident["id"]
    )
    assert (incident["posts"], count["many"]) == (12, 12)


async def test_what_spreads_weighs_more(workers: Workers, desk: Desk, database_url: str) -> None:
    await said(workers, desk, 15)
    before = await rows(database_url, "SELECT max(score) AS score FROM public_posts")
    await watch(workers)
    after = await rows(database_url, "SELECT min(score) AS score FROM public_posts")
    assert after[0]["score"] == pytest.approx(before[0]["score"] * 0.75 / 0.55, abs=0.001)


async def test_a_storm_raises_one_alarm(workers: Workers, desk: Desk, database_url: str) -> None:
    await said(workers, desk, 9)
    await watch(workers)
    await watch(workers)
    told = await rows(database_url, "SELECT 1 FROM events_pending WHERE type = 'incident.opened'")
    assert (len(told), workers.metrics.value(Metric.ROUTER_INCIDENTS, "opened")) == (1, 1)


async def test_what_was_as_frequent_all_week_is_no_incident(workers: Workers, desk: Desk, database_url: str) -> None:
    await said(workers, desk, 9)
    await rows(
        database_url,
        "INSERT INTO public_posts SELECT 'old' || n, tenant_id, conversation_id, author, at - interval '2 hours' - n * interval '6 minutes', "
        "reach, rating, sentiment, score, terms FROM (SELECT * FROM public_posts LIMIT 1) AS p, generate_series(1, 1500) AS n",
    )
    await watch(workers)
    assert await incidents(database_url) == []


async def test_one_answer_goes_to_all_once_and_to_those_that_come_later(
    workers: Workers, desk: Desk, database_url: str, admin: httpx2.AsyncClient
) -> None:
    await said(workers, desk, 9)
    await watch(workers)
    [incident] = await incidents(database_url)
    path = f"/v1/incidents/{incident['id']}"
    assert (await post(admin, f"{path}/answer", {"text": "It works again."})).status_code == 200
    await watch(workers)
    await said(workers, desk, 1, first=9)
    await watch(workers)
    await watch(workers)
    sent = await rows(
        database_url,
        "SELECT conversation_id FROM messages WHERE direction = 'out' AND content ->> 'text' = 'It works again.'",
    )
    shown = (await admin.get(path)).json()
    assert (len(sent), len({row["conversation_id"] for row in sent}), shown["answered"]) == (10, 10, 10)


async def test_an_incident_ends_after_six_quiet_hours(workers: Workers, desk: Desk, database_url: str) -> None:
    await said(workers, desk, 9)
    await watch(workers)
    workers.clock.advance(timedelta(hours=7))
    await watch(workers)
    [incident] = await incidents(database_url)
    assert incident["state"] == "closed"


async def test_a_closed_incident_takes_no_answer(
    workers: Workers, desk: Desk, database_url: str, admin: httpx2.AsyncClient
) -> None:
    await said(workers, desk, 9)
    await watch(workers)
    [incident] = await incidents(database_url)
    await post(admin, f"/v1/incidents/{incident['id']}/close")
    assert (await post(admin, f"/v1/incidents/{incident['id']}/answer", {"text": "Late."})).status_code == 409


async def test_the_report_tells_how_soon_the_public_was_answered(
    workers: Workers, desk: Desk, database_url: str, admin: httpx2.AsyncClient
) -> None:
    await said(workers, desk, 3)
    await rows(
        database_url,
        "UPDATE conversations SET first_reply_at = opened_at + interval '90 seconds' WHERE thread_key IN ('t0', 't1')",
    )
    span = {"since": "2026-11-01T00:00:00Z", "until": "2026-12-01T00:00:00Z"}
    [line] = (await admin.get("/v1/reports/reputation", params=span)).json()["items"]
    assert (line["key"], line["posts"], line["negative"], line["conversations"], line["answered"], line["first_answer_p50_seconds"]) == (
        CHANNEL, 3, 3, 3, 2, 90.0,
    )  # fmt: skip
