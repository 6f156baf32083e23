"""Turns a message into calls of the Sunshine Conversations API, one call a part."""

import json
from base64 import b64encode
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from backbone.channel.actions import check_action, target_of
from backbone.channel.port import Account, HttpCall
from backbone.channel.text import split
from backbone.channel.words import choices_of, has_descriptions, in_words
from backbone.errors import InputInvalid
from schemas.content import Button, Card, Content, Location, Media, MediaKind
from schemas.outbound import OutboundMessage
from services.smooch.settings import SmoochSettings

TEXT_MAX = 4096
BUTTONS_MAX = 10
BUTTON_TITLE_MAX = 128
BUTTON_ID_MAX = 1000
CARDS_MAX = 10
CARD_TEXT_MAX = 128
ACTIVITIES = {"typing": "typing:start", "read": "conversation:read"}

Part = dict[str, Any]


def calls_for(message: OutboundMessage, account: Account) -> Sequence[HttpCall]:
    """The calls of a message: media, place, things, then text with its buttons. They go to the conversation of the thread.

    Raises `InputInvalid` for a template, an action that is not known, and where nothing is left to send.
    """
    check_action(message, (*ACTIVITIES, "delete"), "Sunshine Conversations")
    settings: SmoochSettings = account.settings
    place = f"{settings.api_base.rstrip('/')}/apps/{quote(account.external_id, safe='')}"
    place += f"/conversations/{quote(message.thread_key, safe='')}"
    if message.action == "delete":
        return (_call(settings, "DELETE", f"{place}/messages/{quote(target_of(message), safe='')}"),)
    if message.action in ACTIVITIES:
        activity: Part = {"author": {"type": "business"}, "type": ACTIVITIES[message.action]}
        return (_call(settings, "POST", f"{place}/activity", activity),)
    if message.content.template:
        raise InputInvalid("Sunshine Conversations has templates of its own only")
    parts = _parts(message.content)
    if not parts:
        raise InputInvalid("Sunshine Conversations can't carry a message without text, media, a place or a card")
    author: Part = {"type": "business"}
    if settings.display_name:
        author["displayName"] = settings.display_name
    return tuple(_call(settings, "POST", f"{place}/messages", {"author": author, "content": part}) for part in parts)


def _parts(content: Content) -> list[Part]:
    native = [media for media in content.media if media.url]
    things = _things(content.carousel)
    choices = choices_of(content)
    actions = _actions(choices)
    text = in_words(
        content,
        spoken=[media for media in content.media if media not in native],
        captions=[media.caption for media in native],
        location=False,
        carousel=not things,
        choices=not actions or has_descriptions(content),
        buttons=not actions,
    )
    texts: list[Part] = [{"type": "text", "text": part} for part in split(text, TEXT_MAX)]
    if texts and actions:
        texts[-1]["actions"] = actions
    elif actions:
        texts = [{"type": "text", "text": part} for part in split(in_words(Content(buttons=choices)), TEXT_MAX)]
    places = [_place(content.location)] if content.location else []
    return [*map(_media, native), *places, *things, *texts]


def _media(media: Media) -> Part:
    """Pictures show, all else is a file with its name."""
    if media.kind in {MediaKind.IMAGE, MediaKind.STICKER}:
        return {"type": "image", "mediaUrl": media.url}
    return {"type": "file", "mediaUrl": media.url, **({"altText": media.filename} if media.filename else {})}


def _place(place: Location) -> Part:
    named = {key: value for key, value in (("name", place.name), ("address", place.address)) if value}
    point = {"lat": place.latitude, "long": place.longitude}
    return {"type": "location", "coordinates": point, **({"location": named} if named else {})}


def _actions(buttons: Sequence[Button]) -> list[Part]:
    """Replies that go when one is picked, or links that stay: Sunshine wants one kind in a message. Empty where they don't fit."""
    links = {bool(button.url) for button in buttons}
    if not buttons or len(buttons) > BUTTONS_MAX or len(links) > 1 or not all(map(_fits, buttons)):
        return []
    return [
        {"type": "link", "text": button.title, "uri": button.url}
        if button.url
        else {"type": "reply", "text": button.title, "payload": button.id}
        for button in buttons
    ]


def _fits(button: Button) -> bool:
    titled = 0 < len(button.title.strip()) <= len(button.title) <= BUTTON_TITLE_MAX
    return titled and (bool(button.url) or 0 < len(button.id) <= BUTTON_ID_MAX)


def _things(cards: Sequence[Card]) -> list[Part]:
    """The cards as a carousel, in which each must have something to press; empty where one would be refused."""
    fit = all(
        0 < len(card.title) <= CARD_TEXT_MAX
        and len(card.text or "") <= CARD_TEXT_MAX
        and 0 < len(card.buttons) <= 3
        and all(map(_fits, card.buttons))
        for card in cards
    )
    if not cards or len(cards) > CARDS_MAX or not fit:
        return []
    return [{"type": "carousel", "items": [_item(card) for card in cards]}]


def _item(card: Card) -> Part:
    actions = [
        {"type": "link", "text": button.title, "uri": button.url}
        if button.url
        else {"type": "postback", "text": button.title, "payload": button.id}
        for button in card.buttons
    ]
    item: Part = {"title": card.title, "actions": actions}
    item |= {"description": card.text} if card.text else {}
    return item | ({"mediaUrl": card.image_url} if card.image_url else {})


def _call(settings: SmoochSettings, method: str, url: str, body: Part | None = None) -> HttpCall:
    pair = f"{settings.key_id}:{settings.key_secret.get_secret_value()}".encode()
    headers = (("authorization", f"Basic {b64encode(pair).decode('ascii')}"), ("content-type", "application/json"))
    return HttpCall(method, url, headers, b"" if body is None else json.dumps(body, separators=(",", ":")).encode())
