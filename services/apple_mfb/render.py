"""Turns a message into calls of Apple's gateway, one call a part."""

import json
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import SecretStr

from backbone.channel.actions import check_action
from backbone.channel.jwt import sign_hs256
from backbone.channel.port import Account, HttpCall
from backbone.channel.text import split
from backbone.channel.words import choices_of, in_words
from backbone.errors import InputInvalid
from schemas.content import Button, ChoiceList, Content
from schemas.outbound import OutboundMessage
from services.apple_mfb.settings import AppleSettings, key_of

TEXT_MAX = 10_000
QUICK_REPLIES = range(2, 6)
ROWS_MAX = 20
TITLE_MAX = 85
EXTENSION = (
    "com.apple.messages.MSMessageExtensionBalloonPlugin:0000000000:com.apple.icloud.apps.messages.business.extension"
)
LIST_TITLE = "…"

Part = dict[str, Any]


def calls_for(message: OutboundMessage, account: Account) -> Sequence[HttpCall]:
    """The calls of a message: text with everything in words that Apple would need a sealed file for, then what to pick.

    Raises `InputInvalid` for a template, an action that is not known, and where nothing is left to send.
    """
    check_action(message, ("typing",), "Apple Messages for Business")
    if message.action == "typing":
        parts: list[Part] = [{"type": "typing_start"}]
    else:
        parts = _parts(message.content, f"{message.idempotency_key}-request")
    if not parts:
        raise InputInvalid("Apple Messages for Business can't carry an empty message")
    return tuple(_call(message, account, number, part) for number, part in enumerate(parts))


def _parts(content: Content, request: str) -> list[Part]:
    if content.template:
        raise InputInvalid("Apple Messages for Business has no approved templates")
    pick = _quick_reply(content, request) or _list(content, request)
    text = in_words(content, spoken=content.media, choices=not pick, buttons=not pick)
    parts: list[Part] = [{"type": "text", "body": part} for part in split(text, TEXT_MAX)]
    return [*parts, pick] if pick else parts


def _quick_reply(content: Content, request: str) -> Part | None:
    """Two to five short answers, where there is nothing else to pick."""
    buttons = content.buttons
    if content.choices or len(buttons) not in QUICK_REPLIES or not all(map(_fits, buttons)):
        return None
    items = [{"identifier": button.id, "title": button.title} for button in buttons]
    summary = split(content.text or buttons[0].title, TITLE_MAX)[0]
    return _interactive({"quick-reply": {"summaryText": summary, "items": items}}, request)


def _list(content: Content, request: str) -> Part | None:
    """The sections of a list, and buttons as one more; None where there is nothing to pick or a row doesn't fit."""
    buttons = choices_of(content)
    if not buttons or len(buttons) > ROWS_MAX or not all(map(_fits, buttons)):
        return None
    title = content.choices.button if content.choices else LIST_TITLE
    picker = {"listPicker": {"multipleSelection": False, "sections": _sections(content.choices, content.buttons)}}
    bubble = {"title": title[:TITLE_MAX], "style": "small"}
    return _interactive(picker, request, receivedMessage=bubble, replyMessage=bubble)


def _sections(choices: ChoiceList | None, buttons: Sequence[Button]) -> list[Part]:
    sections: list[Part] = [
        {
            "title": section.title or "",
            "items": [
                {
                    "identifier": row.id,
                    "title": row.title,
                    "order": order,
                    "style": "default",
                    **({"subtitle": row.description} if row.description else {}),
                }
                for order, row in enumerate(section.rows)
            ],
        }
        for section in (choices.sections if choices else ())
    ]
    if buttons:
        rows = [
            {"identifier": button.id, "title": button.title, "order": order, "style": "default"}
            for order, button in enumerate(buttons)
        ]
        sections.append({"title": "", "items": rows})
    return [{**section, "order": order, "multipleSelection": False} for order, section in enumerate(sections)]


def _fits(button: Button) -> bool:
    return not button.url and bool(button.id) and 0 < len(button.title.strip()) <= len(button.title) <= TITLE_MAX


def _interactive(data: Part, request: str, **bubbles: Part) -> Part:
    """Bubbles stand beside the data: what the customer sees of the question and of the answer."""
    whole = {"version": "1.0", "requestIdentifier": str(uuid.uuid5(uuid.NAMESPACE_OID, request)), **data}
    return {"type": "interactive", "interactiveData": {"bid": EXTENSION, "data": whole, **bubbles}}


def token_for(settings: AppleSettings, now: datetime) -> SecretStr:
    """What opens the gateway for a moment: our id and the time, signed with the newest secret."""
    claims = {"iss": settings.csp_id, "iat": int(now.timestamp())}
    return SecretStr(sign_hs256(claims, key_of(settings.api_secrets[0])))


def _call(message: OutboundMessage, account: Account, number: int, part: Part) -> HttpCall:
    """Bots say that they are none: Apple asks for it."""
    settings: AppleSettings = account.settings
    identity = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{message.idempotency_key}-{number}"))
    head = {"v": 1, "id": identity, "sourceId": account.external_id, "destinationId": message.recipient}
    body = json.dumps({**head, "locale": settings.locale, **part}, separators=(",", ":")).encode()
    headers = (
        ("authorization", f"Bearer {token_for(settings, message.created_at).get_secret_value()}"),
        ("content-type", "application/json"),
        ("id", identity),
        ("source-id", account.external_id),
        ("destination-id", message.recipient),
        *((("auto-reply", "true"),) if message.automatic else ()),
    )
    return HttpCall("POST", f"{settings.api_base.rstrip('/')}/message", headers, body)
