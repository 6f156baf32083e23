"""The report of satisfaction: shares of what was asked, rated and settled, by whose it was."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from tests.support.api import Api, add_conversation, add_key, running_api
from tests.support.desk import Desk, make_desk, rows

pytestmark = pytest.mark.database
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SPAN = {"since": "2026-03-01T00:00:00Z", "until": "2026-03-10T00:00:00Z"}


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with running_api(database_url) as api:
        yield api


@pytest.fixture
async def desk(database_url: str) -> Desk:
    return await make_desk(database_url)


@pytest.fixture
async def admin(api: Api, desk: Desk) -> AsyncIterator[httpx2.AsyncClient]:
    key, _ = await add_key(api.url, desk.tenant_id)
    async with api.client(key) as client:
        yield client


async def resolved(api: Api, desk: Desk, *, score: int | None = None, asked: bool = True, again: bool = False) -> str:
    """A resolution that was looked at, with what came of it."""
    conversation = await add_conversation(api.url, desk)
    await rows(
        api.url,
        "INSERT INTO resolutions (conversation_id, at, tenant_id, channel, agent_id, settled_at, again_at) "
        "VALUES ($1, $2::timestamptz, $3, 'webchat', $4, $2, CASE WHEN $5 THEN $2::timestamptz END)",
        conversation, AT, desk.tenant_id, desk.agent_ids[0], again,
    )  # fmt: skip
    if asked:
        await rows(
            api.url,
            "INSERT INTO satisfaction_asks (conversation_id, tenant_id, asked_at, stage, since, score) VALUES ($1, $2, $3, 'asked', $3, $4)",
            conversation, desk.tenant_id, AT + timedelta(minutes=1), score,
        )  # fmt: skip
    if score is not None:
        await rows(
            api.url,
            "INSERT INTO ratings (conversation_id, tenant_id, score, channel, at) VALUES ($1, $2, $3, 'webchat', $4)",
            conversation, desk.tenant_id, score, AT + timedelta(minutes=2),
        )  # fmt: skip
    return conversation


async def test_shares_are_of_those_asked_rated_and_settled(api: Api, desk: Desk, admin: httpx2.AsyncClient) -> None:
    await resolved(api, desk, score=5)
    await resolved(api, desk, score=2, again=True)
    await resolved(api, desk)
    await resolved(api, desk, asked=False)
    [line] = (await admin.get("/v1/reports/satisfaction", params=SPAN | {"by": "agent"})).json()["items"]
    assert line == {
        "key": desk.agent_ids[0], "resolved": 4, "asked": 3, "answered": 2, "response_share": 0.6667, "rated": 2,
        "average": 3.5, "csat_share": 0.5, "efforts": 0, "effort_average": None, "settled": 4, "again": 1,
        "resolution_share": 0.75,
    }  # fmt: skip


async def test_a_rating_counts_for_the_resolution_that_it_followed(
    api: Api, desk: Desk, admin: httpx2.AsyncClient
) -> None:
    conversation = await resolved(api, desk, score=5)
    await rows(api.url, "UPDATE resolutions SET next_at = $1", AT + timedelta(minutes=1))
    await rows(
        api.url,
        "INSERT INTO resolutions (conversation_id, at, tenant_id, channel) VALUES ($1, $2, $3, 'telegram')",
        conversation, AT + timedelta(minutes=1), desk.tenant_id,
    )  # fmt: skip
    found = (await admin.get("/v1/reports/satisfaction", params=SPAN)).json()["items"]
    assert {one["key"]: one["rated"] for one in found} == {"telegram": 1, "webchat": 0}


async def test_a_span_of_more_than_92_days_is_refused(admin: httpx2.AsyncClient) -> None:
    answer = await admin.get("/v1/reports/satisfaction", params=SPAN | {"until": "2026-09-01T00:00:00Z"})
    assert answer.status_code == 422


async def test_what_nobody_set_is_off(admin: httpx2.AsyncClient) -> None:
    settings = (await admin.get("/v1/settings")).json()
    assert settings["satisfaction"] == {"enabled": False, "after_seconds": None, "every_days": 30, "effort": False}
