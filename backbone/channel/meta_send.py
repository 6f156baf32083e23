"""Meta's Send API of pages and Instagram accounts: the calls that say something, and what its answers mean."""

import json as stdlib_json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from backbone.channel import json
from backbone.channel.actions import check_action, emoji_of, target_of
from backbone.channel.port import Accepted, Final, HttpCall, Outcome, ProviderReply, Throttled, Transient
from backbone.channel.replies import by_status, child, json_object, retry_after
from backbone.channel.text import Unit, length, split
from backbone.channel.words import in_words
from backbone.errors import InputInvalid
from schemas.content import Button, Card, Content, Media, MediaKind
from schemas.outbound import OutboundMessage

QUICK_REPLIES_MAX = 13
TEMPLATE_BUTTONS_MAX = 3
TEMPLATE_TEXT_MAX = 640
CARDS_MAX = 10
CARD_TEXT_MAX = 80
TITLE_MAX = 20
PAYLOAD_MAX = 1000
SLOW_DOWN = {4, 17, 32, 613, 80002, 80006}
TRY_AGAIN = {1, 2, 1200}
DETAIL_MAX = 300

REACTIONS: Mapping[str, str] = {
    "❤": "love", "👍": "like", "👎": "dislike", "😆": "smile", "😮": "wow", "😢": "sad", "😠": "angry",
}  # fmt: skip
"""Meta's words for the emoji it has one for; any other goes as it is."""

_SENDER_ACTIONS: Mapping[str, str] = {
    "typing": "typing_on",
    "read": "mark_seen",
    "react": "react",
    "unreact": "unreact",
}

Part = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sending:
    """Where and as what to send. `human_agent` is Meta's leave to answer for seven days, given to people only.

    `kinds` names Meta's type of each media kind that can go by link; others are said in words.
    """

    title: str
    url: str
    access_token: SecretStr
    human_agent: bool
    text_max: int
    text_unit: Unit
    kinds: Mapping[MediaKind, str]


def calls_for(message: OutboundMessage, sending: Sending) -> Sequence[HttpCall]:
    """The calls of a message in order: media, cards, then text, so that quick replies stay the last thing said.

    Places, business cards, captions and lists become text, as do buttons and cards that Meta wouldn't show. An action is
    one call. Raises `InputInvalid` for a template, an action that is not known, and where nothing is left to send.
    """
    check_action(message, _SENDER_ACTIONS, sending.title)
    if message.action != "send":
        return (_call(sending, _action(message)),)
    if message.content.template:
        raise InputInvalid(f"{sending.title} has no approved templates")
    parts = _parts(message.content, sending)
    if not parts:
        raise InputInvalid(f"{sending.title} can't carry a message without text, media, a place or a card")
    head = {**_kind(message, sending), "recipient": {"id": message.recipient}}
    bodies: list[Part] = [{**head, "message": part} for part in parts]
    if message.in_reply_to:
        bodies[0]["reply_to"] = {"mid": message.in_reply_to}
    return tuple(_call(sending, body) for body in bodies)


def _action(message: OutboundMessage) -> Part:
    """What is done without saying anything. Meta's emoji words stand without the variation selector."""
    body: Part = {"recipient": {"id": message.recipient}, "sender_action": _SENDER_ACTIONS[message.action]}
    if message.action in {"react", "unreact"}:
        payload = {"message_id": target_of(message)}
        if message.action == "react":
            emoji = emoji_of(message)
            payload["reaction"] = REACTIONS.get(emoji.removesuffix("\ufe0f"), emoji)
        body["payload"] = payload
    return body


def _kind(message: OutboundMessage, sending: Sending) -> Part:
    """An answer; after the window what a person writes may go with the tag for people, where Meta granted it."""
    closed = message.window_expires_at is not None and message.created_at >= message.window_expires_at
    if closed and sending.human_agent and not message.automatic:
        return {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    return {"messaging_type": "RESPONSE"}


def _parts(content: Content, sending: Sending) -> list[Part]:
    native = [media for media in content.media if media.url and media.kind in sending.kinds]
    carousel = _carousel(content.carousel)
    text = in_words(
        content,
        spoken=[media for media in content.media if media not in native],
        captions=[media.caption for media in native],
        carousel=not carousel,
        buttons=False,
    )
    return [*(_media(media, sending) for media in native), *carousel, *_text_parts(text, content.buttons, sending)]


def _media(media: Media, sending: Sending) -> Part:
    return {"attachment": {"type": sending.kinds[media.kind], "payload": {"url": media.url, "is_reusable": False}}}


def _carousel(cards: Sequence[Card]) -> list[Part]:
    """The cards as a generic template; empty where there are none or Meta would cut or refuse one."""
    if not cards or len(cards) > CARDS_MAX or not all(map(_fits, cards)):
        return []
    elements = [
        {
            "title": card.title,
            **({"subtitle": card.text} if card.text else {}),
            **({"image_url": card.image_url} if card.image_url else {}),
            **({"buttons": [_row(button) for button in card.buttons]} if card.buttons else {}),
        }
        for card in cards
    ]
    return [{"attachment": {"type": "template", "payload": {"template_type": "generic", "elements": elements}}}]


def _fits(card: Card) -> bool:
    """A title alone is refused: there must be one thing more."""
    sizes = 0 < len(card.title) <= CARD_TEXT_MAX and len(card.text or "") <= CARD_TEXT_MAX
    return sizes and bool(card.text or card.image_url or card.buttons) and _fit_template(card.buttons)


def _text_parts(text: str, buttons: Sequence[Button], sending: Sending) -> list[Part]:
    limit, unit = sending.text_max, sending.text_unit
    if buttons and text.strip():
        if _fit_quick_replies(buttons):
            *before, last = split(text, limit, unit)
            return [*({"text": part} for part in before), {"text": last, "quick_replies": [_quick(b) for b in buttons]}]
        if _fit_template(buttons):
            *before, last = split(text, TEMPLATE_TEXT_MAX)
            if length(last, unit) <= limit and all(length(part, unit) <= limit for part in before):
                return [*({"text": part} for part in before), _template(last, buttons)]
    spoken = in_words(Content(text=text, buttons=tuple(buttons)))
    return [{"text": part} for part in split(spoken, limit, unit)]


def _short(button: Button) -> bool:
    return 0 < len(button.title.strip()) <= len(button.title) <= TITLE_MAX and 0 < len(button.id) <= PAYLOAD_MAX


def _fit_quick_replies(buttons: Sequence[Button]) -> bool:
    return len(buttons) <= QUICK_REPLIES_MAX and all(_short(button) and not button.url for button in buttons)


def _fit_template(buttons: Sequence[Button]) -> bool:
    return len(buttons) <= TEMPLATE_BUTTONS_MAX and all(_short(button) for button in buttons)


def _quick(button: Button) -> Part:
    return {"content_type": "text", "title": button.title, "payload": button.id}


def _row(button: Button) -> Part:
    if button.url:
        return {"type": "web_url", "title": button.title, "url": button.url}
    return {"type": "postback", "title": button.title, "payload": button.id}


def _template(text: str, buttons: Sequence[Button]) -> Part:
    rows = [_row(button) for button in buttons]
    return {"attachment": {"type": "template", "payload": {"template_type": "button", "text": text, "buttons": rows}}}


def _call(sending: Sending, body: Part) -> HttpCall:
    headers = (
        ("authorization", f"Bearer {sending.access_token.get_secret_value()}"),
        ("content-type", "application/json"),
    )
    return HttpCall("POST", sending.url, headers, stdlib_json.dumps(body, separators=(",", ":")).encode())


def outcome_of(reply: ProviderReply) -> Outcome:
    """Taken with its `mid`, slow down, try again, or never. `error.code` decides, never its words.

    10 with 2018278 (the window is closed), 551 (the person is not available), 100 with 2018001 (no such person), 190
    (the token) and every code that is not known with a 4xx are final. `code` of the outcome is `code/subcode`.
    """
    body = json_object(reply)
    error = child(body, "error")
    number = error.get("code")
    if not isinstance(number, int) or isinstance(number, bool):
        if 200 <= reply.status < 300:
            return Accepted(json.optional_text(body.get("message_id")))
        return by_status(reply)
    subcode = error.get("error_subcode")
    code = f"{number}/{subcode}" if isinstance(subcode, int) and subcode else str(number)
    if number in SLOW_DOWN or (reply.status == 429 and number not in TRY_AGAIN):
        return Throttled(code, retry_after(reply))
    detail = (json.optional_text(error.get("message")) or "")[:DETAIL_MAX]
    if number in TRY_AGAIN or reply.status >= 500:
        return Transient(code, detail, retry_after(reply))
    return Final(code, detail)
