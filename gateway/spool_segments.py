"""The spool's files: how records are framed, sealed, found again and told from the torn end of a crash.

A segment is a header (mark, time of making, salt) and frames: mark, length and CRC-32 of the sealed bytes, then those
bytes (nonce and AES-256-GCM). The segment's key derives from the master key and its salt; number and offset are
authenticated, so that frames can't be moved.
"""

import os
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from backbone.storage.crypto import MasterKey

SUFFIX = ".spool"
SET_ASIDE = ".damaged"

_HEADER = struct.Struct(">8sQ16s")
_HEADER_MARK = b"FDSPOOL1"
_FRAME = struct.Struct(">4sII")
_FRAME_MARK = b"\xf5FS\x1a"
_NONCE = 12
_TAG = 16
_CHUNK = 4 * 1024 * 1024
OVERHEAD = _FRAME.size + _NONCE + _TAG
"""Bytes a record takes beside its own."""
RECORD_MAX = 128 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Segment:
    """One file. `made_at` is in milliseconds since 1970."""

    path: Path
    number: int
    made_at: int
    aead: AESGCM = field(repr=False)

    @property
    def first(self) -> int:
        """The offset of the first frame."""
        return _HEADER.size


@dataclass(frozen=True, slots=True)
class Chunk:
    """Records read from a segment, the offset behind them, and how many damaged places were passed."""

    records: Sequence[bytes]
    next_offset: int
    damaged: int


@dataclass(frozen=True, slots=True)
class _Frame:
    start: int
    end: int


def path_of(folder: Path, number: int) -> Path:
    return folder / f"{number:012d}{SUFFIX}"


def create(folder: Path, number: int, made_at: int, master: MasterKey) -> tuple[Segment, bytes]:
    """A new segment and the header to write first; nothing is written yet."""
    salt = os.urandom(16)
    segment = Segment(path_of(folder, number), number, made_at, _key(master, salt))
    return segment, _HEADER.pack(_HEADER_MARK, made_at, salt)


def open_segment(path: Path, master: MasterKey) -> Segment | None:
    """A segment found on the disk; None if its header is not whole."""
    with path.open("rb") as stream:
        header = stream.read(_HEADER.size)
    if len(header) < _HEADER.size:
        return None
    mark, made_at, salt = _HEADER.unpack(header)
    if mark != _HEADER_MARK:
        return None
    return Segment(path, int(path.stem), made_at, _key(master, salt))


def is_torn_header(path: Path) -> bool:
    """A crash while the segment was made: it holds nothing yet."""
    return path.stat().st_size < _HEADER.size


def frames(segment: Segment, offset: int, records: Sequence[bytes]) -> bytes:
    """The bytes to write at `offset` for these records."""
    parts = []
    for record in records:
        nonce = os.urandom(_NONCE)
        sealed = nonce + segment.aead.encrypt(nonce, record, _place(segment.number, offset))
        parts += [_FRAME.pack(_FRAME_MARK, len(sealed), zlib.crc32(sealed)), sealed]
        offset += _FRAME.size + len(sealed)
    return b"".join(parts)


def read(segment: Segment, offset: int, end: int, *, most: int) -> Chunk:
    """Up to `most` records from `offset`, of what lies before `end`.

    Damaged places are passed where a whole frame follows, each counted once. What follows the last whole frame is the
    torn end of a crash: never acknowledged, so it is passed in silence, and `next_offset` is `end`.
    """
    with segment.path.open("rb", buffering=0) as stream:
        data = _read_at(stream.fileno(), offset, min(_CHUNK, end - offset))
        wanted = _first_length(data)
        if len(data) < wanted <= end - offset:
            data = _read_at(stream.fileno(), offset, wanted)
        chunk = _parse(segment, data, offset, most)
        if chunk.next_offset == offset and offset < end:
            data = _read_at(stream.fileno(), offset, end - offset)
            chunk = _resync(data, offset, end)
    return chunk


def count(segment: Segment, end: int) -> int:
    """How many whole frames a segment holds, for the figures only."""
    found, offset = 0, segment.first
    while offset < end:
        chunk = read(segment, offset, end, most=1000)
        found += len(chunk.records)
        offset = chunk.next_offset
    return found


def _parse(segment: Segment, data: bytes, base: int, most: int) -> Chunk:
    """Whole frames from the start of `data`; stops before what is cut off or broken."""
    records: list[bytes] = []
    at = damaged = 0
    while len(records) < most:
        frame = _frame_at(data, at)
        if frame is None:
            break
        try:
            sealed = data[frame.start : frame.end]
            records.append(segment.aead.decrypt(sealed[:_NONCE], sealed[_NONCE:], _place(segment.number, base + at)))
        except InvalidTag:
            damaged += 1
        at = frame.end
    return Chunk(records, base + at, damaged)


def _resync(data: bytes, base: int, end: int) -> Chunk:
    """Finds the next whole frame behind a broken place; there is none behind a torn end."""
    at = data.find(_FRAME_MARK, 1)
    while at != -1:
        if _frame_at(data, at) is not None:
            return Chunk((), base + at, 1)
        at = data.find(_FRAME_MARK, at + 1)
    return Chunk((), end, 0)


def _frame_at(data: bytes, at: int) -> _Frame | None:
    if len(data) - at < _FRAME.size:
        return None
    mark, length, crc = _FRAME.unpack_from(data, at)
    start, end = at + _FRAME.size, at + _FRAME.size + length
    if mark != _FRAME_MARK or not _NONCE + _TAG <= length <= RECORD_MAX or end > len(data):
        return None
    if zlib.crc32(memoryview(data)[start:end]) != crc:
        return None
    return _Frame(start, end)


def _first_length(data: bytes) -> int:
    if len(data) < _FRAME.size:
        return 0
    mark, length, _ = _FRAME.unpack_from(data, 0)
    return _FRAME.size + length if mark == _FRAME_MARK and length <= RECORD_MAX else 0


def _read_at(descriptor: int, offset: int, size: int) -> bytes:
    parts = []
    while size > 0:
        part = os.pread(descriptor, size, offset)
        if not part:
            break
        parts.append(part)
        offset += len(part)
        size -= len(part)
    return b"".join(parts)


def _place(number: int, offset: int) -> bytes:
    return struct.pack(">QQ", number, offset)


def _key(master: MasterKey, salt: bytes) -> AESGCM:
    return master.derive(f"spool segment {salt.hex()}")
