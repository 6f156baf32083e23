"""What WhatsApp lets people press: reply buttons, one link, a list of rows, and cards with a picture above their buttons."""

from collections.abc import Sequence
from typing import Any

from schemas.content import Button, Card, ChoiceList

BODY_MAX = 1024
BUTTONS_MAX = 3
BUTTON_TITLE_MAX = 20
BUTTON_ID_MAX = 256
ROWS_MAX = 10
ROW_TITLE_MAX = 24
ROW_TEXT_MAX = 72
ROW_ID_MAX = 200
CARDS_MAX = 10

Part = dict[str, Any]


def with_buttons(buttons: Sequence[Button]) -> Part | None:
    """The buttons as WhatsApp shows them: up to three replies, or one link; None where it can't."""
    if any(len(button.title) > BUTTON_TITLE_MAX or len(button.id) > BUTTON_ID_MAX for button in buttons):
        return None
    if len(buttons) == 1 and buttons[0].url:
        link = {"display_text": buttons[0].title, "url": buttons[0].url}
        return {"type": "cta_url", "action": {"name": "cta_url", "parameters": link}}
    unique = len({button.title for button in buttons}) == len({button.id for button in buttons}) == len(buttons)
    many = not 0 < len(buttons) <= BUTTONS_MAX
    if many or not unique or any(button.url or not button.title.strip() for button in buttons):
        return None
    replies = [{"type": "reply", "reply": {"id": button.id, "title": button.title}} for button in buttons]
    return {"type": "button", "action": {"buttons": replies}}


def with_list(choices: ChoiceList | None) -> Part | None:
    """The list as WhatsApp shows it: ten rows in all, sections named where there are several; None where it can't."""
    if choices is None or not 0 < len(choices.button.strip()) <= len(choices.button) <= BUTTON_TITLE_MAX:
        return None
    sections = [section for section in choices.sections if section.rows]
    rows = [row for section in sections for row in section.rows]
    fit = all(
        0 < len(row.title.strip()) <= len(row.title) <= ROW_TITLE_MAX
        and 0 < len(row.id) <= ROW_ID_MAX
        and len(row.description or "") <= ROW_TEXT_MAX
        for row in rows
    )
    named = len(sections) < 2 or all(0 < len(section.title or "") <= ROW_TITLE_MAX for section in sections)
    if not 0 < len(rows) <= ROWS_MAX or not fit or not named or len({row.id for row in rows}) < len(rows):
        return None
    shown = [
        {
            **({"title": section.title} if section.title and len(section.title) <= ROW_TITLE_MAX else {}),
            "rows": [row.model_dump(exclude_none=True) for row in section.rows],
        }
        for section in sections
    ]
    return {"type": "list", "action": {"button": choices.button, "sections": shown}}


def cards_of(cards: Sequence[Card]) -> list[Part]:
    """A message for each card, its picture above its words and buttons; empty where there are none or one doesn't fit."""
    shown = [_card(card) for card in cards]
    if len(cards) > CARDS_MAX:
        return []
    found = [part for part in shown if part is not None]
    return found if len(found) == len(cards) else []


def _card(card: Card) -> Part | None:
    text = "\n".join(word for word in (card.title, card.text) if word)
    if len(text) > BODY_MAX or not text.strip():
        return None
    if not card.buttons:
        if card.image_url is None:
            return {"type": "text", "text": {"preview_url": False, "body": text}}
        return {"type": "image", "image": {"link": card.image_url, "caption": text}}
    action = with_buttons(card.buttons)
    if action is None:
        return None
    picture = {"header": {"type": "image", "image": {"link": card.image_url}}} if card.image_url else {}
    return {"type": "interactive", "interactive": {**action, **picture, "body": {"text": text}}}
