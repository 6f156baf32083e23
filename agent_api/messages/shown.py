"""Rows of messages as callers see them: REST and the live stream show the same."""

from typing import Any

from agent_api.messages.schemas import (
    Author,
    ButtonIn,
    CarouselIn,
    ContentIn,
    ContentShown,
    DeliveryError,
    ListIn,
    LocationIn,
    MediaIn,
    MediaShown,
    Message,
    TextIn,
)
from schemas.content import Button, Card, ChoiceList, Content, Location, Media, Row, Section, Template


def message_of(row: Any) -> Message:
    """The message without what only providers need (their references and links, which may carry tokens)."""
    return Message(
        id=row["id"],
        conversation_id=row["conversation_id"],
        direction=row["direction"],
        author=Author(kind=row["author_kind"], id=row["author_id"]),
        content=None if row["deleted_at"] is not None else _content(row),
        at=row["sort_at"],
        provider_at=row["provider_at"],
        received_at=row["received_at"],
        state=row["state"],
        state_at=row["state_at"],
        error=DeliveryError(code=row["error_code"], detail=row["error_detail"]) if row["error_code"] else None,
        automatic=row["automatic"],
        possibly_sent_twice=row["possibly_sent_twice"],
        in_reply_to=row["in_reply_to"],
        reactions=row["reactions"] or {},
        edited_at=row["edited_at"],
        deleted_at=row["deleted_at"],
        hidden_at=row["hidden_at"],
        language=row["language"],
        suppressed=row["suppressed"],
        action=row["action"],
    )


def _content(row: Any) -> ContentShown:
    content = Content.model_validate(row["content"])
    media = [_media(item, row, index) for index, item in enumerate(content.media)]
    return ContentShown(
        text=content.text,
        media=media,
        location=content.location,
        cards=list(content.cards),
        buttons=list(content.buttons),
        choices=content.choices,
        carousel=list(content.carousel),
        text_format=content.text_format,
        choice=content.choice,
        template=content.template,
        unsupported=content.unsupported,
    )


def _media(item: Media, row: Any, index: int) -> MediaShown:
    return MediaShown(
        kind=item.kind,
        mime=item.mime,
        filename=item.filename,
        size=item.size,
        caption=item.caption,
        href=f"/v1/messages/{row['id']}/media/{index}" if item.blob else None,
        url=item.url if row["direction"] == "out" else None,
    )


def content_from(given: ContentIn) -> Content:
    """What a caller wrote as the content that is stored and sent."""
    match given:
        case TextIn():
            return Content(text=given.text, text_format=given.format, buttons=_buttons(given.buttons))
        case MediaIn():
            media = Media(
                kind=given.kind, url=given.url, mime=given.mime, filename=given.filename, caption=given.caption
            )
            return Content(media=(media,))
        case ListIn():
            sections = tuple(
                Section(title=one.title, rows=tuple(Row(**row.model_dump()) for row in one.rows))
                for one in given.sections
            )
            return Content(text=given.text, choices=ChoiceList(button=given.button, sections=sections))
        case CarouselIn():
            cards = tuple(
                Card(title=one.title, text=one.text, image_url=one.image_url, buttons=_buttons(one.buttons))
                for one in given.cards
            )
            return Content(text=given.text, carousel=cards)
        case LocationIn():
            return Content(location=Location(**given.model_dump(exclude={"type"})))
        case _:
            return Content(template=Template(**given.model_dump(exclude={"type"})))


def _buttons(given: tuple[ButtonIn, ...]) -> tuple[Button, ...]:
    return tuple(Button(id=button.id, title=button.title, url=button.url) for button in given)
