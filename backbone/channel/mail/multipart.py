"""Reads the form bodies that mail providers post (`multipart/form-data` or urlencoded): bounded, `PayloadInvalid` and nothing else.

Own code for the parts: the library's reader looks at every byte in Python, which costs more than all the rest of a mail.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from python_multipart.multipart import parse_options_header

from backbone.channel import form
from backbone.channel.json import clean
from backbone.channel.mail.headers import decode_text
from backbone.errors import PayloadInvalid

FIELDS_MAX = 1000
_BOUNDARY_MAX = 200
_PART_HEADER_MAX = 16 * 1024
_PLAIN_FIELD = re.compile(rb'form-data; name="([^"\\]{1,200})"')
_FIELD_NAME = re.compile(rb"[!#-'*+.0-9A-Z^-z|~-]+")


@dataclass(frozen=True, slots=True)
class Upload:
    """One field of a form, a file where it has a name or a type of its own."""

    name: str
    data: bytes = field(repr=False)
    filename: str | None = None
    mime: str | None = None


class Fields:
    """The fields of a form in the order they came, names as the provider wrote them."""

    def __init__(self, uploads: Sequence[Upload]) -> None:
        self.uploads = uploads

    def raw(self, name: str, *, last: bool = False) -> bytes | None:
        """The bytes of the first (or last) field of this name; None where there is none."""
        found = [upload.data for upload in self.uploads if upload.name == name]
        return found[-1 if last else 0] if found else None

    def text(self, name: str, charset: str | None = None, *, last: bool = False) -> str | None:
        """The field as text; None where it is absent or empty."""
        data = self.raw(name, last=last)
        return (decode_text(data, charset) or None) if data else None


def read_fields(body: bytes) -> Fields:
    """The fields of a form body; a multipart one is told by its first line, which names its boundary (RFC 2046 §5.1.1).

    What stands behind the last whole part is left out. Raises `PayloadInvalid` for what is no form or holds no whole part,
    and above 1,000 fields.
    """
    if not body.startswith(b"--"):
        return Fields([Upload(decode_text(name, None), value) for name, value in form.pairs(body)])
    boundary = body[2 : body.find(b"\r\n", 0, _BOUNDARY_MAX + 4)]
    if not boundary or len(boundary) > _BOUNDARY_MAX:
        raise PayloadInvalid("the form names no boundary")
    delimiter = b"\r\n--" + boundary
    uploads: list[Upload] = []
    at = len(delimiter) - 2
    while body[at : at + 2] == b"\r\n":
        if len(uploads) >= FIELDS_MAX:
            raise PayloadInvalid("the form has too many fields")
        end = body.find(delimiter, at)
        if end < 0:
            break
        uploads.append(_upload(body, at + 2, end))
        at = end + len(delimiter)
    if not uploads:
        raise PayloadInvalid("the form holds no whole field")
    return Fields(uploads)


def _upload(body: bytes, start: int, end: int) -> Upload:
    """The part between two delimiters. Raises `PayloadInvalid` where it has no header that can be read."""
    gap = body.find(b"\r\n\r\n", start, min(end + 4, start + _PART_HEADER_MAX))
    if gap < 0:
        raise PayloadInvalid("a field of the form has no header, or one that is too long")
    headers = _headers(body[start:gap])
    disposition, mime = headers.get(b"content-disposition", b""), headers.get(b"content-type")
    plain = _PLAIN_FIELD.fullmatch(disposition)
    options = {b"name": plain[1]} if plain else parse_options_header(disposition)[1]
    filename = options.get(b"filename")
    return Upload(
        name=decode_text(options.get(b"name", b""), None),
        data=body[gap + 4 : end],
        filename=decode_text(filename, None) if filename else None,
        mime=clean(decode_text(mime, None))[:200] if mime else None,
    )


def _headers(block: bytes) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    for line in block.split(b"\r\n"):
        name, colon, value = line.partition(b":")
        if not colon or not _FIELD_NAME.fullmatch(name):
            raise PayloadInvalid("a field of the form has a header that can't be read")
        found[name.lower()] = value.strip(b" \t")
    return found
