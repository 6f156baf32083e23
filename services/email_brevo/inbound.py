"""What Brevo posts: an object with a list of mails, or one event."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from backbone.channel import json
from backbone.channel.mail.assembled import Arrived, File, assembled, fields_of_mapping
from backbone.channel.mail.provider import Found
from backbone.channel.mail.reports import Fate, Passed, Told, key_of, moment, short

CUSTOM_HEADER = "X-Mailin-custom"
"""The header whose value comes back with each event."""

DOWNLOAD = "brevo-download:"
"""How references to attachments begin that Brevo keeps; the rest is its download token."""

_FATES: Mapping[str, Fate] = {
    "delivered": "delivered",
    "hard_bounce": "failed",
    "soft_bounce": "failed",
    "blocked": "failed",
    "invalid_email": "failed",
    "error": "failed",
    "opened": "read",
    "unique_opened": "read",
    "spam": "complained",
    "complaint": "complained",
    "unsubscribed": "unsubscribed",
}


def elements(body: bytes) -> Sequence[Any]:
    found = json.obj(json.loads(body), "the body")
    return json.array(found["items"], "items") if "items" in found else [found]


def read(element: Any) -> Found:
    whole = json.obj(element, "an element")
    return [_told(whole)] if "event" in whole else _mail(whole)


def _told(event: Mapping[str, Any]) -> Told | Passed:
    """One event; its `id` is the webhook's and tells nothing of the mail."""
    kind = json.text(event.get("event"), "event")
    message_id = short(event.get(CUSTOM_HEADER)) or short(event.get("message-id"))
    recipient = short(event.get("email"), 320)
    when = event.get("ts_event") or event.get("ts_epoch") or event.get("ts")
    key = f"{kind}:{key_of(message_id, recipient, when)}"[:500]
    fate = _FATES.get(kind)
    if fate is None:
        return Passed(key, f"event {kind}")
    at = moment(event.get("ts_event")) or moment(event.get("ts"))
    return Told(fate, key, message_id, recipient, at, kind, short(event.get("reason"), 300))


def _mail(item: Mapping[str, Any]) -> Arrived:
    """A mail put together from what Brevo read of it; its guesses of reply and signature are not read."""
    fields = list(fields_of_mapping(item.get("Headers")))
    names = {name.lower() for name, _ in fields}
    known = {
        "From": _people(item.get("From")),
        "To": _people(item.get("To")),
        "Cc": _people(item.get("Cc")),
        "Reply-To": _people(item.get("ReplyTo")),
        "Message-ID": short(item.get("MessageId")) or "",
        "In-Reply-To": short(item.get("InReplyTo")) or "",
        "Date": short(item.get("SentAtDate"), 100) or "",
        "Subject": short(item.get("Subject"), 1000) or "",
    }
    fields += [(name, value) for name, value in known.items() if value and name.lower() not in names]
    recipients = _people(item.get("Recipients"))
    fields += [("Envelope-To", recipients)] if recipients else []
    text, html = json.optional_text(item.get("RawTextBody")), json.optional_text(item.get("RawHtmlBody"))
    return assembled(fields, text, html, list(_files(item.get("Attachments"))))


def _people(value: Any) -> str:
    """Addresses as a field; Brevo gives one, several, or their plain texts."""
    found = []
    for person in value if isinstance(value, list) else [value]:
        whole = person if isinstance(person, dict) else {"Address": person}
        address = short(whole.get("Address"), 320)
        name = (short(whole.get("Name"), 200) or "").replace("\\", "").replace('"', "")
        if address:
            found.append(f'"{name}" <{address}>' if name else address)
    return ", ".join(found[:100])


def _files(value: Any) -> Iterator[File]:
    for item in value if isinstance(value, list) else ():
        token = short(item.get("DownloadToken"), 2000) if isinstance(item, dict) else None
        if token is None:
            continue
        size = item.get("ContentLength")
        yield File(
            short(item.get("ContentType"), 200) or "application/octet-stream",
            short(item.get("Name"), 300),
            content_id=short(item.get("ContentID"), 250),
            elsewhere=DOWNLOAD + token,
            size=size if isinstance(size, int) and 0 <= size < 2**53 else None,
        )
