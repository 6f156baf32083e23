"""Reads the form bodies that mail providers post (`multipart/form-data` or urlencoded): bounded, `PayloadInvalid` and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from backbone.channel import form
from backbone.channel.json import clean
from backbone.channel.mail.headers import decode_text
from backbone.errors import PayloadInvalid

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

FIELDS_MAX = 1000
_BOUNDARY_MAX = 200
_PART_HEADER_MAX = 16 * 1024


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

    Raises `PayloadInvalid` for what is no form, and above 1,000 fields.
    """
    if not body.startswith(b"--"):
        return Fields([Upload(decode_text(name, None), value) for name, value in form.pairs(body)])
    boundary = body[2 : body.find(b"\r\n", 0, _BOUNDARY_MAX + 4)]
    if not boundary or len(boundary) > _BOUNDARY_MAX:
        raise PayloadInvalid("the form names no boundary")
    reader = _Reader()
    try:
        parser = MultipartParser(boundary, reader.callbacks(), max_header_size=_PART_HEADER_MAX)
        parser.write(body)
        parser.finalize()
    except (FormParserError, ValueError) as error:
        raise PayloadInvalid("the form can't be read") from error
    return Fields(reader.uploads)


class _Reader:
    """Gathers the parts that the parser finds."""

    def __init__(self) -> None:
        self.uploads: list[Upload] = []
        self._headers: dict[bytes, bytes] = {}
        self._name = self._value = b""
        self._data: list[bytes] = []

    def callbacks(self) -> "MultipartCallbacks":
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._header_name,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_part_data": self._part_data,
            "on_part_end": self._end,
        }

    def _begin(self) -> None:
        if len(self.uploads) >= FIELDS_MAX:
            raise ValueError("too many fields")
        self._headers, self._data = {}, []

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        self._headers[self._name.lower()] = self._value
        self._name = self._value = b""

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        self._data.append(data[start:end])

    def _end(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        filename, mime = options.get(b"filename"), self._headers.get(b"content-type")
        self.uploads.append(
            Upload(
                name=decode_text(options.get(b"name", b""), None),
                data=b"".join(self._data),
                filename=decode_text(filename, None) if filename else None,
                mime=clean(decode_text(mime, None))[:200] if mime else None,
            )
        )
