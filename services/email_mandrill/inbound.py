"""What Mandrill posts: a form with one field, a JSON array of mails and events."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from backbone.channel import json
from backbone.channel.mail.assembled import Arrived, File, assembled, decoded, fields_of_mapping
from backbone.channel.mail.multipart import read_fields
from backbone.channel.mail.provider import Found, raw, text_bytes
from backbone.channel.mail.reports import OUR_ID, Fate, Passed, Told, key_of, moment, short
from backbone.channel.replies import child

FIELD = "mandrill_events"
_FATES: Mapping[str, Fate] = {
    "delivered": "delivered",
    "hard_bounce": "failed",
    "soft_bounce": "failed",
    "reject": "failed",
    "open": "read",
    "spam": "complained",
    "unsub": "unsubscribed",
}


def elements(body: bytes) -> Sequence[Any]:
    """The array in the form's field; nothing where it is absent, by which Mandrill tries the hook."""
    text = read_fields(body).text(FIELD)
    return json.array(json.loads(text_bytes(text)), FIELD) if text else []


def read(element: Any) -> Found:
    whole = json.obj(element, "an element")
    return _mail(json.obj(whole.get("msg"), "msg")) if whole.get("event") == "inbound" else [_told(whole)]


def _told(event: Mapping[str, Any]) -> Told | Passed:
    kind = short(event.get("event"), 40)
    about = child(event, "msg")
    message_id = short(child(about, "metadata").get(OUR_ID)) or short(about.get("_id") or event.get("_id"))
    recipient = short(about.get("email"), 320)
    key = f"{kind or short(event.get('type'), 40)}:{key_of(message_id, recipient, event.get('ts'))}"
    fate = _FATES.get(kind or "")
    if fate is None:
        return Passed(key, f"event {kind or 'of the lists'}")
    code = short(about.get("bounce_description"), 40) or short(child(about, "reject").get("reason"), 40) or kind
    return Told(fate, key, message_id, recipient, moment(event.get("ts")), code, short(about.get("diag"), 300))


def _mail(about: Mapping[str, Any]) -> Arrived:
    """The raw mail, or one put together where Mandrill gives none."""
    delivered = short(about.get("email"), 320)
    whole = about.get("raw_msg")
    if isinstance(whole, str) and whole:
        return raw(text_bytes(whole), ("Envelope-To", delivered))
    fields = list(fields_of_mapping(about.get("headers")))
    if not any(name.lower() == "from" for name, _ in fields):
        name = (short(about.get("from_name"), 200) or "").replace('"', "").replace("\\", "")
        fields.append(("From", f'"{name}" <{short(about.get("from_email"), 320) or ""}>'))
    if not any(name.lower() == "subject" for name, _ in fields):
        fields.append(("Subject", short(about.get("subject"), 1000) or ""))
    more = [("Envelope-To", delivered)] if delivered else []
    text, html = json.optional_text(about.get("text")), json.optional_text(about.get("html"))
    return assembled([*fields, *more], text, html, list(_files(about)))


def _files(about: Mapping[str, Any]) -> Iterator[File]:
    for name in ("images", "attachments"):
        found = about.get(name)
        for item in found.values() if isinstance(found, dict) else ():
            if isinstance(item, dict) and isinstance(item.get("content"), str):
                content = item["content"]
                data = text_bytes(content) if item.get("base64") is False else decoded(content)
                filename = short(item.get("name"), 300)
                mime = short(item.get("type"), 200) or "application/octet-stream"
                yield File(mime, filename, data, filename if name == "images" else None)
