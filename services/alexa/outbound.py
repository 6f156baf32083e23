"""A notice that there is an answer, by the Proactive Events API; it can't carry the answer itself.

Source: developer.amazon.com, "Proactive Events API Reference".
"""

import json as stdlib_json
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import SecretStr

from backbone.channel import form, json
from backbone.channel.actions import check_action
from backbone.channel.port import (
    Accepted,
    Account,
    Final,
    HttpCall,
    Outcome,
    ProviderCall,
    ProviderReply,
    Throttled,
    Transient,
)
from backbone.channel.replies import by_status, child, json_object, retry_after
from backbone.channel.sources import Token
from backbone.channel.words import in_words
from backbone.errors import InputInvalid, PayloadInvalid
from schemas.outbound import OutboundMessage
from services.alexa.inbound import NOTICE
from services.alexa.settings import AlexaSettings

_SCOPE = "alexa::proactive_events"
_LIFE = timedelta(hours=1)
_LIFE_MAX = 86_400
_USER_LIMIT = 432
_MEANINGS = {
    400: "Amazon refuses the notice.",
    403: "Amazon refuses the skill's token, or the skill may not send such notices.",
    404: "Amazon does not know this customer of the skill.",
}


def calls(message: OutboundMessage, account: Account) -> tuple[HttpCall, ...]:
    """One notice, however long the text. Raises `InputInvalid` where there is nothing to tell of."""
    check_action(message, (), "Alexa")
    content = message.content
    if not (in_words(content, spoken=content.media).strip() or content.template):
        raise InputInvalid("there is nothing to tell of")
    settings: AlexaSettings = account.settings
    group = {"creator": {"name": settings.company}, "count": 1}
    payload = {"state": {"status": "UNREAD", "freshness": "NEW"}, "messageGroup": group}
    body = {
        **_times(message.created_at, settings),
        "referenceId": message.idempotency_key,
        "event": {"name": NOTICE, "payload": payload},
        "localizedAttributes": [],
        "relevantAudience": {"type": "Unicast", "payload": {"user": message.recipient}},
    }
    stage = "stages/development" if settings.development else ""
    url = f"{settings.api_base.rstrip('/')}/v1/proactiveEvents/{stage}"
    token = (("authorization", f"Bearer {account.token.get_secret_value()}"),) if account.token else ()
    return (HttpCall("POST", url, (*token, ("content-type", "application/json")), _dumped(body)),)


def at(call: HttpCall, account: Account, now: datetime) -> HttpCall:
    """The same notice while half of its life is left, so that a retry is the same bytes; then one with a new time.

    Amazon refuses a notice whose time to live is over.
    """
    settings: AlexaSettings = account.settings
    body = json.loads(call.body)
    told = json.optional_iso_instant(body.get("timestamp"))
    if told is not None and now - told < settings.notice_life / 2:
        return call
    return HttpCall(call.method, call.url, call.headers, _dumped({**body, **_times(now, settings)}))


def outcome(call: ProviderCall, reply: ProviderReply) -> Outcome:
    """By the status: the body's words are for developers. 409 says that this very notice is there already."""
    code = (json.optional_text(json_object(reply).get("code")) or str(reply.status))[:80]
    if 200 <= reply.status < 300 or reply.status == 409:
        return Accepted(_reference(call))
    if reply.status == _USER_LIMIT:
        return Throttled(code, retry_after(reply), scope="conversation")
    return by_status(reply, code, _MEANINGS.get(reply.status, ""))


def token_call(account: Account) -> HttpCall:
    """Login with Amazon, client credentials (RFC 6749 §4.4)."""
    settings: AlexaSettings = account.settings
    fields = [
        ("grant_type", "client_credentials"),
        ("client_id", settings.client_id),
        ("client_secret", settings.client_secret.get_secret_value()),
        ("scope", _SCOPE),
    ]
    url = f"{settings.login_base.rstrip('/')}/auth/o2/token"
    return HttpCall("POST", url, (("content-type", form.MEDIA_TYPE),), form.dumps(fields))


def token_found(reply: ProviderReply) -> Token | Transient | Final:
    """The token; a 4xx names what a person must mend (`invalid_client`, `invalid_scope`)."""
    answer = json_object(reply)
    value = json.optional_text(answer.get("access_token"))
    if 200 <= reply.status < 300 and value:
        seconds = answer.get("expires_in")
        whole = isinstance(seconds, int) and not isinstance(seconds, bool) and 0 < seconds <= _LIFE_MAX
        return Token(SecretStr(value), timedelta(seconds=seconds) if isinstance(seconds, int) and whole else _LIFE)
    code = (json.optional_text(answer.get("error")) or f"http_{reply.status}")[:80]
    if 400 <= reply.status < 500 and reply.status not in {408, 429}:
        return Final(code, "Amazon refuses the skill's client id and secret.")
    return Transient(code, retry_after=retry_after(reply))


def _times(now: datetime, settings: AlexaSettings) -> dict[str, str]:
    return {"timestamp": _written(now), "expiryTime": _written(now + settings.notice_life)}


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.00Z")


def _reference(call: ProviderCall) -> str | None:
    """Our own id of the notice: Amazon gives none."""
    try:
        sent = json.loads(call.body) if isinstance(call, HttpCall) else None
    except PayloadInvalid:
        return None
    return json.optional_text(child({"sent": sent}, "sent").get("referenceId"))


def _dumped(body: dict[str, Any]) -> bytes:
    return stdlib_json.dumps(body, separators=(",", ":")).encode()
