"""A message as words that a voice reads out."""

import re
from xml.sax.saxutils import escape

from backbone.channel import fallback, words
from backbone.errors import InputInvalid
from schemas.content import Card, Content

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def words_of(content: Content) -> str:
    """What is to be said: text without marks, places by their names, people's cards, lists and buttons as numbered lines.

    Raises `InputInvalid` for media and templates, and where nothing can be said.
    """
    if content.media or content.template:
        raise InputInvalid("a call reads text only")
    place = content.location
    said = fallback.paragraphs(
        words.text_of(content),
        fallback.paragraphs(place.name, place.address) if place else None,
        *(fallback.card_line(card) for card in content.cards),
        *(_card(card) for card in content.carousel),
        fallback.choice_lines(content.choices),
        fallback.button_lines(content.buttons),
    )
    if not said:
        raise InputInvalid("there is nothing to read out")
    return said


def _card(card: Card) -> str:
    """Without its picture's link: nobody follows one by ear."""
    return fallback.paragraphs(card.title, card.text, fallback.button_lines(card.buttons))


def printable(text: str) -> str:
    """The text with U+FFFD for what XML 1.0 can't hold, which no voice reads either."""
    return _NOT_XML.sub("\ufffd", text)


def escaped(text: str) -> str:
    """The text as XML (TwiML, SSML)."""
    return escape(printable(text))
