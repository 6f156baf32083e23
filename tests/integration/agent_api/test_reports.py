"""Figures of conversations, ratings, and contacts that are one person after all, or are not."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from tests.support.api import Api, add_conversation, add_key, running_api
from tests.support.desk import Desk, make_desk, rows

pytestmark = pytest.mark.database
ANYTIME = {"since": "2026-01-01T00:00:00Z", "until": "2026-01-03T00:00:00Z"}


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


async def opened(api: Api, desk: Desk, at: datetime, replied_after: float | None = None, **values: object) -> str:
    conversation = await add_conversation(api.url, desk, **values)
    await rows(
        api.url,
        "UPDATE conversations SET opened_at = $2, first_reply_at = $3 WHERE id = $1",
        conversation,
        at,
        at + timedelta(seconds=replied_after) if replied_after is not None else None,
    )
    return conversation


async def test_hours_are_those_of_the_zone_with_its_summer_time(
    api: Api, desk: Desk, admin: httpx2.AsyncClient
) -> None:
    # Mondays: in winter 08:40 UTC is 09:40 in Amsterdam and 14:25 in Kathmandu, in summer 10:40 and the same 14:25.
    await opened(api, desk, datetime(2026, 3, 23, 8, 40, tzinfo=UTC), 10)
    await opened(api, desk, datetime(2026, 3, 23, 8, 50, tzinfo=UTC), 20)
    await opened(api, desk, datetime(2026, 3, 30, 8, 40, tzinfo=UTC), None, sla_state="breached")
    await opened(api, desk, datetime(2026, 3, 29, 23, 30, tzinfo=UTC))
    span = {"since": "2026-03-23T00:00:00Z", "until": "2026-03-31T00:00:00Z"}

    async def hours(zone: str) -> list[tuple[object, ...]]:
        found = (await admin.get("/v1/reports/hours", params=span | {"zone": zone})).json()["items"]
        return [
            (
                one["weekday"],
                one["hour"],
                one["opened"],
                one["answered"],
                one["breached"],
                one["first_reply_mean_seconds"],
            )
            for one in found
        ]

    assert await hours("Europe/Amsterdam") == [(0, 1, 1, 0, 0, None), (0, 9, 2, 2, 0, 15.0), (0, 10, 1, 0, 1, None)]
    assert await hours("Asia/Kathmandu") == [(0, 5, 1, 0, 0, None), (0, 14, 3, 2, 1, 15.0)]
    assert await hours("UTC") == [(0, 8, 3, 2, 1, 15.0), (6, 23, 1, 0, 0, None)]
    wrong = await admin.get("/v1/reports/hours", params=span | {"zone": "Europe/Atlantis"})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "query/zone")
    long = await admin.get("/v1/reports/hours", params=span | {"until": "2026-09-01T00:00:00Z"})
    assert (long.status_code, long.json()["errors"][0]["pointer"]) == (422, "query/until")


async def test_figures_are_grouped_and_bounded(api: Api, desk: Desk, admin: httpx2.AsyncClient) -> None:
    first = datetime(2026, 1, 1, 23, 30, tzinfo=UTC)
    rated = await opened(api, desk, first, 10)
    await opened(api, desk, first, 30, status="resolved", channel="email")
    await opened(api, desk, first + timedelta(hours=1), None, waiting_since=first)
    await opened(api, desk, first + timedelta(days=5))
    assert (await admin.post(f"/v1/conversations/{rated}/rating", json={"score": 2})).status_code == 200
    assert (
        await admin.post(f"/v1/conversations/{rated}/rating", json={"score": 4, "comment": "ok"})
    ).status_code == 200
    days = (await admin.get("/v1/reports/conversations", params=ANYTIME)).json()["items"]
    assert [(day["key"], day["opened"], day["resolved"], day["waiting"]) for day in days] == [
        ("2026-01-01", 2, 1, 0),
        ("2026-01-02", 1, 0, 1),
    ]
    assert (days[0]["first_reply_p50_seconds"], days[0]["rated"], days[0]["rating_average"]) == (20.0, 1, 4.0)
    assert (days[1]["first_reply_p50_seconds"], days[1]["answered"]) == (None, 0)
    channels = (await admin.get("/v1/reports/conversations", params=ANYTIME | {"by": "channel"})).json()["items"]
    assert [(line["key"], line["opened"]) for line in channels] == [("email", 1), ("webchat", 2)]
    [rating] = (await admin.get("/v1/ratings")).json()["items"]
    assert (rating["score"], rating["comment"], rating["conversation_id"]) == (4, "ok", rated)
    long = await admin.get("/v1/reports/conversations", params=ANYTIME | {"until": "2027-01-01T00:00:00Z"})
    assert long.status_code == 422


async def test_two_records_become_one_and_two_again(api: Api, desk: Desk, admin: httpx2.AsyncClient) -> None:
    one, two = await add_conversation(api.url, desk), await add_conversation(api.url, desk)
    contacts = {row["id"]: row["contact_id"] for row in await rows(api.url, "SELECT id, contact_id FROM conversations")}
    into, other = contacts[one], contacts[two]
    merged = await admin.post(f"/v1/contacts/{into}/merge", json={"from_contact_id": other, "reason": "Same phone."})
    assert merged.status_code == 201, merged.text
    assert {row["contact_id"] for row in await rows(api.url, "SELECT contact_id FROM conversations")} == {into}
    assert len((await admin.get(f"/v1/contacts/{into}")).json()["points"]) == 2
    assert (await admin.get(f"/v1/contacts/{other}")).json()["points"] == []
    again = await admin.post(f"/v1/contacts/{other}/merge", json={"from_contact_id": into, "reason": "x"})
    assert again.status_code == 409
    later = await add_conversation(api.url, desk, contact_id=into)
    path = f"/v1/contacts/{into}/merges/{merged.json()['id']}/undo"
    assert (await admin.post(f"/v1/contacts/{other}/merges/{merged.json()['id']}/undo")).status_code == 404
    undone = await admin.post(path)
    assert undone.json()["undone_at"] is not None
    after = {row["id"]: row["contact_id"] for row in await rows(api.url, "SELECT id, contact_id FROM conversations")}
    assert after == {one: into, two: other, later: into}
    assert (await admin.post(path)).status_code == 409
    listed = (await admin.get(f"/v1/contacts/{into}/merges")).json()["items"]
    assert [item["reason"] for item in listed] == ["Same phone."]
    assert (
        await admin.post(f"/v1/contacts/{into}/merge", json={"from_contact_id": into, "reason": "x"})
    ).status_code == 422
