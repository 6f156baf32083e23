"""Buttons, menus, pictures and cards within Discord's limits (docs.discord.com, components and embeds)."""

from collections.abc import Sequence
from typing import Any

from backbone.channel.markup import escape
from schemas.content import Button, Card, ChoiceList

EMBEDS_MAX = 10
_ROW_MAX = 5
_ROWS_MAX = 5
_TITLE_MAX = 80
_ID_MAX = 100
_LINK_MAX = 512
_OPTIONS_MAX = 25
_OPTION_MAX = 100
_PLACEHOLDER_MAX = 150
_EMBED_TITLE_MAX = 256
_EMBEDS_LENGTH_MAX = 6000
_BUTTON, _MENU, _ROW = 2, 3, 1
_GREY, _LINK = 2, 5

Part = dict[str, Any]


def rows(buttons: Sequence[Button], choices: ChoiceList | None) -> list[Part]:
    """Buttons in rows of five and a menu below; none where one of them doesn't fit, and the caller says all in words."""
    menu = _menu(choices) if choices else []
    pressed = _buttons(buttons)
    if (choices and not menu) or (buttons and not pressed) or len(menu) + len(pressed) > _ROWS_MAX:
        return []
    return [*pressed, *menu]


def _buttons(given: Sequence[Button]) -> list[Part]:
    fit = all(
        0 < len(button.title.strip()) <= len(button.title) <= _TITLE_MAX
        and (len(button.url) <= _LINK_MAX if button.url else 0 < len(button.id) <= _ID_MAX)
        for button in given
    )
    ids = [button.id for button in given if not button.url]
    if not fit or len(given) > _ROW_MAX * _ROWS_MAX or len(set(ids)) < len(ids):
        return []
    elements = [_button(button) for button in given]
    return [{"type": _ROW, "components": elements[at : at + _ROW_MAX]} for at in range(0, len(elements), _ROW_MAX)]


def _button(button: Button) -> Part:
    if button.url:
        return {"type": _BUTTON, "style": _LINK, "label": button.title, "url": button.url}
    return {"type": _BUTTON, "style": _GREY, "label": button.title, "custom_id": button.id}


def _menu(choices: ChoiceList) -> list[Part]:
    """A menu of up to 25 rows; Discord has no groups, so the titles of sections are left to the rows' own words."""
    given = [row for section in choices.sections for row in section.rows]
    fit = all(
        0 < len(row.title.strip()) <= len(row.title) <= _OPTION_MAX and 0 < len(row.id) <= _OPTION_MAX for row in given
    )
    if not given or not fit or len(given) > _OPTIONS_MAX or len({row.id for row in given}) < len(given):
        return []
    options = [
        {"label": row.title, "value": row.id}
        | ({"description": row.description[:_OPTION_MAX]} if row.description else {})
        for row in given
    ]
    menu = {"type": _MENU, "custom_id": "list", "placeholder": choices.button[:_PLACEHOLDER_MAX], "options": options}
    return [{"type": _ROW, "components": [menu]}]


def cards(given: Sequence[Card], rows_taken: int) -> tuple[list[Part], list[Part]]:
    """Each card as an embed, and the buttons of all of them; nothing where they don't fit."""
    embeds = [_embed(card) for card in given]
    size = sum(len(embed["title"]) + len(embed.get("description", "")) for embed in embeds)
    pressed = [button for card in given for button in card.buttons]
    below = _buttons(pressed)
    fit = all(0 < len(embed["title"]) <= _EMBED_TITLE_MAX for embed in embeds)
    whole = fit and len(embeds) <= EMBEDS_MAX and size <= _EMBEDS_LENGTH_MAX
    if not whole or (pressed and not below) or len(below) + rows_taken > _ROWS_MAX:
        return [], []
    return embeds, below


def _embed(card: Card) -> Part:
    shown: Part = {"title": escape(card.title, "markdown")}
    shown |= {"description": escape(card.text, "markdown")} if card.text else {}
    return shown | ({"image": {"url": card.image_url}} if card.image_url else {})
