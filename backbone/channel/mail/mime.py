"""Takes a mail apart: bounded in time, depth and number of parts, and raising `PayloadInvalid` only.

Pure and picklable, so that it can run in a worker process with limits of its own.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from email.generator import BytesGenerator
from email.message import Message
from email.parser import BytesHeaderParser, BytesParser
from email.policy import compat32
from io import BytesIO

from backbone.channel.json import clean
from backbone.channel.mail.headers import FIELDS_MAX, SURPRISES, Headers, decode_text, decoded, one_line, readable
from backbone.errors import PayloadInvalid

HEADER_MAX = 512 * 1024
FIELD_MAX = 8_192
PARTS_MAX = 300
NESTING_MARKS_MAX = 150
DELIMITERS_MAX = 20_000
WORK_MAX = 8_000_000
"""Lines × possible levels: the standard parser tries the boundary of every level on every line."""

_HEADER_END = re.compile(rb"\r\n\r\n|\n\r?\n|\r\r")
_FIELD = re.compile(rb"(?m)^[^ \t\r\n]")
_TYPE = re.compile(rb"(?i)(?:\A|[\r\n])content-type:[ \t]*([^\r\n]{0,5})")
_USUAL_TYPE = re.compile(r"([A-Za-z]{1,20}/[A-Za-z0-9.+-]{1,60})(?:; ?charset=\"?([A-Za-z0-9_-]{1,40})\"?)?")
"""What nearly all mails write, which needs no grammar."""
_FIELD_NAME = re.compile(rb"([!-9;-~]+)[ \t]*(?=:)")
_MIME = re.compile(r"[a-z0-9!#$&^_.+-]{1,60}/[a-z0-9!#$&^_.+-]{1,60}")
_DESCRIBING = frozenset({"content-type", "content-disposition", "content-transfer-encoding"})
_NESTING_MARK = re.compile(rb"(?i)boundary[*0-9]{0,8}[ \t]{0,8}=|message/")
_CONTENT_ID = re.compile(r"<?([^<>\s\"]{1,250})>?")
_UNSAFE_NAME = re.compile("[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069\u200e\u200f]")


@dataclass(frozen=True, slots=True)
class Part:
    """A leaf of the mail. `index` counts all leaves in order; `data` is decoded from its transfer encoding.

    `content_id` is what `cid:` links in the HTML name it by (RFC 2392). `elsewhere` names a file that did not come with
    the mail, as the provider's reference to it; `size` is then what the provider says of it.
    """

    index: int
    mime: str
    charset: str | None = None
    filename: str | None = None
    attached: bool = False
    alternative: bool = False
    data: bytes = field(default=b"", repr=False)
    content_id: str | None = None
    elsewhere: str | None = field(default=None, repr=False)
    size: int | None = None

    @property
    def text(self) -> str:
        return decode_text(self.data, self.charset)


@dataclass(frozen=True, slots=True)
class Node:
    """A multipart with its children, or a leaf."""

    mime: str
    part: Part | None = None
    children: tuple["Node", ...] = ()


@dataclass(frozen=True, slots=True)
class Mail:
    """`whole` is False where the mail's structure is beyond the limits, and only its header was read.

    `embedded` are the messages carried as `message/*` and `text/rfc822-headers` parts, for reports on mails of ours.
    """

    headers: Headers
    root: Node
    whole: bool = True
    embedded: tuple[tuple[str, tuple[Headers, ...]], ...] = ()

    @property
    def parts(self) -> Sequence[Part]:
        return list(_parts(self.root))


def _parts(node: Node) -> Iterator[Part]:
    if node.part is not None:
        yield node.part
    for child in node.children:
        yield from _parts(child)


def parse_mail(body: bytes) -> Mail:
    """Reads a message (RFC 5322, MIME). What is broken is read as far as it goes.

    Raises `PayloadInvalid` where there is no header, or one of over 512 KB or 2,000 fields.
    """
    body = body.lstrip(b"\r\n")
    written = _header_of(body)
    head, plain = _mended(written)
    body = head + body[len(written) :]
    marks = len(_NESTING_MARK.findall(body))
    lines = max(body.count(b"\n"), body.count(b"\r"))
    delimiters = body.count(b"\n--") + body.count(b"\r--")
    whole = marks <= NESTING_MARKS_MAX and delimiters <= DELIMITERS_MAX and lines * (marks + 1) <= WORK_MAX
    try:
        if not whole:
            message: Message = BytesHeaderParser(policy=compat32).parsebytes(head)
            return Mail(Headers(message.raw_items()), Node("text/plain"), whole=False)
        return _Reader().mail(_message(body, head, plain=plain))
    except SURPRISES as error:
        raise PayloadInvalid("the mail can't be parsed") from error


def _message(body: bytes, head: bytes, *, plain: bool) -> Message:
    """The tree of the standard parser. Most mails are one text: what stands under their header needs no parser.

    `plain` says that every line of the header is a field, so that the parser sees the same end of it.
    """
    if not plain or any(not kind.lower().startswith(b"text/") for kind in _TYPE.findall(head)):
        return BytesParser(policy=compat32).parsebytes(body)
    message: Message = Message(policy=compat32)
    field: list[str] = []
    for raw in [*head.splitlines(keepends=True), b""]:
        line = raw.decode("ascii", "surrogateescape")
        if line[:1] in {" ", "\t"}:
            field += [line] if field else []
            continue
        if field:
            message.set_raw(*compat32.header_source_parse(field))
        field = [line] if line.strip() else []
    message.set_payload(body[len(head) :].decode("ascii", "surrogateescape"))
    return message


def _header_of(body: bytes) -> bytes:
    end = _HEADER_END.search(body, 0, HEADER_MAX)
    if end is None and len(body) >= HEADER_MAX:
        raise PayloadInvalid("the mail's header is too long")
    head = body[: end.end()] if end else body
    if len(_FIELD.findall(head)) > FIELDS_MAX:
        raise PayloadInvalid("the mail's header has too many fields")
    return head


def _mended(head: bytes) -> tuple[bytes, bool]:
    """The header, and whether each of its lines belongs to a field as it stands.

    White space before colons is taken out (RFC 5322 §4.5), and stray lines between fields are folded in. The standard parser would take the first such line for the end of the header.
    """
    lines = head.splitlines(keepends=True)
    fields = [bool(_FIELD_NAME.match(line)) or line[:1] in b" \t" for line in lines]
    if all(fields[:-1]) and not re.search(rb"(?m)^[!-9;-~]+[ \t]+:", head):
        return head, not lines or fields[-1] or not lines[-1].strip()
    mended = []
    for index, line in enumerate(lines):
        stray = not fields[index] and line.strip() and 0 < index < len(lines) - 1 and fields[index + 1]
        mended.append(b" " + line if stray else _FIELD_NAME.sub(rb"\1", line, count=1) if fields[index] else line)
    return b"".join(mended), False


def extract_part(body: bytes, index: int) -> tuple[str, str | None, bytes]:
    """Type, cleaned file name and decoded bytes of the part that `Media.provider_ref` names as `part:<index>`.

    The type is what the mail claims. Raises `PayloadInvalid` where the mail has no such part.
    """
    for part in parse_mail(body).parts:
        if part.index == index:
            return part.mime, part.filename, part.data
    raise PayloadInvalid("the mail has no such part")


class _Reader:
    """Walks the standard parser's tree once; leaves beyond the limit are left out."""

    def __init__(self) -> None:
        self._count = 0
        self._embedded: list[tuple[str, tuple[Headers, ...]]] = []

    def mail(self, message: Message) -> Mail:
        root = self._node(message, alternative=False)
        return Mail(Headers(message.raw_items()), root or Node("text/plain"), embedded=tuple(self._embedded))

    def _node(self, message: Message, *, alternative: bool) -> Node | None:
        _mend_fields(message)
        usual = _USUAL_TYPE.fullmatch(message.get("content-type", ""))
        mime = usual[1].lower() if usual else _guarded(message.get_content_type) or "text/plain"
        payload = message.get_payload()
        if mime.startswith("multipart/") and isinstance(payload, list):
            within = alternative or mime == "multipart/alternative"
            children = [self._node(child, alternative=within) for child in payload if isinstance(child, Message)]
            return Node(mime, children=tuple(child for child in children if child is not None))
        if self._count >= PARTS_MAX:
            return None
        part = self._leaf(message, mime, alternative=alternative)
        return Node(part.mime, part)

    def _leaf(self, message: Message, mime: str, *, alternative: bool) -> Part:
        index, self._count = self._count, self._count + 1
        kind = str(message.get("content-type", "")).lower()
        disposition = str(message.get("content-disposition", "")).lower()
        named = "name" in kind or "name" in disposition
        filename = clean_filename(_guarded(message.get_filename)) if named else None
        data = self._carried(message, mime) if message.is_multipart() else _decoded_payload(message)
        if mime == "text/rfc822-headers":
            self._embedded.append(
                (mime, (Headers(BytesHeaderParser(policy=compat32).parsebytes(data[:HEADER_MAX]).raw_items()),))
            )
        mime = "text/plain" if mime.startswith("multipart/") else _mime(mime)
        attached = filename is not None or _is_attachment(message, disposition)
        usual = _USUAL_TYPE.fullmatch(kind)
        charset = usual[2] if usual else _guarded(message.get_content_charset) if "charset" in kind else None
        return Part(
            index, mime, charset, filename, attached, alternative, data, clean_content_id(message.get("content-id"))
        )

    def _carried(self, message: Message, mime: str) -> bytes:
        """A `message/*` part as bytes again; what it says is kept for reports."""
        inner = [item for item in message.get_payload() if isinstance(item, Message)]
        self._embedded.append((mime, tuple(Headers(item.raw_items()) for item in inner[:20])))
        return b"".join(_flattened(item) for item in inner)


def _is_attachment(message: Message, disposition: str) -> bool:
    return "attachment" in disposition and _guarded(message.get_content_disposition) == "attachment"


def _mend_fields(message: Message) -> None:
    """Mends raw 8-bit text in the fields that describe a part; comments and quotes round the name of its encoding."""
    seen = set()
    for key, raw in message.raw_items():
        name = key.lower()
        if name not in _DESCRIBING or name in seen:
            continue
        seen.add(name)
        value = readable(str(raw)[:FIELD_MAX])
        if name == "content-transfer-encoding":
            value = value.split(";")[0].split("(")[0].strip(" \t\"'\r\n").lower()
        if value != raw:
            message.replace_header(name, value)


def _mime(claimed: str) -> str:
    found = _MIME.match(claimed)
    return found[0] if found else "application/octet-stream"


def _flattened(message: Message) -> bytes:
    out = BytesIO()
    try:
        BytesGenerator(out, mangle_from_=False, maxheaderlen=0, policy=compat32).flatten(message)
    except SURPRISES:
        return b""
    return out.getvalue()


def _decoded_payload(message: Message) -> bytes:
    try:
        payload = message.get_payload(decode=True)
    except SURPRISES:
        return b""
    return payload if isinstance(payload, bytes) else b""


def _guarded(read: object) -> str | None:
    """What one of the parser's accessors says; None where it raises or says nothing."""
    try:
        value = read() if callable(read) else None
    except SURPRISES:
        return None
    return value if isinstance(value, str) and value else None


def clean_content_id(value: object) -> str | None:
    """A Content-ID (RFC 2045 §7) without its angle brackets; None for what can't be one."""
    found = _CONTENT_ID.fullmatch(readable(str(value)[:400]).strip()) if value else None
    return clean(found[1]) if found else None


def clean_filename(name: str | None) -> str | None:
    """A file name to show: no folders, no control or direction-changing characters, at most 120 characters."""
    if name is None:
        return None
    plain = _UNSAFE_NAME.sub("", decoded(name[:2000].replace("\0", ""))).replace("\\", "/").rpartition("/")[2]
    return one_line(plain, 2000).lstrip(".")[-120:].strip() or None
