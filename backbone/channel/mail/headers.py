"""Reads header fields of hostile mails: unfolded, decoded, bounded; nothing here raises."""

import codecs
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.errors import MessageError
from email.header import decode_header
from email.utils import getaddresses, parsedate_to_datetime
from functools import lru_cache
from itertools import islice

from backbone.channel.json import clean

VALUE_MAX = 65_536
FIELDS_MAX = 2_000
IDS_MAX = 200
ADDRESSES_MAX = 200
SURPRISES = (
    ValueError,
    LookupError,
    AttributeError,
    TypeError,
    AssertionError,
    MessageError,
    OverflowError,
    RecursionError,
)
"""What the standard `email` package raises on broken mails, beside what it promises."""

_FOLD = re.compile(r"[\r\n]+[ \t]*")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]+")
_MESSAGE_ID = re.compile(r"<([^<>\s]{1,400})>")
_BARE_IDS = re.compile(r"[^<>\s,;\"]+")
_BARE_ID = re.compile(r"[^@]{1,300}@.{1,100}")
_LOOSE_WORDS = re.compile(r"[^\s<>\"(),:;]+")
_LOOSE_ADDRESS = re.compile(r"[^\s<>\"(),:;\[\]@]{1,64}@[^\s<>\"(),:;@]{1,253}")
# What nearly all mails write, which needs no grammar: one address, alone or behind a plain or quoted name.
_SIMPLE_MAILBOX = re.compile(
    r"(?P<bare>[a-z0-9_.+-]{1,64}@[a-z0-9.-]{1,253})"
    r"|(?:(?P<name>[A-Za-z0-9][A-Za-z0-9 '_-]{0,198}) |\"(?P<quoted>[A-Za-z0-9][A-Za-z0-9 '_.,&-]{0,198})\" )?"
    r"<(?P<address>[a-z0-9_.+-]{1,64}@[a-z0-9.-]{1,253})>"
)
_UNTEXTUAL = {"unicode_escape", "raw_unicode_escape", "punycode", "idna", "undefined", "mbcs", "oem"}
# What mail programs mean by these names is the superset that browsers take them for (WHATWG Encoding).
_MEANT = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "iso2022_jp": "iso2022_jp_ext",
}


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox of an address field; `address` in lower case, which all known mail systems take for the same."""

    address: str
    name: str | None


class Headers:
    """The header fields of one mail or part by lower-case name; values unfolded, at most 64 KB each."""

    def __init__(self, fields: Iterable[tuple[str, object]]) -> None:
        self._values: dict[str, list[str]] = {}
        self._mailboxes: dict[str, tuple[Address, ...]] = {}
        for name, value in islice(fields, FIELDS_MAX):
            text = readable(str(value)[:VALUE_MAX])
            text = (_FOLD.sub(" ", text) if "\n" in text or "\r" in text else text).strip()
            self._values.setdefault(name.lower(), []).append(text)

    def all(self, name: str) -> Sequence[str]:
        return self._values.get(name, ())

    def first(self, name: str) -> str | None:
        """The first value that says something; a mail should have only one."""
        for value in self._values.get(name, ()):
            if value:
                return value
        return None

    def plus(self, fields: Iterable[tuple[str, object]]) -> "Headers":
        """These fields and some more behind them."""
        found = Headers(fields)
        for name, values in self._values.items():
            found._values[name] = [*values, *found._values.get(name, ())]
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def text(self, name: str, limit: int) -> str | None:
        """A field for people, its encoded words decoded (RFC 2047), as one line."""
        value = self.first(name)
        return None if value is None else one_line(decoded(value), limit) or None

    def ids(self, name: str) -> Sequence[str]:
        """The message ids of a field, without their angle brackets, in order; the last 200 of them."""
        if name not in self._values:
            return ()
        joined = " ".join(self._values[name])[-VALUE_MAX:]
        # Word by word, since a pattern that looks for the sign in the middle tries every place of a long word.
        words = (word for word in _BARE_IDS.findall(joined) if _BARE_ID.fullmatch(word))
        found = _MESSAGE_ID.findall(joined) or list(words)
        return [clean(item) for item in found[-IDS_MAX:]]

    def addresses(self, *names: str) -> Sequence[Address]:
        """The mailboxes of these fields in order, each once, at most 200."""
        found: dict[str, Address] = {}
        for name in names:
            for value in self.all(name):
                for item in self._read(value):
                    found.setdefault(item.address, item)
        return list(found.values())[:ADDRESSES_MAX]

    def _read(self, value: str) -> tuple[Address, ...]:
        """The mailboxes of a value, taken apart once: several readers ask for the same fields."""
        found = self._mailboxes.get(value)
        if found is None:
            found = self._mailboxes[value] = tuple(_addresses(value))
        return found

    def date(self) -> datetime | None:
        """The Date field as aware UTC; None where it is absent or no date. `-0000` and no zone are taken as UTC."""
        value = self.first("date")
        if value is None or len(value) > 200:
            return None
        try:
            at = parsedate_to_datetime(value)
            return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
        except SURPRISES:
            return None


def decode_text(data: bytes, charset: str | None) -> str:
    """Bytes as text by their declared charset, which may lie: UTF-8 is tried next, then what was meant with replacements."""
    meant = _codec(charset)
    # Escape-coded charsets are ASCII to all others, which would read them as rubbish without an error.
    escaped = meant is not None and meant.startswith(("iso2022", "hz", "utf_7", "utf-7"))
    tried = (meant,) if escaped else ("utf-8",) if meant in {"cp1252", None} else (meant, "utf-8")
    for name in tried:
        try:
            return clean(data.decode(name or "utf-8"))
        except SURPRISES:
            continue
    return clean(data.decode(meant or "cp1252", "replace"))


def _codec(charset: str | None) -> str | None:
    """The Python codec that is meant by a charset's name; None where it has none or none that gives text."""
    wanted = (charset or "").strip().strip("'\"").lower()
    return _codec_named(wanted) if wanted and len(wanted) <= 40 and wanted.isascii() else None


@lru_cache(maxsize=256)
def _codec_named(wanted: str) -> str | None:
    try:
        found = codecs.lookup(wanted).name
        "".encode(found)
    except SURPRISES:
        return None
    return None if found.replace("-", "_") in _UNTEXTUAL else _MEANT.get(found, found)


def decoded(value: str) -> str:
    """A field's value with its encoded words decoded; the value as it is where they are broken."""
    if "=?" not in value:
        return clean(value)
    try:
        pieces = decode_header(value)
        return clean("".join(p if isinstance(p, str) else decode_text(p, charset or "utf-8") for p, charset in pieces))
    except SURPRISES:
        return clean(value)


def one_line(text: str, limit: int) -> str:
    """Control characters and runs of white space become one space; cut at `limit` characters."""
    return " ".join(_CONTROL.sub(" ", text[: 4 * limit]).split())[:limit]


def readable(raw: str) -> str:
    """Bytes beyond ASCII stand as surrogates after parsing; they are UTF-8 (RFC 6532) or else some old charset."""
    if raw.isascii():
        return raw
    return decode_text(raw.encode("utf-8", "surrogateescape"), None)


def _addresses(value: str) -> Iterator[Address]:
    simple = _SIMPLE_MAILBOX.fullmatch(value) if len(value) <= 400 else None
    if simple is not None:
        yield Address(
            simple["bare"] or simple["address"], one_line(simple["name"] or simple["quoted"] or "", 200) or None
        )
        return
    text = value[:VALUE_MAX]
    try:
        pairs = getaddresses([text]) if text.count("(") < 50 and text.count("<") <= ADDRESSES_MAX else []
    except SURPRISES:
        pairs = []
    usable = [(name, address) for name, address in pairs if _LOOSE_ADDRESS.fullmatch(address)]
    # What does not parse by the grammar still has to be answered: take what looks like an address, without a name.
    for name, address in usable or [("", item) for item in _loose(text)[:ADDRESSES_MAX]]:
        yield Address(clean(address).lower(), one_line(decoded(name), 200) or None)


def _loose(text: str) -> list[str]:
    """What looks like an address, word by word; a word longer than any address is none."""
    words = (word for word in _LOOSE_WORDS.findall(text) if "@" in word and len(word) <= 400)
    return [item for word in words for item in _LOOSE_ADDRESS.findall(word)]
