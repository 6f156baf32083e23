"""Files that agents send: uploaded once, fetched by a link that ends, never shown inline."""

import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from agent_api.http.middleware import UPLOAD_MOST
from backbone.clock import ManualClock
from tests.support.api import Api, add_key, running_api
from tests.support.desk import Desk, make_desk, rows
from tests.support.time import manual_clock

pytestmark = pytest.mark.database
BYTES = {"Content-Type": "application/octet-stream"}
PATH = "/v1/attachments"


@pytest.fixture
def clock() -> ManualClock:
    return manual_clock()


@pytest.fixture
async def desk(database_url: str) -> Desk:
    return await make_desk(database_url)


@pytest.fixture
async def api(database_url: str, clock: ManualClock) -> AsyncIterator[Api]:
    async with running_api(database_url, clock=clock) as api:
        yield api


async def test_a_file_is_uploaded_once_and_fetched_without_a_key_until_its_link_ends(
    api: Api, desk: Desk, clock: ManualClock
) -> None:
    key, _ = await add_key(api.url, desk.tenant_id, "agent", desk.agent_ids[0])
    data = b"<script>alert(1)</script>"
    params, headers = {"filename": "Rechnung ü.html", "mime": "text/html"}, BYTES | {"Idempotency-Key": "up-1"}
    async with api.client(key) as agent, api.client() as anybody:
        made = await agent.post(PATH, params=params, content=data, headers=headers)
        assert made.status_code == 201, made.text
        again = await agent.post(PATH, params=params, content=data, headers=headers)
        assert again.json() == made.json()
        found = made.json()
        assert (found["size"], found["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
        path = urlsplit(found["url"]).path
        fetched = await anybody.get(path)
        assert fetched.content == data
        assert fetched.headers["Content-Disposition"] == "attachment; filename*=UTF-8''Rechnung%20%C3%BC.html"
        assert fetched.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert fetched.headers["X-Content-Type-Options"] == "nosniff"
        clock.advance(timedelta(hours=24, seconds=1))
        assert (await anybody.get(path)).status_code == 404
        fresh = await agent.get(made.headers["Location"])
        assert (await anybody.get(urlsplit(fresh.json()["url"]).path)).content == data
    assert len(await rows(api.url, "SELECT 1 FROM attachments")) == 1


async def test_a_changed_or_made_up_link_leads_nowhere(api: Api, desk: Desk) -> None:
    key, _ = await add_key(api.url, desk.tenant_id)
    async with api.client(key) as admin:
        made = await admin.post(PATH, params={"filename": "a.txt"}, content=b"x", headers=BYTES)
        token = urlsplit(made.json()["url"]).path.rpartition("/")[2]
        changed = [
            token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
            for place in range(len(token) - 1)
        ]
        answers = {
            (await admin.get(f"/v1/files/{one}")).status_code for one in [*changed, "x", token[:-4], token + "AAAA"]
        }
    assert answers == {404}


async def test_uploads_are_bounded_and_of_one_type(api: Api, desk: Desk) -> None:
    key, _ = await add_key(api.url, desk.tenant_id)
    async with api.client(key) as admin:

        async def status(content: bytes, kind: str = "application/octet-stream", name: str = "a.txt") -> int:
            answer = await admin.post(PATH, params={"filename": name}, content=content, headers={"Content-Type": kind})
            return answer.status_code

        assert await status(b"x" * (2 * 1024 * 1024)) == 201
        assert await status(b"x" * (UPLOAD_MOST + 1)) == 413
        assert await status(b"") == 422
        assert await status(b"{}", "application/json") == 415
        assert await status(b"x", "multipart/form-data") == 415
        assert await status(b"x", name="../../etc/passwd") == 422
        assert (await admin.post("/v1/teams", content=b"x" * 2_000_000, headers=BYTES)).status_code == 413


async def test_another_tenants_attachment_is_not_there(api: Api, desk: Desk) -> None:
    other = await make_desk(api.url)
    ours, _ = await add_key(api.url, desk.tenant_id)
    theirs, _ = await add_key(api.url, other.tenant_id)
    async with api.client(ours) as mine, api.client(theirs) as stranger:
        made = await mine.post(PATH, params={"filename": "a.txt"}, content=b"x", headers=BYTES)
        assert (await stranger.get(made.headers["Location"])).status_code == 404
