"""The JavaScript client in Node: on its own, and against a real server; what is generated for it is fresh."""

import asyncio
import json
import os
import random
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from agent_api.clients import files
from tests.support.api import Api, add_conversation, add_key, serving_api
from tests.support.cutting import cutting
from tests.support.desk import Desk, make_desk
from tests.support.stream import numbering, write_events

FOLDER = Path(__file__).parents[2] / "clients" / "javascript"
NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="there is no Node on this machine")
EVENTS = 200


@pytest.fixture
async def desk(database_url: str) -> Desk:
    return await make_desk(database_url)


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with serving_api(database_url) as api, numbering(database_url, api.bus):
        yield api


async def node(*words: str, **environment: str) -> tuple[int | None, str]:
    assert NODE is not None
    process = await asyncio.create_subprocess_exec(
        NODE, *words, cwd=FOLDER, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        env=os.environ | environment,
    )  # fmt: skip
    said, _ = await asyncio.wait_for(process.communicate(), 90)
    return process.returncode, said.decode()


@pytest.mark.parametrize("path", files(), ids=lambda path: path.name)
def test_what_is_generated_is_fresh(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == files()[path], "run: python -m agent_api.clients"


@needs_node
async def test_its_own_tests_pass() -> None:
    code, said = await node("--test", "test/rest.test.js", "test/stream.test.js")
    assert code == 0, said


@needs_node
@pytest.mark.database
async def test_it_works_against_a_server_and_misses_nothing_over_cuts(api: Api, desk: Desk) -> None:
    wanted = {await add_conversation(api.url, desk) for _ in range(5)}
    key, _ = await add_key(api.url, desk.tenant_id, "admin", desk.agent_ids[0])
    async with cutting(api.base, random.Random(11), most=8000) as through:
        playing = asyncio.create_task(
            node(
                "--experimental-websocket", "--no-warnings", "test/live.mjs",
                FRONTDESK_URL=api.base, FRONTDESK_STREAM_URL=through.base, FRONTDESK_KEY=key, FRONTDESK_EVENTS=str(EVENTS),
            )
        )  # fmt: skip
        for _ in range(20):
            await write_events(api.url, desk, EVENTS // 20)
            await asyncio.sleep(0.02)
        code, said = await playing
        cuts = through.cuts
    assert code == 0, said
    lines: dict[str, dict[str, Any]] = {line["step"]: line for line in map(json.loads, said.splitlines())}
    assert set(lines["list"]["found"]) == wanted
    assert lines["rest"]["sent"].startswith("msg_")
    assert lines["rest"]["stale"] == "precondition_failed"
    assert lines["command"]["type"] == "ack"
    # What it did over REST made events of its own.
    seen = lines["stream"]["seen"]
    assert len(seen) >= EVENTS
    assert seen == list(range(1, len(seen) + 1))
    assert lines["stream"]["gaps"] == 0
    assert cuts > 2
    assert lines["stream"]["connections"] > cuts
