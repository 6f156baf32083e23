"""Turns a message into calls of the Graph API: `POST /{phone_number_id}/messages`, one call a part."""

import json
from collections.abc import Sequence
from typing import Any

from backbone.channel import fallback
from backbone.channel.port import Account, HttpCall, ProviderCall
from backbone.channel.text import split
from backbone.errors import InputInvalid
from schemas.content import Button, ContactCard, Content, Media, MediaKind, Template
from schemas.outbound import OutboundMessage
from services.whatsapp.people import GROUP, is_user_id
from services.whatsapp.settings import WhatsAppSettings

TEXT_MAX = 4096
BODY_MAX = 1024
CAPTION_MAX = 1024
BUTTONS_MAX = 3
BUTTON_TITLE_MAX = 20
BUTTON_ID_MAX = 256

_TYPES = {
    MediaKind.IMAGE: "image",
    MediaKind.VIDEO: "video",
    MediaKind.AUDIO: "audio",
    MediaKind.VOICE: "audio",
    MediaKind.FILE: "document",
    MediaKind.STICKER: "sticker",
}
_CAPTIONED = {MediaKind.IMAGE, MediaKind.VIDEO, MediaKind.FILE}

Part = dict[str, Any]


def calls_for(message: OutboundMessage, account: Account) -> Sequence[ProviderCall]:
    """The calls of a message in order: a template alone, or text, then media, place and cards.

    Buttons ride on the last piece of text where they fit (three, titles of 20 characters), else they become a numbered
    list. Raises `InputInvalid` where nothing is left to send.
    """
    parts = _parts(message.content)
    if not parts:
        raise InputInvalid("WhatsApp can't carry a message without text, media, a place, a card or a template")
    quoted = {"context": {"message_id": message.in_reply_to}} if message.in_reply_to else {}
    parts[0] = {**quoted, **parts[0]}
    return tuple(_call(account, {**_addressed(message), **part}) for part in parts)


def _addressed(message: OutboundMessage) -> Part:
    """User ids go into `recipient`, phone numbers and groups into `to`."""
    head: Part = {"messaging_product": "whatsapp", "recipient_type": "individual"}
    if message.thread_key.startswith(GROUP):
        return {**head, "recipient_type": "group", "to": message.thread_key.removeprefix(GROUP)}
    return {**head, "recipient" if is_user_id(message.recipient) else "to": message.recipient}


def _parts(content: Content) -> list[Part]:
    if content.template:
        return [_template(content.template)]
    native = [media for media in content.media if media.url]
    spoken = [fallback.media_line(media) for media in content.media if not media.url]
    captions = [media.caption for media in native if media.caption and not _fits_caption(media)]
    text = fallback.paragraphs(content.text, *spoken, *captions)
    parts = _text_parts(text, content.buttons)
    parts += [_media(media) for media in native]
    if content.location:
        fields = content.location.model_dump(exclude_none=True)
        parts.append({"type": "location", "location": fields})
    if content.cards:
        parts.append({"type": "contacts", "contacts": [_card(card) for card in content.cards]})
    return parts


def _text_parts(text: str, buttons: Sequence[Button]) -> list[Part]:
    if not buttons:
        return [_text(part) for part in split(text, TEXT_MAX)]
    action = _action(buttons)
    if action is None or not text.strip():
        return [_text(part) for part in split(fallback.paragraphs(text, fallback.button_lines(buttons)), TEXT_MAX)]
    *before, last = split(text, BODY_MAX)
    return [*map(_text, before), {"type": "interactive", "interactive": {**action, "body": {"text": last}}}]


def _action(buttons: Sequence[Button]) -> Part | None:
    """The buttons as WhatsApp shows them: up to three replies, or one link; None where it can't."""
    if any(len(button.title) > BUTTON_TITLE_MAX or len(button.id) > BUTTON_ID_MAX for button in buttons):
        return None
    if len(buttons) == 1 and buttons[0].url:
        link = {"display_text": buttons[0].title, "url": buttons[0].url}
        return {"type": "cta_url", "action": {"name": "cta_url", "parameters": link}}
    unique = len({button.title for button in buttons}) == len({button.id for button in buttons}) == len(buttons)
    if len(buttons) > BUTTONS_MAX or not unique or any(button.url or not button.title.strip() for button in buttons):
        return None
    replies = [{"type": "reply", "reply": {"id": button.id, "title": button.title}} for button in buttons]
    return {"type": "button", "action": {"buttons": replies}}


def _text(body: str) -> Part:
    return {"type": "text", "text": {"preview_url": False, "body": body}}


def _fits_caption(media: Media) -> bool:
    return media.kind in _CAPTIONED and len(media.caption or "") <= CAPTION_MAX


def _media(media: Media) -> Part:
    kind = _TYPES[media.kind]
    value: Part = {"link": media.url}
    if media.caption and _fits_caption(media):
        value["caption"] = media.caption
    if media.filename and media.kind is MediaKind.FILE:
        value["filename"] = media.filename
    return {"type": kind, kind: value}


def _card(card: ContactCard) -> Part:
    return {
        "name": {"formatted_name": card.name, "first_name": card.name},
        "phones": [{"phone": phone} for phone in card.phones],
        "emails": [{"email": email} for email in card.emails],
    }


def _template(template: Template) -> Part:
    value: Part = {"name": template.name, "language": {"code": template.language}}
    if template.parameters:
        parameters = [{"type": "text", "text": parameter} for parameter in template.parameters]
        value["components"] = [{"type": "body", "parameters": parameters}]
    return {"type": "template", "template": value}


def _call(account: Account, body: Part) -> HttpCall:
    settings: WhatsAppSettings = account.settings
    headers = (
        ("authorization", f"Bearer {settings.access_token.get_secret_value()}"),
        ("content-type", "application/json"),
    )
    url = f"{settings.api_base}/{settings.api_version}/{account.external_id}/messages"
    return HttpCall("POST", url, headers, json.dumps(body, separators=(",", ":")).encode())
