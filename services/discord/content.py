"""What a Discord message says: its text without codes for people and emoji, its files and its stickers."""

import re
from collections.abc import Mapping
from typing import Any

from backbone.channel import json
from schemas.content import Content, Media, MediaKind

_CODE = re.compile(r"<(?:@!?(?P<user>\d{1,20})|a?:(?P<emoji>\w{1,32}):\d{1,20})>", re.ASCII)
_ATTACHMENTS_MAX = 10
_VOICE_MESSAGE = 1 << 13
_STICKERS = "https://cdn.discordapp.com/stickers/"
_STICKER_FORMATS = {
    1: ("png", "image/png"),
    2: ("png", "image/png"),
    3: ("json", "application/json"),
    4: ("gif", "image/gif"),
}

Object = dict[str, Any]


def content_of(message: Object) -> Content:
    """Raises `PayloadInvalid` for lists that hold no objects; what can't be shown is `unsupported`."""
    said = _forwarded(message) or message
    text = json.optional_text(said.get("content"))
    flags = said.get("flags")
    voice = isinstance(flags, int) and bool(flags & _VOICE_MESSAGE)
    attachments = json.array(said.get("attachments") or [], "attachments")[:_ATTACHMENTS_MAX]
    stickers = json.array(said.get("sticker_items") or [], "sticker_items")[:_ATTACHMENTS_MAX]
    media = [_media(json.obj(item, "an attachment"), voice=voice) for item in attachments]
    media += [_sticker(json.obj(item, "a sticker")) for item in stickers]
    content = Content(text=_readable(text, _names(message)) if text else None, media=tuple(media))
    if content != Content():
        return content
    return Content(unsupported="poll" if isinstance(said.get("poll"), dict) else "empty")


def _forwarded(message: Object) -> Object | None:
    """What a forwarded message says stands in its first snapshot."""
    snapshots = message.get("message_snapshots")
    if message.get("content") or not isinstance(snapshots, list) or not snapshots:
        return None
    first = snapshots[0]
    found = first.get("message") if isinstance(first, dict) else None
    return found if isinstance(found, dict) else None


def _names(message: Object) -> Mapping[str, str]:
    people = message.get("mentions")
    found = people[:100] if isinstance(people, list) else []
    named = ((person.get("id"), name_of(person)) for person in found if isinstance(person, dict))
    return {str(identity): name for identity, name in named if name}


def name_of(user: Object) -> str | None:
    """The name a person chose to be shown, else the one that is theirs alone."""
    return json.optional_text(user.get("global_name")) or json.optional_text(user.get("username"))


def _readable(text: str, names: Mapping[str, str]) -> str:
    def spoken(match: re.Match[str]) -> str:
        user = match["user"]
        return f":{match['emoji']}:" if user is None else f"@{names.get(user, user)}"

    return _CODE.sub(spoken, text) if "<" in text else text


def _media(item: Object, *, voice: bool) -> Media:
    mime = json.optional_text(item.get("content_type"))
    size = item.get("size")
    return Media(
        kind=MediaKind.VOICE if voice else _kind((mime or "").partition("/")[0]),
        mime=mime.partition(";")[0] if mime else None,
        filename=json.optional_text(item.get("filename")),
        size=size if isinstance(size, int) and not isinstance(size, bool) and 0 <= size < 2**53 else None,
        caption=json.optional_text(item.get("description")),
        url=json.text(item.get("url"), "attachment.url"),
    )


def _kind(family: str) -> MediaKind:
    return MediaKind(family) if family in {"image", "video", "audio"} else MediaKind.FILE


def _sticker(item: Object) -> Media:
    identity = json.identifier(item.get("id"), "sticker.id")
    number = item.get("format_type")
    ending, mime = _STICKER_FORMATS.get(number if isinstance(number, int) else 1, _STICKER_FORMATS[1])
    plain = identity.isascii() and identity.isdigit()
    return Media(
        kind=MediaKind.STICKER,
        mime=mime,
        filename=json.optional_text(item.get("name")),
        url=f"{_STICKERS}{identity}.{ending}" if plain else None,
    )
