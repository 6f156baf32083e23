"""The bot of the examples at work on a real server: it answers what the knowledge base knows, and lets people have the rest."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from backbone.telemetry.metrics import Metric
from tests.support.api import Api, add_conversation, add_key, serving_api
from tests.support.desk import Desk, make_desk, rows
from tests.support.example import example
from tests.support.stream import numbering
from tests.support.waiting import until

pytestmark = pytest.mark.database


@pytest.fixture
async def desk(database_url: str) -> Desk:
    desk = await make_desk(database_url)
    await rows(database_url, "UPDATE agents SET role = 'bot' WHERE id = $1", desk.agent_ids[0])
    return desk


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with serving_api(database_url) as api, numbering(database_url, api.bus):
        yield api


async def asked(api: Api, desk: Desk, question: str) -> str:
    """A case whose customer asks this; it waits, and nobody has it."""
    case = await add_conversation(api.url, desk)
    await rows(
        api.url,
        "UPDATE messages SET content = jsonb_build_object('text', $2::text) WHERE conversation_id = $1",
        case,
        question,
    )
    await rows(
        api.url,
        "UPDATE conversations SET waiting_since = now(), last_customer_at = now(), due_at = now() WHERE id = $1",
        case,
    )
    return case


async def test_the_example_answers_with_its_source_or_hands_over(api: Api, desk: Desk) -> None:
    key, _ = await add_key(api.url, desk.tenant_id)
    bot_key, _ = await add_key(api.url, desk.tenant_id, role="bot", agent_id=desk.agent_ids[0])
    known = await asked(api, desk, "Where is my parcel?")
    unknown = await asked(api, desk, "Can I paint the zebra?")
    article = {
        "slug": "parcel",
        "language": "en",
        "title": "Where is my parcel?",
        "body": "Follow the link in your mail.",
    }
    async with api.client(key) as client:
        made = await client.post("/v1/knowledge/articles", json=article)
        assert (await client.post(f"/v1/knowledge/articles/{made.json()['id']}/publish")).status_code == 200
        task = asyncio.create_task(example("knowledge_bot").run(api.base, bot_key))
        try:
            # The stream begins at its head: the bot must be listening before the cases are its.
            await until(lambda: _listens(api))
            for case in (known, unknown):
                given = await client.post(
                    f"/v1/conversations/{case}/assign", json={"agent_id": desk.agent_ids[0]}, headers={"If-Match": "*"}
                )
                assert given.status_code == 200, given.text
            await until(lambda: _settled(client, known, unknown))
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        answered = (await client.get(f"/v1/conversations/{known}/messages")).json()["items"]
        texts = {m["direction"]: m["content"]["text"] for m in answered}
        assert texts["out"].startswith("Automated assistant: Follow the link in your mail.")
        assert texts["out"].endswith("Where is my parcel?")
        left = (await client.get(f"/v1/conversations/{unknown}")).json()
        assert left["agent_id"] is None
        notes = [
            m["content"]["text"]
            for m in (await client.get(f"/v1/conversations/{unknown}/messages")).json()["items"]
            if m["direction"] == "note"
        ]
        assert notes == ["Handed over: low_score\nNo article answers the last message."]


async def _listens(api: Api) -> bool:
    return api.agent.parts.metrics.value(Metric.API_SOCKETS, "agent") == 1


async def _settled(client: httpx2.AsyncClient, known: str, unknown: str) -> bool:
    first: Any = (await client.get(f"/v1/conversations/{known}")).json()
    second: Any = (await client.get(f"/v1/conversations/{unknown}")).json()
    return first["waiting_since"] is None and second["agent_id"] is None
