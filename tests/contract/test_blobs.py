"""Every blob store keeps the same promises: whole, unguessable, by tenant, gone when deleted, and clear when it is away."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr

from backbone.clock import SystemClock
from backbone.errors import NotFound, Unavailable
from backbone.storage.blobs import BlobStore, FolderBlobs
from backbone.storage.s3 import S3Blobs, S3Place, s3_fetcher
from tests.support.ports import HOST, free_ports
from tests.support.s3 import ACCESS, BUCKET, REGION, SECRET, FakeS3, fake_s3


@asynccontextmanager
async def s3_store(secret: str = SECRET) -> AsyncIterator[tuple[S3Blobs, FakeS3]]:
    async with fake_s3() as server:
        place = S3Place(server.url, BUCKET, REGION, ACCESS, SecretStr(secret))
        fetcher = s3_fetcher(place)
        yield S3Blobs(place, fetcher, SystemClock()), server
        await fetcher.stop()


@pytest.fixture(params=["folder", "s3"])
async def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[BlobStore]:
    if request.param == "folder":
        yield FolderBlobs(tmp_path)
    else:
        async with s3_store() as (store, _):
            yield store


@pytest.mark.parametrize("data", [b"", b"x", b"\0\xff" * 500_000], ids=["empty", "small", "a megabyte"])
async def test_what_is_put_is_got_as_it_was(blobs: BlobStore, data: bytes) -> None:
    key = await blobs.put("ten_1", data)
    assert await blobs.get(key) == data


async def test_keys_name_their_tenant_and_are_never_the_same(blobs: BlobStore) -> None:
    keys = [await blobs.put("ten_1", b"the same") for _ in range(10)]
    assert len(set(keys)) == 10
    assert all(key.startswith("ten_1/") and len(key) > 32 for key in keys)


async def test_what_was_deleted_is_gone_and_may_be_deleted_again(blobs: BlobStore) -> None:
    key = await blobs.put("ten_1", b"x")
    await blobs.delete(key)
    await blobs.delete(key)
    with pytest.raises(NotFound):
        await blobs.get(key)


@pytest.mark.parametrize(
    "key",
    ["", "../../etc/passwd", "ten_1/aa/../../x", "ten_1/aa/" + "g" * 32, "/" + "a" * 40, "ten_1/aa/" + "a" * 32 + "?x"],
)
async def test_what_is_no_key_leads_nowhere(blobs: BlobStore, key: str) -> None:
    with pytest.raises(NotFound):
        await blobs.get(key)


async def test_a_store_that_fails_once_is_asked_again_and_one_that_goes_on_failing_is_away() -> None:
    async with s3_store() as (store, server):
        server.fail = [503]
        key = await store.put("ten_1", b"x")
        server.fail = [500]
        assert await store.get(key) == b"x"
        server.fail = [503] * 4
        with pytest.raises(Unavailable):
            await store.put("ten_1", b"x")
        with pytest.raises(Unavailable):
            await store.get(key)


async def test_a_wrong_secret_is_told_without_telling_it() -> None:
    async with s3_store("a wrong secret") as (store, server):
        with pytest.raises(Unavailable) as refused:
            await store.put("ten_1", b"x")
        assert server.objects == {}
    assert "wrong secret" not in f"{refused.value!r} {refused.value.detail}"


async def test_a_store_that_is_not_there_is_away() -> None:
    place = S3Place(f"http://{HOST}:{free_ports(1)[0]}", BUCKET, REGION, ACCESS, SecretStr(SECRET))
    fetcher = s3_fetcher(place)
    with pytest.raises(Unavailable):
        await S3Blobs(place, fetcher, SystemClock()).put("ten_1", b"x")
    await fetcher.stop()
