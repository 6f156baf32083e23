"""Puts into one text what a channel doesn't show by itself: which parts, in which order, in whose markup."""

from collections.abc import Iterable

from backbone.channel import fallback, markup
from backbone.channel.markup import Style
from schemas.content import Button, Content, Media


def in_words(
    content: Content,
    style: Style = "plain",
    *,
    spoken: Iterable[Media] = (),
    captions: Iterable[str | None] = (),
    location: bool = True,
    cards: bool = True,
    carousel: bool = True,
    choices: bool = True,
    buttons: bool = True,
) -> str:
    """The message's text, then everything that is to be said in words, a paragraph each; buttons stand last.

    `spoken` are media that become a link, `captions` those of media shown without one. The flags name what the channel
    can't show this time. Text is written in `style`; all else is shown as it stands.
    """
    lines = [fallback.media_line(media) for media in spoken]
    lines += [caption for caption in captions if caption]
    if location and content.location:
        lines.append(fallback.location_line(content.location))
    if cards:
        lines += [fallback.card_line(card) for card in content.cards]
    if carousel:
        lines.append(fallback.carousel_lines(content.carousel))
    if choices:
        lines.append(fallback.choice_lines(content.choices))
    if buttons:
        lines.append(fallback.button_lines(content.buttons))
    return fallback.paragraphs(text_of(content, style), *(markup.escape(line, style) for line in lines))


def text_of(content: Content, style: Style = "plain") -> str:
    """The text alone: light markup as `style` writes it, plain text so that it shows as it stands."""
    text = content.text or ""
    return markup.render(text, style) if content.text_format == "light" else markup.escape(text, style)


def choices_of(content: Content) -> tuple[Button, ...]:
    """The buttons, and the rows of a list as buttons after them: for channels that show both in one way."""
    sections = content.choices.sections if content.choices else ()
    return content.buttons + tuple(Button(id=row.id, title=row.title) for part in sections for row in part.rows)


def has_descriptions(content: Content) -> bool:
    """Whether a row of the list says more than its title: a button can't show that, so it belongs into the text."""
    sections = content.choices.sections if content.choices else ()
    return any(row.description for part in sections for row in part.rows)
