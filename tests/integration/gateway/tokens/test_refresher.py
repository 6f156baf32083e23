"""Provider tokens against a real PostgreSQL: sealed, had once for all replicas, renewed before they expire."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import pytest

from backbone.clock import ManualClock
from backbone.errors import CallFailed
from backbone.storage.account_config import store_account
from backbone.storage.crypto import MasterKey
from backbone.storage.database import Database
from backbone.telemetry.metrics import Metric, Metrics
from gateway.accounts import AccountDirectory, Served
from gateway.tokens import store
from gateway.tokens.refresher import EarlyRenewal, Refresher
from tests.support.desk import rows
from tests.support.sources import Script, source
from tests.support.time import manual_clock

pytestmark = pytest.mark.database
MASTER = MasterKey("33" * 32)
HAD = {"token": "token one", "expires_in": 3600, "refresh": "refresh one"}
AGAIN = {"token": "token two", "expires_in": 3600}


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    made = Database(database_url, role="frontdesk_gateway", name="test")
    await made.start()
    yield made
    await made.stop()


class Directory:
    def __init__(self, *known: Served) -> None:
        self.known = {one.account.id: one for one in known}

    def all(self) -> Sequence[Served]:
        return list(self.known.values())

    def by_id(self, account_id: str) -> Served | None:
        return self.known.get(account_id)


def refresher(
    database: Database,
    script: Script,
    clock: ManualClock,
    *known: Served,
    holder: str = "g1",
    metrics: Metrics | None = None,
) -> Refresher:
    directory = Directory(*(known or (source(settings={"static": False}),)))
    return Refresher(
        database, MASTER, directory, script, clock, metrics or Metrics(), holder=holder, jitter=lambda: 0.5
    )


async def held(database: Database, account_id: str = "acc_1") -> store.Held:
    async with database.transaction(["ten_1"], read_only=True) as connection:
        found = await store.read(connection, MASTER, account_id)
    assert found is not None
    return found[0]


async def test_a_token_is_had_at_once_sealed_and_renewed_with_its_refresh_token_before_it_expires(
    database: Database, database_url: str
) -> None:
    script, clock, metrics = Script(HAD, AGAIN), manual_clock(), Metrics()
    one = refresher(database, script, clock, metrics=metrics)
    await one.round()
    found = await held(database)
    assert found.token is not None
    assert (found.token.get_secret_value(), found.expires_at) == ("token one", clock.now() + timedelta(hours=1))
    [dump] = await rows(database_url, "SELECT t::text AS row, sealed FROM provider_tokens t")
    assert b"token one" not in dump["sealed"]
    assert "token one" not in repr(found)
    clock.advance(timedelta(minutes=45))
    await one.round()
    assert len(script.calls) == 1
    clock.advance(timedelta(minutes=3))
    await one.round()
    assert script.calls[1].body == b'{"refresh": "refresh one"}'
    found = await held(database)
    assert found.token is not None
    assert found.refresh is not None
    assert (found.token.get_secret_value(), found.refresh.get_secret_value()) == ("token two", "refresh one")
    assert metrics.value(Metric.GATEWAY_TOKEN_REFRESHES, "source", "ok") == 2


async def test_replicas_ask_once(database: Database) -> None:
    script, clock = Script(HAD), manual_clock()
    replicas = [refresher(database, script, clock, holder=f"g{number}") for number in range(4)]
    await asyncio.gather(*(replica.round() for replica in replicas))
    await asyncio.gather(*(replica.round() for replica in replicas))
    assert len(script.calls) == 1


async def test_settings_with_a_lasting_token_ask_for_none_until_they_change(database: Database) -> None:
    script, clock = Script(HAD), manual_clock()
    one = refresher(database, script, clock, source(settings={"static": True}))
    for _ in range(3):
        await one.round()
    assert script.calls == []


async def test_new_settings_are_tried_at_once(database: Database) -> None:
    script, clock = Script({"error": "bad_client", "status": 400}, HAD), manual_clock()
    await refresher(database, script, clock, source(settings={"static": False}, version=1)).round()
    await refresher(database, script, clock, source(settings={"static": False}, version=1)).round()
    assert len(script.calls) == 1
    await refresher(database, script, clock, source(settings={"static": False}, version=2)).round()
    assert (await held(database)).trouble == ""
    assert len(script.calls) == 2


@pytest.mark.parametrize("trouble", [CallFailed(), {"error": "busy", "status": 503}])
async def test_a_failed_renewal_keeps_the_token_that_is_there_and_is_tried_again_soon(
    database: Database, database_url: str, trouble: dict[str, object] | CallFailed
) -> None:
    script, clock, metrics = Script(HAD, trouble, trouble, AGAIN), manual_clock(), Metrics()
    one = refresher(database, script, clock, metrics=metrics)
    await one.round()
    clock.advance(timedelta(minutes=50))
    await one.round()
    found = await held(database)
    assert found.token is not None
    assert (found.token.get_secret_value(), found.trouble) == ("token one", "")
    [row] = await rows(database_url, "SELECT failures, last_error FROM provider_tokens")
    assert row["failures"] == 1
    assert row["last_error"] in {"call_failed", "busy"}
    await one.round()
    assert metrics.value(Metric.GATEWAY_TOKENS_FAILING, "source") == 1
    assert metrics.value(Metric.GATEWAY_TOKEN_LEFT, "source") == 600
    for _ in range(4):
        clock.advance(timedelta(seconds=15))
        await one.round()
    found = await held(database)
    assert found.token is not None
    assert found.token.get_secret_value() == "token two"
    assert metrics.value(Metric.GATEWAY_TOKENS_FAILING, "source") == 0


async def test_a_final_answer_is_shown_and_not_repeated_for_an_hour(database: Database) -> None:
    script, clock = Script({"error": "revoked", "status": 400}), manual_clock()
    one = refresher(database, script, clock)
    for _ in range(10):
        await one.round()
        clock.advance(timedelta(minutes=5))
    assert len(script.calls) == 1
    assert (await held(database)).trouble == "revoked: consent was revoked"


async def test_a_codec_that_breaks_stops_its_own_account_only(database: Database) -> None:
    clock = manual_clock()
    broken = source("acc_broken", settings={"static": False})
    answers = Script({"neither": 1, "status": 500})
    await refresher(database, answers, clock, broken).round()
    assert (await held(database, "acc_broken")).token is None
    await refresher(database, Script(HAD), clock, broken, source("acc_2", settings={"static": False})).round()
    assert (await held(database, "acc_2")).token is not None


async def test_a_refused_token_is_renewed_early_but_not_again_and_again(database: Database, database_url: str) -> None:
    script, clock = Script(HAD, AGAIN), manual_clock()
    one, early = refresher(database, script, clock), EarlyRenewal(database, clock)
    served = source(settings={"static": False})
    await one.round()
    # Rows are stamped by the database's clock, refusals by the gateway's.
    await rows(database_url, "UPDATE provider_tokens SET updated_at = $1", clock.now())
    await early(served.account)
    await one.round()
    assert len(script.calls) == 1
    clock.advance(timedelta(minutes=2))
    await rows(database_url, "UPDATE provider_tokens SET refresh_at = now() + interval '1 hour'")
    await early(served.account)
    [row] = await rows(database_url, "SELECT refresh_at <= now() AS due FROM provider_tokens")
    assert row["due"]


async def test_every_gateway_learns_the_token_and_what_is_wrong_with_it(database: Database, database_url: str) -> None:
    clock = manual_clock()
    await rows(database_url, "INSERT INTO tenants (id, name) VALUES ('ten_1', 'Test')")
    owner = Database(database_url, role="frontdesk_api", name="owner")
    await owner.start()
    async with owner.transaction(["ten_1"]) as connection:
        await store_account(
            connection, MASTER, tenant_id="ten_1", channel="partner", name="x", external_id="x", account_id="acc_1",
            config={"secrets": ["whsec_" + "MDEy" * 11], "endpoint": "https://partner.example/hook"},
        )  # fmt: skip
    await owner.stop()
    directory = AccountDirectory(database, MASTER, clock, public_url="https://desk.example.test")
    await directory.start()
    served = directory.by_id("acc_1")
    assert served is not None
    assert served.account.token is None
    await refresher(database, Script(HAD), clock).round()
    await directory.refresh()
    served = directory.by_id("acc_1")
    assert served is not None
    assert served.account.token is not None
    assert served.account.refresh_token is not None
    assert served.account.token.get_secret_value() == "token one"
    clock.advance(timedelta(hours=1))
    await refresher(database, Script({"error": "revoked", "status": 400}), clock).round()
    await directory.refresh(reconcile=True)
    served = directory.by_id("acc_1")
    assert served is not None
    assert served.account.token is not None
    assert served.token_trouble == "revoked: consent was revoked"
    assert directory.state()["troubled"] == {"acc_1": "revoked: consent was revoked"} or served.trouble
