"""The blob store: bodies too large for the bus, and media. A folder at home, an object store (`s3.py`) in a cluster."""

import asyncio
import os
import re
import secrets
from pathlib import Path
from typing import Protocol

from backbone.errors import NotFound, Unavailable

BLOB_KEY = re.compile(r"^[a-z0-9_]{1,64}/[0-9a-f]{2}/[0-9a-f]{32}$")


class BlobStore(Protocol):
    """Write once, read many. `put` returns once the bytes survive a crash; keys are unguessable and name their tenant."""

    async def put(self, tenant_id: str, data: bytes) -> str:
        """Raises `Unavailable` when it can't be stored."""
        ...

    async def get(self, key: str) -> bytes:
        """Raises `NotFound`."""
        ...

    async def delete(self, key: str) -> None: ...


class FolderBlobs:
    """Blobs as files. Written to a temporary name, fsynced, renamed, and the folder fsynced: whole or not there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, tenant_id: str, data: bytes) -> str:
        name = secrets.token_hex(16)
        key = f"{tenant_id}/{name[:2]}/{name}"
        try:
            await asyncio.to_thread(_write, self._path(key), data)
        except OSError as error:
            raise Unavailable("the blob store can't be written") from error
        return key

    async def get(self, key: str) -> bytes:
        try:
            return await asyncio.to_thread(self._path(key).read_bytes)
        except FileNotFoundError as error:
            raise NotFound("no such blob") from error

    async def delete(self, key: str) -> None:
        await asyncio.to_thread(self._path(key).unlink, missing_ok=True)

    def _path(self, key: str) -> Path:
        if not BLOB_KEY.match(key):
            raise NotFound("no such blob")
        return self._folder / key


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb", closefd=False) as stream:
            stream.write(data)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    temporary.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
