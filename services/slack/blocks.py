"""Block Kit: sections, pictures, buttons, menus and cards within their limits (docs.slack.dev/reference/block-kit)."""

from collections.abc import Iterable, Sequence
from typing import Any

from backbone.channel.markup import escape
from schemas.content import Button, Card, ChoiceList, Content

TEXT_MAX = 3000
_BUTTONS_MAX = 25
_TITLE_MAX = 75
_VALUE_MAX = 2000
_LINK_MAX = 3000
_OPTIONS_MAX = 100
_OPTION_VALUE_MAX = 150
_CARDS_MAX = 10
_ALT_MAX = 2000

Block = dict[str, Any]


def section(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def buttons(given: Sequence[Button]) -> list[Block]:
    """One block of up to 25 buttons; none where they don't fit, and the caller says them in words."""
    fit = all(
        0 < len(button.title.strip()) <= len(button.title) <= _TITLE_MAX
        and 0 < len(button.id) <= _VALUE_MAX
        and len(button.url or "") <= _LINK_MAX
        for button in given
    )
    if not given or not fit or len(given) > _BUTTONS_MAX:
        return []
    return [{"type": "actions", "elements": [_button(button, number) for number, button in enumerate(given)]}]


def _button(button: Button, number: int, prefix: str = "button") -> Block:
    element: Block = {"type": "button", "action_id": f"{prefix}-{number}", "text": _plain(button.title)}
    return element | {"value": button.id} | ({"url": button.url} if button.url else {})


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": False}


def choices(given: ChoiceList | None) -> list[Block]:
    """A menu of up to 100 rows; none where they don't fit."""
    rows = [row for part in given.sections for row in part.rows] if given else []
    fit = all(
        0 < len(row.title.strip()) <= len(row.title) <= _TITLE_MAX and 0 < len(row.id) <= _OPTION_VALUE_MAX
        for row in rows
    )
    if given is None or not rows or not fit or len(rows) > _OPTIONS_MAX or len({row.id for row in rows}) < len(rows):
        return []
    menu: Block = {
        "type": "static_select",
        "action_id": "list",
        "placeholder": _plain((given.button.strip() or "…")[:_TITLE_MAX]),
    }
    if all(part.title and len(part.title) <= _TITLE_MAX and part.rows for part in given.sections):
        menu["option_groups"] = [
            {"label": _plain(str(part.title)), "options": [_option(row) for row in part.rows]}
            for part in given.sections
        ]
    else:
        menu["options"] = [_option(row) for row in rows]
    return [{"type": "actions", "elements": [menu]}]


def _option(row: Any) -> Block:
    shown: Block = {"text": _plain(row.title), "value": row.id}
    return shown | ({"description": _plain(row.description[:_TITLE_MAX])} if row.description else {})


def cards(given: Sequence[Card]) -> list[Block]:
    """Each card as a section with its picture beside it and its buttons below; none where one doesn't fit."""
    found: list[Block] = []
    for number, card in enumerate(given[: _CARDS_MAX + 1]):
        title, text = escape(card.title, "slack"), escape(card.text or "", "slack")
        words = f"*{title}*\n{text}".strip()
        below = buttons(card.buttons)
        if number >= _CARDS_MAX or len(words) > TEXT_MAX or (card.buttons and not below):
            return []
        part = section(words)
        if card.image_url:
            part["accessory"] = {"type": "image", "image_url": card.image_url, "alt_text": card.title[:_ALT_MAX]}
        for block in below:
            block["elements"] = [_button(button, at, f"card-{number}") for at, button in enumerate(card.buttons)]
        found += [part, *below]
    return found


def summary(content: Content) -> str:
    """What notifications show of a message made of blocks."""
    names: Iterable[str] = (card.title for card in content.carousel)
    return escape(", ".join(names), "slack")[:TEXT_MAX] or "🖼"
