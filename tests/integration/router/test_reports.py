"""Reports of companies' own systems on their customers, against a real PostgreSQL: order in time, doubles, what age removes."""

import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from backbone.bus.port import BusRecord
from backbone.channel.partner_data import Topic, reported
from backbone.storage.database import Database
from router.housekeeping import LEASE, Housekeeping
from tests.support.desk import NOW, Desk, Feed, make_desk, rows
from tests.support.router import Workers

pytestmark = pytest.mark.database
CUSTOMER: dict[str, Any] = {
    "id": "c-9",
    "name": "Ana",
    "points": [{"channel": "whatsapp", "address": "1", "verified": True}],
}


@pytest.fixture
async def desk(database_url: str) -> Desk:
    return await make_desk(database_url)


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, role="frontdesk_api", name="test-api")
    await database.start()
    yield database
    await database.stop()


def report(feed: Feed, topic: Topic, key: str, at: datetime, **data: Any) -> BusRecord:
    body = {"customer": CUSTOMER} | data
    return feed.event(reported(body, topic, dedup_key=key, provider_at=at))


async def state_of_order(url: str) -> str:
    [row] = await rows(url, "SELECT data FROM partner_orders")
    return str(json.loads(row["data"])["state"])


async def test_an_older_report_never_replaces_a_newer_one_and_a_double_changes_nothing(
    workers: Workers, desk: Desk, database_url: str
) -> None:
    feed = Feed(desk)
    newer = report(feed, "order", "2", NOW - timedelta(minutes=1), id="o-1", state="shipped")
    await workers.take(newer)
    await workers.take(report(feed, "order", "1", NOW - timedelta(minutes=9), id="o-1", state="placed"))
    assert await state_of_order(database_url) == "shipped"
    await workers.take(report(feed, "order", "3", NOW, id="o-1", state="delivered"))
    await workers.take(newer)
    assert await state_of_order(database_url) == "delivered"
    assert await rows(database_url, "SELECT 1 FROM conversations") == []


async def test_a_clock_that_is_ahead_keeps_no_later_report_out(workers: Workers, desk: Desk, database_url: str) -> None:
    feed = Feed(desk)
    await workers.take(report(feed, "order", "1", NOW + timedelta(days=900), id="o-1", state="placed"))
    await workers.take(report(feed, "order", "2", NOW + timedelta(seconds=1), id="o-1", state="shipped"))
    assert await state_of_order(database_url) == "shipped"


async def test_checkpoints_add_up_whatever_order_they_come_in(workers: Workers, desk: Desk, database_url: str) -> None:
    feed = Feed(desk)

    def parcel(key: str, minutes: int, *states: str) -> BusRecord:
        track = [{"at": (NOW - timedelta(minutes=minutes)).isoformat(), "state": state} for state in states]
        at = NOW - timedelta(minutes=minutes)
        return report(feed, "shipment", key, at, id="s-1", order_id="o-1", state=states[-1], checkpoints=track)

    await workers.take(parcel("2", 1, "out_for_delivery"))
    await workers.take(parcel("1", 60, "accepted", "sorted"), parcel("3", 60, "sorted"))
    track = await rows(database_url, "SELECT state FROM partner_checkpoints ORDER BY at, state")
    assert [row["state"] for row in track] == ["accepted", "sorted", "out_for_delivery"]
    [shipment] = await rows(database_url, "SELECT data FROM partner_shipments")
    assert json.loads(shipment["data"])["state"] == "out_for_delivery"


async def test_verified_addresses_are_replaced_as_a_whole_by_the_newest_that_names_any(
    workers: Workers, desk: Desk, database_url: str
) -> None:
    feed = Feed(desk)

    def profile(key: str, minutes: int, *addresses: str) -> BusRecord:
        points = [{"channel": "whatsapp", "address": one, "verified": one != "claimed"} for one in addresses]
        at = NOW - timedelta(minutes=minutes)
        return report(feed, "customer", key, at, customer={"id": "c-9", "points": points})

    await workers.take(profile("2", 5, "new", "claimed"))
    await workers.take(profile("1", 50, "old"))
    await workers.take(report(feed, "customer", "3", NOW, customer={"id": "c-9", "name": "Ana"}))
    points = await rows(database_url, "SELECT address FROM partner_points")
    assert [row["address"] for row in points] == ["new"]
    [customer] = await rows(database_url, "SELECT name FROM partner_customers")
    assert customer["name"] == "Ana"


async def test_the_last_word_on_a_consent_is_by_when_it_was_said(
    workers: Workers, desk: Desk, database_url: str
) -> None:
    feed = Feed(desk)
    for key, state, days in (("1", "withdrawn", 1), ("2", "given", 30)):
        said = (NOW - timedelta(days=days)).isoformat()
        consents = [{"purpose": "news", "state": state, "at": said, "proof": f"form {key}"}]
        await workers.take(report(feed, "customer", key, NOW, consents=consents))
    [consent] = await rows(database_url, "SELECT state, proof FROM partner_consents")
    assert tuple(consent) == ("withdrawn", "form 1")


async def test_a_contact_is_found_by_proven_addresses_only_and_a_shared_one_proves_nothing(
    workers: Workers, desk: Desk, api: Database, database_url: str
) -> None:
    feed = Feed(desk)
    [account] = await rows(database_url, "SELECT id, channel FROM channel_accounts WHERE id = $1", desk.account_id)

    async def known() -> list[str]:
        [contact] = await rows(database_url, "SELECT contact_id FROM contact_points WHERE address = 'ann'")
        async with api.transaction([desk.tenant_id]) as connection:
            found = await connection.fetch("SELECT * FROM contact_customers($1) ORDER BY 2", contact["contact_id"])
        return [row["reference"] for row in found]

    def profile(key: str, customer: str, *, verified: bool) -> BusRecord:
        points = [{"channel": account["channel"], "address": "ann", "verified": verified}]
        return report(feed, "customer", key, NOW, customer={"id": customer, "points": points})

    await workers.take(profile("1", "c-1", verified=False), feed.message("hello"))
    assert await known() == []
    await workers.take(profile("2", "c-2", verified=True))
    assert await known() == ["c-2"]
    await workers.take(profile("3", "c-3", verified=True))
    assert await known() == []
    await workers.take(report(feed, "customer", "4", NOW, customer={"id": "ann"}))
    assert await known() == ["ann"]


async def test_customers_nobody_of_whom_ever_wrote_go_after_a_month_with_all_that_was_said_of_them(
    workers: Workers, desk: Desk, database_url: str
) -> None:
    feed = Feed(desk)
    await workers.take(
        report(feed, "order", "1", NOW, customer={"id": "stranger"}, id="o-1", state="placed"),
        report(feed, "order", "2", NOW, customer={"id": "ann"}, id="o-2", state="placed"),
        report(feed, "order", "3", NOW, customer={"id": "young"}, id="o-3", state="placed"),
        feed.message("hello"),
    )
    await rows(
        database_url, "UPDATE partner_customers SET seen_at = now() - interval '31 days' WHERE reference <> 'young'"
    )
    await rows(database_url, "UPDATE partner_customers SET seen_at = now() WHERE reference = 'young'")
    await rows(database_url, "UPDATE partner_orders SET occurred_at = now()")
    await Housekeeping(workers.database, workers.clock, timedelta(days=30)).round(await workers.lease(LEASE))
    left = await rows(database_url, "SELECT id FROM partner_orders ORDER BY id")
    assert [row["id"] for row in left] == ["o-2", "o-3"]
    await rows(database_url, "UPDATE partner_orders SET occurred_at = now() - interval '401 days' WHERE id = 'o-2'")
    await Housekeeping(workers.database, workers.clock, timedelta(days=30)).round(await workers.lease(LEASE))
    assert [row["id"] for row in await rows(database_url, "SELECT id FROM partner_orders")] == ["o-3"]
