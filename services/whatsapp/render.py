"""Turns a message into calls of the Graph API: `POST /{phone_number_id}/messages`, one call a part."""

import json
from collections.abc import Sequence
from typing import Any

from backbone.channel.actions import check_action, emoji_of, target_of
from backbone.channel.port import Account, HttpCall, ProviderCall
from backbone.channel.text import split
from backbone.channel.words import in_words
from backbone.errors import InputInvalid
from schemas.content import ContactCard, Content, Media, MediaKind
from schemas.outbound import OutboundMessage
from services.whatsapp.interactive import BODY_MAX, cards_of, with_buttons, with_list
from services.whatsapp.people import GROUP, is_user_id
from services.whatsapp.settings import WhatsAppSettings
from services.whatsapp.templates import template_of

TEXT_MAX = 4096
CAPTION_MAX = 1024
ACTIONS = ("react", "unreact", "typing", "read")

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
    """The calls of a message in order: a template alone, or text, then things, media, place and cards.

    Buttons and a list ride on the last piece of text where they fit, else they become words. Raises `InputInvalid` for an
    action that is not known and where nothing is left to send.
    """
    check_action(message, ACTIONS, "WhatsApp")
    if message.action in {"typing", "read"}:
        return (_call(account, _seen(message)),)
    if message.action in {"react", "unreact"}:
        return (_call(account, {**_addressed(message), **_reaction(message)}),)
    parts = _parts(message.content)
    if not parts:
        raise InputInvalid("WhatsApp can't carry a message without text, media, a place, a card or a template")
    quoted = {"context": {"message_id": message.in_reply_to}} if message.in_reply_to else {}
    parts[0] = {**quoted, **parts[0]}
    return tuple(_call(account, {**_addressed(message), **part}) for part in parts)


def _seen(message: OutboundMessage) -> Part:
    """Typing shows under a message of the customer, which is read by it."""
    body: Part = {"messaging_product": "whatsapp", "status": "read", "message_id": target_of(message)}
    return body | ({"typing_indicator": {"type": "text"}} if message.action == "typing" else {})


def _reaction(message: OutboundMessage) -> Part:
    """An empty emoji takes it back."""
    emoji = emoji_of(message) if message.action == "react" else ""
    return {"type": "reaction", "reaction": {"message_id": target_of(message), "emoji": emoji}}


def _addressed(message: OutboundMessage) -> Part:
    """User ids go into `recipient`, phone numbers and groups into `to`."""
    head: Part = {"messaging_product": "whatsapp", "recipient_type": "individual"}
    if message.thread_key.startswith(GROUP):
        return {**head, "recipient_type": "group", "to": message.thread_key.removeprefix(GROUP)}
    return {**head, "recipient" if is_user_id(message.recipient) else "to": message.recipient}


def _parts(content: Content) -> list[Part]:
    if content.template:
        return [template_of(content.template)]
    native = [media for media in content.media if media.url]
    things = cards_of(content.carousel)
    rows, action = with_list(content.choices), with_buttons(content.buttons)
    shared = {
        "spoken": [media for media in content.media if not media.url],
        "captions": [media.caption for media in native if not _fits_caption(media)],
    }
    parts = _text_parts(content, rows, action, carousel=not things, **shared)
    parts += [*things, *map(_media, native)]
    if content.location:
        fields = content.location.model_dump(exclude_none=True)
        parts.append({"type": "location", "location": fields})
    if content.cards:
        parts.append({"type": "contacts", "contacts": [_card(card) for card in content.cards]})
    return parts


def _text_parts(content: Content, rows: Part | None, action: Part | None, **said: Any) -> list[Part]:
    """A list is opened by one message, buttons stand under one: where there are both, the buttons are said in words.

    Both need words to stand under.
    """
    shown = rows or action
    flags = {"location": False, "cards": False, **said}
    said_buttons = rows is not None or action is None
    body = in_words(content, "whatsapp", choices=rows is None, buttons=said_buttons, **flags)
    if shown is None or not body.strip():
        text = in_words(content, "whatsapp", **flags)
        return [_text(part) for part in split(text, TEXT_MAX)]
    *before, last = split(body, BODY_MAX)
    return [*map(_text, before), {"type": "interactive", "interactive": {**shown, "body": {"text": last}}}]


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


def _call(account: Account, body: Part) -> HttpCall:
    settings: WhatsAppSettings = account.settings
    headers = (
        ("authorization", f"Bearer {settings.access_token.get_secret_value()}"),
        ("content-type", "application/json"),
    )
    url = f"{settings.api_base}/{settings.api_version}/{account.external_id}/messages"
    return HttpCall("POST", url, headers, json.dumps(body, separators=(",", ":")).encode())
