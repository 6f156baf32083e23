"""Turns Twilio's form fields into events: messages of customers and the states of our own."""

import mimetypes
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import urlsplit

from backbone.channel import json
from backbone.channel.form import Form
from backbone.channel.sms import with_refusal
from backbone.errors import PayloadInvalid
from schemas.content import Choice, Content, Location, Media, MediaKind
from schemas.inbound import (
    AnyInboundEvent,
    ConsentChanged,
    EventIgnored,
    MessageReceived,
    ReceiptReceived,
    ReceiptStatus,
    Sender,
)
from services.twilio.errors import OPTED_OUT, meaning
from services.twilio.settings import TwilioSettings
from services.twilio.times import rfc2822

WHATSAPP = "whatsapp:"
_RECEIPTS = {
    "sent": ReceiptStatus.SENT,
    "delivered": ReceiptStatus.DELIVERED,
    "read": ReceiptStatus.READ,
    "undelivered": ReceiptStatus.FAILED,
    "failed": ReceiptStatus.FAILED,
    "canceled": ReceiptStatus.FAILED,
}
_CONSENT: Mapping[str, Literal["opted_in", "opted_out"]] = {"STOP": "opted_out", "START": "opted_in"}
_ROW_IDS = {"MessageSid": "sid", "From": "from", "To": "to", "MessagingServiceSid": "messaging_service_sid"}
_MEDIA_MAX = 10
_ID_MAX = 200


def events(form: Form, external_id: str, settings: TwilioSettings) -> tuple[AnyInboundEvent, ...]:
    """The event a request tells of, and beside it the consent that the customer ended or renewed.

    Raises `PayloadInvalid` where it is neither a message nor a state.
    """
    status = form.get("MessageStatus") or form.get("SmsStatus")
    if form.get("EventType") and status is None:
        reason = f"event {_short(form.text('EventType'))}"
        return (EventIgnored(thread_key="", dedup_key=_sid(form), reason=reason),)
    if status not in {None, "received", "receiving"}:
        return _receipt(form, str(status), external_id)
    message = _message(form, external_id, settings)
    change = _consent(message, form.get("OptOutType"))
    return (message, change) if change else (message,)


def _consent(message: MessageReceived, kind: str | None) -> ConsentChanged | None:
    """What Twilio made of STOP and START, in any of the languages it knows them in; HELP changes nothing."""
    state = _CONSENT.get((kind or "").upper())
    if state is None:
        return None
    return ConsentChanged(
        thread_key=message.thread_key,
        dedup_key=f"{message.dedup_key}:consent",
        account_ref=message.account_ref,
        sender=message.sender,
        state=state,
        word=(message.content.text or "").strip()[:40] or None,
    )


def polled(row: Mapping[str, Any], external_id: str, settings: TwilioSettings) -> MessageReceived:
    """A message of Twilio's list as its webhook would have told it, with the time that webhooks lack.

    The list counts files and doesn't name them: each is asked for by the message's id. Raises `PayloadInvalid`.
    """
    fields = {name: (json.identifier(row.get(key), key),) for name, key in _ROW_IDS.items() if row.get(key)}
    text = json.optional_text(row.get("body"))
    form = Form(fields | ({"Body": (text,)} if text else {}))
    message = _message(form, external_id, settings)
    count = min(int(json.number(row.get("num_media") or 0, "num_media")), _MEDIA_MAX)
    if count < 1:
        return message.model_copy(update={"provider_at": rfc2822(row.get("date_created"))})
    media = tuple(Media(kind=MediaKind.FILE, provider_ref=f"{message.dedup_key}/{number}") for number in range(count))
    content = message.content.model_copy(update={"media": media, "unsupported": None})
    return message.model_copy(update={"content": content, "provider_at": rfc2822(row.get("date_created"))})


def _message(form: Form, external_id: str, settings: TwilioSettings) -> MessageReceived:
    sid = _sid(form)
    sender = _sender(form, settings)
    return MessageReceived(
        thread_key=sender.address,
        dedup_key=sid,
        account_ref=_account_ref(form, "To", external_id),
        sender=sender,
        content=_content(form, whatsapp=sender.address.startswith(WHATSAPP)),
        provider_message_id=sid,
        in_reply_to=_optional_id(form, "OriginalRepliedMessageSid"),
        # Twilio answers STOP, START and HELP itself and refuses what we would add to a STOP.
        automatic=form.get("OptOutType") is not None,
    )


def _sender(form: Form, settings: TwilioSettings) -> Sender:
    """WhatsApp gives a phone number, a business-scoped user id, or both; the setting says which one names the customer."""
    phone = _id(form, "From")
    user = _optional_id(form, "ExternalUserId")
    if user is None or user == phone:
        return Sender(address=phone, name=form.get("ProfileName"))
    address, alias = (user, phone) if settings.whatsapp_identity == "user_id" else (phone, user)
    return Sender(address=address, name=form.get("ProfileName"), aliases=(alias,))


def _content(form: Form, *, whatsapp: bool) -> Content:
    content = Content(
        text=form.get("Body"),
        media=_media(form, whatsapp=whatsapp),
        location=_location(form),
        choice=_choice(form),
    )
    if content == Content():
        return Content(unsupported=_short(form.get("MessageType") or "empty"))
    return content


def _media(form: Form, *, whatsapp: bool) -> tuple[Media, ...]:
    found = []
    for index in range(min(form.integer("NumMedia"), _MEDIA_MAX)):
        url = form.get(f"MediaUrl{index}")
        if url is not None:
            mime = form.get(f"MediaContentType{index}") or mimetypes.guess_type(url)[0]
            found.append(Media(kind=_kind(mime or "", whatsapp=whatsapp), mime=mime, url=url))
    return tuple(found)


def _kind(mime: str, *, whatsapp: bool) -> MediaKind:
    family = mime.partition("/")[0]
    if whatsapp and mime == "image/webp":
        return MediaKind.STICKER
    if whatsapp and mime.startswith("audio/ogg"):
        return MediaKind.VOICE
    return MediaKind(family) if family in {"image", "video", "audio"} else MediaKind.FILE


def _location(form: Form) -> Location | None:
    latitude, longitude = form.get("Latitude"), form.get("Longitude")
    if latitude is None or longitude is None:
        return None
    return Location(
        latitude=_degrees(latitude, 90),
        longitude=_degrees(longitude, 180),
        name=form.get("Label"),
        address=form.get("Address"),
    )


def _degrees(value: str, most: int) -> float:
    try:
        degrees = float(value)
    except ValueError as error:
        raise PayloadInvalid("a coordinate is not a number") from error
    if not -most <= degrees <= most:
        raise PayloadInvalid("a coordinate is out of range")
    return degrees


def _choice(form: Form) -> Choice | None:
    for id_field, title_field in (("ButtonPayload", "ButtonText"), ("ListId", "ListTitle")):
        choice = form.get(id_field) or form.get(title_field)
        if choice is not None:
            return Choice(id=choice, title=form.get(title_field))
    return None


def _receipt(form: Form, status: str, external_id: str) -> tuple[AnyInboundEvent, ...]:
    sid = _sid(form)
    thread_key = _optional_id(form, "To") or ""
    dedup_key = f"{sid}:{_short(status)}"
    account_ref = _account_ref(form, "From", external_id)
    known = _RECEIPTS.get(status)
    if known is None:
        reason = f"status {_short(status)}"
        return (EventIgnored(thread_key=thread_key, dedup_key=dedup_key, account_ref=account_ref, reason=reason),)
    code = _short(form.get("ErrorCode") or "") if known is ReceiptStatus.FAILED else ""
    receipt = ReceiptReceived(
        thread_key=thread_key,
        dedup_key=dedup_key,
        account_ref=account_ref,
        status=known,
        provider_message_id=sid,
        error_code=(code or status) if known is ReceiptStatus.FAILED else None,
        error_detail=meaning(code) if code else None,
    )
    return with_refusal(receipt, opted_out=code == OPTED_OUT)


def _account_ref(form: Form, ours: str, external_id: str) -> str | None:
    service = form.get("MessagingServiceSid")
    return service if service == external_id else _optional_id(form, ours)


def _sid(form: Form) -> str:
    for name in ("MessageSid", "SmsSid", "SmsMessageSid"):
        if form.get(name):
            return _id(form, name)
    raise PayloadInvalid("there is no message id")


def _id(form: Form, name: str) -> str:
    value = form.text(name)
    if len(value) > _ID_MAX:
        raise PayloadInvalid(f"the field {name} is too long")
    return value


def _optional_id(form: Form, name: str) -> str | None:
    return _id(form, name) if form.get(name) else None


def _short(value: str) -> str:
    return value[:40]


def host_of(url: str) -> str | None:
    """The host of a URL with its port where it has one; None where it can't be read."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return parts.netloc.lower() if parts.scheme in {"http", "https"} and "@" not in parts.netloc else None
