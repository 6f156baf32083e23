"""What SparkPost posts: an array of relayed mails and of events."""

from collections.abc import Mapping, Sequence
from typing import Any

from backbone.channel import json
from backbone.channel.mail.assembled import Arrived, assembled, decoded, fields_of_mapping
from backbone.channel.mail.provider import Found, raw, text_bytes
from backbone.channel.mail.reports import OUR_ID, Fate, Passed, Told, key_of, moment, short
from backbone.channel.replies import child
from backbone.errors import PayloadInvalid

_FATES: Mapping[str, Fate] = {
    "delivery": "delivered",
    "bounce": "failed",
    "out_of_band": "failed",
    "policy_rejection": "failed",
    "generation_failure": "failed",
    "generation_rejection": "failed",
    "open": "read",
    "initial_open": "read",
    "spam_complaint": "complained",
    "list_unsubscribe": "unsubscribed",
    "link_unsubscribe": "unsubscribed",
}


def elements(body: bytes) -> Sequence[Any]:
    found = json.loads(body)
    return found if isinstance(found, list) else [json.obj(found, "the body")]


def read(element: Any) -> Found:
    """A relayed mail, an event of any of the kinds, or the empty element by which SparkPost tries the hook."""
    system = json.obj(json.obj(element, "an element").get("msys"), "msys")
    if not system:
        return [Passed("ping", "a try of the hook")]
    if "relay_message" in system:
        return _mail(json.obj(system["relay_message"], "relay_message"))
    return [_told(json.obj(event, name)) for name, event in system.items()]


def _told(event: Mapping[str, Any]) -> Told | Passed:
    kind = json.text(event.get("type"), "type")
    message_id = short(child(event, "rcpt_meta").get(OUR_ID)) or short(event.get("transmission_id"))
    recipient = short(event.get("raw_rcpt_to") or event.get("rcpt_to"), 320)
    key = short(event.get("event_id")) or key_of(kind, message_id, recipient, event.get("timestamp"))
    fate = _FATES.get(kind)
    if fate is None:
        return Passed(key, f"event {kind}")
    code = short(event.get("error_code"), 40) or short(event.get("bounce_class"), 40) or kind
    detail = short(event.get("raw_reason") or event.get("reason"), 300)
    return Told(fate, key, message_id, recipient, moment(event.get("timestamp")), code, detail)


def _mail(relayed: Mapping[str, Any]) -> Arrived:
    """The raw mail, in base64 where it is no UTF-8; without it one put together from what SparkPost read of it."""
    content = json.obj(relayed.get("content"), "content")
    recipient = short(relayed.get("rcpt_to"), 320)
    whole = content.get("email_rfc822")
    if isinstance(whole, str) and whole:
        source = decoded(whole) if content.get("email_rfc822_is_base64") is True else text_bytes(whole)
        return raw(source, ("Envelope-To", recipient))
    fields = list(fields_of_mapping(content.get("headers")))
    if not any(name.lower() == "from" for name, _ in fields):
        fields.append(("From", short(relayed.get("friendly_from") or relayed.get("msg_from"), 320) or ""))
    if not any(value for _, value in fields):
        raise PayloadInvalid("the element holds no mail")
    more = [("Envelope-To", recipient)] if recipient else []
    text, html = json.optional_text(content.get("text")), json.optional_text(content.get("html"))
    return assembled([*fields, *more], text, html)
