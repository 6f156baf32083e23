"""What Mailjet posts: mails of its Parse API as an object of parts, events as an object or an array of them."""

from collections.abc import Iterator, Mapping, Sequence
from email.message import Message
from typing import Any

from backbone.channel import json
from backbone.channel.mail.assembled import Arrived, File, assembled, decoded, fields_of_mapping
from backbone.channel.mail.provider import Found
from backbone.channel.mail.reports import Fate, Passed, Told, key_of, moment, short
from backbone.errors import PayloadInvalid

_FATES: Mapping[str, Fate] = {
    "sent": "delivered",
    "bounce": "failed",
    "blocked": "failed",
    "open": "read",
    "spam": "complained",
    "unsub": "unsubscribed",
}
"""`sent` is told when the recipient's server took the mail."""

_DESCRIBING = {"content-type", "content-transfer-encoding", "mime-version"}


def elements(body: bytes) -> Sequence[Any]:
    found = json.loads(body)
    return found if isinstance(found, list) else [json.obj(found, "the body")]


def read(element: Any) -> Found:
    whole = json.obj(element, "an element")
    return [_told(whole)] if "event" in whole else _mail(whole)


def _told(event: Mapping[str, Any]) -> Told | Passed:
    """One event. `Payload` is what we gave with the mail, which is its Message-ID."""
    kind = json.text(event.get("event"), "event")
    message_id = short(event.get("Payload")) or short(event.get("MessageID"))
    recipient = short(event.get("email"), 320)
    key = f"{kind}:{key_of(message_id, recipient, event.get('time'))}"[:500]
    fate = _FATES.get(kind)
    if fate is None:
        return Passed(key, f"event {kind}")
    told = (short(event.get(name), 40) for name in ("error_related_to", "error"))
    code = "/".join(part for part in told if part) or kind
    return Told(fate, key, message_id, recipient, moment(event.get("time")), code, short(event.get("comment"), 300))


def _mail(element: Mapping[str, Any]) -> Arrived:
    """The mail put together: its parts are listed with their header, their contents stand under the names they refer to."""
    headers = fields_of_mapping(element.get("Headers"))
    names = {name.lower() for name, _ in headers}
    fields = [item for item in headers if item[0].lower() not in _DESCRIBING or "report" in str(item[1])]
    fields += [
        (name, short(element.get(name), 2000) or "")
        for name in ("From", "Subject", "Date")
        if name.lower() not in names
    ]
    if not any(value for name, value in fields if name.lower() == "from"):
        fields.append(("From", short(element.get("Sender"), 320) or ""))
    recipient = short(element.get("Recipient"), 320)
    fields += [("To", recipient)] if recipient and "to" not in names else []
    fields += [("Envelope-To", recipient)] if recipient else []
    if not any(value for name, value in fields if name.lower() in {"from", "sender", "return-path"}):
        raise PayloadInvalid("the mail names no sender")
    text, html = json.optional_text(element.get("Text-part")), json.optional_text(element.get("Html-part"))
    return assembled(fields, text, html, list(_files(element)))


def _files(element: Mapping[str, Any]) -> Iterator[File]:
    parts = element.get("Parts")
    for part in parts if isinstance(parts, list) else ():
        ref = part.get("ContentRef") if isinstance(part, dict) else None
        if not isinstance(ref, str) or ref in {"Text-part", "Html-part"} or not isinstance(element.get(ref), str):
            continue
        head = Message()
        for name, value in fields_of_mapping(part.get("Headers")):
            if name.lower() in {"content-type", "content-disposition", "content-id"} and len(str(value)) < 2000:
                head[name] = " ".join(str(value).split())
        yield File(head.get_content_type(), head.get_filename(), decoded(element[ref]), head.get("Content-ID"))
