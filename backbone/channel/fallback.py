"""Says in words what a channel can't show: a link for media, a list for buttons, a line for a place or a card."""

from collections.abc import Iterable

from schemas.content import Button, Card, ChoiceList, ContactCard, Location, Media


def media_line(media: Media) -> str:
    """The caption or file name and the link; the kind alone where there is no link to give."""
    words = [media.caption or media.filename or "", media.url or f"[{media.kind.value}]"]
    return "\n".join(word for word in words if word)


def button_lines(buttons: Iterable[Button]) -> str:
    """A numbered list, with the link of each button that has one."""
    rows = [
        f"{number}. {button.title}" + (f": {button.url}" if button.url else "")
        for number, button in enumerate(buttons, 1)
    ]
    return "\n".join(rows)


def location_line(location: Location) -> str:
    """Name, address and coordinates in decimal degrees (a `geo:` URI, RFC 5870, which phones open in their map)."""
    words = [location.name, location.address, f"geo:{location.latitude},{location.longitude}"]
    return "\n".join(word for word in words if word)


def card_line(card: ContactCard) -> str:
    return "\n".join([card.name, *card.phones, *card.emails])


def choice_lines(choices: ChoiceList | None) -> str:
    """The rows of a list, numbered through all its sections, each with its description."""
    lines: list[str] = []
    number = 0
    for section in choices.sections if choices else ():
        lines += [section.title] if section.title else []
        for row in section.rows:
            number += 1
            lines.append(f"{number}. {row.title}" + (f" – {row.description}" if row.description else ""))
    return "\n".join(lines)


def carousel_lines(cards: Iterable[Card]) -> str:
    """Each card as a paragraph: title, text, the link of its picture, its buttons."""
    return paragraphs(
        *("\n".join(filter(None, [c.title, c.text, c.image_url, button_lines(c.buttons)])) for c in cards)
    )


def paragraphs(*texts: str | None) -> str:
    """The texts that say something, with an empty line between them."""
    return "\n\n".join(text for text in texts if text and text.strip())
