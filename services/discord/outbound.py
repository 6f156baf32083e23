"""The REST calls that send, change, delete and react to messages."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from backbone.channel.actions import check_action, emoji_of, target_of
from backbone.channel.port import Account, HttpCall
from backbone.channel.text import length, split
from backbone.channel.uploads import LoadedFile, Refused, UploadStep, multipart, unavailable
from backbone.channel.words import in_words, text_of
from backbone.errors import InputInvalid
from schemas.content import Content, Media
from schemas.outbound import OutboundMessage
from services.discord import components
from services.discord.settings import DiscordSettings

TEXT_MAX = 2000
FILES_MAX = 10
ACTIONS = frozenset({"edit", "delete", "react", "unreact", "typing"})
_NO_MENTIONS: dict[str, list[str]] = {"parse": []}
"""Nobody is called by what an answer quotes: no `@everyone` by a customer's name."""


def calls(message: OutboundMessage, account: Account) -> tuple[HttpCall, ...]:
    """One call a part, or the one call of an action. Raises `InputInvalid`."""
    check_action(message, ACTIONS, "Discord")
    channel = _snowflake(message.thread_key, "the thread is no channel of Discord's")
    if message.action != "send":
        return (_action(message, account, channel),)
    parts = _parts(message.content)
    if message.in_reply_to and message.in_reply_to.isascii() and message.in_reply_to.isdigit():
        parts[0]["message_reference"] = {"message_id": message.in_reply_to, "fail_if_not_exists": False}
    found = []
    for number, part in enumerate(parts):
        nonce = hashlib.sha256(f"{message.idempotency_key}/{number}".encode()).hexdigest()[:24]
        body = {**part, "allowed_mentions": _NO_MENTIONS, "nonce": nonce, "enforce_nonce": True}
        call = _call(account, "POST", f"channels/{channel}/messages", body)
        found.append(replace(call, files=files_of(message.content)) if "attachments" in part else call)
    return tuple(found)


def files_of(content: Content) -> tuple[Media, ...]:
    """What goes as attachments, all in one message; Discord takes ten."""
    return tuple(media for media in content.media if media.url)[:FILES_MAX]


def _attachment(number: int, media: Media) -> dict[str, Any]:
    return {"id": number} | ({"filename": media.filename[-100:]} if media.filename else {})


def upload_step(call: HttpCall, files: Sequence[LoadedFile | None]) -> UploadStep | Refused:
    """The one call with everything: the message as JSON beside its files (docs.discord.com, uploading files)."""
    missing = unavailable(files)
    if missing is not None:
        return missing
    there = [file for file in files if file is not None]
    kind, body = multipart(
        [("payload_json", call.body.decode())],
        [(f"files[{number}]", file.name, file.mime, file.data) for number, file in enumerate(there)],
    )
    headers = tuple(header for header in call.headers if header[0] != "content-type")
    return UploadStep(HttpCall(call.method, call.url, (*headers, kind), body), last=True)


def _snowflake(value: str, problem: str) -> str:
    if not (value.isascii() and value.isdigit() and len(value) <= 20):
        raise InputInvalid(problem)
    return value


def _parts(content: Content) -> list[dict[str, Any]]:
    if content.template is not None:
        raise InputInvalid("Discord has no templates")
    files = files_of(content)
    below = text_of(Content(text="\n".join(media.caption for media in files if media.caption)), "markdown")
    fits = length(below, "utf16") <= TEXT_MAX
    rows = components.rows(content.buttons, content.choices)
    embeds, card_rows = components.cards(content.carousel, len(rows))
    words = in_words(
        Content.model_validate({**dict(content), "text": None}),
        spoken=[media for media in content.media if media not in files],
        captions=[] if fits else [media.caption for media in files],
        buttons=bool(content.buttons) and not rows,
        choices=content.choices is not None and not rows,
        carousel=bool(content.carousel) and not embeds,
    )
    said = _fitting(content.text or "", lambda piece: _marked(content, piece))
    parts: list[dict[str, Any]] = [{"content": piece} for piece in said]
    parts += [{"content": piece} for piece in _fitting(words, lambda piece: text_of(Content(text=piece), "markdown"))]
    parts += [
        {"embeds": embeds[at : at + components.EMBEDS_MAX]} for at in range(0, len(embeds), components.EMBEDS_MAX)
    ]
    if files:
        shown = [_attachment(number, media) for number, media in enumerate(files)]
        parts.append({"attachments": shown} | ({"content": below} if below and fits else {}))
    if rows or card_rows:
        parts = parts or [{"content": "…"}]
        parts[-1]["components"] = [*card_rows, *rows]
    if not parts:
        raise InputInvalid("the message holds nothing that Discord can carry")
    return parts


def _marked(content: Content, piece: str) -> str:
    return text_of(Content(text=piece, text_format=content.text_format), "markdown")


def _fitting(text: str, render: Callable[[str], str]) -> list[str]:
    """Pieces that fit once their marks are written; one that grew too long is cut in half."""
    found: list[str] = []
    waiting = split(text, TEXT_MAX, "utf16")[::-1]
    while waiting:
        piece = waiting.pop()
        shown = render(piece)
        if length(shown, "utf16") <= TEXT_MAX:
            found.append(shown)
        else:
            waiting += split(piece, length(piece, "utf16") // 2 + 1, "utf16")[::-1]
    return found


def _action(message: OutboundMessage, account: Account, channel: str) -> HttpCall:
    if message.action == "typing":
        return _call(account, "POST", f"channels/{channel}/typing", None)
    target = _snowflake(target_of(message), "the target is no message of Discord's")
    place = f"channels/{channel}/messages/{target}"
    if message.action == "delete":
        return _call(account, "DELETE", place, None)
    if message.action == "edit":
        pieces = _fitting(message.content.text or "", lambda piece: _marked(message.content, piece))
        if len(pieces) != 1:
            raise InputInvalid("an edited message must be one text")
        return _call(account, "PATCH", place, {"content": pieces[0], "allowed_mentions": _NO_MENTIONS})
    emoji = quote(emoji_of(message).strip(":"), safe=":")
    method = "PUT" if message.action == "react" else "DELETE"
    return _call(account, method, f"{place}/reactions/{emoji}/@me", None)


def _call(account: Account, method: str, path: str, body: dict[str, Any] | None) -> HttpCall:
    settings: DiscordSettings = account.settings
    headers = (("authorization", f"Bot {settings.bot_token.get_secret_value()}"),)
    url = f"{settings.api_base.rstrip('/')}/{path}"
    if body is None:
        return HttpCall(method, url, headers)
    payload = json.dumps(body, separators=(",", ":")).encode()
    return HttpCall(method, url, (*headers, ("content-type", "application/json")), payload)
