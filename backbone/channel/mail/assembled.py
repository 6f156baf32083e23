"""Mails that a provider has taken apart already: put together again, so that they are read like all others."""

import base64
import binascii
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.parser import BytesHeaderParser
from email.policy import compat32
from itertools import islice
from typing import Any

from backbone.channel.json import clean
from backbone.channel.mail.automatic import DSN, MACHINE_PARTS
from backbone.channel.mail.headers import Headers
from backbone.channel.mail.mime import HEADER_MAX, PARTS_MAX, Mail, Node, Part, clean_content_id, clean_filename

REPORTING = {*MACHINE_PARTS, "message/rfc822", "text/rfc822-headers"}
_BLOCKS_MAX = 20


@dataclass(frozen=True, slots=True)
class File:
    """One attachment. Where the provider keeps it, `elsewhere` is its reference and `size` what it says of it."""

    mime: str
    filename: str | None
    data: bytes = field(default=b"", repr=False)
    content_id: str | None = None
    elsewhere: str | None = field(default=None, repr=False)
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Arrived:
    """A mail that came, and the bytes that tell it from others of the same sender and date."""

    mail: Mail
    content: bytes = field(repr=False)


def assembled(
    fields: Iterable[tuple[str, object]], text: str | None, html: str | None, files: Sequence[File] = ()
) -> Arrived:
    """A mail of header fields, two bodies and files, with the parts in this order. At most 300 parts are kept."""
    headers = Headers(fields)
    bodies = [
        Part(index, mime, "utf-8", alternative=True, data=clean(body).encode())
        for index, (mime, body) in enumerate(item for item in (("text/plain", text), ("text/html", html)) if item[1])
        if body
    ]
    parts = [_part(len(bodies) + number, file) for number, file in enumerate(files[: PARTS_MAX - 2])]
    said = Node("multipart/alternative", children=tuple(Node(part.mime, part) for part in bodies))
    claimed = (headers.first("content-type") or "").partition(";")[0].strip().lower()
    mime = "multipart/report" if claimed == "multipart/report" else "multipart/mixed"
    root = Node(mime, children=(said, *(Node(part.mime, part) for part in parts)))
    embedded = tuple((part.mime, _blocks(part)) for part in parts if part.mime in REPORTING)
    hashes = [hashlib.sha256((part.elsewhere or "").encode() + part.data).digest() for part in parts]
    return Arrived(Mail(headers, root, embedded=embedded), b"\0".join([part.data for part in bodies] + hashes))


def fields_of(text: bytes) -> Sequence[tuple[str, object]]:
    """The fields of a header that came as text (RFC 5322); of one over 512 KB the beginning."""
    return list(BytesHeaderParser(policy=compat32).parsebytes(text[:HEADER_MAX]).raw_items())


def fields_of_mapping(value: Any) -> Sequence[tuple[str, object]]:
    """Header fields from JSON: an object of names with a text or an array of texts, or an array of pairs or of objects
    with name and value. What is none of these is passed over.
    """
    return list(_fields(value))


def _fields(value: Any) -> Iterator[tuple[str, object]]:
    items: Iterable[Any] = value.items() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    for item in items:
        if isinstance(item, Mapping):
            name, said = item.get("Name", item.get("name")), item.get("Value", item.get("value"))
        elif isinstance(item, (list, tuple)) and len(item) == 2:
            name, said = item
        else:
            continue
        for one in said if isinstance(said, list) else (said,):
            if isinstance(name, str) and isinstance(one, str):
                yield clean(name), clean(one)


def decoded(data: Any) -> bytes:
    """The bytes of a base64 text; empty where it is none, since a broken attachment is no reason to lose a mail."""
    try:
        return base64.b64decode(data.encode("ascii")) if isinstance(data, str) else b""
    except (ValueError, binascii.Error):
        return b""


def _part(index: int, file: File) -> Part:
    mime = file.mime.partition(";")[0].strip().lower()
    return Part(
        index=index,
        mime=mime if mime.count("/") == 1 and mime.isascii() and len(mime) < 100 else "application/octet-stream",
        charset="utf-8",
        filename=clean_filename(file.filename),
        attached=True,
        data=file.data,
        content_id=clean_content_id(file.content_id),
        elsewhere=file.elsewhere,
        size=file.size,
    )


def _blocks(part: Part) -> tuple[Headers, ...]:
    """The header blocks of a part that reports: several of a delivery report, else the first."""
    data = part.data[:HEADER_MAX].replace(b"\r\n", b"\n").strip(b"\n")
    blocks = data.split(b"\n\n") if part.mime == DSN else [data.partition(b"\n\n")[0]]
    return tuple(Headers(fields_of(block)) for block in islice(blocks, _BLOCKS_MAX))
