"""What is written to the stream is what its schema says: nothing is missing, and nothing is undocumented."""

import json
from pathlib import Path

import pytest

from schemas.event_data import read
from schemas.inbound import CallUpdated, Sender, TypingStarted
from tests.support.api import add_key, running_api
from tests.support.desk import Feed, make_desk, rows
from tests.support.router import PARTITION, make_workers

pytestmark = pytest.mark.database


async def test_events_of_a_day_at_the_desk_are_as_their_schema_says(database_url: str, tmp_path: Path) -> None:
    desk = await make_desk(database_url)
    feed = Feed(desk)
    workers = await make_workers(database_url, tmp_path)
    try:
        await workers.handler.claim(PARTITION)
        await workers.take(feed.message("hello", key="k1"), feed.message("again", key="k2"))
        await workers.take(feed.event(TypingStarted(thread_key="ann", dedup_key="t1", sender=Sender(address="ann"))))
        await workers.take(
            feed.event(
                CallUpdated(
                    thread_key="ann", dedup_key="c1", call_id="call-1", state="ringing", sender=Sender(address="ann")
                )
            )
        )
        await workers.dispatch(desk.tenant_id)
    finally:
        await workers.database.stop()
    [conversation] = await rows(database_url, "SELECT id, contact_id FROM conversations")
    base = f"/v1/conversations/{conversation['id']}"
    key, _ = await add_key(database_url, desk.tenant_id, "admin", desk.agent_ids[1])
    async with running_api(database_url) as api, api.client(key) as admin:
        admin.headers["If-Match"] = "*"
        answers = [
            await admin.post(f"{base}/reply-lease", json={}),
            await admin.delete(f"{base}/reply-lease"),
            await admin.post(f"{base}/messages", json={"content": {"type": "text", "text": "Hi"}}),
            await admin.post(f"{base}/notes", json={"text": "careful"}),
            await admin.post(f"{base}/labels", json={"add_tags": ["vip"], "fields": {"a": 1}}),
            await admin.post(f"{base}/priority", json={"priority": 3}),
            await admin.post(f"{base}/assign", json={"agent_id": desk.agent_ids[0]}),
            await admin.post(f"{base}/assign", json={"agent_id": None}),
            await admin.post(f"{base}/transfer", json={"team_id": desk.team_id}),
            await admin.post(f"{base}/status", json={"status": "resolved"}),
            await admin.put(f"/v1/agents/{desk.agent_ids[0]}/teams", json={"team_ids": [desk.team_id]}),
            await admin.put(f"/v1/agents/{desk.agent_ids[0]}/presence", json={"presence": "away", "reason": "lunch"}),
            await admin.patch(f"/v1/contacts/{conversation['contact_id']}", json={"name": "Ann B"}),
        ]
    assert [(answer.request.url.path, answer.text) for answer in answers if answer.status_code >= 300] == []
    written = await rows(
        database_url,
        "SELECT type, data FROM events_pending UNION ALL SELECT type, data FROM events",
    )
    kinds = {row["type"] for row in written}
    assert len(kinds) >= 15, sorted(kinds)
    undocumented = {
        (row["type"], *sorted(extra))
        for row in written
        if (extra := read(row["type"], json.loads(row["data"])).model_extra)
    }
    assert undocumented == set()
