"""Hero and adaptive cards within Teams' limits (learn.microsoft.com, cards reference)."""

from collections.abc import Sequence
from typing import Any

from schemas.content import Button, Card, ChoiceList, Media

BUTTONS_MAX = 6
_TITLE_MAX = 200
_ROWS_MAX = 50
_CARDS_MAX = 10
_HERO = "application/vnd.microsoft.card.hero"
_ADAPTIVE = "application/vnd.microsoft.card.adaptive"

Attachment = dict[str, Any]


def buttons(given: Sequence[Button]) -> list[Attachment]:
    """A hero card of up to six buttons; nothing where they don't fit, and the caller says them in words."""
    if not given or not _fit(given):
        return []
    return [{"contentType": _HERO, "content": {"buttons": [_button(button) for button in given]}}]


def _fit(given: Sequence[Button]) -> bool:
    titled = all(0 < len(button.title.strip()) <= len(button.title) <= _TITLE_MAX for button in given)
    return titled and len(given) <= BUTTONS_MAX


def _button(button: Button) -> Attachment:
    """A press shows the title as the person's words and brings the id back as `value`."""
    if button.url:
        return {"type": "openUrl", "title": button.title, "value": button.url}
    value = {"choice": button.id, "title": button.title}
    return {
        "type": "messageBack",
        "title": button.title,
        "displayText": button.title,
        "text": button.title,
        "value": value,
    }


def choices(given: ChoiceList | None) -> list[Attachment]:
    """An adaptive card with a menu and a button; nothing where the rows don't fit. It has no groups."""
    rows = [row for section in given.sections for row in section.rows] if given else []
    if given is None or not rows or len(rows) > _ROWS_MAX or any(len(row.title) > _TITLE_MAX for row in rows):
        return []
    options = [
        {"title": f"{row.title} – {row.description}" if row.description else row.title, "value": row.id} for row in rows
    ]
    title = given.button.strip() or "OK"
    body = [{"type": "Input.ChoiceSet", "id": "list", "style": "expanded", "choices": options}]
    content = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
        "actions": [{"type": "Action.Submit", "title": title[:_TITLE_MAX]}],
    }
    return [{"contentType": _ADAPTIVE, "content": content}]


def carousel(given: Sequence[Card]) -> list[Attachment]:
    """A hero card each; nothing where there are too many, or one has too many buttons."""
    if len(given) > _CARDS_MAX or any(not _fit(card.buttons) for card in given):
        return []
    return [{"contentType": _HERO, "content": _hero(card)} for card in given]


def _hero(card: Card) -> Attachment:
    content: Attachment = {"title": card.title}
    content |= {"text": card.text} if card.text else {}
    content |= {"images": [{"url": card.image_url, "alt": card.title}]} if card.image_url else {}
    return content | ({"buttons": [_button(button) for button in card.buttons]} if card.buttons else {})


def picture(media: Media) -> Attachment:
    found = {"contentType": media.mime or "image/*", "contentUrl": media.url}
    return found | ({"name": media.filename} if media.filename else {})
