"""The Python client against a real server: pages, retries, resume over cuts, and the ends it reports."""

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from frontdesk_client import ApiError, Frontdesk, Refused, SnapshotNeeded, Stream, Unreachable
from tests.support.api import Api, add_conversation, add_key, serving_api
from tests.support.cutting import cutting
from tests.support.desk import Desk, make_desk
from tests.support.stream import numbering, write_events

KEY = "fd_test_" + "0" * 43


@pytest.fixture
async def desk(database_url: str) -> Desk:
    return await make_desk(database_url)


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with serving_api(database_url) as api, numbering(database_url, api.bus):
        yield api


def scripted(*answers: httpx2.Response | Exception) -> tuple[Frontdesk, list[httpx2.Request]]:
    asked: list[httpx2.Request] = []
    left = list(answers)

    async def handle(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def sleep(_seconds: float) -> None:
        await asyncio.sleep(0)

    return Frontdesk("http://desk.example", key=KEY, transport=httpx2.MockTransport(handle), sleep=sleep), asked


async def test_a_post_keeps_its_key_over_its_tries() -> None:
    desk, asked = scripted(httpx2.ConnectError("x"), httpx2.Response(503), httpx2.Response(201, json={"id": "x"}))
    assert await desk.post("/v1/x", {"a": 1}) == {"id": "x"}
    assert len({request.headers["Idempotency-Key"] for request in asked}) == 1
    assert len(asked) == 3


async def test_a_fault_of_the_caller_is_not_tried_again() -> None:
    desk, asked = scripted(httpx2.Response(409, json={"code": "reply_lease_stale", "detail": "x", "meanwhile": []}))
    with pytest.raises(ApiError) as caught:
        await desk.post("/v1/x", {})
    assert (caught.value.code, caught.value.problem["meanwhile"], len(asked)) == ("reply_lease_stale", [], 1)


async def test_tries_end() -> None:
    desk, asked = scripted(httpx2.ReadError("x"))
    with pytest.raises(Unreachable):
        await desk.get("/v1/me")
    assert len(asked) == 4


def test_the_key_is_not_shown() -> None:
    assert KEY not in repr(Frontdesk("http://x.example", key=KEY)) + repr(Stream("http://x.example", key=KEY))


@pytest.mark.database
async def test_lists_are_read_to_their_end_and_changes_name_their_version(api: Api, desk: Desk) -> None:
    wanted = {await add_conversation(api.url, desk) for _ in range(5)}
    key, _ = await add_key(api.url, desk.tenant_id)
    async with Frontdesk(api.base, key=key) as client:
        found = {item["id"] async for item in client.items("/v1/conversations", {"limit": 2, "status": ["open"]})}
        assert found == wanted
        path = f"/v1/conversations/{found.pop()}"
        read = await client.request("GET", path)
        changed = await client.request("POST", f"{path}/priority", body={"priority": 2}, if_match=read.version)
        assert changed.version == 2
        with pytest.raises(ApiError, match="precondition_failed"):
            await client.request("POST", f"{path}/priority", body={"priority": 3}, if_match=read.version)


@pytest.mark.database
async def test_every_event_comes_once_and_in_order_over_cuts_at_random_bytes(api: Api, desk: Desk) -> None:
    key, _ = await add_key(api.url, desk.tenant_id)
    seen: list[int] = []
    total = 300
    async with cutting(api.base, random.Random(7), most=6000) as through:
        stream = Stream(through.base, key=key, after=0, jitter=lambda: 0.0)

        async def follow() -> None:
            async for event in stream:
                seen.append(event["seq"])
                if len(seen) == total:
                    return

        following = asyncio.create_task(follow())
        for _ in range(30):
            await write_events(api.url, desk, total // 30)
            await asyncio.sleep(0.02)
        await asyncio.wait_for(following, 60)
        assert through.cuts > 3
    assert seen == list(range(1, total + 1))
    assert stream.gaps == 0


@pytest.mark.database
async def test_the_ends_of_a_stream_are_told(api: Api, desk: Desk) -> None:
    async def first(stream: Stream) -> Any:
        async with asyncio.timeout(10):
            return await anext(aiter(stream))

    with pytest.raises(Refused, match="4401"):
        await first(Stream(api.base, key=KEY))
    key, _ = await add_key(api.url, desk.tenant_id)
    await write_events(api.url, desk, 3)
    stream = Stream(api.base, key=key, after=1, epoch="0000-0000")
    with pytest.raises(SnapshotNeeded) as caught:
        await first(stream)
    assert caught.value.reason == "epoch"
    assert (stream.last, stream.epoch) == (caught.value.head, caught.value.epoch)
