"""What MailerSend posts: one JSON object, a mail or an activity."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from backbone.channel import json
from backbone.channel.mail.assembled import Arrived, File, assembled, decoded, fields_of_mapping
from backbone.channel.mail.provider import Found, raw, text_bytes
from backbone.channel.mail.reports import Fate, Passed, Told, key_of, moment, short
from backbone.channel.replies import child

_FATES: Mapping[str, Fate] = {
    "activity.delivered": "delivered",
    "activity.hard_bounced": "failed",
    "activity.soft_bounced": "failed",
    "activity.opened": "read",
    "activity.opened_unique": "read",
    "activity.spam_complaint": "complained",
    "activity.unsubscribed": "unsubscribed",
}


def elements(body: bytes) -> Sequence[Any]:
    return [json.obj(json.loads(body), "the body")]


def read(element: Mapping[str, Any]) -> Found:
    kind = json.text(element.get("type"), "type")
    if kind == "inbound.message":
        return _mail(json.obj(element.get("data"), "data"))
    return [_told(kind, child(element, "data"))]


def _told(kind: str, data: Mapping[str, Any]) -> Told | Passed:
    mail = child(data, "email")
    message_id = short(child(mail, "message").get("id"))
    recipient = short(child(mail, "recipient").get("email"), 320)
    when = data.get("created_at")
    key = f"{kind}:{short(data.get('id')) or key_of(message_id, recipient, when)}"[:500]
    fate = _FATES.get(kind)
    if fate is None:
        return Passed(key, f"event {kind}")
    detail = short(child(data, "morph").get("reason"), 300)
    return Told(fate, key, message_id, recipient, moment(when), kind.removeprefix("activity."), detail)


def _mail(data: Mapping[str, Any]) -> Arrived:
    """The raw mail, or one put together where there is none."""
    recipients = child(data, "recipients")
    named = recipients.get("rcptTo")
    people = (
        [short(item.get("email"), 320) for item in named if isinstance(item, dict)] if isinstance(named, list) else []
    )
    delivered = ", ".join(filter(None, people))
    whole = data.get("raw")
    if isinstance(whole, str) and whole:
        return raw(text_bytes(whole), ("Envelope-To", delivered))
    fields = list(fields_of_mapping(data.get("headers")))
    names = {name.lower() for name, _ in fields}
    known = {
        "From": child(data, "from").get("raw") or child(data, "from").get("email"),
        "To": child(recipients, "to").get("raw"),
        "Cc": child(recipients, "cc").get("raw"),
        "Subject": data.get("subject"),
        "Date": data.get("date"),
    }
    fields += [(name, short(value, 2000) or "") for name, value in known.items() if name.lower() not in names]
    more = [("Envelope-To", delivered)] if delivered else []
    text, html = json.optional_text(data.get("text")), json.optional_text(data.get("html"))
    return assembled([*fields, *more], text, html, list(_files(data.get("attachments"))))


def _files(value: Any) -> Iterator[File]:
    for item in value if isinstance(value, list) else ():
        if isinstance(item, dict):
            yield File(
                short(item.get("content_type"), 200) or "application/octet-stream",
                short(item.get("file_name"), 300),
                decoded(item.get("content")),
                short(item.get("content_id"), 250),
            )
