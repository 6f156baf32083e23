"""Cuts the quoted history and the signature off a reply, carefully: what might be the customer's own words stays."""

import re
from collections.abc import Iterator, Sequence
from functools import cache

from mailparser_reply import EmailReplyParser
from mailparser_reply.parser import EmailMessage

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
_HEADER_NAMES = {
    name: kind
    for kind, names in {
        "from": "from de da von van od fra från от від kimden lähettäjä feladó",
        "sent": "sent date dato datum gesendet envoyé enviado enviada inviato verzonden odesláno sendt skickat wysłano data fecha"
        " дата отправлено надіслано gönderilen tarih lähetetty datum:",
        "to": "to an à para a aan komu do til till кому kime vastaanottaja címzett",
        "subject": "subject betreff objet asunto assunto oggetto onderwerp předmět emne ämne temat тема konu aihe tárgy",
    }.items()
    for name in names.split()
}
_HEADER_LINE = re.compile(r"^(?:> ?)*[* ]{0,4}([^\W\d_]{1,20})\s?\*?\s?:\*?\s?\S")
_SEPARATOR = re.compile(
    r"^(?:> ?)*[-_]{3,}\s?(?:original message|forwarded message|ursprüngliche nachricht|original-nachricht|message d'origine|"
    r"message original|mensaje original|mensagem original|messaggio originale|oorspronkelijk bericht|oprindelig meddelelse|"
    r"ursprungligt meddelande|oryginalna wiadomość|исходное сообщение|пересылаемое сообщение|původní zpráva|orijinal mesaj|"
    r"alkuperäinen viesti|weitergeleitete nachricht|transféré)\b.{0,40}$",
    re.IGNORECASE,
)
_RULED = re.compile(r"^(?:> ?)*-{4,} ?[^\W\d_][^-]{2,60} ?-{4,}$")
_ZOHO = re.compile(r"^-{3,} ?On .{5,150} wrote ?-{3,}$")
_SIGNATURE = re.compile(r"^-- ?$")
_SENT_FROM = re.compile(
    r"^(?:sent from (?:my|outlook|yahoo|mail for|proton|samsung)|get outlook for|gesendet mit|von meinem .{2,40} gesendet|"
    r"envoyé de mon|envoyé depuis|enviado desde mi|enviado do meu|inviato da|verzonden vanaf|verstuurd vanaf|sendt fra min|"
    r"skickat från min|wysłano z|отправлено с|надіслано з|odesláno z|lähetetty|iphone'umdan gönderildi).{0,60}$",
    re.IGNORECASE,
)


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
    kept = _without_trailing_quote(above)
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
        if len(line) < _LINE_MAX and ("--" in line or "__" in line):
            if _SEPARATOR.match(line) or _ZOHO.match(line):
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
    found = _HEADER_LINE.match(line[:60])
    return _HEADER_NAMES.get(found[1].lower()) if found else None


def _by_wrote(lines: Sequence[str]) -> int | None:
    """The line `On … somebody wrote:`, over up to three lines; it must hold a digit or an address, or it may be prose."""
    for start, end in _candidates(lines):
        for first in range(start, end + 1):
            joined = " ".join(part.strip() for part in lines[first : end + 1]).replace("< ", "<")
            dated = any(character.isdigit() for character in joined) or "@" in joined
            if dated and (_ANY_WROTE.match(joined) or _MORE_WROTE.match(joined) or _library_header(joined)):
                return first
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


def _without_trailing_quote(lines: Sequence[str]) -> list[str]:
    kept = list(lines)
    while kept and (not kept[-1].strip() or kept[-1].lstrip().startswith(">")):
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
    while kept and not kept[-1].strip():
        kept.pop()
    if len(kept) > 1 and _SENT_FROM.match(kept[-1].strip()) and "".join(kept[:-1]).strip():
        kept.pop()
    return kept
