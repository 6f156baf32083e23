"""The connector calls that send, change and delete messages, and what their answers mean."""

import json as stdlib_json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote, unquote

from backbone.channel import json
from backbone.channel.actions import check_action, target_of
from backbone.channel.port import Accepted, Account, Final, HttpCall, Outcome, ProviderReply, Throttled, Transient
from backbone.channel.replies import by_status, child, json_object, retry_after
from backbone.channel.text import split
from backbone.channel.uploads import LoadedFile, UploadStep
from backbone.channel.words import in_words, text_of
from backbone.errors import InputInvalid
from schemas.content import Content, Media, MediaKind
from schemas.outbound import OutboundMessage
from services.msteams import cards
from services.msteams.place import message_id, parts_of
from services.msteams.settings import TeamsSettings

TEXT_MAX = 12_000
INLINE = frozenset({"image/png", "image/jpeg", "image/gif"})
ACTIONS = frozenset({"edit", "delete", "typing"})
_CONVERSATIONS = "/v3/conversations/"

MEANINGS = {
    "BotDisabledByAdmin": "The organisation's administrator switched the app off.",
    "BotNotInConversationRoster": "The app is not in this conversation: the person removed it, or was removed.",
    "ConversationBlockedByUser": "The person blocked the app.",
    "ConversationNotFound": "The conversation is gone.",
    "Forbidden": "The app may not write there.",
    "MessageSizeTooBig": "The message is too long.",
    "NotEnoughPermissions": "The app lacks a permission.",
}


def calls(message: OutboundMessage, account: Account) -> tuple[HttpCall, ...]:
    """One call a part, or the one call of an action. Raises `InputInvalid`."""
    check_action(message, ACTIONS, "Teams")
    if message.action != "send":
        return (_action(message, account),)
    bodies = _parts(message.content)
    quoted = parts_of(message.in_reply_to) if message.in_reply_to else None
    if quoted is not None and quoted[0] == message.thread_key:
        bodies[0]["replyToId"] = quoted[1]
    calls = [_call(account, "POST", message.thread_key, "", body) for body in bodies]
    return tuple(
        replace(call, files=_pictures(message.content, body)) for call, body in zip(calls, bodies, strict=True)
    )


def _pictures(content: Content, body: dict[str, Any]) -> tuple[Media, ...]:
    """The pictures that this part shows by their link."""
    shown = {item.get("contentUrl") for item in body.get("attachments", ())}
    return tuple(media for media in content.media if media.kind is MediaKind.IMAGE and media.url and media.url in shown)


def upload_step(call: HttpCall, files: Sequence[LoadedFile | None], account: Account) -> UploadStep:
    """Small pictures as bytes in the message, which outlive their link; what is larger, or can't be had, stays a link."""
    settings: TeamsSettings = account.settings
    body = json.obj(json.loads(call.body), "the call")
    left = settings.inline_bytes
    for file in files:
        if file is None or file.mime not in INLINE or len(file.data) > left:
            continue
        left -= len(file.data)
        for item in body["attachments"]:
            if item.get("contentUrl") == file.media.url:
                data = b64encode(file.data).decode()
                item |= {"contentType": file.mime, "contentUrl": f"data:{file.mime};base64,{data}"}
    payload = stdlib_json.dumps(body, separators=(",", ":")).encode()
    return UploadStep(replace(call, body=payload, files=()), last=True)


def _parts(content: Content) -> list[dict[str, Any]]:
    if content.template is not None:
        raise InputInvalid("Teams has no templates")
    images = [media for media in content.media if media.kind is MediaKind.IMAGE and media.url]
    pressed, menu, shown = (
        cards.buttons(content.buttons),
        cards.choices(content.choices),
        cards.carousel(content.carousel),
    )
    words = in_words(
        Content.model_validate({**dict(content), "text": None}),
        spoken=[media for media in content.media if media not in images],
        captions=[media.caption for media in images],
        buttons=bool(content.buttons) and not pressed,
        choices=content.choices is not None and not menu,
        carousel=bool(content.carousel) and not shown,
    )
    parts = [_said(content, piece) for piece in split(content.text or "", TEXT_MAX, "utf16")]
    parts += [_said(Content(), piece) for piece in split(words, TEXT_MAX, "utf16")]
    for attachments, layout in ((shown, "carousel"), ([*map(cards.picture, images), *pressed, *menu], "list")):
        if attachments:
            parts.append({"type": "message", "attachmentLayout": layout, "attachments": attachments})
    if not parts:
        raise InputInvalid("the message holds nothing that Teams can carry")
    return parts


def _said(content: Content, piece: str) -> dict[str, Any]:
    """Plain text as it stands; marks as HTML, since Teams' Markdown drops single line breaks."""
    if content.text_format != "light":
        return {"type": "message", "textFormat": "plain", "text": piece}
    marked = text_of(Content(text=piece, text_format="light"), "html").replace("\n", "<br>")
    return {"type": "message", "textFormat": "xml", "text": marked}


def _action(message: OutboundMessage, account: Account) -> HttpCall:
    if message.action == "typing":
        return _call(account, "POST", message.thread_key, "", {"type": "typing"})
    found = parts_of(target_of(message))
    if found is None:
        raise InputInvalid("the target names no message of Teams")
    conversation, activity = found
    if message.action == "delete":
        return _call(account, "DELETE", conversation, activity, None)
    pieces = split(message.content.text or "", TEXT_MAX, "utf16")
    if len(pieces) != 1:
        raise InputInvalid("an edited message must be one text")
    return _call(account, "PUT", conversation, activity, _said(message.content, pieces[0]))


def _call(account: Account, method: str, conversation: str, activity: str, body: dict[str, Any] | None) -> HttpCall:
    settings: TeamsSettings = account.settings
    place = f"{_CONVERSATIONS}{quote(conversation, safe='')}/activities"
    url = settings.service_url.rstrip("/") + place + (f"/{quote(activity, safe='')}" if activity else "")
    if body is None:
        return HttpCall(method, url, authorization(account))
    payload = stdlib_json.dumps(body, separators=(",", ":")).encode()
    return HttpCall(method, url, (*authorization(account), ("content-type", "application/json")), payload)


def authorization(account: Account) -> tuple[tuple[str, str], ...]:
    """The token that the gateway keeps fresh; nothing where there is none yet, and Microsoft says 401."""
    return (("authorization", f"Bearer {account.token.get_secret_value()}"),) if account.token else ()


def outcome(url: str, reply: ProviderReply) -> Outcome:
    """By the HTTP status, and the code of the error for a person. A 401 is a token that ended: the next one may do."""
    answer = json_object(reply)
    if 200 <= reply.status < 300:
        identity = json.optional_text(answer.get("id"))
        conversation = unquote(url.partition(_CONVERSATIONS)[2].partition("/")[0])
        return Accepted(message_id(conversation, identity) if identity and conversation else None)
    code = (json.optional_text(child(answer, "error").get("code")) or "")[:80]
    if reply.status == 429:
        return Throttled(code or "429", retry_after(reply), "conversation")
    if reply.status in {401, 412}:
        return Transient(code or str(reply.status), retry_after=retry_after(reply))
    found = by_status(reply, code)
    return Final(found.code, MEANINGS.get(code, "")) if isinstance(found, Final) else found
