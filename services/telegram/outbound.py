"""The Bot API calls that send a message."""

import json
from typing import Any

from backbone.channel import fallback
from backbone.channel.port import Account, HttpCall
from backbone.channel.text import split
from backbone.errors import InputInvalid
from schemas.content import Button, ContactCard, Content, Location, Media, MediaKind
from schemas.outbound import OutboundMessage
from services.telegram.place import Place, place_for
from services.telegram.settings import TelegramSettings

TEXT_MAX = 4096
CAPTION_MAX = 1024
_BUTTONS_MAX = 100
_BUTTON_DATA_MAX = 64
_METHODS = {
    MediaKind.IMAGE: ("sendPhoto", "photo"),
    MediaKind.VIDEO: ("sendVideo", "video"),
    MediaKind.AUDIO: ("sendAudio", "audio"),
    MediaKind.VOICE: ("sendVoice", "voice"),
    MediaKind.FILE: ("sendDocument", "document"),
    MediaKind.STICKER: ("sendSticker", "sticker"),
}

Step = tuple[str, dict[str, Any]]


def calls(message: OutboundMessage, account: Account) -> tuple[HttpCall, ...]:
    """Text first, then media, a place, cards; the first call quotes, the last one has the buttons.

    Raises `InputInvalid` for empty content, a template, a medium without a link or a recipient that is no chat.
    """
    settings: TelegramSettings = account.settings
    place = place_for(message)
    steps = _steps(message.content)
    if not steps:
        raise InputInvalid("the message holds nothing that Telegram can carry")
    quoted = place.number_of(message.in_reply_to) if message.in_reply_to else None
    if quoted is not None:
        steps[0][1]["reply_parameters"] = {"message_id": quoted, "allow_sending_without_reply": True}
    if message.content.buttons and _fit(message.content.buttons):
        steps[-1][1]["reply_markup"] = {"inline_keyboard": [[_button(button)] for button in message.content.buttons]}
    return tuple(_call(settings, method, {**_address(place), **fields}) for method, fields in steps)


def _address(place: Place) -> dict[str, Any]:
    address: dict[str, Any] = {"chat_id": place.chat if place.chat.startswith("@") else int(place.chat)}
    if place.topic:
        address["message_thread_id"] = int(place.topic)
    if place.connection:
        address["business_connection_id"] = place.connection
    return address


def _call(settings: TelegramSettings, method: str, fields: dict[str, Any]) -> HttpCall:
    body = json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return HttpCall("POST", settings.method_url(method), (("content-type", "application/json"),), body)


def _steps(content: Content) -> list[Step]:
    if content.template is not None:
        raise InputInvalid("Telegram has no templates")
    text = _text(content)
    media = [step for item in content.media for step in _media(item)]
    if len(content.media) == len(media) == 1 and "caption" not in media[0][1] and media[0][0] != "sendSticker":
        captions = split(text, CAPTION_MAX, "utf16")
        if len(captions) == 1:
            media[0][1]["caption"] = captions[0]
            text = ""
    texts = [_says(part) for part in split(text, TEXT_MAX, "utf16")]
    places = [_place(content.location)] if content.location else []
    return texts + media + places + [_card(card) for card in content.cards if card.phones]


def _says(text: str) -> Step:
    return "sendMessage", {"text": text}


def _text(content: Content) -> str:
    """The text, with what has no form of its own in words: buttons that don't fit, cards without a number."""
    bare = not (content.text and content.text.strip()) and not content.media
    lines = fallback.button_lines(content.buttons) if bare or not _fit(content.buttons) else None
    cards = (fallback.card_line(card) for card in content.cards if not card.phones)
    return fallback.paragraphs(content.text, *cards, lines)


def _fit(buttons: tuple[Button, ...]) -> bool:
    sizes = [len(button.id.encode("utf-8", "replace")) for button in buttons if not button.url]
    titled = all(button.title.strip() for button in buttons)
    return len(buttons) <= _BUTTONS_MAX and titled and all(1 <= size <= _BUTTON_DATA_MAX for size in sizes)


def _button(button: Button) -> dict[str, str]:
    return (
        {"text": button.title, "url": button.url} if button.url else {"text": button.title, "callback_data": button.id}
    )


def _media(media: Media) -> list[Step]:
    """One call, with the caption where it fits; what is longer, or on a sticker, follows as text."""
    if not media.url:
        raise InputInvalid("Telegram fetches media by a link: this one has none")
    method, field = _METHODS[media.kind]
    fields: dict[str, Any] = {field: media.url}
    captions = split(media.caption or "", CAPTION_MAX, "utf16")
    if captions and method != "sendSticker":
        fields["caption"] = captions.pop(0)
    return [(method, fields), *(_says(rest) for rest in captions)]


def _place(place: Location) -> Step:
    point = {"latitude": place.latitude, "longitude": place.longitude}
    title = place.name or place.address
    if not title:
        return "sendLocation", point
    return "sendVenue", {**point, "title": title, "address": place.address or title}


def _card(card: ContactCard) -> Step:
    return "sendContact", {"phone_number": card.phones[0], "first_name": card.name}
