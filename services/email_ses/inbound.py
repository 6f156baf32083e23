"""What SES tells by SNS: mails that were received, and what became of ours."""

from collections.abc import Iterator, Mapping
from typing import Any

from backbone.channel import json
from backbone.channel.mail.assembled import Arrived, File, assembled, decoded, fields_of_mapping
from backbone.channel.mail.provider import Found, raw, text_bytes
from backbone.channel.mail.reports import Fate, Passed, Told, key_of, moment, short
from backbone.channel.replies import child
from backbone.errors import PayloadInvalid

_PEOPLE: Mapping[str, tuple[Fate, str, str]] = {
    "Delivery": ("delivered", "delivery", "recipients"),
    "Bounce": ("failed", "bounce", "bouncedRecipients"),
    "Complaint": ("complained", "complaint", "complainedRecipients"),
    "Open": ("read", "open", ""),
    "Reject": ("failed", "reject", ""),
    "Rendering Failure": ("failed", "failure", ""),
}
_PEOPLE_MAX = 100


def read(envelope: Mapping[str, Any]) -> Found:
    """A notification. SNS also tells that a topic works, in plain words."""
    text = json.text(envelope.get("Message"), "Message")
    if not text.lstrip().startswith("{"):
        return [Passed(short(envelope.get("MessageId")) or key_of(text), "a word of SNS's own")]
    message = json.obj(json.loads(text_bytes(text)), "Message")
    kind = short(message.get("eventType") or message.get("notificationType"), 40)
    if kind is None:
        return [Passed(short(envelope.get("MessageId")) or key_of(text), "no event of SES")]
    if kind == "Received":
        return _mail(message)
    return list(_told(kind, message))


def _told(kind: str, message: Mapping[str, Any]) -> Iterator[Told | Passed]:
    """What became of a mail, for each of the recipients that it is about."""
    mail = json.obj(message.get("mail"), "mail")
    message_id = json.identifier(mail.get("messageId"), "messageId")
    leaving = child(child(message, "subscription"), "newTopicPreferences").get("unsubscribeAll") is True
    fallback: tuple[Fate, str, str] | None = ("unsubscribed", "subscription", "") if leaving else None
    known = _PEOPLE.get(kind, fallback)
    if known is None:
        yield Passed(f"{kind}:{message_id}"[:500], f"event {kind}")
        return
    fate, name, list_name = known
    about = child(message, name)
    people = about.get(list_name) if list_name else mail.get("destination")
    for person in (people if isinstance(people, list) and people else [None])[:_PEOPLE_MAX]:
        whole = person if isinstance(person, dict) else {"emailAddress": person}
        recipient = short(whole.get("emailAddress"), 320)
        when = about.get("timestamp") or mail.get("timestamp")
        kinds = [short(about.get(field), 40) for field in ("bounceType", "bounceSubType")]
        yield Told(
            fate,
            f"{kind}:{message_id}:{key_of(recipient, when)}"[:500],
            message_id,
            recipient,
            moment(when),
            code=short(whole.get("status"), 40) or "/".join(filter(None, kinds)) or kind,
            detail=short(whole.get("diagnosticCode") or about.get("reason") or about.get("errorMessage"), 300),
        )


def _mail(message: Mapping[str, Any]) -> Arrived:
    """The mail in the notification, as text or in base64; of one that SES put into S3 only what the notification says."""
    receipt = child(message, "receipt")
    recipients = receipt.get("recipients")
    delivered = (
        ", ".join(item for item in recipients if isinstance(item, str)) if isinstance(recipients, list) else None
    )
    content = message.get("content")
    if isinstance(content, str) and content:
        coded = child(receipt, "action").get("encoding") == "BASE64"
        return raw(decoded(content) if coded else text_bytes(content), ("Envelope-To", delivered))
    mail = json.obj(message.get("mail"), "mail")
    action = child(receipt, "action")
    if action.get("type") != "S3":
        raise PayloadInvalid("the notification holds no mail: the action must send its content or say where it is")
    common = child(mail, "commonHeaders")
    fields = list(fields_of_mapping(mail.get("headers"))) or list(_common(common))
    if not any(name.lower() == "from" for name, _ in fields):
        fields += [("From", short(mail.get("source"), 320) or ""), ("To", delivered or ""), ("Date", "")]
    more = [("Envelope-To", delivered)] if delivered else []
    place = f"s3://{short(action.get('bucketName'), 63) or ''}/{short(action.get('objectKey'), 400) or ''}"
    stored = File("message/rfc822", "mail.eml", elsewhere=place)
    return assembled([*fields, *more], None, None, [stored])


def _common(common: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    for name in ("from", "to", "cc", "reply-to"):
        value = common.get("replyTo" if name == "reply-to" else name)
        if isinstance(value, list):
            yield name, ", ".join(item for item in value if isinstance(item, str))
    for name, key in (("message-id", "messageId"), ("date", "date"), ("subject", "subject")):
        if isinstance(common.get(key), str):
            yield name, common[key]
