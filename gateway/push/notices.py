"""What is said to a push service, and what its answers mean. Pure: keys, tokens and the time are handed in."""

import json as stdlib_json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Literal

from pydantic import SecretStr

from backbone.channel.jwt import sign_es256
from backbone.channel.port import HttpCall, ProviderReply
from backbone.channel.push import ApnsSettings, FcmSettings, PushSettings, signing_key
from backbone.channel.replies import json_object
from schemas.outbound import OutboundMessage

Provider = Literal["fcm", "apns"]
KEPT_FOR = timedelta(hours=24)
"""How long a push service tries to reach a device that is off."""
TEXT_MAX = 200
FCM_SCOPE = "https://www.googleapis.com/auth/firebase.messaging"


class Verdict(Enum):
    """`GONE`: the app is not on that device any more. `RENEW`: our access token was refused. `REFUSED`: a person must act."""

    SENT = "sent"
    GONE = "gone"
    AGAIN = "again"
    THROTTLED = "throttled"
    RENEW = "renew"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Notice:
    """That there is a message. `text` is empty unless the account lets it out."""

    conversation_id: str
    message_id: str
    title: str
    text: str = field(repr=False)


def words_of(settings: PushSettings, message: OutboundMessage) -> str:
    """What of a message the push services and the lock screen may read."""
    return message.content.preview(TEXT_MAX) if settings.show_text else ""


def fcm_call(settings: FcmSettings, access_token: SecretStr, device: SecretStr, notice: Notice) -> HttpCall:
    """One message to one device; a newer one of the same conversation takes its place on the screen."""
    shown = {"title": notice.title} | ({"body": notice.text} if notice.text else {})
    message = {
        "token": device.get_secret_value(),
        "notification": shown,
        "data": {"conversation_id": notice.conversation_id, "message_id": notice.message_id},
        "android": {
            "priority": "high",
            "ttl": f"{int(KEPT_FOR.total_seconds())}s",
            "collapse_key": notice.conversation_id,
            "notification": {"tag": notice.conversation_id},
        },
    }
    headers = (
        ("authorization", f"Bearer {access_token.get_secret_value()}"),
        ("content-type", "application/json"),
    )
    return HttpCall(
        "POST", f"{settings.url}/v1/projects/{settings.project_id}/messages:send", headers, _json({"message": message})
    )


def apns_call(
    settings: ApnsSettings, access_token: SecretStr, device: SecretStr, notice: Notice, now: datetime
) -> HttpCall:
    """One alert to one device, over HTTP/2 only."""
    alert = {"title": notice.title} | ({"body": notice.text} if notice.text else {})
    body = {
        "aps": {"alert": alert, "sound": "default", "thread-id": notice.conversation_id},
        "conversation_id": notice.conversation_id,
        "message_id": notice.message_id,
    }
    headers = (
        ("authorization", f"bearer {access_token.get_secret_value()}"),
        ("apns-topic", settings.topic),
        ("apns-push-type", "alert"),
        ("apns-priority", "10"),
        ("apns-expiration", str(int((now + KEPT_FOR).timestamp()))),
        ("apns-collapse-id", notice.conversation_id[:64]),
        ("content-type", "application/json"),
    )
    return HttpCall("POST", f"{settings.url}/3/device/{device.get_secret_value()}", headers, _json(body))


def apns_token(settings: ApnsSettings, now: datetime) -> SecretStr:
    """A provider token (ES256, RFC 7518 §3.4), which Apple takes for an hour and wants renewed not oftener than each 20 min."""
    claims = {"iss": settings.team_id, "iat": int(now.timestamp())}
    return SecretStr(sign_es256(claims, signing_key(settings.private_key), {"kid": settings.key_id}))


def judged(provider: Provider, reply: ProviderReply) -> tuple[Verdict, str]:
    """What an answer means, and the service's own word for it."""
    if 200 <= reply.status < 300:
        return Verdict.SENT, ""
    body = json_object(reply)
    word = _fcm_word(body) if provider == "fcm" else str(body.get("reason") or "")[:100]
    gone = {
        "UNREGISTERED",
        "SENDER_ID_MISMATCH",
        "Unregistered",
        "BadDeviceToken",
        "DeviceTokenNotForTopic",
        "ExpiredToken",
    }
    if word in gone or reply.status == 410:
        return Verdict.GONE, word
    if word == "ExpiredProviderToken" or reply.status == 401:
        return Verdict.RENEW, word
    if reply.status == 429:
        return Verdict.THROTTLED, word
    if reply.status >= 500:
        return Verdict.AGAIN, word
    return Verdict.REFUSED, word or str(reply.status)


def _fcm_word(body: Mapping[str, Any]) -> str:
    """`UNREGISTERED` and the like out of `google.firebase.fcm.v1.FcmError`, else the status of google.rpc.Status.

    A wrong token is an INVALID_ARGUMENT that names the field.
    """
    found = body.get("error")
    error = found if isinstance(found, dict) else {}
    details = error.get("details")
    for detail in details if isinstance(details, list) else []:
        if not isinstance(detail, dict):
            continue
        if isinstance(detail.get("errorCode"), str) and detail["errorCode"] != "INVALID_ARGUMENT":
            return str(detail["errorCode"])[:100]
        violations = detail.get("fieldViolations")
        for one in violations if isinstance(violations, list) else []:
            if isinstance(one, dict) and one.get("field") == "message.token":
                return "UNREGISTERED"
    return str(error.get("status") or "")[:100]


def _json(value: Mapping[str, Any]) -> bytes:
    return stdlib_json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")
