"""Turns a message into push calls of the Messaging API; what belongs together goes in one call, which LINE counts once."""

import json
import uuid
from collections.abc import Sequence
from typing import Any

from backbone.channel.actions import check_action
from backbone.channel.port import Account, HttpCall
from backbone.channel.text import split
from backbone.channel.words import choices_of, has_descriptions, in_words
from backbone.errors import InputInvalid
from schemas.content import Button, Card, Content, Location, Media, MediaKind
from schemas.outbound import OutboundMessage
from services.line.parse import GROUPS
from services.line.settings import LineSettings

TEXT_MAX = 5000
MESSAGES_MAX = 5
BUTTONS_MAX = 13
LABEL_MAX = 20
DATA_MAX = 300
PLACE_MAX = 100
CARDS_MAX = 12
CARD_BUTTONS_MAX = 4
ALT_TEXT_MAX = 400
LINK_MAX = 1000

Part = dict[str, Any]


def calls_for(message: OutboundMessage, account: Account) -> Sequence[HttpCall]:
    """The calls of a message: media, place and things with the first text, further texts alone; buttons at the end.

    Raises `InputInvalid` for a template, an action that is not known, and where nothing is left to send.
    """
    check_action(message, ("typing",), "LINE")
    settings: LineSettings = account.settings
    if message.action == "typing":
        return (_typing(message, settings),)
    if message.content.template:
        raise InputInvalid("LINE has no approved templates")
    parts = _parts(message.content, settings)
    if not parts:
        raise InputInvalid("LINE can't carry a message without text, media, a place or a card")
    buttons = _quick_replies(choices_of(message.content))
    if buttons:
        parts[-1]["quickReply"] = {"items": buttons}
    to = _recipient(message)
    return tuple(
        _push(settings, f"{message.idempotency_key}-{number}", {"to": to, "messages": group})
        for number, group in enumerate(_grouped(parts))
    )


def _recipient(message: OutboundMessage) -> str:
    """The group of the thread, else the person."""
    kind, _, group = message.thread_key.partition(":")
    return group if kind in GROUPS and group else message.recipient


def _grouped(parts: Sequence[Part]) -> list[list[Part]]:
    """At most five messages a call, and only one of them text, so that a call can be said again as a whole."""
    groups: list[list[Part]] = [[]]
    for part in parts:
        texts = part["type"] == "text" and any(other["type"] == "text" for other in groups[-1])
        if texts or len(groups[-1]) == MESSAGES_MAX:
            groups.append([])
        groups[-1].append(part)
    return groups


def _parts(content: Content, settings: LineSettings) -> list[Part]:
    native = [media for media in content.media if _shows(media, settings)]
    things = _things(content.carousel)
    buttons = _quick_replies(choices_of(content))
    text = in_words(
        content,
        spoken=[media for media in content.media if media not in native],
        captions=[media.caption for media in native],
        location=False,
        carousel=not things,
        choices=not buttons or has_descriptions(content),
        buttons=not buttons,
    )
    parts = [_media(media, settings) for media in native]
    parts += [_place(content.location)] if content.location else []
    return [*parts, *things, *({"type": "text", "text": part} for part in split(text, TEXT_MAX, "utf16"))]


def _shows(media: Media, settings: LineSettings) -> bool:
    """Pictures, and films where there is a still for them. Recordings would need their length, which nobody knows."""
    if not media.url or not media.url.startswith("https://") or len(media.url) > LINK_MAX:
        return False
    return media.kind is MediaKind.IMAGE or (media.kind is MediaKind.VIDEO and settings.video_preview_url is not None)


def _media(media: Media, settings: LineSettings) -> Part:
    """The picture is its own preview: there is no smaller one to name."""
    if media.kind is MediaKind.IMAGE:
        return {"type": "image", "originalContentUrl": media.url, "previewImageUrl": media.url}
    return {"type": "video", "originalContentUrl": media.url, "previewImageUrl": settings.video_preview_url}


def _place(place: Location) -> Part:
    """LINE wants a title and an address: the coordinates where there is nothing else."""
    point = f"{place.latitude}, {place.longitude}"
    return {
        "type": "location",
        "title": (place.name or place.address or point)[:PLACE_MAX],
        "address": (place.address or place.name or point)[:PLACE_MAX],
        "latitude": place.latitude,
        "longitude": place.longitude,
    }


def _quick_replies(buttons: Sequence[Button]) -> list[Part]:
    """The buttons over the keyboard; empty where one would be cut or refused."""
    if len(buttons) > BUTTONS_MAX or not all(map(_fits, buttons)):
        return []
    return [{"type": "action", "action": _action(button)} for button in buttons]


def _fits(button: Button) -> bool:
    titled = 0 < len(button.title.strip()) <= len(button.title) <= LABEL_MAX
    return titled and (len(button.url) <= LINK_MAX if button.url else 0 < len(button.id) <= DATA_MAX)


def _action(button: Button) -> Part:
    """A pressed postback shows its title in the chat, as if the customer had written it."""
    if button.url:
        return {"type": "uri", "label": button.title, "uri": button.url}
    return {"type": "postback", "label": button.title, "data": button.id, "displayText": button.title}


def _things(cards: Sequence[Card]) -> list[Part]:
    """The cards as a Flex carousel; empty where there are none, too many, or one could not be shown whole."""
    fit = all(card.title and len(card.buttons) <= CARD_BUTTONS_MAX and all(map(_fits, card.buttons)) for card in cards)
    pictures = all((card.image_url or "https://").startswith("https://") for card in cards)
    if not cards or len(cards) > CARDS_MAX or not fit or not pictures:
        return []
    alternative = split(in_words(Content(carousel=tuple(cards))), ALT_TEXT_MAX, "utf16")[0]
    bubbles = [_bubble(card) for card in cards]
    return [{"type": "flex", "altText": alternative, "contents": {"type": "carousel", "contents": bubbles}}]


def _bubble(card: Card) -> Part:
    words: list[Part] = [{"type": "text", "text": card.title, "weight": "bold", "wrap": True}]
    words += [{"type": "text", "text": card.text, "wrap": True}] if card.text else []
    bubble: Part = {"type": "bubble", "body": {"type": "box", "layout": "vertical", "contents": words}}
    if card.image_url:
        bubble["hero"] = {"type": "image", "url": card.image_url, "size": "full", "aspectMode": "cover"}
    if card.buttons:
        rows = [{"type": "button", "action": _action(button)} for button in card.buttons]
        bubble["footer"] = {"type": "box", "layout": "vertical", "contents": rows}
    return bubble


def _typing(message: OutboundMessage, settings: LineSettings) -> HttpCall:
    """LINE shows it in chats with one person only."""
    if message.thread_key.partition(":")[0] in GROUPS:
        raise InputInvalid("LINE can't show typing in a group")
    body = {"chatId": message.recipient, "loadingSeconds": settings.typing_seconds}
    return _post(settings, "/v2/bot/chat/loading/start", body)


def _push(settings: LineSettings, key: str, body: Part) -> HttpCall:
    """With a retry key, LINE answers a repeated call with 409 and what it sent the first time."""
    retry_key = ("x-line-retry-key", str(uuid.uuid5(uuid.NAMESPACE_OID, key)))
    return _post(settings, "/v2/bot/message/push", body, retry_key)


def _post(settings: LineSettings, path: str, body: Part, *headers: tuple[str, str]) -> HttpCall:
    fixed = (
        ("authorization", f"Bearer {settings.access_token.get_secret_value()}"),
        ("content-type", "application/json"),
    )
    url = f"{settings.api_base.rstrip('/')}{path}"
    return HttpCall("POST", url, fixed + headers, json.dumps(body, separators=(",", ":")).encode())
