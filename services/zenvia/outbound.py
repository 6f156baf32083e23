"""The calls of the channels API that send a message, and what their answers mean."""

import json as stdlib_json
import mimetypes
from typing import Any

from backbone.channel import json, sms
from backbone.channel.actions import check_action
from backbone.channel.port import Accepted, Account, HttpCall, Outcome, ProviderReply
from backbone.channel.replies import by_status, json_object
from backbone.channel.text import split
from backbone.channel.words import in_words
from backbone.errors import InputInvalid
from schemas.content import Content, Media, MediaKind
from schemas.outbound import OutboundMessage
from services.zenvia.settings import ZenviaSettings

TEXT_MAX = 1600
_NATIVE = frozenset({MediaKind.IMAGE, MediaKind.VIDEO, MediaKind.AUDIO, MediaKind.FILE, MediaKind.VOICE})

Part = dict[str, Any]


def calls(message: OutboundMessage, account: Account) -> tuple[HttpCall, ...]:
    """One call a part, so that each has its own receipts. Raises `InputInvalid`."""
    check_action(message, (), "Zenvia")
    settings: ZenviaSettings = account.settings
    if settings.medium == "whatsapp":
        parts = _whatsapp(message.content)
    else:
        parts = [_said(part.text) for part in sms.parts(message, text_max=TEXT_MAX)]
    headers = (
        ("x-api-token", settings.api_token.get_secret_value()),
        ("content-type", "application/json"),
        ("accept", "application/json"),
    )
    url = f"{settings.api_base.rstrip('/')}/v2/channels/{settings.medium}/messages"
    head = {"from": _bare(account.external_id), "to": _bare(message.recipient)}
    return tuple(
        HttpCall("POST", url, headers, stdlib_json.dumps({**head, "contents": [part]}, separators=(",", ":")).encode())
        for part in parts
    )


def _bare(number: str) -> str:
    """Zenvia takes international numbers without the plus sign; senders may have names."""
    return sms.e164(number).removeprefix("+")


def _said(text: str) -> Part:
    return {"type": "text", "text": text}


def _whatsapp(content: Content) -> list[Part]:
    """Text first, then files with their captions, then the place; a template alone."""
    if content.template is not None:
        fields = {str(number): value for number, value in enumerate(content.template.parameters, 1)}
        return [{"type": "template", "templateId": content.template.name, "fields": fields}]
    files = [media for media in content.media if media.kind in _NATIVE and media.url]
    spoken = [media for media in content.media if media not in files]
    long = [media.caption for media in files if media.caption and len(media.caption) > TEXT_MAX]
    words = in_words(content, "whatsapp", spoken=spoken, captions=long, location=False)
    parts = [_said(text) for text in split(words, TEXT_MAX, "utf16")]
    parts += [_file(media) for media in files]
    if content.location is not None:
        parts.append({"type": "location", **content.location.model_dump(exclude_none=True)})
    if not parts:
        raise InputInvalid("the message holds nothing that Zenvia can carry")
    return parts


def _file(media: Media) -> Part:
    link = media.url or ""
    mime = media.mime or mimetypes.guess_type(link.partition("?")[0])[0]
    part: Part = {"type": "file", "fileUrl": link}
    part |= {"fileMimeType": mime} if mime else {}
    part |= {"fileName": media.filename} if media.filename else {}
    return part | ({"fileCaption": media.caption} if media.caption and len(media.caption) <= TEXT_MAX else {})


def outcome(reply: ProviderReply) -> Outcome:
    """A 2xx has the message's id; else the HTTP status decides, with Zenvia's code for a person."""
    answer = json_object(reply)
    if 200 <= reply.status < 300:
        return Accepted(json.optional_text(answer.get("id")))
    return by_status(reply, (json.optional_text(answer.get("code")) or "")[:80])
