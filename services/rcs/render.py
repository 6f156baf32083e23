"""Turns a message into calls of the RBM API, one call a part."""

import json
import uuid
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from backbone.channel.actions import check_action, target_of
from backbone.channel.port import Account, HttpCall
from backbone.channel.text import split
from backbone.channel.words import choices_of, has_descriptions, in_words
from backbone.errors import InputInvalid
from schemas.content import Button, Card, Content, Media
from schemas.outbound import OutboundMessage
from services.rcs.settings import RcsSettings

TEXT_MAX = 3072
SUGGESTIONS_MAX = 11
SUGGESTION_TEXT_MAX = 25
POSTBACK_MAX = 2048
CARDS = range(2, 11)
CARD_SUGGESTIONS_MAX = 4
CARD_TITLE_MAX = 200
CARD_TEXT_MAX = 2000
EVENTS = {"typing": "IS_TYPING", "read": "READ"}

Part = dict[str, Any]


def calls_for(message: OutboundMessage, account: Account) -> Sequence[HttpCall]:
    """The calls of a message: files, cards, then text; what can be pressed stands under the last of them.

    Raises `InputInvalid` for a template, an action that is not known, and where nothing is left to send.
    """
    check_action(message, (*EVENTS, "delete"), "RCS")
    if message.action in EVENTS:
        return (_event(message, account),)
    if message.action == "delete":
        return (
            _call("DELETE", _url(message, account, f"agentMessages/{quote(target_of(message), safe='')}"), account),
        )
    if message.content.template:
        raise InputInvalid("RCS has no approved templates")
    parts = _parts(message.content)
    if not parts:
        raise InputInvalid("RCS can't carry a message without text, media, a place or a card")
    settings: RcsSettings = account.settings
    life = {} if settings.messages_live_for_seconds is None else {"ttl": f"{settings.messages_live_for_seconds}s"}
    calls = []
    for number, part in enumerate(parts):
        identity = uuid.uuid5(uuid.NAMESPACE_OID, f"{message.idempotency_key}-{number}")
        url = _url(message, account, "agentMessages", messageId=str(identity))
        calls.append(_call("POST", url, account, {"contentMessage": part, **life}))
    return tuple(calls)


def _event(message: OutboundMessage, account: Account) -> HttpCall:
    """Typing is about the conversation, reading about a message of the customer."""
    body: Part = {"eventType": EVENTS[message.action]}
    if message.action == "read":
        body["messageId"] = target_of(message)
    identity = uuid.uuid5(uuid.NAMESPACE_OID, f"{message.idempotency_key}-event")
    return _call("POST", _url(message, account, "agentEvents", eventId=str(identity)), account, body)


def _parts(content: Content) -> list[Part]:
    native = [media for media in content.media if media.url]
    cards = _cards(content.carousel)
    choices = choices_of(content)
    place = content.location
    room = SUGGESTIONS_MAX - (1 if place else 0)
    suggestions = list(map(_press, choices)) if len(choices) <= room and all(map(_fits, choices)) else []
    text = in_words(
        content,
        spoken=[media for media in content.media if media not in native],
        captions=[media.caption for media in native],
        carousel=not cards,
        choices=not suggestions or has_descriptions(content),
        buttons=not suggestions,
    )
    if place:
        suggestions = [_show(place.latitude, place.longitude, place.name), *suggestions]
    parts = [*map(_file, native), *cards, *({"text": part} for part in split(text, TEXT_MAX))]
    if parts and suggestions:
        parts[-1] = {**parts[-1], "suggestions": suggestions}
    return parts


def _file(media: Media) -> Part:
    return {"contentInfo": {"fileUrl": media.url, "forceRefresh": False}}


def _cards(cards: Sequence[Card]) -> list[Part]:
    """One card stands alone, two to ten side by side; empty where there are none or one would be refused."""
    if not cards or len(cards) > CARDS.stop - 1 or not all(map(_card_fits, cards)):
        return []
    if len(cards) not in CARDS:
        alone = {"cardOrientation": "VERTICAL", "cardContent": _card(cards[0])}
        return [{"richCard": {"standaloneCard": alone}}]
    row = {"cardWidth": "MEDIUM", "cardContents": [_card(card) for card in cards]}
    return [{"richCard": {"carouselCard": row}}]


def _card_fits(card: Card) -> bool:
    sizes = 0 < len(card.title) <= CARD_TITLE_MAX and len(card.text or "") <= CARD_TEXT_MAX
    return sizes and len(card.buttons) <= CARD_SUGGESTIONS_MAX and all(map(_fits, card.buttons))


def _card(card: Card) -> Part:
    content: Part = {"title": card.title}
    content |= {"description": card.text} if card.text else {}
    if card.image_url:
        content["media"] = {"height": "MEDIUM", "contentInfo": {"fileUrl": card.image_url, "forceRefresh": False}}
    return content | ({"suggestions": [_press(button) for button in card.buttons]} if card.buttons else {})


def _fits(button: Button) -> bool:
    titled = 0 < len(button.title.strip()) <= len(button.title) <= SUGGESTION_TEXT_MAX
    return titled and 0 < len(button.id) <= POSTBACK_MAX


def _press(button: Button) -> Part:
    if button.url:
        action = {"text": button.title, "postbackData": button.id, "openUrlAction": {"url": button.url}}
        return {"action": action}
    return {"reply": {"text": button.title, "postbackData": button.id}}


def _show(latitude: float, longitude: float, name: str | None) -> Part:
    """A place is something to press: the map opens there."""
    point: Part = {"latLong": {"latitude": latitude, "longitude": longitude}}
    label = name if name and len(name) <= SUGGESTION_TEXT_MAX else "📍"
    return {"action": {"text": label, "postbackData": "location", "viewLocationAction": point}}


def _url(message: OutboundMessage, account: Account, path: str, **query: str) -> str:
    settings: RcsSettings = account.settings
    phone = quote(message.recipient, safe="+")
    asked = "&".join(
        f"{key}={quote(value, safe='')}" for key, value in {**query, "agentId": account.external_id}.items()
    )
    return f"{settings.api_base.rstrip('/')}/phones/{phone}/{path}?{asked}"


def _call(method: str, url: str, account: Account, body: Part | None = None) -> HttpCall:
    settings: RcsSettings = account.settings
    token = account.token or settings.access_token
    headers = () if token is None else (("authorization", f"Bearer {token.get_secret_value()}"),)
    content = b"" if body is None else json.dumps(body, separators=(",", ":")).encode()
    return HttpCall(method, url, (*headers, ("content-type", "application/json")), content)
