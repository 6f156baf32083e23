"""Records too large for the bus travel by reference: the value lies in the blob store, the header `blob` names it.

A packed record has an empty value and two headers: `blob` (the store's key) and `blob-sha256` (hex, of the value). The
blob outlives the topic's retention, since a reader that lost its position reads again.
"""

import hashlib
from typing import Protocol

from msgspec.structs import replace

from backbone.bus.port import BusRecord, Headers, Message
from backbone.errors import Poisoned

LIMIT = 256 * 1024
"""Bytes of a value beyond which it goes to the blob store (design §2); brokers take 1 MB by default."""

BLOB = "blob"
BLOB_SHA256 = "blob-sha256"


class Blobs(Protocol):
    """The part of the blob store that is needed here."""

    async def put(self, tenant_id: str, data: bytes) -> str:
        """Stores durably; raises `Unavailable`."""
        ...

    async def get(self, key: str) -> bytes:
        """Raises `NotFound`."""
        ...


async def pack(message: Message, tenant_id: str, blobs: Blobs, *, limit: int = LIMIT) -> Message:
    """The message itself, or one that refers to its value where that is larger than `limit` bytes.

    The value is durable in the store before this returns. Raises `Unavailable`.
    """
    if len(message.value) <= limit:
        return message
    key = await blobs.put(tenant_id, message.value)
    digest = hashlib.sha256(message.value).hexdigest()
    reference: Headers = ((BLOB, key.encode("ascii")), (BLOB_SHA256, digest.encode("ascii")))
    return replace(message, value=b"", headers=message.headers + reference)


async def load(record: BusRecord, blobs: Blobs) -> bytes:
    """The value of a record, wherever it lies.

    Raises `Poisoned` if the blob holds other bytes than were packed, `NotFound` if it is gone, and `Unavailable`.
    """
    key = blob_key(record.headers)
    if key is None:
        return record.value
    value = await blobs.get(key)
    wanted = next((content for name, content in record.headers if name == BLOB_SHA256), b"")
    if hashlib.sha256(value).hexdigest().encode("ascii") != wanted:
        raise Poisoned("the blob of this record holds other bytes than were published")
    return value


def blob_key(headers: Headers) -> str | None:
    """The store's key of a packed record; None where the value is in the record."""
    return next((content.decode("ascii", "replace") for name, content in headers if name == BLOB), None)
