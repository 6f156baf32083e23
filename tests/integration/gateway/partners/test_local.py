"""`frontdesk webhooks` against a real API and real servers on this machine."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from backbone.clock import SystemClock
from backbone.web.fetcher import Fetcher
from backbone.web.signatures import check, headers, make_secret
from gateway.partners.local import Api as Caller
from gateway.partners.local import Forwarder
from gateway.simulator.driver import guard_for
from tests.support.api import MASTER, Api, add_key, serving_api
from tests.support.desk import Desk, make_desk, rows
from tests.support.loopback import always, answer, serving
from tests.support.webhooks import Partner, add_endpoint, add_events, rest, working

pytestmark = pytest.mark.database
SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


@pytest.fixture
async def desk(database_url: str) -> Desk:
    return await make_desk(database_url)


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with serving_api(database_url) as api:
        yield api


async def frontdesk(*words: str, given: bytes = b"", **environment: str) -> tuple[int | None, str]:
    """Runs the command; answers its exit code and all that it said."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "backbone.cli", "webhooks", *words,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        env=os.environ | environment,
    )  # fmt: skip
    said, _ = await process.communicate(given)
    return process.returncode, said.decode()


async def test_events_are_forwarded_signed_in_order_and_without_text(api: Api, desk: Desk) -> None:
    key, _ = await add_key(api.url, desk.tenant_id)
    kinds = [("agent.updated", None), ("contact.updated", None), ("agent.updated", None)]
    await add_events(api.url, desk, kinds, at=datetime.now(UTC), data={"agent_id": desk.agent_ids[0]})
    said: list[str] = []
    secret = make_secret()
    async with serving(always(answer(status=204))) as partner:
        fetcher = Fetcher(guard_for(api.base, partner.url))
        caller = Caller(fetcher, api.base, SecretStr(key))
        forwarder = Forwarder(caller, SystemClock(), partner.url, secret, said.append, ["agent.updated"])
        assert await forwarder.step(0) == 3
        await fetcher.stop()
    bodies = []
    for request in partner.requests:
        head, _, body = request.partition(b"\r\n\r\n")
        given = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(":") for line in head.decode().split("\r\n")[1:])
        }
        check(
            webhook_id=given["webhook-id"],
            timestamp=given["webhook-timestamp"],
            signature=given["webhook-signature"],
            body=body,
            secrets=[secret],
            now=datetime.now(UTC),
        )
        bodies.append(json.loads(body))
    assert [body["seq"] for body in bodies] == [1, 3]
    assert [set(body["data"]) for body in bodies] == [{"agent_id"}] * 2
    assert said == ["1  agent.updated  204", "3  agent.updated  204"]


async def test_trigger_shows_how_a_test_event_went(api: Api, desk: Desk, database_url: str) -> None:
    key, _ = await add_key(api.url, desk.tenant_id)
    partner = Partner(SystemClock())
    hook = "https://partner.example/hook"
    endpoint_id = await add_endpoint(database_url, desk, hook, now=datetime.now(UTC), master=MASTER)
    async with working(database_url, SystemClock(), partner, MASTER) as worker:

        async def send() -> None:
            while not partner.calls:
                await rest(worker)
                await asyncio.sleep(0.05)

        sending = asyncio.create_task(send())
        words = ("trigger", "message.received", "--endpoint", endpoint_id, "--api", api.base)
        code, said = await frontdesk(*words, FRONTDESK_API_KEY=key)
        await sending
    assert (code, "delivered  204" in said) == (0, True), said
    refused, why = await frontdesk("trigger", "no.such", "--endpoint", endpoint_id, "--api", api.base, "--key", key)
    assert (refused, "input_invalid" in why) == (1, True), why
    assert len(await rows(database_url, "SELECT 1 FROM webhook_deliveries")) == 1


@pytest.mark.parametrize(("body", "code", "words"), [('{"a":1}', 0, "verifies"), ('{"a": 1}', 1, "body_changed")])
async def test_verify_says_what_is_wrong(body: str, code: int, words: str, tmp_path: Path) -> None:
    given = dict(headers((SecretStr(SECRET),), "msg_1", datetime.now(UTC), b'{"a":1}'))
    options: Sequence[str] = (
        "--id", given["webhook-id"], "--timestamp", given["webhook-timestamp"], "--signature", given["webhook-signature"],
    )  # fmt: skip
    from_input = await frontdesk("verify", *options, given=body.encode(), FRONTDESK_WEBHOOK_SECRET=SECRET)
    file = tmp_path / "body"
    file.write_text(body)
    from_file = await frontdesk("verify", *options, "--body", str(file), "--secret", SECRET)
    assert from_input == from_file
    assert from_input[0] == code
    assert words in from_input[1]
    assert SECRET not in from_input[1]
