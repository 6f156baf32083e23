"""Says in a line what an invitation (iCalendar, RFC 5545) is about; its file stays beside it."""

import re
from collections.abc import Iterator, Mapping

from backbone.channel.json import clean
from backbone.channel.mail.headers import one_line

SOURCE_MAX = 64 * 1024
LINE_MAX = 500
_FOLD = re.compile(r"\r?\n[ \t]")
_FIELD = re.compile(r"([A-Z-]{1,20})((?:;[^:\r\n]{0,300})?):([^\r\n]{0,2000})")
_ZONE = re.compile(r"TZID=\"?([^;\":]{1,60})")
_TIME = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})\d{2}(Z?))?")
_ESCAPED = re.compile(r"\\([\\;,nN])")
_WANTED = {"SUMMARY", "LOCATION", "DTSTART", "DTEND"}


def invitation(source: str) -> str | None:
    """Method, summary, times and place of the first event; None where there is none.

    Times stand as the sender wrote them, with their zone; a repeated event says only its first time.
    """
    text = _FOLD.sub("", source[:SOURCE_MAX])
    method = re.search(r"(?m)^METHOD:([A-Za-z-]{1,20})", text)
    fields = _event(text)
    if not fields:
        return None
    times = " – ".join(fields[name] for name in ("DTSTART", "DTEND") if fields.get(name))
    said = ", ".join(part for part in (fields.get("SUMMARY"), times, fields.get("LOCATION")) if part)
    return one_line(clean(f"{method[1].upper()}: {said}" if method else said), LINE_MAX) or None


def _event(text: str) -> Mapping[str, str]:
    """The wanted fields of the first event, the first of each."""
    found: dict[str, str] = {}
    for name, parameters, value in _lines(text):
        if name == "END" and value.strip() == "VEVENT":
            break
        if name in _WANTED and name not in found:
            found[name] = _time(parameters, value) if name.startswith("DT") else _ESCAPED.sub(_unescaped, value).strip()
    return found


def _lines(text: str) -> Iterator[tuple[str, str, str]]:
    _, begun, event = text.partition("BEGIN:VEVENT")
    for line in event.splitlines() if begun else ():
        match = _FIELD.fullmatch(line)
        if match:
            yield match[1], match[2], match[3]


def _time(parameters: str, value: str) -> str:
    match = _TIME.fullmatch(value.strip())
    if match is None:
        return ""
    day = f"{match[1]}-{match[2]}-{match[3]}"
    if match[4] is None:
        return day
    zone = _ZONE.search(parameters)
    suffix = " UTC" if match[6] else f" {zone[1]}" if zone else ""
    return f"{day} {match[4]}:{match[5]}{suffix}"


def _unescaped(match: re.Match[str]) -> str:
    return " " if match[1] in "nN" else match[1]
