"""An answer by telephone: a call that reads it out, and the token that each of our calls to Vonage carries."""

import json as stdlib_json
import uuid
from dataclasses import replace
from datetime import datetime, timedelta

from backbone.channel import json, jwt
from backbone.channel.actions import check_action
from backbone.channel.calls.script import STATUS, State
from backbone.channel.calls.speech import words_of
from backbone.channel.calls.texts import texts_for
from backbone.channel.port import Accepted, Account, HttpCall, Outcome, ProviderReply
from backbone.channel.replies import by_status, json_object
from backbone.channel.service_account import private_key
from backbone.channel.text import split
from backbone.errors import InputInvalid
from schemas.outbound import OutboundMessage
from services.vonage_voice import errors, ncco
from services.vonage_voice.settings import VonageVoiceSettings
from services.vonage_voice.state import url_for

TEXT_MAX = 3000
TOKEN_LIFE = timedelta(minutes=5)
_NUMBER_DIGITS = range(5, 16)


def calls(message: OutboundMessage, account: Account) -> tuple[HttpCall, ...]:
    """One call for each 3,000 characters, not yet signed. Raises `InputInvalid` for what can't be said, or a hidden number."""
    check_action(message, (), "Vonage")
    if message.recipient.startswith("call:"):
        raise InputInvalid("the caller's number was hidden: nobody can call back")
    settings: VonageVoiceSettings = account.settings
    words, texts = words_of(message.content), texts_for(settings.languages)
    name = settings.company
    greeting = texts.answer_from.format(company=name) if name else texts.answer
    head = {
        "to": [{"type": "phone", "number": _digits(message.recipient, "the recipient")}],
        "from": {"type": "phone", "number": _digits(account.external_id, "the account")},
        "ringing_timer": int(settings.ring_for.total_seconds()),
        "event_url": [url_for(account, State(STATUS))],
        "event_method": "POST",
    }
    url = f"{settings.api_base.rstrip('/')}/v1/calls"
    headers = (("content-type", "application/json"), ("accept", "application/json"))
    return tuple(
        HttpCall("POST", url, headers, _body({**head, "ncco": _script(greeting, part, texts.tag, settings)}))
        for part in split(words, TEXT_MAX, "utf16")
    )


def signed(call: HttpCall, account: Account, now: datetime) -> HttpCall:
    """The call with a token of this moment, signed with the application's key (RS256), that no other call has."""
    settings: VonageVoiceSettings = account.settings
    issued = int(now.timestamp())
    claims = {
        "application_id": settings.application_id,
        "iat": issued,
        "exp": issued + int(TOKEN_LIFE.total_seconds()),
        "jti": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{now.isoformat()} {call.url} {call.body.hex()}")),
    }
    token = jwt.sign_rs256(claims, private_key(settings.private_key))
    others = tuple((name, value) for name, value in call.headers if name != "authorization")
    return replace(call, headers=(("authorization", f"Bearer {token}"), *others))


def outcome(reply: ProviderReply) -> Outcome:
    """A yes has the id of the call; else the HTTP status decides."""
    answer = json_object(reply)
    if 200 <= reply.status < 300:
        return Accepted(json.optional_text(answer.get("uuid")))
    code = errors.code(json.optional_text(answer.get("type")))
    return by_status(reply, code, errors.meaning(reply.status))


def _script(greeting: str, words: str, tag: str, settings: VonageVoiceSettings) -> list[ncco.Action]:
    return [*ncco.talks(greeting, tag, settings), *ncco.talks(words, tag, settings)]


def _body(value: dict[str, object]) -> bytes:
    return stdlib_json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _digits(number: str, where: str) -> str:
    """A number without its plus, as Vonage writes them."""
    digits = number.removeprefix("+")
    if not (digits.isascii() and digits.isdigit() and len(digits) in _NUMBER_DIGITS):
        raise InputInvalid(f"{where} has no telephone number")
    return digits
