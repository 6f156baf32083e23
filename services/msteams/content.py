"""What an activity says: its text, its files, and what was submitted by a card."""

from collections.abc import Iterable
from typing import Any

from backbone.channel import json
from backbone.errors import PayloadInvalid
from schemas.content import Choice, Content, Media, MediaKind
from services.msteams.text import plain

FILE_INFO = "application/vnd.microsoft.teams.file.download.info"
REFERENCE = "messageReference"
_COPIES = ("text/html", "text/plain", "text", "html")
"""Attachments that only repeat the text."""
_CARDS = ("application/vnd.microsoft.card.", "application/vnd.microsoft.teams.card.")
_ATTACHMENTS_MAX = 20

Activity = dict[str, Any]


def attachments_of(activity: Activity) -> list[Activity]:
    """Raises `PayloadInvalid` where they are no list of objects."""
    given = json.array(activity.get("attachments") or [], "attachments")[:_ATTACHMENTS_MAX]
    return [json.obj(item, "an attachment") for item in given]


def content_of(activity: Activity, bot: str | None) -> Content:
    """The text, else the HTML copy of it; a message that says nothing is `unsupported`."""
    attachments = attachments_of(activity)
    text = json.optional_text(activity.get("text")) or _copy(attachments)
    shown = plain(text, activity.get("entities"), bot) if text else ""
    media = tuple(found for item in attachments if (found := _media(item)))
    choice = _choice(activity.get("value"))
    content = Content(text=None if choice else shown or None, media=media, choice=choice)
    if content != Content():
        return content
    kinds = [str(item.get("contentType")) for item in attachments]
    return Content(unsupported=json.clean(kinds[0])[:100] if kinds else "empty")


def quoted(attachments: Iterable[Activity]) -> str | None:
    """The id of the message that a person answers by "reply with quote"."""
    for item in attachments:
        if item.get("contentType") == REFERENCE:
            return json.optional_text(item.get("id")) or _reference(item.get("content"))
    return None


def _reference(content: Any) -> str | None:
    if not isinstance(content, str):
        return None
    try:
        value = json.loads(content.encode("utf-8", "surrogatepass"))
    except PayloadInvalid:
        return None
    return json.optional_text(value.get("messageId")) if isinstance(value, dict) else None


def _copy(attachments: Iterable[Activity]) -> str | None:
    return next((text for item in attachments if _kind(item) in _COPIES and (text := _text(item))), None)


def _text(item: Activity) -> str | None:
    return json.optional_text(item.get("content"))


def _kind(item: Activity) -> str:
    return json.optional_text(item.get("contentType")) or ""


def _media(item: Activity) -> Media | None:
    """A file by its link, which for files of Teams is open for a while and for pictures needs our token."""
    kind = _kind(item)
    if kind in _COPIES or kind == REFERENCE or kind.startswith(_CARDS):
        return None
    inner = item.get("content")
    link = json.optional_text(inner.get("downloadUrl")) if isinstance(inner, dict) else None
    link = link or json.optional_text(item.get("contentUrl"))
    if link is None:
        return None
    mime = kind if "/" in kind and kind != FILE_INFO else None
    family = kind.partition("/")[0]
    found = MediaKind(family) if family in {"image", "video", "audio"} else MediaKind.FILE
    return Media(kind=found, mime=mime, filename=json.optional_text(item.get("name")), url=link)


def _choice(value: Any) -> Choice | None:
    """What a card of ours submits: `choice` by a button, `list` by a menu; anything else as the answers of a form."""
    if not isinstance(value, dict) or not value:
        return None
    for name in ("choice", "list"):
        picked = json.optional_text(value.get(name))
        if picked is not None:
            return Choice(id=picked, title=json.optional_text(value.get("title")))
    return Choice(id=json.optional_text(value.get("id")) or "form", data=json.cleaned(value))
