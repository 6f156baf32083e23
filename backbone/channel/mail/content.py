"""What a mail says: its text without history, its HTML made safe, and its attachments by reference."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from backbone.channel.json import clean
from backbone.channel.mail.calendar import invitation
from backbone.channel.mail.html import from_text, sanitised, text_of, with_places
from backbone.channel.mail.mime import Mail, Node, Part
from backbone.channel.mail.quotes import reply_of
from schemas.content import Content, Media, MediaKind

PART = "part:"
"""How references to the parts of a mail begin."""

TEXT_MAX = 100_000
MEDIA_MAX = 100
_KINDS = {"image": MediaKind.IMAGE, "video": MediaKind.VIDEO, "audio": MediaKind.AUDIO}

_REPORTS = {
    "message/delivery-status",
    "message/disposition-notification",
    "text/rfc822-headers",
    "message/feedback-report",
}


def content_of(mail: Mail, prefix: str = PART) -> Content:
    """The mail as a message.

    The text is the first `text/plain` of each alternative, else its HTML as text; over 100,000 characters it is cut. The
    HTML is whole, with the history, so that nothing the customer wrote is lost. Attachments are named `prefix` and their
    index, their bytes stay in the mail; an image that the HTML shows inline is marked there with its place among them.
    An invitation (text/calendar) has what it says as its caption, and as the text of a mail without one.
    """
    if not mail.whole:
        return Content(unsupported="a mail of a structure beyond our limits")
    said = _chosen(mail.root, "text/plain")
    shown = _chosen(mail.root, "text/html")
    text = reply_of(_as_text(said))
    body = {part.index for part in (*said, *shown)}
    files = [part for part in mail.parts if part.index not in body and not _mere_alternative(part)][:MEDIA_MAX]
    media = tuple(_media(part, prefix) for part in files)
    places = {part.content_id: place for place, part in reversed(list(enumerate(files))) if part.content_id}
    said_by_calendar = next((item.caption for item in media if item.caption), None)
    return Content(text=_cut(text) or said_by_calendar or None, html=_as_html(shown, places), media=media)


def _chosen(node: Node, wanted: str) -> Sequence[Part]:
    """The parts to read, of each alternative the first that has `wanted`, else the last that has any text."""
    if node.part is not None:
        readable = node.mime in {"text/plain", "text/html"} and not node.part.attached
        return [node.part] if readable else []
    found = [parts for parts in (_chosen(child, wanted) for child in node.children) if parts]
    if node.mime == "multipart/alternative":
        best = [parts for parts in found if any(part.mime == wanted and part.data.strip() for part in parts)]
        return (best or found[-1:] or [[]])[0]
    if node.mime == "multipart/related":
        return found[0] if found else []
    return [part for parts in found for part in parts]


def _as_text(parts: Iterable[Part]) -> str:
    texts = [text_of(part.text) if part.mime == "text/html" else part.text for part in parts]
    return "\n\n".join(_lines(text).strip("\n") for text in texts if text.strip())


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _as_html(parts: Sequence[Part], places: Mapping[str, int]) -> str | None:
    if not any(part.mime == "text/html" for part in parts):
        return None
    pieces = [part.text if part.mime == "text/html" else f"<p>{from_text(_lines(part.text))}</p>" for part in parts]
    return with_places(sanitised("\n".join(pieces)), places)


def _cut(text: str) -> str:
    return text if len(text) <= TEXT_MAX else text[: TEXT_MAX - 1] + "…"


def _mere_alternative(part: Part) -> bool:
    """The same words in another form, such as an AMP or watch version, or a report for machines."""
    if part.mime in _REPORTS:
        return True
    return part.alternative and not part.attached and part.mime.startswith("text/") and part.mime != "text/calendar"


def _media(part: Part, prefix: str) -> Media:
    mime = clean(part.mime)[:100]
    return Media(
        kind=_KINDS.get(mime.partition("/")[0], MediaKind.FILE),
        mime=mime,
        filename=part.filename,
        size=len(part.data) if part.elsewhere is None else part.size,
        sha256=hashlib.sha256(part.data).hexdigest() if part.elsewhere is None else None,
        caption=invitation(part.text) if mime == "text/calendar" else None,
        provider_ref=part.elsewhere or f"{prefix}{part.index}",
    )
