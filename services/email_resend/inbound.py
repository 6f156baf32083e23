"""What Resend posts and what its API holds: events with ids only, and the mails that they are about."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from backbone.channel import json
from backbone.channel.mail.assembled import Arrived, File, assembled, fields_of_mapping
from backbone.channel.mail.provider import Found
from backbone.channel.mail.reports import Fate, Passed, Told, key_of, moment, short
from backbone.channel.replies import child

RECEIVED = "email.received"
ATTACHMENT = "resend-attachment:"
"""How references to attachments begin; the ids of mail and attachment follow, with a stroke between them."""

ID = re.compile(r"[A-Za-z0-9-]{1,64}")
_FATES: Mapping[str, Fate] = {
    "email.delivered": "delivered",
    "email.bounced": "failed",
    "email.failed": "failed",
    "email.suppressed": "failed",
    "email.opened": "read",
    "email.complained": "complained",
}


def elements(body: bytes) -> Sequence[Any]:
    return [json.obj(json.loads(body), "the body")]


def tells_of_mail(body: bytes) -> bool:
    """Whether a webhook says that there is a mail to fetch. Raises `PayloadInvalid`."""
    return json.obj(json.loads(body), "the body").get("type") == RECEIVED


def read(element: Mapping[str, Any]) -> Found:
    """An event of a webhook, or a mail as the API has it."""
    if "type" not in element:
        return _mail(element)
    kind = json.text(element.get("type"), "type")
    return list(_told(kind, element, child(element, "data")))


def _told(kind: str, element: Mapping[str, Any], data: Mapping[str, Any]) -> Iterator[Told | Passed]:
    message_id = short(data.get("email_id"))
    when = element.get("created_at")
    fate = _FATES.get(kind)
    if fate is None:
        yield Passed(
            f"{kind}:{message_id or key_of(when)}"[:500], "a mail to fetch" if kind == RECEIVED else f"event {kind}"
        )
        return
    about = child(data, "bounce") or child(data, "failed") or child(data, "suppressed")
    code = "/".join(filter(None, (short(about.get("type"), 40), short(about.get("subType"), 40)))) or kind
    detail = short(about.get("message") or about.get("reason"), 300)
    people = data.get("to")
    for person in (people if isinstance(people, list) and people else [None])[:50]:
        recipient = short(person, 320)
        yield Told(
            fate,
            f"{kind}:{message_id}:{key_of(recipient, when)}"[:500],
            message_id,
            recipient,
            moment(when),
            code,
            detail,
        )


def _mail(item: Mapping[str, Any]) -> Arrived:
    identity = json.identifier(item.get("id"), "id")
    fields = list(fields_of_mapping(item.get("headers")))
    names = {name.lower() for name, _ in fields}
    known = {
        "From": _joined(item.get("from")),
        "To": _joined(item.get("to")),
        "Cc": _joined(item.get("cc")),
        "Reply-To": _joined(item.get("reply_to")),
        "Subject": short(item.get("subject"), 1000) or "",
        "Message-ID": short(item.get("message_id")) or "",
    }
    fields += [(name, value) for name, value in known.items() if value and name.lower() not in names]
    if "date" not in names and (at := moment(item.get("created_at"))):
        fields.append(("Date", at.strftime("%d %b %Y %H:%M:%S +0000")))
    text, html = json.optional_text(item.get("text")), json.optional_text(item.get("html"))
    return assembled(fields, text, html, list(_files(identity, item.get("attachments"))))


def _joined(value: Any) -> str:
    found = value if isinstance(value, list) else [value]
    return ", ".join(filter(None, (short(item, 1000) for item in found[:100])))


def _files(identity: str, value: Any) -> Iterator[File]:
    for item in value if isinstance(value, list) else ():
        name = short(item.get("id"), 64) if isinstance(item, dict) else None
        if name is None or not ID.fullmatch(name) or not ID.fullmatch(identity):
            continue
        size = item.get("size")
        yield File(
            short(item.get("content_type"), 200) or "application/octet-stream",
            short(item.get("filename"), 300),
            content_id=short(item.get("content_id"), 250),
            elsewhere=f"{ATTACHMENT}{identity}/{name}",
            size=size if isinstance(size, int) and 0 <= size < 2**53 else None,
        )
