"""What Vonage's voice webhooks tell: states of calls, recordings, keys and recognised words.

Source: developer.vonage.com, Voice API webhook reference.
"""

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from backbone.channel import json, sms
from backbone.channel.calls.events import Call, updated
from backbone.channel.calls.script import STATUS, State
from backbone.channel.hosts import is_below
from backbone.channel.port import Account
from backbone.errors import PayloadInvalid
from schemas.content import Content, Media, MediaKind
from schemas.inbound import AnyInboundEvent, EventIgnored, MessageReceived, ReceiptReceived, ReceiptStatus
from services.vonage_voice.errors import STATES
from services.vonage_voice.settings import VonageVoiceSettings

HOSTS = ("nexmo.com", "vonage.com")
"""Where recordings stand, in each region's own host, and where alone our token goes."""
_ID_MAX = 100
_DIGITS_MAX = 20
_NUMBER = re.compile(r"\+?[1-9][0-9]{4,14}")
_ENDS: Mapping[str, Literal["completed", "missed", "failed"]] = {
    "completed": "completed",
    "busy": "missed",
    "cancelled": "missed",
    "rejected": "missed",
    "timeout": "missed",
    "unanswered": "missed",
    "failed": "failed",
}


def call_of(body: Mapping[str, Any], state: State, account: Account) -> Call:
    """Reads a webhook. The state brings the number for those that name none; only some name both ids of a call.

    A customer's call goes by its conversation, which is the one id that a recording names; ours by the id that Vonage
    gave us when we asked for it. Raises `PayloadInvalid` where there is neither.
    """
    outgoing = body.get("direction") == "outbound" or state.step == STATUS
    theirs, ours = ("to", "from") if outgoing else ("from", "to")
    conversation, leg = _id(body, "conversation_uuid"), _id(body, "uuid") or _id(body, "call_uuid")
    sid = (leg or conversation) if outgoing else (conversation or leg)
    if sid is None:
        raise PayloadInvalid("the webhook names no call")
    number = _number(body.get(theirs), account.settings) or _number(state.caller, account.settings)
    return Call(
        sid=sid,
        status=json.optional_text(body.get("status")),
        outgoing=outgoing,
        number=number,
        ours=sms.account_ref(_plain(body.get(ours)), account.external_id),
        name=None,
        language=state.language,
    )


def digits_of(body: Mapping[str, Any]) -> str | None:
    """The keys of an input, in the newer form (an object) or the older one (the keys alone)."""
    given = body.get("dtmf")
    digits = json.optional_text(given.get("digits") if isinstance(given, dict) else given)
    return digits[:_DIGITS_MAX] if digits else None


def ended(call: Call, body: Mapping[str, Any]) -> AnyInboundEvent:
    """A state of a call: of the customer's as it is, of ours as the receipt of the answer it read out."""
    status = (call.status or "")[:40]
    at = json.optional_iso_instant(body.get("timestamp"))
    if status in _ENDS and call.outgoing:
        return _receipt(call, status, at)
    if status in _ENDS:
        return updated(call, _ENDS[status], status, at, _duration(body.get("duration")))
    if status == "ringing" and not call.outgoing:
        return updated(call, "ringing", "ringing", at)
    if status == "answered" and not call.outgoing:
        return updated(call, "in_progress", "answered", at)
    return ignored(call, f"call {status}", body)


def ignored(call: Call, reason: str, body: Mapping[str, Any]) -> EventIgnored:
    """A webhook that nobody acts on."""
    key = f"{call.sid}:{reason}:{_digest(json.optional_text(body.get('timestamp')) or '')}"
    return EventIgnored(thread_key=call.thread_key, dedup_key=key, account_ref=call.ours, reason=reason)


def recording(call: Call, body: Mapping[str, Any], settings: VonageVoiceSettings) -> AnyInboundEvent:
    """The recorded message. Sound at Vonage is fetched with our token, a link elsewhere without."""
    url = _link(body)
    name = _id(body, "recording_uuid") or _digest(url)
    if str(body.get("size")) == "0":
        return EventIgnored(
            thread_key=call.thread_key, dedup_key=f"{name}:empty", account_ref=call.ours, reason="recording empty"
        )
    ends = json.optional_iso_instant(body.get("end_time")) or json.optional_iso_instant(body.get("timestamp"))
    return MessageReceived(
        thread_key=call.thread_key,
        dedup_key=f"{name}:completed",
        provider_at=ends,
        account_ref=call.ours,
        sender=call.sender,
        content=Content(media=(_sound(url, settings),)),
        provider_message_id=name,
    )


def words(call: Call, body: Mapping[str, Any], settings: VonageVoiceSettings) -> MessageReceived | None:
    """What was recognised of a caller's words, with the sound where it was kept; None where neither is there."""
    speech = json.obj(body.get("speech"), "speech")
    results = speech.get("results")
    first = results[0] if isinstance(results, list) and results else None
    text = json.optional_text(first.get("text")) if isinstance(first, dict) else None
    media = (_sound(_link(speech), settings),) if speech.get("recording_url") else ()
    if not text and not media:
        return None
    return MessageReceived(
        thread_key=call.thread_key,
        dedup_key=f"{call.sid}:spoken",
        provider_at=json.optional_iso_instant(body.get("timestamp")),
        account_ref=call.ours,
        sender=call.sender,
        content=Content(text=text, media=media),
        provider_message_id=f"{call.sid}:spoken",
    )


def is_recording(url: str, settings: VonageVoiceSettings) -> bool:
    """Whether a link is one that our token may go to: Vonage's hosts, or the one that stands in for them."""
    return is_below(url, HOSTS) or url.startswith(f"{settings.api_base.rstrip('/')}/v1/files/")


def _sound(url: str, settings: VonageVoiceSettings) -> Media:
    if is_recording(url, settings):
        return Media(kind=MediaKind.VOICE, mime="audio/mpeg", provider_ref=url)
    return Media(kind=MediaKind.VOICE, mime="audio/mpeg", url=url)


def _receipt(call: Call, status: str, at: datetime | None) -> ReceiptReceived:
    delivered = status == "completed"
    return ReceiptReceived(
        thread_key=call.thread_key,
        dedup_key=f"{call.sid}:{status}",
        provider_at=at,
        account_ref=call.ours,
        status=ReceiptStatus.DELIVERED if delivered else ReceiptStatus.FAILED,
        provider_message_id=call.sid,
        error_code=None if delivered else status,
        error_detail=None if delivered else STATES[status],
    )


def _link(body: Mapping[str, Any]) -> str:
    url = json.identifier(body.get("recording_url"), "recording_url")
    if not url.startswith(("https://", "http://")):
        raise PayloadInvalid("recording_url is no link")
    return url


def _number(value: Any, settings: VonageVoiceSettings) -> str | None:
    """A customer's number in E.164; None where it is hidden, or no number at all (SIP, an app's user)."""
    given = _plain(value)
    if given is None or not _NUMBER.fullmatch(given) or given.removeprefix("+") in settings.hidden_numbers:
        return None
    return f"+{given.removeprefix('+')}"


def _plain(value: Any) -> str | None:
    """A number as text, however it is given; None for anything longer than an address can be."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else json.optional_text(value)
    return text if text and len(text) <= _ID_MAX else None


def _duration(value: Any) -> int | None:
    """Seconds, as Vonage writes them: digits in a text."""
    text = _plain(value)
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 8 else None


def _id(body: Mapping[str, Any], name: str) -> str | None:
    value = body.get(name)
    if value is None or value == "":
        return None
    found = json.identifier(value, name)
    if len(found) > _ID_MAX:
        raise PayloadInvalid(f"{name} is too long")
    return found


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]
