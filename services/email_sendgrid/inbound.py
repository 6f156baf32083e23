"""What SendGrid posts: mails as forms, reports as events."""

from collections.abc import Mapping, Sequence
from typing import Any

from backbone.channel import json
from backbone.channel.mail.assembled import Arrived, File, assembled, fields_of
from backbone.channel.mail.multipart import Fields, read_fields
from backbone.channel.mail.provider import Found, is_json, raw
from backbone.channel.mail.reports import OUR_ID, Fate, Passed, Told, key_of, moment, short
from backbone.errors import PayloadInvalid

_FATES: Mapping[str, Fate] = {
    "delivered": "delivered",
    "bounce": "failed",
    "dropped": "failed",
    "open": "read",
    "spamreport": "complained",
    "unsubscribe": "unsubscribed",
    "group_unsubscribe": "unsubscribed",
    "group_resubscribe": "subscribed",
}


def elements(body: bytes) -> Sequence[Any]:
    """The events of a JSON array, or one form."""
    return json.array(json.loads(body), "the body") if is_json(body) else [read_fields(body)]


def read(element: Any) -> Found:
    return _mail(element) if isinstance(element, Fields) else [_told(json.obj(element, "an event"))]


def _told(event: Mapping[str, Any]) -> Told | Passed:
    """One event. `smtp-id` is the Message-ID that we gave, and `sg_message_id` begins with the id of the API's answer."""
    kind = json.text(event.get("event"), "event")
    message_id = event.get(OUR_ID) or event.get("smtp-id") or str(event.get("sg_message_id") or "").partition(".")[0]
    key = short(event.get("sg_event_id")) or key_of(kind, message_id, event.get("email"), event.get("timestamp"))
    fate = _FATES.get(kind)
    if fate is None or (fate == "read" and event.get("sg_machine_open") is True):
        return Passed(key, f"event {kind}")
    return Told(
        fate,
        f"{key}:{kind}"[:500],
        short(message_id),
        recipient=short(event.get("email"), 320),
        at=moment(event.get("timestamp")),
        code=short(event.get("status"), 40) or short(event.get("type"), 40) or kind,
        detail=short(event.get("reason") or event.get("response"), 300),
    )


def _mail(form: Fields) -> Arrived:
    """The raw mail where the hook is set to send it, else one put together from the form.

    Each text is in a charset of its own, which `charsets` tells.
    """
    envelope = _object(form.text("envelope"))
    to = envelope.get("to")
    delivered = ", ".join(item for item in to if isinstance(item, str)) if isinstance(to, list) else None
    whole = form.raw("email")
    if whole:
        return raw(whole, ("Envelope-To", delivered))
    charsets = _object(form.text("charsets"))
    said = {
        name: form.text(name, short(charsets.get(name), 40)) for name in ("from", "to", "cc", "subject", "text", "html")
    }
    header = form.raw("headers")
    if not header and not said["from"]:
        raise PayloadInvalid("the form holds no mail")
    fields = fields_of(header) if header else [(name, said[name] or "") for name in ("from", "to", "cc", "subject")]
    more = [("Envelope-To", delivered)] if delivered else []
    return assembled([*fields, *more], said["text"], said["html"], _files(form))


def _files(form: Fields) -> Sequence[File]:
    ids = {str(name): cid for cid, name in _object(form.text("content-ids")).items()}
    return [
        File(upload.mime or "application/octet-stream", upload.filename, upload.data, ids.get(upload.name))
        for upload in form.uploads
        if upload.name.startswith("attachment") and upload.name[len("attachment") :].isdigit()
    ]


def _object(text: str | None) -> Mapping[str, Any]:
    try:
        value = json.loads(text.encode()) if text else {}
    except PayloadInvalid:
        return {}
    return value if isinstance(value, dict) else {}
