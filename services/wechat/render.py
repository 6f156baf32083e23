"""Turns a message into calls of the customer service API, one call a part."""

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from pydantic import SecretStr

from backbone.channel.actions import check_action
from backbone.channel.port import Account, HttpCall
from backbone.channel.text import length, split
from backbone.channel.words import choices_of, has_descriptions, in_words
from backbone.errors import InputInvalid
from schemas.content import Button, Content, Media, MediaKind, Template
from schemas.outbound import OutboundMessage
from services.wechat.settings import WeChatSettings

TEXT_MAX = 2048
ROWS_MAX = 10
ROW_BYTES_MAX = 120
TITLE_BYTES_MAX = 120
PICTURE_TITLE = "🖼"
"""A picture by link goes as an article, and an article has a title."""

Part = dict[str, Any]


def calls_for(message: OutboundMessage, account: Account) -> Sequence[HttpCall]:
    """The calls of a message: pictures as articles, then text, its buttons as a menu; a template alone.

    Files would have to be uploaded first, so all other media become links. Raises `InputInvalid` for an action that is not
    known, a template of WeCom, and where nothing is left to send.
    """
    settings: WeChatSettings = account.settings
    check_action(message, () if settings.agent_id is not None else ("typing",), "WeChat")
    to: Part = {"touser": message.recipient}
    if message.action == "typing":
        return (_call(account, "message/custom/typing", {**to, "command": "Typing"}),)
    if message.content.template:
        if settings.agent_id is not None:
            raise InputInvalid("WeCom has no approved templates")
        return (_call(account, "message/template/send", {**to, **_template(message.content.template)}),)
    parts = _parts(message.content, menus=settings.agent_id is None)
    if not parts:
        raise InputInvalid("WeChat can't carry an empty message")
    if settings.agent_id is not None:
        return tuple(_call(account, "message/send", {**to, "agentid": settings.agent_id, **part}) for part in parts)
    return tuple(_call(account, "message/custom/send", {**to, **part}) for part in parts)


def _parts(content: Content, *, menus: bool) -> list[Part]:
    pictures = [media for media in content.media if media.kind is MediaKind.IMAGE and media.url]
    buttons = choices_of(content)
    asks = menus and _fit(buttons)
    text = in_words(
        content,
        spoken=[media for media in content.media if media not in pictures],
        captions=[media.caption for media in pictures if not _is_title(media)],
        choices=not asks or has_descriptions(content),
        buttons=not asks,
    )
    articles: list[Part] = [{"msgtype": "news", "news": {"articles": [_article(media)]}} for media in pictures]
    texts = split(text, TEXT_MAX, "bytes")
    if not asks:
        return [*articles, *map(_text, texts)]
    *before, last = texts or [""]
    rows = [{"id": button.id, "content": button.title} for button in buttons]
    menu = {"msgtype": "msgmenu", "msgmenu": {"head_content": last, "list": rows, "tail_content": ""}}
    return [*articles, *map(_text, before), menu]


def _text(text: str) -> Part:
    return {"msgtype": "text", "text": {"content": text}}


def _article(media: Media) -> Part:
    title = media.caption if media.caption and _is_title(media) else media.filename or PICTURE_TITLE
    return {"title": title, "description": "", "url": media.url, "picurl": media.url}


def _is_title(media: Media) -> bool:
    return length(media.caption or "", "bytes") <= TITLE_BYTES_MAX


def _fit(buttons: Sequence[Button]) -> bool:
    """A menu has no links, and its rows are short."""
    sizes = all(
        button.id and button.title.strip() and not button.url and length(button.title, "bytes") <= ROW_BYTES_MAX
        for button in buttons
    )
    return 0 < len(buttons) <= ROWS_MAX and sizes


def _template(template: Template) -> Part:
    """`thing1=Parcel` fills the field `thing1`; a value without a name fills `keyword1`, `keyword2` … by its place.

    The first button parameter is the page that opens.
    """
    data: dict[str, Part] = {}
    for number, parameter in enumerate(template.parameters, 1):
        name, mark, value = parameter.partition("=")
        named = bool(mark) and name.isascii() and name.replace("_", "").isalnum() and len(name) <= 40
        data[name if named else f"keyword{number}"] = {"value": value if named else parameter}
    link = {"url": template.button_parameters[0]} if template.button_parameters else {}
    return {"template_id": template.name, **link, "data": data}


def access_token(account: Account) -> str:
    """The token of the moment; empty where none could be had yet, which WeChat refuses in a way that may pass."""
    settings: WeChatSettings = account.settings
    token: SecretStr | None = account.token or settings.access_token
    return token.get_secret_value() if token else ""


def _call(account: Account, path: str, body: Part) -> HttpCall:
    """WeChat shows escaped characters as they stand, so the JSON holds them themselves."""
    settings: WeChatSettings = account.settings
    url = f"{settings.api_base.rstrip('/')}/cgi-bin/{path}?access_token={quote(access_token(account), safe='')}"
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return HttpCall("POST", url, (("content-type", "application/json; charset=utf-8"),), content)
