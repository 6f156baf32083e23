"""Notices to sleeping apps over a real PostgreSQL, against both push services on loopback."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from backbone.channel.push import PushSettings
from backbone.clock import SystemClock
from backbone.ids import new_id
from backbone.storage.database import Database
from backbone.storage.push import register
from backbone.telemetry.metrics import Metric, Metrics
from backbone.web.addresses import Guard
from backbone.web.fetcher import Fetcher
from gateway.accounts import Served
from gateway.push.notices import words_of
from gateway.push.store import enqueue
from gateway.push.worker import PushWorker
from services.webchat.settings import WebchatSettings
from tests.support.api import MASTER
from tests.support.desk import Desk, make_desk, rows
from tests.support.outbound import Book, ScriptedCaller, message, queue, served
from tests.support.push import Rung, apns_config, apple, fcm_config, fcm_error, firebase
from tests.support.sending import sending, settled
from tests.support.waiting import until

pytestmark = pytest.mark.database

WHO, PHONE, TABLET, IPHONE = "usr_1", "phone-token", "tablet-token", "ab" * 32


class Scene:
    """An account that wakes apps by both services, and a worker that does it. `ring` writes what a sender would."""

    def __init__(
        self, url: str, database: Database, api: Database, desk: Desk, rung: Rung, services: tuple[str, str]
    ) -> None:
        self.url, self.database, self.api, self.desk, self.rung = url, database, api, desk, rung
        self.metrics = Metrics()
        self.loopback, self.http2 = Fetcher(Guard("127.0.0.0/8")), Fetcher(Guard("127.0.0.0/8"), http2=True)
        self.push: dict[str, Any] = {"fcm": fcm_config(services[0]), "apns": apns_config(services[1])}
        self.book = Book(self.account())

    def account(self, **push: Any) -> Served:
        settings = WebchatSettings.model_validate({"visitor_secrets": ["s" * 32], "push": self.push | push})
        one = served(self.desk.account_id, tenant=self.desk.tenant_id)
        return replace(one, account=replace(one.account, settings=settings))

    def worker(self, book: Book | None = None) -> PushWorker:
        return PushWorker(
            self.database, book or self.book, MASTER, self.loopback, self.http2, SystemClock(), self.metrics,
            channels=["paper"], jitter=lambda: 0.0,
        )  # fmt: skip

    async def device(self, token: str, provider: str = "fcm", *, who: str = WHO) -> str:
        async with self.api.transaction([self.desk.tenant_id]) as connection:
            return await register(
                connection, MASTER, tenant_id=self.desk.tenant_id, account_id=self.desk.account_id, address=who,
                provider=provider, token=token, now=datetime.now(UTC),
            )  # fmt: skip

    async def ring(self, text: str = "It arrives tomorrow.", *, settings: PushSettings | None = None) -> str:
        said = message(text, account=self.desk.account_id, tenant=self.desk.tenant_id, recipient=WHO)
        chosen = settings or PushSettings.model_validate(self.push)
        async with self.database.transaction([self.desk.tenant_id]) as connection:
            await enqueue(connection, said, words_of(chosen, said))
        return said.message_id

    async def due(self, worker: PushWorker) -> None:
        """The time has come for all that waits."""
        await rows(self.url, "UPDATE push_jobs SET next_at = now() WHERE state = 'queued'")
        await worker.round()
        await worker.settled()

    async def states(self) -> list[tuple[str, int, str | None]]:
        found = await rows(self.url, "SELECT state, attempt, error FROM push_jobs ORDER BY message_id, device_id")
        return [tuple(row) for row in found]


@pytest.fixture
async def scene(database_url: str) -> AsyncIterator[Scene]:
    desk, rung = await make_desk(database_url), Rung()
    database, api = (Database(database_url, role=role, name="test") for role in ("frontdesk_gateway", "frontdesk_api"))
    await database.start()
    await api.start()
    async with firebase(rung) as google, apple(rung) as apns:
        one = Scene(database_url, database, api, desk, rung, (google.url.rstrip("/"), apns))
        yield one
        await one.loopback.stop()
        await one.http2.stop()
    await database.stop()
    await api.stop()


async def test_every_device_of_the_customer_is_rung_once_and_told_nothing_of_what_was_said(scene: Scene) -> None:
    for token, provider in [(PHONE, "fcm"), (IPHONE, "apns")]:
        await scene.device(token, provider)
    await scene.device("of-somebody-else", who="usr_2")
    message_id = await scene.ring("a secret")
    worker = scene.worker()
    await scene.due(worker)
    await scene.due(worker)
    told = dict(scene.rung.notices)
    assert len(scene.rung.notices) == 2
    assert told[PHONE]["notification"] == {"title": "New message"}
    assert told[PHONE]["data"]["message_id"] == message_id
    assert told[PHONE]["android"]["collapse_key"] == told[PHONE]["data"]["conversation_id"]
    assert told[IPHONE]["body"]["aps"]["alert"] == {"title": "New message"}
    assert told[IPHONE]["body"]["message_id"] == message_id
    headers = told[IPHONE]["headers"]
    assert (headers["apns-topic"], headers["apns-push-type"]) == ("example.shop", "alert")
    assert "a secret" not in str(scene.rung.notices)
    assert [state for state, _, _ in await scene.states()] == ["sent", "sent"]
    assert scene.metrics.value(Metric.GATEWAY_PUSHES, "fcm", "sent") == 1
    assert scene.rung.tokens == 1


async def test_words_are_shown_where_the_account_lets_them_out_and_forgotten_once_sent(scene: Scene) -> None:
    await scene.device(PHONE)
    shown = PushSettings.model_validate(scene.push | {"show_text": True, "title": "Parcel help"})
    await scene.ring("It arrives tomorrow.", settings=shown)
    await scene.due(scene.worker(Book(scene.account(show_text=True, title="Parcel help"))))
    [(_, told)] = scene.rung.notices
    assert told["notification"] == {"title": "Parcel help", "body": "It arrives tomorrow."}
    assert [row["words"] for row in await rows(scene.url, "SELECT words FROM push_jobs")] == [""]


@pytest.mark.parametrize(
    ("provider", "token", "status", "body"),
    [
        ("fcm", PHONE, 404, fcm_error("UNREGISTERED")),
        ("fcm", PHONE, 400, {"error": {"details": [{"fieldViolations": [{"field": "message.token"}]}]}}),
        ("apns", IPHONE, 410, {"reason": "Unregistered"}),
        ("apns", IPHONE, 400, {"reason": "BadDeviceToken"}),
    ],
)
async def test_a_device_that_the_app_is_gone_from_is_removed_with_all_that_waited_for_it(
    scene: Scene, provider: str, token: str, status: int, body: dict[str, Any]
) -> None:
    await scene.device(token, provider)
    await scene.device(TABLET)
    scene.rung.answer(token, status, body)
    await scene.ring()
    await scene.due(scene.worker())
    left = await rows(scene.url, "SELECT provider FROM customer_devices")
    assert [row["provider"] for row in left] == ["fcm"]
    assert [state for state, _, _ in await scene.states()] == ["sent"]
    assert scene.metrics.value(Metric.GATEWAY_PUSHES, provider, "gone") == 1


async def test_a_service_that_throttles_holds_back_all_of_the_account_until_the_time_it_names(scene: Scene) -> None:
    await scene.device(PHONE)
    scene.rung.answer(PHONE, 429, {"error": {"status": "RESOURCE_EXHAUSTED"}}, "retry-after: 60")
    worker = scene.worker()
    await scene.ring()
    await scene.due(worker)
    await scene.ring()
    await scene.due(worker)
    assert len(scene.rung.notices) == 1
    [first, second] = await rows(
        scene.url, "SELECT state, extract(epoch FROM next_at - now()) AS rest FROM push_jobs ORDER BY message_id"
    )
    assert (first["state"], second["state"]) == ("queued", "queued")
    assert first["rest"] > 50
    assert second["rest"] > 50


async def test_an_access_token_that_was_refused_is_asked_for_anew(scene: Scene) -> None:
    await scene.device(PHONE)
    worker = scene.worker()
    await scene.ring()
    await scene.due(worker)
    scene.rung.good.clear()
    await scene.ring()
    await scene.due(worker)
    assert scene.rung.refused == [PHONE]
    await scene.due(worker)
    assert [state for state, _, _ in await scene.states()] == ["sent", "sent"]
    assert scene.rung.tokens == 2


async def test_what_is_refused_for_good_is_not_sent_again(scene: Scene) -> None:
    await scene.device(IPHONE, "apns")
    scene.rung.answer(IPHONE, 400, {"reason": "PayloadTooLarge"})
    worker = scene.worker()
    await scene.ring()
    await scene.due(worker)
    await scene.due(worker)
    assert await scene.states() == [("failed", 1, "PayloadTooLarge")]
    assert len(scene.rung.notices) == 1


async def test_trouble_at_the_service_is_tried_again(scene: Scene) -> None:
    await scene.device(IPHONE, "apns")
    scene.rung.answer(IPHONE, 503, {"reason": "ServiceUnavailable"})
    worker = scene.worker()
    await scene.ring()
    await scene.due(worker)
    assert await scene.states() == [("queued", 1, "ServiceUnavailable")]
    await scene.due(worker)
    assert [state for state, _, _ in await scene.states()] == ["sent"]


async def test_two_workers_share_the_work_and_ring_nobody_twice(scene: Scene) -> None:
    for number in range(8):
        await scene.device(f"{PHONE}-{number}")
    for _ in range(5):
        await scene.ring()
    await rows(scene.url, "UPDATE push_jobs SET next_at = now()")
    pair = [scene.worker(), scene.worker()]
    for _ in range(4):
        for worker in pair:
            await worker.round()
    for worker in pair:
        await worker.settled()
    await scene.due(pair[0])
    assert len(scene.rung.notices) == 40
    assert len({(token, told["data"]["message_id"]) for token, told in scene.rung.notices}) == 40
    # Each asks for an access token once, however many notices begin at the same time.
    assert scene.rung.tokens == 2


async def test_an_account_that_is_paused_or_no_longer_set_up_rings_nobody(scene: Scene) -> None:
    await scene.device(PHONE)
    await scene.ring()
    await scene.due(scene.worker(Book(replace(scene.book.known[scene.desk.account_id], state="paused"))))
    assert await scene.states() == [("failed", 1, "not configured")]
    assert scene.rung.notices == []


async def test_at_most_ten_devices_of_a_customer_are_kept_and_one_belongs_to_who_used_it_last(scene: Scene) -> None:
    for number in range(12):
        await scene.device(f"{PHONE}-{number}")
    assert len(await rows(scene.url, "SELECT 1 FROM customer_devices WHERE address = $1", WHO)) == 10
    await scene.device(f"{PHONE}-11", who="usr_2")
    [row] = await rows(scene.url, "SELECT count(*) AS many FROM customer_devices WHERE address = $1", WHO)
    assert row["many"] == 9
    [kept] = await rows(scene.url, "SELECT token FROM customer_devices WHERE address = 'usr_2'")
    assert PHONE.encode() not in kept["token"]


async def test_a_sent_answer_and_its_notice_are_written_together(database_url: str, scene: Scene) -> None:
    database = scene.database
    await scene.device(PHONE)
    seen: list[str] = []

    async def note(connection: asyncpg.Connection, said: Any) -> None:
        await enqueue(connection, said, "")
        seen.append(said.message_id)

    one = message("one\ntwo", account=scene.desk.account_id, tenant=scene.desk.tenant_id, recipient=WHO)
    refused = message("refuse", account=scene.desk.account_id, tenant=scene.desk.tenant_id, conversation=new_id("cnv"))
    await queue(database, one)
    await queue(database, refused)
    book = Book(served(scene.desk.account_id, tenant=scene.desk.tenant_id))
    async with sending(database, ScriptedCaller(), book, on_sent=note):
        await until(settled(database_url, 3))
    assert seen == [one.message_id]
    waiting = await rows(database_url, "SELECT message_id, next_at > now() AS later FROM push_jobs")
    assert [tuple(row) for row in waiting] == [(one.message_id, True)]
