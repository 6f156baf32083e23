"""Turns a message into calls of `send_message`, one call a part."""

import json
from collections.abc import Sequence
from typing import Any

from backbone.channel.actions import check_action
from backbone.channel.port import Account, HttpCall
from backbone.channel.text import length, split
from backbone.channel.words import choices_of, has_descriptions, in_words
from backbone.errors import InputInvalid
from schemas.content import Button, Card, ContactCard, Content, Media, MediaKind
from schemas.outbound import OutboundMessage
from services.viber.settings import ViberSettings

TEXT_MAX = 7000
CAPTION_MAX = 120
BUTTONS_MAX = 24
BUTTON_TITLE_MAX = 250
TRACKING_MAX = 4000
CARDS_MAX = 6
CARD_BUTTONS_MAX = 2
GRID = {"columns": 6, "rows": 7}
RICH_VERSION = 7
"""Rich media asks for clients of at least this API version; older ones see `alt_text`."""

Part = dict[str, Any]


def calls_for(message: OutboundMessage, account: Account) -> Sequence[HttpCall]:
    """The calls of a message in order: media, place, business cards, things, then text, under which the keyboard stands.

    Viber asks for the size of films and files: without it they become links. Raises `InputInvalid` for a template, an
    action, and where nothing is left to send.
    """
    check_action(message, (), "Viber")
    if message.content.template:
        raise InputInvalid("Viber bots have no approved templates")
    settings: ViberSettings = account.settings
    parts = _parts(message.content)
    if not parts:
        raise InputInvalid("Viber can't carry a message without text, media, a place or a card")
    sender: Part = {"name": settings.sender_name}
    if settings.sender_avatar:
        sender["avatar"] = settings.sender_avatar
    head: Part = {"receiver": message.recipient, "min_api_version": 1, "sender": sender}
    return tuple(_call(settings, {**head, **part}) for part in parts)


def _parts(content: Content) -> list[Part]:
    native = [media for media in content.media if _shows(media)]
    things = _things(content.carousel)
    keyboard = _keyboard(choices_of(content))
    text = in_words(
        content,
        spoken=[media for media in content.media if media not in native],
        captions=[media.caption for media in native if not _fits_caption(media)],
        location=False,
        cards=False,
        carousel=not things,
        choices=not keyboard or has_descriptions(content),
        buttons=not keyboard,
    )
    parts = [_media(media) for media in native]
    if content.location:
        place = {"lat": content.location.latitude, "lon": content.location.longitude}
        name = "\n".join(word for word in (content.location.name, content.location.address) if word)
        text = "\n\n".join(word for word in (text, name) if word)
        parts.append({"type": "location", "location": place})
    parts += [_card(card) for card in content.cards]
    parts += [*things, *({"type": "text", "text": part} for part in split(text, TEXT_MAX))]
    if parts and keyboard:
        parts[-1] = {**parts[-1], **keyboard}
    if parts and (keyboard or things):
        parts[-1] |= _tracking(
            [*choices_of(content), *(button for card in content.carousel for button in card.buttons)]
        )
    return parts


def _shows(media: Media) -> bool:
    """Pictures go by their link alone; films and files with their size, files with their name too."""
    if not media.url or media.kind not in {MediaKind.IMAGE, MediaKind.VIDEO, MediaKind.FILE}:
        return False
    return media.kind is MediaKind.IMAGE or bool(media.size and (media.kind is MediaKind.VIDEO or media.filename))


def _fits_caption(media: Media) -> bool:
    return media.kind is MediaKind.IMAGE and len(media.caption or "") <= CAPTION_MAX


def _media(media: Media) -> Part:
    if media.kind is MediaKind.IMAGE:
        return {"type": "picture", "text": (media.caption or "") if _fits_caption(media) else "", "media": media.url}
    if media.kind is MediaKind.VIDEO:
        return {"type": "video", "media": media.url, "size": media.size}
    return {"type": "file", "media": media.url, "size": media.size, "file_name": media.filename}


def _card(card: ContactCard) -> Part:
    """Viber's cards have one number; what else there is stands in the name's line."""
    if len(card.phones) == 1 and not card.emails:
        return {"type": "contact", "contact": {"name": card.name, "phone_number": card.phones[0]}}
    return {"type": "text", "text": in_words(Content(cards=(card,)))}


def _keyboard(buttons: Sequence[Button]) -> Part:
    """The buttons under the message; empty where there are none or they don't fit."""
    fit = all(button.title.strip() and len(button.title) <= BUTTON_TITLE_MAX for button in buttons)
    titles = [button.title for button in buttons if not button.url]
    if not buttons or len(buttons) > BUTTONS_MAX or not fit or len(set(titles)) < len(titles):
        return {}
    rows = [_key(button, rows=1) for button in buttons]
    return {"keyboard": {"Type": "keyboard", "DefaultHeight": False, "Buttons": rows}}


def _tracking(buttons: Sequence[Button]) -> Part:
    """What comes back with the customer's next message, so that a pressed button is known again; empty where too long."""
    asked = [[button.id, button.title] for button in buttons if not button.url]
    tracking = json.dumps({"buttons": asked}, ensure_ascii=False, separators=(",", ":"))
    return {"tracking_data": tracking} if asked and len(tracking) <= TRACKING_MAX else {}


def _key(button: Button, *, rows: int) -> Part:
    """A pressed reply shows its body in the chat, so that is the title and not the id."""
    kind, body = ("open-url", button.url) if button.url else ("reply", button.title)
    return {"Columns": GRID["columns"], "Rows": rows, "ActionType": kind, "ActionBody": body, "Text": button.title}


def _things(cards: Sequence[Card]) -> list[Part]:
    """The cards as rich media, each filling its grid; empty where there are none, too many, or one asks for more."""
    if not cards or len(cards) > CARDS_MAX or any(len(card.buttons) > CARD_BUTTONS_MAX for card in cards):
        return []
    if any(length(card.title + (card.text or ""), "characters") > BUTTON_TITLE_MAX for card in cards):
        return []
    rich = {
        "Type": "rich_media",
        "ButtonsGroupColumns": GRID["columns"],
        "ButtonsGroupRows": GRID["rows"],
        "BgColor": "#FFFFFF",
        "Buttons": [cell for card in cards for cell in _cells(card)],
    }
    alternative = split(in_words(Content(carousel=tuple(cards))), TEXT_MAX)[0]
    return [
        {"type": "rich_media", "min_api_version": RICH_VERSION, "rich_media": rich, "alt_text": alternative},
    ]


def _cells(card: Card) -> list[Part]:
    """A picture of three rows where there is one, the words, and a row for each button: seven rows together."""
    picture = 3 if card.image_url else 0
    words = GRID["rows"] - picture - len(card.buttons)
    line = {"Columns": GRID["columns"], "ActionType": "none", "ActionBody": ""}
    cells: list[Part] = [{**line, "Rows": picture, "Image": card.image_url}] if picture else []
    text = "\n".join(word for word in (card.title, card.text) if word)
    cells.append({**line, "Rows": words, "Text": _escaped(text), "TextHAlign": "left", "TextVAlign": "top"})
    return cells + [_key(button, rows=1) for button in card.buttons]


def _escaped(text: str) -> str:
    """Rich media reads a few tags of HTML."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\n", "<br>")


def _call(settings: ViberSettings, body: Part) -> HttpCall:
    headers = (
        ("x-viber-auth-token", settings.auth_tokens[0].get_secret_value()),
        ("content-type", "application/json"),
    )
    url = f"{settings.api_base.rstrip('/')}/send_message"
    return HttpCall("POST", url, headers, json.dumps(body, separators=(",", ":")).encode())
