"""Cuts the quoted history and the signature off a reply, carefully: what might be the customer's own words stays."""

import re
from collections.abc import Iterator, Sequence
from functools import cache

from mailparser_reply import EmailReplyParser
from mailparser_reply.parser import EmailMessage

from backbone.channel.mail.locales import (
    DEVICE,
    FORWARDED,
    HEADER_LINE,
    HEADER_NAMES,
    SEPARATOR,
    WROTE_AT,
    WROTE_BY,
    WROTE_ON,
)

TEXT_MAX = 100_000
_LINES_MAX = 4_000
_CANDIDATES_MAX = 60
_LINE_MAX = 220

# Polish is left out of the library's languages: its pattern takes a single line `Data: …` for a quoted header.
_LANGUAGES = ("en", "cs", "da", "de", "es", "fr", "it", "ja", "ko", "nl", "sv", "zh")
# The library knows no Russian, Ukrainian, Portuguese, Turkish and others, and its Korean and Chinese never match.
_MORE_WROTE = re.compile(
    r"^(?:> ?)*.{4,180}(?:написал(?:а|\(а\))?|пишет|написав|написала|пише|escreveu|yazdı|napisał(?:a|\(a\))?|pisze|kirjoitti|írta"
    r"|έγραψε|a scris|skrev|님이 작성하였습니다|님이 썼습니다|写道|寫道) ?[:：]$",
    re.IGNORECASE,
)
# A time, an address in angle brackets and at most a verb before the colon: no language writes this in prose.
_ANY_WROTE = re.compile(r"^.{0,100}\b\d{1,2}[:.]\d{2}\b.{0,150}<[^<>\s]{1,100}@[^<>\s]{1,100}>[^<>]{0,30}[:：]$")
_RULES = (_ANY_WROTE, _MORE_WROTE, WROTE_BY, WROTE_AT)
_WHEN = re.compile(r"\d{1,2}[:.]\d{2}|(?<!\d)\d{4}(?!\d)")
_CANDIDATE_MAX = 60
_RULED = re.compile(r"^(?:> ?)*-{4,} ?[^\W\d_][^-]{2,60} ?-{4,}$")
_ZOHO = re.compile(r"^-{3,} ?On .{5,150} wrote ?-{3,}$")
_SIGNATURE = re.compile(r"^-- ?$")
_RULE = re.compile(r"^\s*[-_*=—–]{5,}\s*$")
_DASHES = re.compile(r"^[—–]{2,}$")
_CARD_LINES = 8


def reply_of(text: str) -> str:
    """The reply without the history under (or over) it and without a signature; the text itself if nothing would be left.

    Quotes between paragraphs of the reply stay, as they are what it answers. Texts over 100,000 characters stay whole.
    """
    if len(text) > TEXT_MAX:
        return text
    lines = [line.rstrip() for line in text.split("\n")]
    if len(lines) > _LINES_MAX:
        return text
    return _own_words(lines) or text.strip()


def _own_words(lines: Sequence[str]) -> str:
    start = _history(lines)
    above = lines if start is None else lines[:start]
    kept = _without_trailing_quote(above, ruled=start is not None)
    if not "".join(kept).strip() and start is not None:
        kept = _below_quote(lines[start:])
    return "\n".join(_without_signature(kept)).strip()


def _history(lines: Sequence[str]) -> int | None:
    """The line where the quoted history begins."""
    found = [index for index in (_by_separator(lines), _by_block(lines), _by_wrote(lines)) if index is not None]
    return min(found, default=None)


def _by_separator(lines: Sequence[str]) -> int | None:
    """A ruled line that says so in a known language, or in any where a copied header follows."""
    for index, line in enumerate(lines):
        if len(line) < _CANDIDATE_MAX and line.endswith(":") and FORWARDED.match(line):
            return index
        if len(line) < _LINE_MAX and ("--" in line or "__" in line):
            if SEPARATOR.match(line) or _ZOHO.match(line):
                return index
            if _RULED.match(line) and any(_header_kind(other) for other in lines[index + 1 : index + 3]):
                return index
    return None


def _by_block(lines: Sequence[str]) -> int | None:
    """A copied header: lines for sender, time, receiver and subject close together, as Outlook puts them.

    A customer may well write `From: Berlin` and `To: Paris`; so a subject must be among them, and three in all.
    """
    for index, line in enumerate(lines):
        if _header_kind(line) not in {"from", "sent"}:
            continue
        kinds = {_header_kind(other) for other in lines[index : index + 7]} - {None}
        if "subject" in kinds and len(kinds) >= 3:
            return index - 1 if index and re.fullmatch(r"\s*[_*-]{5,}\s*", lines[index - 1]) else index
    return None


def _header_kind(line: str) -> str | None:
    found = HEADER_LINE.match(line[:60])
    return HEADER_NAMES.get(found[1].lower()) if found else None


def _by_wrote(lines: Sequence[str]) -> int | None:
    """The line `On … somebody wrote:`, over up to three lines; it must hold a digit or an address, or it may be prose.

    As many lines as begin like one count; else as few as hold a time, so that the reply's last line is not taken with it.
    """
    for start, end in _candidates(lines):
        joined = {
            first: " ".join(part.strip() for part in lines[first : end + 1]).replace("< ", "<")
            for first in range(start, end + 1)
        }
        dated = [first for first, text in joined.items() if "@" in text or any(map(str.isdigit, text))]
        anchored = (first for first in dated if WROTE_ON.match(joined[first]) or _library_header(joined[first]))
        loose = [first for first in reversed(dated) if any(rule.match(joined[first]) for rule in _RULES)]
        timed = (first for first in loose if _WHEN.search(joined[first]))
        found = next((first for group in (anchored, timed, loose) for first in group), None)
        if found is not None:
            return found
    return None


def _candidates(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """First and last line of what may announce a quote: up to three short lines, the last with a colon. At most 60."""
    ends = [i for i, line in enumerate(lines) if len(line) <= _LINE_MAX and line.endswith((":", "："))]
    for end in ends[:_CANDIDATES_MAX]:
        start = end
        while (
            start > max(0, end - 2) and lines[start - 1].strip() and sum(map(len, lines[start - 1 : end])) < _LINE_MAX
        ):
            start -= 1
        yield start, end


def _library_header(line: str) -> bool:
    return _library().match(line) is not None


@cache
def _library() -> re.Pattern[str]:
    """The reply headers that mail-parser-reply knows; only short single lines are ever matched against them."""
    languages = EmailReplyParser(languages=list(_LANGUAGES)).languages
    pattern: re.Pattern[str] = EmailMessage(text="", languages=list(languages)).HEADER_REGEX
    return pattern


def _without_trailing_quote(lines: Sequence[str], *, ruled: bool) -> list[str]:
    """Without quoted lines at the end, nor the rule that parts the reply from a history which was cut off."""
    kept = list(lines)
    while kept and (not kept[-1].strip() or kept[-1].lstrip().startswith(">") or (ruled and _RULE.match(kept[-1]))):
        kept.pop()
    return kept


def _below_quote(lines: Sequence[str]) -> list[str]:
    """The answer under a quote that stands on top: what follows its last quoted line."""
    quoted = [index for index, line in enumerate(lines) if line.lstrip().startswith(">")]
    return list(lines[quoted[-1] + 1 :]) if quoted else []


def _without_signature(lines: Sequence[str]) -> list[str]:
    """Cuts at the signature line `-- ` (RFC 3676 §4.3), and a last line that only names the writer's device."""
    kept = list(lines)
    marks = [index for index, line in enumerate(kept) if _SIGNATURE.match(line)]
    if marks and "".join(kept[: marks[0]]).strip():
        kept = kept[: marks[0]]
    card = next((index for index, line in enumerate(kept) if index and _DASHES.match(line)), None)
    if card is not None and _is_card(kept[card + 1 :]):
        kept = kept[:card]
    while kept and not kept[-1].strip():
        kept.pop()
    if len(kept) > 1 and DEVICE.match(kept[-1].strip()) and "".join(kept[:-1]).strip():
        kept.pop()
    return kept


def _is_card(lines: Sequence[str]) -> bool:
    """A few short lines with an address or a telephone number, as they stand under a name."""
    said = [line for line in lines if line.strip()]
    reachable = any("@" in line or sum(character.isdigit() for character in line) >= 7 for line in said)
    return len(said) <= _CARD_LINES and all(len(line) <= 60 for line in said) and reachable
