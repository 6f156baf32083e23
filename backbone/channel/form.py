"""Reads hostile form bodies (`application/x-www-form-urlencoded`): bounded, UTF-8, `PayloadInvalid` and nothing else."""

import re
from binascii import a2b_qp
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes, urlencode

from backbone.channel import json
from backbone.channel.json import clean
from backbone.channel.port import Request
from backbone.errors import PayloadInvalid

MAX_FIELDS = 1000
_BROKEN_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
MEDIA_TYPE = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Form:
    """Decoded fields by name, each with its values in the order they came. Empty values are kept."""

    fields: Mapping[str, tuple[str, ...]]

    def text(self, name: str) -> str:
        """The first value of a field that must be there and not empty; raises `PayloadInvalid`."""
        value = self.get(name)
        if not value:
            raise PayloadInvalid(f"the field {name} is missing")
        return value

    def get(self, name: str) -> str | None:
        """The first value of a field, or None where the field is absent or empty."""
        values = self.fields.get(name, ())
        return values[0] or None if values else None

    def integer(self, name: str, *, default: int = 0, most: int = 1_000_000_000) -> int:
        """A field of decimal digits; `default` where it is absent. Raises `PayloadInvalid` beyond 0..`most`."""
        value = self.get(name)
        if value is None:
            return default
        if not (value.isascii() and value.isdigit() and len(value) <= len(str(most)) and int(value) <= most):
            raise PayloadInvalid(f"the field {name} is not a number")
        return int(value)


def pairs(body: bytes) -> tuple[tuple[bytes, bytes], ...]:
    """Every field as decoded bytes in the order it came, as signatures over form fields need them.

    A broken percent escape stays as it is (WHATWG URL §5.1). Raises `PayloadInvalid` above 1,000 fields.
    """
    if body.count(b"&") >= MAX_FIELDS:
        raise PayloadInvalid(f"the form has more than {MAX_FIELDS} fields")
    found = []
    for field in body.split(b"&"):
        if field:
            name, _, value = field.partition(b"=")
            found.append((_decode(name), _decode(value)))
    return tuple(found)


def _decode(raw: bytes) -> bytes:
    raw = raw.replace(b"+", b" ")
    if b"%" not in raw:
        return raw
    if _BROKEN_ESCAPE.search(raw):
        return unquote_to_bytes(raw)
    # Whole escapes are those of quoted-printable (RFC 2045 §6.7) by another name, which is read in C: eight times as fast.
    return a2b_qp(raw.replace(b"=", b"=3D").replace(b"%", b"="))


def loads(body: bytes) -> Form:
    """Parses a form body or a query string; refuses other encodings than UTF-8 and more than 1,000 fields.

    NUL becomes U+FFFD, as PostgreSQL holds none. Raises `PayloadInvalid`.
    """
    fields: dict[str, tuple[str, ...]] = {}
    try:
        for name, value in pairs(body):
            key = name.decode("utf-8")
            fields[key] = (*fields.get(key, ()), clean(value.decode("utf-8")))
    except UnicodeDecodeError as error:
        raise PayloadInvalid("the form is not UTF-8") from error
    return Form(fields)


def of_request(request: Request) -> Form:
    """The fields of a webhook that comes as its provider's customer chose: query, form, or a flat JSON object.

    The body counts where there is one. Members of a JSON array are the values of one name; null is no value. Raises
    `PayloadInvalid`, also for JSON that is not flat.
    """
    if request.body.lstrip()[:1] not in {b"{", b"["}:
        return loads(request.body or request.query.encode("utf-8", "surrogatepass"))
    found = json.obj(json.loads(request.body), "the body")
    if len(found) > MAX_FIELDS:
        raise PayloadInvalid(f"the body has more than {MAX_FIELDS} fields")
    return Form({clean(name): tuple(map(_scalar, _values(value))) for name, value in found.items()})


def _values(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value[:MAX_FIELDS]
    return [] if value is None else [value]


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, (str, int, float)):
        raise PayloadInvalid("a field is not a text or a number")
    return clean(str(value))


def dumps(fields: Iterable[tuple[str, str]]) -> bytes:
    """Encodes fields in order, for calls to providers."""
    return urlencode(list(fields)).encode("ascii")


def is_form(content_type: str | None) -> bool:
    """Whether a body of this `Content-Type` is a form; one without a type is taken for one."""
    return not content_type or content_type.partition(";")[0].strip().lower() == MEDIA_TYPE


def query_of(url: str) -> bytes:
    """The raw query of a URL, without the question mark."""
    return url.partition("?")[2].encode("utf-8", "surrogatepass")
