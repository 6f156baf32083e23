"""What if: the recorded past played again, over REST and by the command."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml

from tests.support.api import Api, add_key, running_api
from tests.support.desk import Desk, make_desk, rows
from tests.support.past import add_past

pytestmark = pytest.mark.database
START = datetime(2026, 11, 20, 9, tzinfo=UTC)
PERIOD = {"from": "2026-11-20T08:00:00Z", "to": "2026-11-20T18:00:00Z"}


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with running_api(database_url) as api:
        yield api


@pytest.fixture
async def desk(database_url: str) -> Desk:
    return await make_desk(database_url, agents=1, capacity=1)


@pytest.fixture
async def admin(api: Api, desk: Desk) -> AsyncIterator[httpx2.AsyncClient]:
    key, _ = await add_key(api.url, desk.tenant_id)
    async with api.client(key) as client:
        yield client


def policy(seconds: int) -> dict[str, Any]:
    document = {"first_reply_seconds": seconds, "next_reply_seconds": seconds}
    return {"sla_policies": [{"name": "All", "document": document}]}


async def test_the_past_is_played_again_and_another_staffing_beside_it(
    api: Api, desk: Desk, admin: httpx2.AsyncClient
) -> None:
    # One agent with one place, three minutes with each, and a case a minute: each waits two minutes longer.
    await add_past(api.url, desk, START, [(120 * n, 60, 120) for n in range(6)])
    held = await admin.put("/v1/policy", json={"document": policy(2000)}, headers={"If-Match": '"0"'})
    assert held.status_code == 200
    asked = PERIOD | {"staffing": [{"team_id": desk.team_id, "agents": 2}]}
    found = (await admin.post("/v1/policy/whatif", json=asked)).json()
    past, replayed, tried = (found[name] for name in ("past", "replayed", "tried"))
    assert (past["cases"], past["attained"], past["wait_p95"]) == (6, 1.0, 660.0)
    assert {name: replayed[name] for name in past} == past
    assert (tried["attained"], tried["wait_p95"], sorted(tried["load"].values())) == (1.0, 60.0, [2, 2, 2])
    assert any("No change of presence" in note for note in found["notes"])
    again = (await admin.post("/v1/policy/whatif", json=asked)).json()
    assert again == found
    strict = (await admin.post("/v1/policy/whatif", json=PERIOD | {"document": policy(200)})).json()
    # Who is late already is served behind who isn't yet, so the order is another one, too.
    assert (strict["replayed"]["attained"], strict["tried"]["attained"]) == (1.0, 2 / 6)
    assert strict["tried"]["late_by_leg"] == {"queue": 4}
    assert strict["tried"]["taken_p50"] < strict["past"]["taken_p50"]
    now = (await admin.get("/v1/policy")).json()["document"]["sla_policies"][0]["document"]
    assert now["first_reply_seconds"] == 2000


async def test_a_trial_asked_again_with_its_key_is_not_played_again(
    api: Api, desk: Desk, admin: httpx2.AsyncClient
) -> None:
    await add_past(api.url, desk, START, [(0, 60, 120)])
    first = await admin.post("/v1/policy/whatif", json=PERIOD, headers={"Idempotency-Key": "a-trial"})
    assert first.status_code == 200
    await rows(api.url, "DELETE FROM conversations WHERE tenant_id = $1", desk.tenant_id)
    again = await admin.post("/v1/policy/whatif", json=PERIOD, headers={"Idempotency-Key": "a-trial"})
    assert (again.status_code, again.json()) == (200, first.json())
    assert again.headers["Idempotent-Replayed"] == "true"
    other = await admin.post("/v1/policy/whatif", json=PERIOD, headers={"Idempotency-Key": "another-trial"})
    assert other.json()["errors"][0]["pointer"] == "/from"


async def test_presence_is_played_as_it_was(api: Api, desk: Desk, admin: httpx2.AsyncClient) -> None:
    await add_past(api.url, desk, START, [(0, 60, 120)])
    for seq, (hour, before, after) in enumerate([(8.5, "online", "away"), (10, "away", "online")]):
        data = {"agent_id": desk.agent_ids[0], "from": before, "to": after}
        await rows(
            api.url,
            "INSERT INTO events (tenant_id, seq, id, type, at, data) VALUES ($1, $2, $3, 'agent.presence_changed', $4, $5::jsonb)",
            desk.tenant_id, seq + 1, f"evt_{seq}", START + timedelta(hours=hour - 9), json.dumps(data),
        )  # fmt: skip
    found = (await admin.post("/v1/policy/whatif", json=PERIOD)).json()
    assert (found["past"]["taken_p50"], found["replayed"]["taken_p50"]) == (0.0, 3600.0)


async def test_periods_that_can_not_be_played_are_refused_with_a_reason(desk: Desk, admin: httpx2.AsyncClient) -> None:
    empty = await admin.post("/v1/policy/whatif", json=PERIOD)
    assert (empty.status_code, list(empty.json()["errors"])) == (
        422,
        [{"pointer": "/from", "detail": "no conversation began after it"}],
    )
    long = await admin.post("/v1/policy/whatif", json=PERIOD | {"to": "2026-12-20T18:00:00Z"})
    assert long.json()["errors"][0]["pointer"] == "/to"
    nobody = await admin.post(
        "/v1/policy/whatif", json=PERIOD | {"made": 10, "staffing": [{"team_id": "tea_" + "0" * 32, "agents": 1}]}
    )
    assert nobody.json()["errors"][0]["pointer"] == "/staffing/0/team_id"


async def test_without_a_past_a_day_is_made_up_and_the_command_says_the_same(
    api: Api, desk: Desk, admin: httpx2.AsyncClient, tmp_path: Path
) -> None:
    made = (await admin.post("/v1/policy/whatif", json=PERIOD | {"made": 60, "document": policy(90)})).json()
    assert made["past"] is None
    assert made["tried"]["cases"] == made["replayed"]["cases"] > 30
    file = tmp_path / "new.yaml"
    file.write_text(yaml.safe_dump(policy(90)), encoding="utf-8")
    words = ["--from", "2026-11-20T08:00", "--to", "2026-11-20T18:00", "--policy", str(file), "--made", "60"]
    environment = {"FRONTDESK_DATABASE_URL": api.url, "FRONTDESK_MASTER_KEY": "11" * 32, "PATH": ""}

    def command(*more: str) -> str:
        return subprocess.run(
            [sys.executable, "-m", "agent_api.policy.whatif_cli", "--tenant", desk.tenant_id, *words, *more],
            check=True, capture_output=True, text=True, env=environment, timeout=60,
        ).stdout  # fmt: skip

    assert json.loads(command("--json"))["tried"] == made["tried"]
    table = command()
    assert "answered in time" in table
    assert "The cases are made up" in table
