"""The platform API calls that send a message, and what their answers mean."""

import json as stdlib_json

from backbone.channel import json, sms
from backbone.channel.port import Accepted, Account, Final, HttpCall, Outcome, ProviderReply
from backbone.channel.replies import by_status, json_object
from schemas.outbound import OutboundMessage
from services.clickatell.settings import ClickatellSettings

TEXT_MAX = 1600


def calls(message: OutboundMessage, account: Account) -> tuple[HttpCall, ...]:
    """One call a part; media go as links. Raises `InputInvalid`."""
    settings: ClickatellSettings = account.settings
    headers = (
        ("authorization", settings.api_key.get_secret_value()),
        ("content-type", "application/json"),
        ("accept", "application/json"),
    )
    found = []
    for number, part in enumerate(sms.parts(message, text_max=TEXT_MAX), 1):
        body = {
            "content": part.text,
            "to": [sms.e164(message.recipient).removeprefix("+")],
            "from": sms.e164(account.external_id).removeprefix("+"),
            "charset": "UTF-8",
            "clientMessageId": f"{message.idempotency_key[:60]}-{number}",
        }
        payload = stdlib_json.dumps(body, separators=(",", ":")).encode()
        found.append(HttpCall("POST", f"{settings.api_base.rstrip('/')}/messages", headers, payload))
    return tuple(found)


def outcome(reply: ProviderReply) -> Outcome:
    """A 2xx is a yes unless it says that the one message was not accepted; else the HTTP status decides."""
    answer = json_object(reply)
    if not 200 <= reply.status < 300:
        return by_status(reply, _code(answer.get("errorCode")))
    messages = answer.get("messages")
    first = messages[0] if isinstance(messages, list) and messages and isinstance(messages[0], dict) else {}
    if first.get("accepted") is False or (messages == [] and answer.get("error")):
        return Final(_code(first.get("errorCode")) or "not_accepted", "Clickatell did not accept the message.")
    return Accepted(json.optional_text(first.get("apiMessageId")))


def _code(value: object) -> str:
    plain = isinstance(value, (str, int)) and not isinstance(value, bool)
    return json.clean(str(value))[:20] if plain else ""
