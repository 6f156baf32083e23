"""What a mail says: its text without history, its HTML made safe, and its attachments by reference."""

import hashlib
from collections.abc import Iterable, Sequence

from backbone.channel.json import clean
from schemas.content import Content, Media, MediaKind
from services.email.html import from_text, sanitised, text_of
from services.email.mime import Mail, Node, Part
from services.email.quotes import reply_of

TEXT_MAX = 100_000
MEDIA_MAX = 100
_KINDS = {"image": MediaKind.IMAGE, "video": MediaKind.VIDEO, "audio": MediaKind.AUDIO}

_REPORTS = {
    "message/delivery-status",
    "message/disposition-notification",
    "text/rfc822-headers",
    "message/feedback-report",
}


def content_of(mail: Mail) -> Content:
    """The mail as a message.

    The text is the first `text/plain` of each alternative, else its HTML as text; over 100,000 characters it is cut. The
    HTML is whole, with the history, so that nothing the customer wrote is lost. Attachments are named `part:<index>`,
    their bytes stay in the mail.
    """
    if not mail.whole:
        return Content(unsupported="a mail of a structure beyond our limits")
    said = _chosen(mail.root, "text/plain")
    shown = _chosen(mail.root, "text/html")
    text = reply_of(_as_text(said))
    body = {part.index for part in (*said, *shown)}
    media = tuple(_media(part) for part in mail.parts if part.index not in body and not _mere_alternative(part))
    return Content(text=_cut(text) or None, html=_as_html(shown), media=media[:MEDIA_MAX])


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


def _as_html(parts: Sequence[Part]) -> str | None:
    if not any(part.mime == "text/html" for part in parts):
        return None
    pieces = [part.text if part.mime == "text/html" else f"<p>{from_text(_lines(part.text))}</p>" for part in parts]
    return sanitised("\n".join(pieces))


def _cut(text: str) -> str:
    return text if len(text) <= TEXT_MAX else text[: TEXT_MAX - 1] + "…"


def _mere_alternative(part: Part) -> bool:
    """The same words in another form, such as an AMP or watch version, or a report for machines."""
    if part.mime in _REPORTS:
        return True
    return part.alternative and not part.attached and part.mime.startswith("text/") and part.mime != "text/calendar"


def _media(part: Part) -> Media:
    mime = clean(part.mime)[:100]
    return Media(
        kind=_KINDS.get(mime.partition("/")[0], MediaKind.FILE),
        mime=mime,
        filename=part.filename,
        size=len(part.data),
        sha256=hashlib.sha256(part.data).hexdigest(),
        provider_ref=f"part:{part.index}",
    )
