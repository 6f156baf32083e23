"""Turns a message into calls of the Send API: `POST /{page_id}/messages`, one call a part."""

import json
from collections.abc import Sequence
from typing import Any

from backbone.channel import fallback
from backbone.channel.port import Account, HttpCall, ProviderCall
from backbone.channel.text import split
from backbone.errors import InputInvalid
from schemas.content import Button, Content, Media, MediaKind
from schemas.outbound import OutboundMessage
from services.messenger.settings import MessengerSettings

TEXT_MAX = 2000
QUICK_REPLIES_MAX = 13
TEMPLATE_BUTTONS_MAX = 3
TEMPLATE_TEXT_MAX = 640
TITLE_MAX = 20
PAYLOAD_MAX = 1000

_TYPES = {
    MediaKind.IMAGE: "image",
    MediaKind.VIDEO: "video",
    MediaKind.AUDIO: "audio",
    MediaKind.VOICE: "audio",
    MediaKind.FILE: "file",
    MediaKind.STICKER: "image",
}

Part = dict[str, Any]


def calls_for(message: OutboundMessage, account: Account) -> Sequence[ProviderCall]:
    """The calls of a message in order: media first, then text, so that quick replies stay the last thing said.

    Places, cards and captions become text; buttons that Messenger can't show become a numbered list. Raises
    `InputInvalid` for a template and where nothing is left to send.
    """
    if message.content.template:
        raise InputInvalid("Messenger has no approved templates")
    parts = _parts(message.content)
    if not parts:
        raise InputInvalid("Messenger can't carry a message without text, media, a place or a card")
    head = {**_kind(message, account.settings), "recipient": {"id": message.recipient}}
    bodies: list[Part] = [{**head, "message": part} for part in parts]
    if message.in_reply_to:
        bodies[0]["reply_to"] = {"mid": message.in_reply_to}
    return tuple(_call(account, body) for body in bodies)


def _kind(message: OutboundMessage, settings: MessengerSettings) -> Part:
    """An answer; after the window what a person writes may go with the tag for people, where Meta granted it."""
    closed = message.window_expires_at is not None and message.created_at >= message.window_expires_at
    if closed and settings.human_agent and not message.automatic:
        return {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    return {"messaging_type": "RESPONSE"}


def _parts(content: Content) -> list[Part]:
    native = [media for media in content.media if media.url]
    spoken = [fallback.media_line(media) for media in content.media if not media.url]
    captions = [media.caption for media in native]
    place = fallback.location_line(content.location) if content.location else None
    text = fallback.paragraphs(content.text, *captions, *spoken, place, *map(fallback.card_line, content.cards))
    return [*map(_media, native), *_text_parts(text, content.buttons)]


def _media(media: Media) -> Part:
    return {"attachment": {"type": _TYPES[media.kind], "payload": {"url": media.url, "is_reusable": False}}}


def _text_parts(text: str, buttons: Sequence[Button]) -> list[Part]:
    if buttons and text.strip():
        if _fit_quick_replies(buttons):
            *before, last = split(text, TEXT_MAX)
            return [*({"text": part} for part in before), {"text": last, "quick_replies": [_quick(b) for b in buttons]}]
        if _fit_template(buttons):
            *before, last = split(text, TEMPLATE_TEXT_MAX)
            return [*({"text": part} for part in before), _template(last, buttons)]
    return [{"text": part} for part in split(fallback.paragraphs(text, fallback.button_lines(buttons)), TEXT_MAX)]


def _short(button: Button) -> bool:
    return 0 < len(button.title.strip()) <= len(button.title) <= TITLE_MAX and 0 < len(button.id) <= PAYLOAD_MAX


def _fit_quick_replies(buttons: Sequence[Button]) -> bool:
    return len(buttons) <= QUICK_REPLIES_MAX and all(_short(button) and not button.url for button in buttons)


def _fit_template(buttons: Sequence[Button]) -> bool:
    return len(buttons) <= TEMPLATE_BUTTONS_MAX and all(_short(button) for button in buttons)


def _quick(button: Button) -> Part:
    return {"content_type": "text", "title": button.title, "payload": button.id}


def _template(text: str, buttons: Sequence[Button]) -> Part:
    rows = [
        {"type": "web_url", "title": button.title, "url": button.url}
        if button.url
        else {"type": "postback", "title": button.title, "payload": button.id}
        for button in buttons
    ]
    return {"attachment": {"type": "template", "payload": {"template_type": "button", "text": text, "buttons": rows}}}


def _call(account: Account, body: Part) -> HttpCall:
    settings: MessengerSettings = account.settings
    headers = (
        ("authorization", f"Bearer {settings.access_token.get_secret_value()}"),
        ("content-type", "application/json"),
    )
    url = f"{settings.api_base}/{settings.api_version}/{account.external_id}/messages"
    return HttpCall("POST", url, headers, json.dumps(body, separators=(",", ":")).encode())
