"""What Twilio's voice callbacks tell: states of calls, recordings, transcriptions, and wishes to be called back."""

import re
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Literal

from backbone.channel.calls.events import Call, updated
from backbone.channel.form import Form
from backbone.errors import PayloadInvalid
from schemas.content import Content, Media, MediaKind
from schemas.inbound import (
    AnyInboundEvent,
    EventIgnored,
    MessageReceived,
    ReceiptReceived,
    ReceiptStatus,
)
from services.twilio_voice.errors import STATES
from services.twilio_voice.settings import TwilioVoiceSettings

_ID_MAX = 100
RECORDING_ID = re.compile(r"RE[0-9A-Za-z]{1,64}")
_HIDDEN_WORDS = frozenset({"anonymous", "restricted", "blocked", "unknown", "unavailable", "private"})
_ENDS: dict[str, Literal["completed", "missed", "failed"]] = {
    "completed": "completed",
    "busy": "missed",
    "no-answer": "missed",
    "canceled": "missed",
    "failed": "failed",
}
ENDED = frozenset(_ENDS)
LIVE = frozenset({"queued", "ringing", "in-progress"})


def call_of(fields: Form, settings: TwilioVoiceSettings, language: str | None, caller: str | None) -> Call:
    """Reads a callback. `caller` is the number that our own URL brought, for callbacks that name none."""
    outgoing = (fields.get("Direction") or "").startswith("outbound")
    theirs, ours = ("To", "From") if outgoing else ("From", "To")
    number = _optional(fields, theirs) or (None if outgoing else _optional(fields, "Caller")) or caller
    return Call(
        sid=_id(fields, "CallSid"),
        status=_optional(fields, "CallStatus"),
        outgoing=outgoing,
        number=None if number is None or _is_hidden(number, settings) else number[:_ID_MAX],
        ours=_optional(fields, ours),
        name=fields.get("CallerName"),
        language=language,
    )


def _is_hidden(number: str, settings: TwilioVoiceSettings) -> bool:
    return number in settings.hidden_numbers or number.lower() in _HIDDEN_WORDS


def ended(call: Call, fields: Form) -> AnyInboundEvent:
    """The end of a call: of the customer's as a state, of ours as the receipt of the answer it read out."""
    status = call.status or ""
    key = f"{call.sid}:{status[:40]}"
    if status not in _ENDS:
        return EventIgnored(
            thread_key=call.thread_key, dedup_key=key, account_ref=call.ours, reason=f"call {status[:40]}"
        )
    at = _instant(fields.get("Timestamp"))
    if not call.outgoing:
        duration = fields.integer("CallDuration") if fields.get("CallDuration") else None
        return updated(call, _ENDS[status], status, at, duration)
    delivered = status == "completed"
    return ReceiptReceived(
        thread_key=call.thread_key,
        dedup_key=key,
        provider_at=at,
        account_ref=call.ours,
        status=ReceiptStatus.DELIVERED if delivered else ReceiptStatus.FAILED,
        provider_message_id=call.sid,
        error_code=None if delivered else status,
        error_detail=None if delivered else STATES[status],
    )


def recording(call: Call, fields: Form) -> AnyInboundEvent:
    """The recorded message. Its sound is fetched by its id with our credentials."""
    status = fields.get("RecordingStatus") or "completed"
    sid = fields.text("RecordingSid")
    if not RECORDING_ID.fullmatch(sid):
        raise PayloadInvalid("RecordingSid is no recording's id")
    if status != "completed":
        reason = f"recording {status[:40]}"
        return EventIgnored(thread_key=call.thread_key, dedup_key=f"{sid}:{status[:40]}", reason=reason)
    return MessageReceived(
        thread_key=call.thread_key,
        dedup_key=f"{sid}:completed",
        account_ref=call.ours,
        sender=call.sender,
        content=Content(media=(Media(kind=MediaKind.VOICE, mime="audio/mpeg", provider_ref=sid),)),
        provider_message_id=sid,
    )


def transcription(call: Call, fields: Form) -> AnyInboundEvent:
    """What Twilio understood of a recording, as a message that answers it: the recording stays what it was."""
    sid = _id(fields, "TranscriptionSid")
    status = fields.get("TranscriptionStatus") or "completed"
    words = fields.get("TranscriptionText")
    if status != "completed" or words is None:
        reason = f"transcription {status[:40]}"
        return EventIgnored(thread_key=call.thread_key, dedup_key=f"{sid}:{status[:40]}", reason=reason)
    return MessageReceived(
        thread_key=call.thread_key,
        dedup_key=f"{sid}:completed",
        account_ref=call.ours,
        sender=call.sender,
        content=Content(text=words),
        provider_message_id=sid,
        in_reply_to=_optional(fields, "RecordingSid"),
    )


def _instant(value: str | None) -> datetime | None:
    """RFC 2822, as Twilio writes times in voice callbacks; None where it is none or has no zone."""
    try:
        found = parsedate_to_datetime(value or "")
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return found if found.tzinfo else None


def _id(fields: Form, name: str) -> str:
    value = fields.text(name)
    if len(value) > _ID_MAX:
        raise PayloadInvalid(f"the field {name} is too long")
    return value


def _optional(fields: Form, name: str) -> str | None:
    return _id(fields, name) if fields.get(name) else None
