"""What Postmark posts: mails and reports, each as one JSON object."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from backbone.channel import json
from backbone.channel.mail.assembled import Arrived, File, assembled, decoded, fields_of_mapping
from backbone.channel.mail.provider import Found, raw, text_bytes
from backbone.channel.mail.reports import OUR_ID, Fate, Passed, Told, key_of, moment, short
from backbone.channel.replies import child

METADATA_MAX = 80
"""Characters of a metadata value; our Message-ID is cut into as many as it takes [K]."""

_PIECES_MAX = 8
_PASSING_BOUNCES = {
    "AutoResponder",
    "AddressChange",
    "ChallengeVerification",
    "OpenRelayTest",
    "Subscribe",
    "Transient",
}
"""What Postmark calls a bounce, but the mail arrived or may still do so."""


def metadata(message_id: str) -> dict[str, str]:
    """Our Message-ID as metadata that comes back with each event."""
    pieces = range(0, len(message_id), METADATA_MAX)
    return {f"{OUR_ID}_{at // METADATA_MAX + 1}": message_id[at : at + METADATA_MAX] for at in pieces}


def elements(body: bytes) -> Sequence[Any]:
    return [json.obj(json.loads(body), "the body")]


def read(element: Mapping[str, Any]) -> Found:
    return [_told(element)] if element.get("RecordType") else _mail(element)


def _told(event: Mapping[str, Any]) -> Told | Passed:
    record = json.text(event.get("RecordType"), "RecordType")
    kept = child(event, "Metadata")
    ours = "".join(str(kept.get(f"{OUR_ID}_{piece}") or "") for piece in range(1, _PIECES_MAX))
    message_id = short(ours or event.get("MessageID"))
    recipient = short(event.get("Recipient") or event.get("Email"), 320)
    when = event.get("DeliveredAt") or event.get("BouncedAt") or event.get("ReceivedAt") or event.get("ChangedAt")
    key = f"{record}:{short(event.get('ID')) or key_of(message_id, recipient, when)}"
    if record == "Delivery":
        return Told("delivered", key, message_id, recipient, moment(when))
    if record == "Open":
        return Told("read", key, message_id, recipient, moment(when))
    if record == "SpamComplaint":
        return Told("complained", key, message_id, recipient, moment(when))
    if record == "Bounce":
        kind = short(event.get("Type"), 40) or "Bounce"
        if kind in _PASSING_BOUNCES:
            return Passed(key, f"bounce {kind}")
        if kind in {"SpamComplaint", "Unsubscribe"}:
            return Told(
                "complained" if kind == "SpamComplaint" else "unsubscribed", key, message_id, recipient, moment(when)
            )
        detail = short(event.get("Details") or event.get("Description"), 300)
        return Told("failed", key, message_id, recipient, moment(when), kind, detail)
    reason = short(event.get("SuppressionReason"), 40)
    if record == "SubscriptionChange" and reason != "HardBounce":
        fate: Fate = "subscribed" if event.get("SuppressSending") is not True else _left(reason)
        return Told(fate, key, message_id, recipient, moment(when))
    return Passed(key, f"event {record}")


def _left(reason: str | None) -> Fate:
    return "complained" if reason == "SpamComplaint" else "unsubscribed"


def _mail(element: Mapping[str, Any]) -> Arrived:
    """The raw mail where the server is set to include it, else one put together.

    `MessageID` is Postmark's own; the mail's stands in its header. `StrippedTextReply` is a guess and not read.
    """
    delivered = short(element.get("OriginalRecipient"), 320)
    whole = element.get("RawEmail")
    if isinstance(whole, str) and whole:
        return raw(text_bytes(whole), ("Envelope-To", delivered))
    fields = [*_people(element), *fields_of_mapping(element.get("Headers"))]
    fields += [(name, short(element.get(name), 2000) or "") for name in ("Subject", "Date")]
    if delivered:
        fields.append(("Envelope-To", delivered))
    text, html = json.optional_text(element.get("TextBody")), json.optional_text(element.get("HtmlBody"))
    return assembled(fields, text, html, list(_files(element.get("Attachments"))))


def _people(element: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """The address fields, with names quoted anew since they come decoded."""
    yield "From", _person(element.get("FromFull")) or short(element.get("From"), 2000) or ""
    for name in ("To", "Cc"):
        full = element.get(f"{name}Full")
        people = [_person(item) for item in full] if isinstance(full, list) else []
        yield name, ", ".join(filter(None, people)) or short(element.get(name), 20_000) or ""
    yield "Reply-To", short(element.get("ReplyTo"), 2000) or ""


def _person(value: Any) -> str:
    address = short(value.get("Email"), 320) if isinstance(value, dict) else None
    name = (short(value.get("Name"), 200) or "").replace("\\", "").replace('"', "") if address else ""
    return f'"{name}" <{address}>' if name and address else address or ""


def _files(value: Any) -> Iterator[File]:
    for item in value if isinstance(value, list) else ():
        if isinstance(item, dict):
            yield File(
                short(item.get("ContentType"), 200) or "application/octet-stream",
                short(item.get("Name"), 300),
                decoded(item.get("Content", item.get("Data"))),
                short(item.get("ContentID"), 250),
            )
