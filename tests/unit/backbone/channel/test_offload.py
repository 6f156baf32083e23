import pytest
from msgspec.structs import replace

from backbone.bus.port import BusRecord, Message
from backbone.channel.offload import LIMIT, blob_key, load, pack
from backbone.errors import NotFound, Poisoned, Unavailable
from tests.support.fakes import AT, MemoryBlobs


def consumed(message: Message) -> BusRecord:
    return BusRecord(message.topic, 0, 0, message.key, message.value, message.headers, AT)


def message(size: int) -> Message:
    return Message("topic", b"key", b"x" * size, (("traceparent", b"00"),))


async def test_a_small_record_travels_as_it_is() -> None:
    blobs = MemoryBlobs()
    packed = await pack(message(LIMIT), "ten_1", blobs)
    assert packed == message(LIMIT)
    assert blobs.held == {}
    assert await load(consumed(packed), blobs) == b"x" * LIMIT


async def test_a_large_record_travels_by_reference_and_comes_back_whole() -> None:
    blobs = MemoryBlobs()
    packed = await pack(message(LIMIT + 1), "ten_1", blobs)
    assert packed.value == b""
    assert (packed.topic, packed.key, packed.headers[0]) == ("topic", b"key", ("traceparent", b"00"))
    key = blob_key(packed.headers)
    assert key is not None
    assert key.startswith("ten_1/")
    assert await load(consumed(packed), blobs) == b"x" * (LIMIT + 1)


async def test_a_changed_blob_is_poison_and_a_missing_one_is_not_found() -> None:
    blobs = MemoryBlobs()
    record = consumed(await pack(message(10), "ten_1", blobs, limit=1))
    [key] = blobs.held
    blobs.held[key] = b"other"
    with pytest.raises(Poisoned):
        await load(record, blobs)
    blobs.held.clear()
    with pytest.raises(NotFound):
        await load(record, blobs)
    with pytest.raises(NotFound):
        await load(replace(record, headers=record.headers[:2]), blobs)


async def test_without_a_blob_store_a_large_record_is_not_published() -> None:
    with pytest.raises(Unavailable):
        await pack(message(10), "ten_1", MemoryBlobs(away=True), limit=1)
