"""What a Slack message says: its text, its files, and the attachments of other apps."""

from typing import Any

from backbone.channel import json
from backbone.errors import PayloadInvalid
from schemas.content import Content, Media, MediaKind
from services.slack.text import plain

_FILES_MAX = 20
_VOICE = frozenset({"slack_audio"})


def content_of(message: dict[str, Any]) -> Content:
    """Raises `PayloadInvalid` where files are no list of objects; a message that says nothing is `unsupported`."""
    files = json.array(message.get("files") or [], "files")[:_FILES_MAX]
    text = json.optional_text(message.get("text")) or _attached(message.get("attachments"))
    media = tuple(found for item in files if (found := _media(json.obj(item, "a file"))))
    content = Content(text=plain(text) if text else None, media=media)
    return content if content != Content() else Content(unsupported="empty")


def _attached(attachments: Any) -> str | None:
    """The fallback texts of attachments, for messages that have no text of their own."""
    found = attachments[:_FILES_MAX] if isinstance(attachments, list) else []
    lines = (json.optional_text(item.get("fallback")) for item in found if isinstance(item, dict))
    return "\n".join(line for line in lines if line) or None


def _media(file: dict[str, Any]) -> Media | None:
    """A file by its guarded link, or by its id where Slack gives no more (Slack Connect); None where it is gone."""
    if json.optional_text(file.get("mode")) in {"tombstone", "hidden_by_limit"}:
        return None
    mime = json.optional_text(file.get("mimetype"))
    size = file.get("size")
    link = json.optional_text(file.get("url_private_download")) or json.optional_text(file.get("url_private"))
    identity = json.optional_text(file.get("id"))
    if link is None and identity is None:
        raise PayloadInvalid("a file without link and id")
    return Media(
        kind=_kind(mime or "", json.optional_text(file.get("subtype"))),
        mime=mime,
        filename=json.optional_text(file.get("name")),
        size=size if isinstance(size, int) and not isinstance(size, bool) and 0 <= size < 2**53 else None,
        url=link,
        provider_ref=None if link else identity,
    )


def _kind(mime: str, subtype: str | None) -> MediaKind:
    if subtype in _VOICE:
        return MediaKind.VOICE
    family = mime.partition("/")[0]
    return MediaKind(family) if family in {"image", "video", "audio"} else MediaKind.FILE
