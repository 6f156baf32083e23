"""The Bot API calls that send a message."""

import json
from typing import Any

from backbone.channel import fallback, markup
from backbone.channel.actions import check_action
from backbone.channel.port import Account, HttpCall
from backbone.channel.text import length, split
from backbone.channel.words import choices_of, has_descriptions
from backbone.errors import InputInvalid
from schemas.content import Button, Card, ContactCard, Content, Location, Media, MediaKind
from schemas.outbound import OutboundMessage
from services.telegram.actions import ACTIONS, step_for
from services.telegram.place import Place, place_for
from services.telegram.settings import TelegramSettings

TEXT_MAX = 4096
CAPTION_MAX = 1024
CARDS_MAX = 10
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
    """Text first, then media, things, a place, cards; the first call quotes, the last one has the buttons. An action is one call.

    Raises `InputInvalid` for empty content, a template, a medium without a link, a recipient that is no chat, and an
    action that can't be done there.
    """
    check_action(message, ACTIONS, "Telegram")
    settings: TelegramSettings = account.settings
    place = place_for(message)
    if message.action != "send":
        method, fields = step_for(message, place)
        return (_call(settings, method, {**_address(place, topic=method == "sendChatAction"), **fields}),)
    steps = _steps(message.content)
    if not steps:
        raise InputInvalid("the message holds nothing that Telegram can carry")
    quoted = place.number_of(message.in_reply_to) if message.in_reply_to else None
    if quoted is not None:
        steps[0][1]["reply_parameters"] = {"message_id": quoted, "allow_sending_without_reply": True}
    buttons = choices_of(message.content)
    if buttons and _fit(buttons):
        under = steps[-1][1].get("reply_markup", {"inline_keyboard": []})
        steps[-1][1]["reply_markup"] = {
            "inline_keyboard": under["inline_keyboard"] + _keyboard(buttons)["inline_keyboard"]
        }
    return tuple(_call(settings, method, {**_address(place), **fields}) for method, fields in steps)


def _address(place: Place, *, topic: bool = True) -> dict[str, Any]:
    address: dict[str, Any] = {"chat_id": place.chat if place.chat.startswith("@") else int(place.chat)}
    if place.topic and topic:
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
    text, light = _text(content)
    media = [step for item in content.media for step in _media(item)]
    if len(content.media) == len(media) == 1 and "caption" not in media[0][1] and media[0][0] != "sendSticker":
        captions = split(text, CAPTION_MAX, "utf16")
        if len(captions) == 1:
            media[0][1].update(_marked("caption", captions[0], light=light))
            text = ""
    texts = [_says(part, light=light) for part in split(text, TEXT_MAX, "utf16")]
    texts += [_says(part) for part in split(_rest(content), TEXT_MAX, "utf16")] if light else []
    places = [_place(content.location)] if content.location else []
    return texts + media + _things(content.carousel) + places + [_card(card) for card in content.cards if card.phones]


def _says(text: str, *, light: bool = False) -> Step:
    return "sendMessage", _marked("text", text, light=light)


def _marked(field: str, text: str, *, light: bool) -> dict[str, Any]:
    """Light markup as HTML, made of each part by itself: a mark that was cut apart shows as it stands."""
    return {field: markup.render(text, "html"), "parse_mode": "HTML"} if light else {field: text}


def _text(content: Content) -> tuple[str, bool]:
    """The text and whether it is light markup; only plain text takes up what has no form of its own."""
    if content.text_format == "light" and content.text and content.text.strip():
        return content.text, True
    return fallback.paragraphs(content.text, _rest(content)), False


def _rest(content: Content) -> str:
    """What has no form of its own in words: buttons and rows that don't fit or stand alone, cards without a number."""
    bare = not (content.text and content.text.strip()) and not content.media
    unfit = bare or not _fit(choices_of(content))
    described = has_descriptions(content)
    return fallback.paragraphs(
        *(fallback.card_line(card) for card in content.cards if not card.phones),
        None if _things(content.carousel) else fallback.carousel_lines(content.carousel),
        fallback.choice_lines(content.choices) if unfit or described else None,
        fallback.button_lines(content.buttons) if unfit else None,
    )


def _things(cards: tuple[Card, ...]) -> list[Step]:
    """A message for each card: its picture or its words, with its buttons. Empty where there are none or one doesn't fit."""
    texts = ["\n".join(word for word in (card.title, card.text) if word) for card in cards]
    fit = all(length(text, "utf16") <= CAPTION_MAX and text.strip() for text in texts)
    if len(cards) > CARDS_MAX or not fit or not all(_fit(card.buttons) for card in cards):
        return []
    steps: list[Step] = []
    for card, text in zip(cards, texts, strict=True):
        picture: Step = ("sendPhoto", {"photo": card.image_url, "caption": text})
        method, fields = picture if card.image_url else _says(text)
        steps.append((method, fields | ({"reply_markup": _keyboard(card.buttons)} if card.buttons else {})))
    return steps


def _keyboard(buttons: tuple[Button, ...]) -> dict[str, Any]:
    return {"inline_keyboard": [[_button(button)] for button in buttons]}


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
