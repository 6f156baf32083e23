"""The Web API calls that send, change, delete and react to messages."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from backbone.channel.actions import check_action, emoji_of, target_of
from backbone.channel.port import Account, HttpCall
from backbone.channel.text import split
from backbone.channel.words import in_words, text_of
from backbone.errors import InputInvalid
from schemas.content import Content, Media
from schemas.outbound import OutboundMessage
from services.slack import blocks, emoji, uploads
from services.slack.blocks import TEXT_MAX, Block
from services.slack.place import address_of, authorization, parts_of
from services.slack.settings import SlackSettings

ACTIONS = frozenset({"edit", "delete", "react", "unreact"})
FILES_MAX = 10
"""Of one message; more go as links."""


def calls(message: OutboundMessage, account: Account) -> tuple[HttpCall, ...]:
    """One call a part, or the one call of an action. Raises `InputInvalid`."""
    check_action(message, ACTIONS, "Slack")
    if message.action != "send":
        return (_action(message, account),)
    channel, thread = address_of(message.thread_key, message.recipient)
    quoted = parts_of(message.in_reply_to) if message.in_reply_to else None
    if thread is None and quoted is not None and quoted[0] == channel:
        thread = quoted[1]
    head: dict[str, Any] = {"channel": channel, **({"thread_ts": thread} if thread else {})}
    files = tuple(media for media in message.content.media if media.url)[:FILES_MAX]
    bodies = [{**head, **part, "unfurl_links": False} for part in _parts(message.content, files)]
    said = tuple(call(account, "chat.postMessage", body) for body in bodies)
    return (*said, replace(call(account, *uploads.show(head)), files=files)) if files else said


def _parts(content: Content, files: Sequence[Media]) -> list[dict[str, Any]]:
    """What is said and pressed; the files stand in a message of their own behind it."""
    if content.template is not None:
        raise InputInvalid("Slack has no templates")
    spoken = [media for media in content.media if media not in files]
    buttons, choices = blocks.buttons(content.buttons), blocks.choices(content.choices)
    cards = blocks.cards(content.carousel)
    words = in_words(
        Content.model_validate({**dict(content), "text": None}),
        spoken=spoken,
        buttons=bool(content.buttons) and not buttons,
        choices=content.choices is not None and not choices,
        carousel=bool(content.carousel) and not cards,
    )
    parts: list[dict[str, Any]] = [{"text": text_of(_said(content, piece), "slack")} for piece in _pieces(content)]
    parts += [{"text": text_of(Content(text=piece), "slack")} for piece in split(words, TEXT_MAX)]
    if cards:
        parts.append({"text": blocks.summary(content), "blocks": [*cards]})
    choosing = [*buttons, *choices]
    if choosing:
        _attach(parts, choosing)
    if not parts and not files:
        raise InputInvalid("the message holds nothing that Slack can carry")
    return parts


def _pieces(content: Content) -> Sequence[str]:
    return split(content.text or "", TEXT_MAX)


def _said(content: Content, piece: str) -> Content:
    return Content(text=piece, text_format=content.text_format)


def _attach(parts: list[dict[str, Any]], choosing: list[Block]) -> None:
    """Choices stand below the last text; where that is too long once escaped, or there is none, below a line of their own."""
    last = parts[-1] if parts else {}
    if "blocks" in last:
        last["blocks"] = [*last["blocks"], *choosing]
    elif last and len(last["text"]) <= TEXT_MAX:
        last["blocks"] = [blocks.section(last["text"]), *choosing]
    else:
        parts.append({"text": "…", "blocks": choosing})


def _action(message: OutboundMessage, account: Account) -> HttpCall:
    found = parts_of(target_of(message))
    if found is None:
        raise InputInvalid("the target names no message of Slack's")
    channel, ts = found
    if message.action == "delete":
        return call(account, "chat.delete", {"channel": channel, "ts": ts})
    if message.action == "edit":
        texts = _pieces(message.content)
        if len(texts) != 1:
            raise InputInvalid("an edited message must be one text")
        return call(
            account, "chat.update", {"channel": channel, "ts": ts, "text": text_of(message.content, "slack").strip()}
        )
    name = emoji.named(emoji_of(message))
    if name is None:
        raise InputInvalid("Slack's name of this emoji is not known: write it as :name:")
    method = "reactions.add" if message.action == "react" else "reactions.remove"
    return call(account, method, {"channel": channel, "timestamp": ts, "name": name})


def call(account: Account, method: str, body: dict[str, Any]) -> HttpCall:
    settings: SlackSettings = account.settings
    headers = (authorization(account), ("content-type", "application/json; charset=utf-8"))
    payload = json.dumps(body, separators=(",", ":")).encode()
    return HttpCall("POST", f"{settings.api_base.rstrip('/')}/{method}", headers, payload)
