"""The Messages API calls that send a message, and what their answers mean."""

import json as stdlib_json
from collections.abc import Sequence
from typing import Any

from backbone.channel import json, sms
from backbone.channel.actions import check_action
from backbone.channel.credentials import basic
from backbone.channel.port import Accepted, Account, HttpCall, Outcome, ProviderReply
from backbone.channel.replies import by_status, json_object
from backbone.channel.text import split
from backbone.channel.words import in_words
from backbone.errors import InputInvalid
from schemas.content import Button, ChoiceList, Content, Media, MediaKind, Template
from schemas.outbound import OutboundMessage
from services.vonage_messages.settings import VonageMessagesSettings

TEXT_MAX = 1000
_BUTTONS_MAX, _BUTTON_TITLE_MAX, _ID_MAX = 3, 20, 200
_ROWS_MAX, _ROW_TITLE_MAX, _ROW_TEXT_MAX = 10, 24, 72
_KINDS = {
    MediaKind.IMAGE: "image",
    MediaKind.VIDEO: "video",
    MediaKind.AUDIO: "audio",
    MediaKind.VOICE: "audio",
    MediaKind.FILE: "file",
}

Part = dict[str, Any]


def calls(message: OutboundMessage, account: Account) -> tuple[HttpCall, ...]:
    """One call a part. Raises `InputInvalid`."""
    check_action(message, (), "Vonage")
    settings: VonageMessagesSettings = account.settings
    parts = _whatsapp(message.content) if settings.medium == "whatsapp" else _phone(message, settings.medium)
    if settings.medium == "whatsapp" and message.in_reply_to:
        parts[0]["context"] = {"message_uuid": message.in_reply_to}
    headers = (
        ("authorization", basic(settings.api_key, settings.api_secret)),
        ("content-type", "application/json"),
        ("accept", "application/json"),
    )
    head = {
        "channel": settings.medium,
        "from": sms.e164(account.external_id).removeprefix("+"),
        "to": sms.e164(message.recipient).removeprefix("+"),
        "client_ref": message.idempotency_key[:100],
    }
    url = f"{settings.api_base.rstrip('/')}/v1/messages"
    return tuple(
        HttpCall("POST", url, headers, stdlib_json.dumps({**head, **part}, separators=(",", ":")).encode())
        for part in parts
    )


def _said(text: str) -> Part:
    return {"message_type": "text", "text": text}


def _phone(message: OutboundMessage, medium: str) -> list[Part]:
    """SMS has texts only. MMS has one file a message, with a caption on pictures; other files become links."""
    if medium == "sms":
        return [_said(part.text) for part in sms.parts(message, text_max=TEXT_MAX)]
    pictures = [item for item in message.content.media if item.kind is MediaKind.IMAGE and item.url]
    rest = tuple(item for item in message.content.media if item not in pictures)
    bare = message.content.model_copy(update={"media": rest})
    words = bare != Content(text_format=bare.text_format) or not pictures
    texts = sms.parts(message.model_copy(update={"content": bare}), text_max=TEXT_MAX) if words else ()
    return [*(_said(part.text) for part in texts), *(part for item in pictures for part in _media(item))]


def _whatsapp(content: Content) -> list[Part]:
    """Text, the last with the buttons or the list where they fit, then files and the place; a template alone."""
    if content.template is not None:
        return [_template(content.template)]
    files = [item for item in content.media if item.kind in _KINDS and item.url]
    pressed = _buttons(content.buttons)
    listed = _list(content.choices) if pressed is None else None
    action = pressed or listed
    words = in_words(
        content,
        "whatsapp",
        spoken=[item for item in content.media if item not in files],
        location=False,
        buttons=pressed is None,
        choices=listed is None,
    )
    texts = split(words, TEXT_MAX, "utf16")
    parts = [_said(text) for text in texts]
    if action:
        body = parts.pop()["text"] if parts else "…"
        custom = {"type": "interactive", "interactive": {**action, "body": {"text": body}}}
        parts.append({"message_type": "custom", "custom": custom})
    parts += [part for item in files for part in _media(item)]
    if content.location is not None:
        place = content.location.model_dump(exclude_none=True)
        parts.append({"message_type": "custom", "custom": {"type": "location", "location": place}})
    if not parts:
        raise InputInvalid("the message holds nothing that Vonage can carry")
    return parts


def _media(item: Media) -> list[Part]:
    """A file, and what its caption says too much for it."""
    kind = _KINDS[item.kind]
    value: Part = {"url": item.url}
    captions = split(item.caption or "", TEXT_MAX, "utf16")
    if captions and kind != "audio":
        value["caption"] = captions.pop(0)
    if kind == "file" and item.filename:
        value["name"] = item.filename
    return [{"message_type": kind, kind: value}, *map(_said, captions)]


def _buttons(given: Sequence[Button]) -> Part | None:
    """Up to three replies of 20 characters; none with a link, which WhatsApp can't mix with replies."""
    fit = all(
        not button.url and 0 < len(button.title.strip()) <= len(button.title) <= _BUTTON_TITLE_MAX for button in given
    )
    ids = {button.id for button in given if 0 < len(button.id) <= _ID_MAX}
    titles = {button.title for button in given}
    if not given or not fit or len(given) > _BUTTONS_MAX or not len(ids) == len(titles) == len(given):
        return None
    shown = [{"type": "reply", "reply": {"id": button.id, "title": button.title}} for button in given]
    return {"type": "button", "action": {"buttons": shown}}


def _list(choices: ChoiceList | None) -> Part | None:
    """Up to ten rows of 24 characters in titled sections."""
    if choices is None:
        return None
    rows = [row for section in choices.sections for row in section.rows]
    fit = all(
        0 < len(row.title.strip()) <= len(row.title) <= _ROW_TITLE_MAX
        and 0 < len(row.id) <= _ID_MAX
        and len(row.description or "") <= _ROW_TEXT_MAX
        for row in rows
    )
    named = len(choices.sections) == 1 or all(
        section.title and len(section.title) <= _ROW_TITLE_MAX for section in choices.sections
    )
    button = choices.button.strip()
    if not rows or not fit or not named or len(rows) > _ROWS_MAX or not 0 < len(button) <= _BUTTON_TITLE_MAX:
        return None
    sections = [section.model_dump(exclude_none=True) for section in choices.sections]
    return {"type": "list", "action": {"button": button, "sections": sections}}


def _template(template: Template) -> Part:
    whatsapp = {"policy": "deterministic", "locale": template.language}
    if template.header or template.button_parameters:
        raise InputInvalid("Vonage's short form of templates fills the body only")
    named = {"name": template.name, "parameters": list(template.parameters)}
    return {"message_type": "template", "template": named, "whatsapp": whatsapp}


def outcome(reply: ProviderReply) -> Outcome:
    """A 202 has the message's id; else the HTTP status decides, with the number of Vonage's problem for a person."""
    answer = json_object(reply)
    if 200 <= reply.status < 300:
        return Accepted(json.optional_text(answer.get("message_uuid")))
    code = (json.optional_text(answer.get("type")) or "").rpartition("#")[2].rpartition("/")[2][:40]
    return by_status(reply, code)
