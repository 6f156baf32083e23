"""Splits text into what a channel can carry: at paragraph, sentence or word ends, never inside a character."""

import re
import unicodedata
from typing import Literal

Unit = Literal["characters", "bytes", "utf16", "weighted"]
"""`weighted` is X's count: most letters are 1, all else (Chinese, Japanese, Korean, emoji) is 2 (twitter-text 3)."""

_BREAKS = (re.compile(r"\n\s*\n"), re.compile(r"\n"), re.compile(r"(?<=[.!?。！？…])\s+"), re.compile(r"\s+"))
_LIGHT = re.compile(r"[\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]+")
_JOINERS = {"\u200d", "\ufe0f", "\ufe0e"}


def length(text: str, unit: Unit) -> int:
    """The length of `text` as a provider counts it."""
    match unit:
        case "characters":
            return len(text)
        case "bytes":
            return len(text.encode("utf-8", "surrogatepass"))
        case "utf16":
            return len(text.encode("utf-16-le", "surrogatepass")) // 2
        case "weighted":
            return len(text) + len(_LIGHT.sub("", text))


def split(text: str, limit: int, unit: Unit = "characters") -> list[str]:
    """Parts of at most `limit` units each, in order; nothing but white space between parts is dropped.

    A single character (with its combining marks) longer than `limit` is cut between code points, which always fits
    where `limit` is at least 4.
    """
    parts = []
    rest = text.strip()
    while length(rest, unit) > limit:
        head = _fitting_prefix(rest, limit, unit)
        cut = _last_break(head) or _cluster_end(rest, len(head))
        parts.append(rest[:cut].rstrip() or rest[:cut])
        rest = rest[cut:].lstrip()
    if rest:
        parts.append(rest)
    return parts


def _fitting_prefix(text: str, limit: int, unit: Unit) -> str:
    if unit == "characters":
        return text[:limit]
    used = 0
    for index, character in enumerate(text):
        used += length(character, unit)
        if used > limit:
            return text[:index]
    return text


def _last_break(head: str) -> int | None:
    """The end of the last good break in the second half of `head`, the best kind first."""
    for pattern in _BREAKS:
        ends = [match.end() for match in pattern.finditer(head) if match.start() > 0]
        if ends and ends[-1] >= len(head) // 2:
            return ends[-1]
    return None


def _cluster_end(text: str, cut: int) -> int:
    """Moves a cut back to the start of the character cluster it would split; stays if that would leave nothing."""
    back = cut
    while back > 0 and _continues(text, back):
        back -= 1
    return back or max(cut, 1)


def _continues(text: str, index: int) -> bool:
    if index >= len(text):
        return False
    character = text[index]
    return (
        character in _JOINERS
        or text[index - 1] == "\u200d"
        or unicodedata.combining(character) > 0
        or 0x1F3FB <= ord(character) <= 0x1F3FF
    )
