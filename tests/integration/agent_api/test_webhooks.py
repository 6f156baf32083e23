"""Webhook endpoints over REST, with the sender at work on the same database."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr

from backbone.clock import SystemClock
from backbone.web.signatures import check, headers
from gateway.partners.worker import WebhookWorker
from tests.support.api import CONFIG, MASTER, Api, add_key, running_api
from tests.support.desk import Desk, make_desk, rows
from tests.support.webhooks import Call, Partner, add_events, rest, working

pytestmark = pytest.mark.database

HOOK = "https://partner.example/hook"
BODY = {"name": "Orders", "url": HOOK, "event_types": ["message.received"]}


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with running_api(database_url) as api:
        yield api


@pytest.fixture
async def desk(database_url: str) -> Desk:
    return await make_desk(database_url)


@pytest.fixture
async def admin(api: Api, desk: Desk) -> AsyncIterator[httpx2.AsyncClient]:
    key, _ = await add_key(api.url, desk.tenant_id, "admin")
    async with api.client(key) as client:
        yield client


@pytest.fixture
def partner() -> Partner:
    return Partner(SystemClock())


@pytest.fixture
async def worker(database_url: str, partner: Partner) -> AsyncIterator[WebhookWorker]:
    async with working(database_url, SystemClock(), partner, MASTER) as worker:
        yield worker


async def made(admin: httpx2.AsyncClient, **changes: Any) -> dict[str, Any]:
    answer = await admin.post("/v1/webhook-endpoints", json=BODY | changes)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def verify(call: Call, secret: str) -> None:
    given = call.headers
    check(
        webhook_id=given["webhook-id"],
        timestamp=given["webhook-timestamp"],
        signature=given["webhook-signature"],
        body=call.body,
        secrets=[SecretStr(secret)],
        now=datetime.now(UTC),
    )


async def test_an_endpoint_is_sent_what_happens_from_now_on_signed_with_its_secret(
    admin: httpx2.AsyncClient, api: Api, desk: Desk, worker: WebhookWorker, partner: Partner
) -> None:
    await add_events(api.url, desk, [("message.received", "cnv_0")], at=datetime.now(UTC))
    endpoint = await made(admin)
    await add_events(api.url, desk, [("message.received", "cnv_1"), ("message.sent", "cnv_1")], at=datetime.now(UTC))
    await rest(worker)
    [call] = partner.calls
    assert call.envelope["seq"] == 2
    verify(call, endpoint["secret"])
    shown = await admin.get(f"/v1/webhook-endpoints/{endpoint['id']}")
    assert shown.json()["last_success_at"] is not None
    assert endpoint["secret"] not in shown.text


async def test_both_secrets_sign_until_the_overlap_ends(
    admin: httpx2.AsyncClient, worker: WebhookWorker, partner: Partner
) -> None:
    endpoint = await made(admin)
    path = f"/v1/webhook-endpoints/{endpoint['id']}"
    fresh = (await admin.post(f"{path}/rotate-secret", json={"overlap_seconds": 3600})).json()
    assert (await admin.post(f"{path}/test", json={"type": "agent.updated"})).status_code == 201
    await rest(worker)
    verify(partner.calls[0], endpoint["secret"])
    verify(partner.calls[0], fresh["secret"])
    last = (await admin.post(f"{path}/rotate-secret", json={"overlap_seconds": 0})).json()
    await admin.post(f"{path}/test", json={"type": "agent.updated"})
    await rest(worker)
    verify(partner.calls[1], last["secret"])
    assert len(partner.calls[1].headers["webhook-signature"].split()) == 1
    assert last["older_expires_at"] is None


async def test_a_test_event_is_logged_with_its_tries_and_their_cause(
    admin: httpx2.AsyncClient, worker: WebhookWorker, partner: Partner
) -> None:
    partner.scripts[HOOK] = lambda _envelope: 401
    endpoint = await made(admin)
    sent = await admin.post(f"/v1/webhook-endpoints/{endpoint['id']}/test", json={"type": "message.received"})
    await rest(worker)
    assert partner.calls[0].envelope["test"] is True
    found = (await admin.get(sent.headers["Location"])).json()
    assert (found["state"], found["attempts"], found["last_status"]) == ("queued", 1, 401)
    assert found["log"][0]["cause"] == "It refused our signature or wants other credentials (401)."
    assert found["log"][0]["latency_ms"] >= 0
    listed = (await admin.get(f"/v1/webhook-endpoints/{endpoint['id']}/deliveries?state=queued")).json()
    assert [item["id"] for item in listed["items"]] == [found["id"]]


async def test_failed_deliveries_are_replayed_and_one_is_resent(
    admin: httpx2.AsyncClient, api: Api, desk: Desk, worker: WebhookWorker, partner: Partner
) -> None:
    endpoint = await made(admin)
    begun = datetime.now(UTC)
    await add_events(api.url, desk, [("message.received", "cnv_1")] * 3, at=begun)
    await rest(worker)
    await rows(api.url, "UPDATE webhook_deliveries SET state = 'failed', delivered_at = NULL WHERE seq <= 2")
    since = (begun - timedelta(seconds=1)).isoformat()
    path = f"/v1/webhook-endpoints/{endpoint['id']}"
    answer = await admin.post(f"{path}/replay", json={"since": since})
    assert answer.json() == {"count": 2, "more": False}
    await rest(worker)
    assert partner.seen(HOOK) == [1, 2, 3, 1, 2]
    [newest] = (await admin.get(f"{path}/deliveries?limit=1")).json()["items"]
    again = await admin.post(f"/v1/webhook-deliveries/{newest['id']}/resend")
    assert (again.status_code, again.json()["state"], again.json()["late"]) == (200, "queued", True)
    await rest(worker)
    assert partner.seen(HOOK)[5:] == [3]
    everything = await admin.post(f"{path}/replay", json={"since": since, "only": "all"})
    assert everything.json()["count"] == 3


async def test_a_disabled_endpoint_is_made_active_again_and_sent_what_waited(
    admin: httpx2.AsyncClient, api: Api, desk: Desk, worker: WebhookWorker, partner: Partner
) -> None:
    partner.scripts[HOOK] = lambda envelope: 410 if envelope["seq"] == 1 else 200
    endpoint = await made(admin)
    await add_events(api.url, desk, [("message.received", "cnv_1")], at=datetime.now(UTC))
    await rest(worker)
    path = f"/v1/webhook-endpoints/{endpoint['id']}"
    shown = await admin.get(path)
    assert (shown.json()["state"], shown.json()["disabled_reason"]) == ("disabled", "gone")
    await add_events(api.url, desk, [("message.received", "cnv_2")], at=datetime.now(UTC))
    await rest(worker)
    assert partner.seen(HOOK) == [1]
    refused = await admin.post(f"{path}/test", json={"type": "message.received"})
    assert refused.status_code == 409
    revived = await admin.patch(path, json={"state": "active"}, headers={"If-Match": shown.headers["ETag"]})
    assert (revived.json()["state"], revived.json()["disabled_reason"]) == ("active", None)
    await rest(worker)
    assert partner.seen(HOOK) == [1, 2]


async def test_an_endpoint_goes_with_its_deliveries_and_needs_the_version_that_was_read(
    admin: httpx2.AsyncClient, api: Api
) -> None:
    endpoint = await made(admin)
    path = f"/v1/webhook-endpoints/{endpoint['id']}"
    await admin.post(f"{path}/test", json={"type": "message.received"})
    assert (await admin.delete(path)).status_code == 428
    assert (await admin.delete(path, headers={"If-Match": '"99"'})).status_code == 412
    assert (await admin.delete(path, headers={"If-Match": '"1"'})).status_code == 204
    assert await rows(api.url, "SELECT 1 FROM webhook_deliveries") == []


@pytest.mark.parametrize(
    "url", ["http://user:pass@a.example", "https://a.example:0/", "https:// .example", "ftp://a.b"]
)
async def test_urls_that_never_could_be_called_are_refused(admin: httpx2.AsyncClient, url: str) -> None:
    answer = await admin.post("/v1/webhook-endpoints", json=BODY | {"url": url})
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == ["/url"]


async def test_in_production_an_endpoint_must_be_https(database_url: str, desk: Desk) -> None:
    async with running_api(database_url, config=replace(CONFIG, environment="production")) as api:
        key, _ = await add_key(api.url, desk.tenant_id)
        async with api.client(key) as client:
            answer = await client.post("/v1/webhook-endpoints", json=BODY | {"url": "http://partner.example"})
    assert answer.status_code == 422


async def test_a_caller_learns_why_a_signature_fails(admin: httpx2.AsyncClient) -> None:
    secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    given = dict(headers((SecretStr(secret),), "msg_1", datetime.now(UTC), b'{"a":1}'))
    body = {name.replace("-", "_"): value for name, value in given.items()} | {"secret": secret, "body": '{"a": 1}'}
    answer = (await admin.post("/v1/webhook-signatures/check", json=body)).json()
    assert answer["valid"] is False
    assert [fault["code"] for fault in answer["faults"]] == ["body_changed"]
    right = (await admin.post("/v1/webhook-signatures/check", json=body | {"body": '{"a":1}'})).json()
    assert right == {"valid": True, "faults": []}
