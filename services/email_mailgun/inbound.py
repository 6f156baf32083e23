"""What Mailgun posts: mails as forms, reports as JSON or, from its older webhooks, as forms."""

from collections.abc import Mapping, Sequence
from typing import Any

from backbone.channel import json
from backbone.channel.mail.assembled import Arrived, File, assembled, fields_of_mapping
from backbone.channel.mail.multipart import Fields, read_fields
from backbone.channel.mail.provider import Found, is_json, raw
from backbone.channel.mail.reports import OUR_ID, Fate, Passed, Told, key_of, moment, short
from backbone.channel.replies import child
from backbone.errors import PayloadInvalid

_FATES: Mapping[str, Fate] = {
    "delivered": "delivered",
    "failed": "failed",
    "rejected": "failed",
    "bounced": "failed",
    "dropped": "failed",
    "opened": "read",
    "complained": "complained",
    "unsubscribed": "unsubscribed",
}
_ENVELOPE = ("from", "sender", "subject", "Message-Id", "In-Reply-To", "References", "Date", "To", "Cc")


def elements(body: bytes) -> Sequence[Any]:
    """One event of JSON, or one form."""
    return [json.obj(json.loads(body), "the body")] if is_json(body) else [read_fields(body)]


def read(element: Any) -> Found:
    if not isinstance(element, Fields):
        return [_told(json.obj(element.get("event-data"), "event-data"))]
    event = element.text("event")
    return [_told_by_form(element, event)] if event else _mail(element)


def _told(event: Mapping[str, Any]) -> Told | Passed:
    """One event; a failure that is temporary will be tried again, and a picture that a program loaded was read by nobody."""
    kind = json.text(event.get("event"), "event")
    message_id = child(event, "user-variables").get(OUR_ID) or _bracketed(
        child(child(event, "message"), "headers").get("message-id")
    )
    recipient = short(event.get("recipient"), 320)
    key = f"{kind}:{short(event.get('id')) or key_of(message_id, recipient, event.get('timestamp'))}"
    status = child(event, "delivery-status")
    fate = _FATES.get(kind)
    if fate is None or (kind == "failed" and event.get("severity") == "temporary"):
        return Passed(key, f"event {kind}")
    if fate == "read" and child(event, "client-info").get("bot"):
        return Passed(key, "a picture that a program loaded")
    reject = child(event, "reject")
    return Told(
        fate,
        key,
        short(message_id),
        recipient,
        moment(event.get("timestamp")),
        code=short(status.get("enhanced-code"), 40)
        or short(status.get("code"), 40)
        or short(event.get("reason"), 40)
        or kind,
        detail=short(status.get("message"), 300)
        or short(status.get("description"), 300)
        or short(reject.get("reason"), 300),
    )


def _told_by_form(form: Fields, kind: str) -> Told | Passed:
    """An event of the older webhooks."""
    headers = {name.lower(): value for name, value in fields_of_mapping(_json(form.text("message-headers")))}
    message_id = form.text(OUR_ID) or _bracketed(form.text("Message-Id") or headers.get("message-id"))
    recipient = form.text("recipient")
    key = f"{kind}:{key_of(message_id, recipient, form.text('code'))}"[:500]
    fate = _FATES.get(kind)
    if fate is None:
        return Passed(key, f"event {kind}")
    return Told(
        fate,
        key,
        short(message_id),
        short(recipient, 320),
        moment(form.text("timestamp", last=True)),
        code=short(form.text("code"), 40) or kind,
        detail=short(form.text("error") or form.text("description"), 300),
    )


def _mail(form: Fields) -> Arrived:
    """The raw mail of a route that ends in `mime`, else one put together from the form.

    `stripped-text` is a guess of Mailgun's and not read. Without the mail's own header the envelope says who wrote.
    """
    recipient = form.text("recipient")
    whole = form.raw("body-mime")
    if whole:
        return raw(whole, ("Envelope-To", recipient))
    fields = list(fields_of_mapping(_json(form.text("message-headers"))))
    if not fields:
        fields = [(name, form.text(name) or "") for name in _ENVELOPE]
        fields += [("To", recipient or "")]
    if not any(name.lower() in {"from", "sender"} and value for name, value in fields):
        raise PayloadInvalid("the form holds no mail")
    more = [("Envelope-To", recipient)] if recipient else []
    return assembled([*fields, *more], form.text("body-plain"), form.text("body-html"), _files(form))


def _files(form: Fields) -> Sequence[File]:
    """The files of the form, and those that Mailgun stored for itself and names by a link that needs the API key."""
    named = _json(form.text("content-id-map"))
    ids = {name: cid for cid, name in named.items() if isinstance(name, str)} if isinstance(named, dict) else {}
    found = [
        File(upload.mime or "application/octet-stream", upload.filename, upload.data, ids.get(upload.name))
        for upload in form.uploads
        if upload.name.startswith("attachment-") and upload.name[len("attachment-") :].isdigit()
    ]
    stored = _json(form.text("attachments"))
    for item in stored if isinstance(stored, list) else ():
        url = short(item.get("url"), 2000) if isinstance(item, dict) else None
        if url:
            size = item.get("size")
            found.append(
                File(
                    short(item.get("content-type"), 100) or "application/octet-stream",
                    short(item.get("name"), 300),
                    elsewhere=url,
                    size=size if isinstance(size, int) and 0 <= size < 2**53 else None,
                )
            )
    return found


def _json(text: str | None) -> Any:
    try:
        return json.loads(text.encode()) if text else None
    except PayloadInvalid:
        return None


def _bracketed(value: Any) -> str | None:
    """A Message-ID in its angle brackets, which some of Mailgun's fields leave out."""
    found = short(value)
    return f"<{found.strip('<>')}>" if found and "@" in found else found
