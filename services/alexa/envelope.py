"""A request of Alexa's as far as we use it (developer.amazon.com, "Request and Response JSON Reference")."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from backbone.channel import json
from backbone.channel.replies import child
from backbone.errors import PayloadInvalid
from services.alexa.texts import TEXTS

NOTICES = "alexa::devices:all:notifications:write"
"""The permission that a customer gives a skill to tell of news."""
_NAME_MAX = 100
_SLOT_MAX = 4000


@dataclass(frozen=True, slots=True)
class Envelope:
    """One request. `linked` says that an account is linked; the access token itself is dropped here and never kept.

    `user` is the person's account as this skill knows it: another skill, or the same one disabled and enabled again,
    knows another. `language` is None where the locale has no texts of ours.
    """

    kind: str
    id: str
    user: str | None
    skill: str | None
    at: datetime | None
    locale: str | None
    language: str | None
    linked: bool
    notices_allowed: bool
    intent: str | None
    slots: Mapping[str, str] = field(default_factory=dict, repr=False)
    details: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def thread_key(self) -> str:
        """The customer; raises `PayloadInvalid` where the request names none."""
        if self.user is None:
            raise PayloadInvalid("the request names no user")
        return self.user


def read(body: bytes) -> Envelope:
    """Raises `PayloadInvalid` where the body is no request, or names no id."""
    whole = json.obj(json.loads(body), "the body")
    request = json.obj(whole.get("request"), "request")
    system, session = child(whole.get("context"), "System"), child(whole, "session")
    user = child(system, "user") or child(session, "user")
    named = json.optional_text(request.get("locale"))
    locale = named[:20] if named else None
    language = locale.partition("-")[0].lower() if locale else ""
    intent = child(request, "intent")
    identity = user.get("userId")
    return Envelope(
        kind=json.text(request.get("type"), "request.type")[:_NAME_MAX],
        id=json.identifier(request.get("requestId"), "request.requestId")[:400],
        user=json.identifier(identity, "user.userId") if identity is not None else None,
        skill=_skill(system, session),
        at=_instant(request.get("timestamp")),
        locale=locale,
        language=language if language in TEXTS else None,
        linked=bool(json.optional_text(user.get("accessToken"))),
        notices_allowed=child(child(child(user, "permissions"), "scopes"), NOTICES).get("status") == "GRANTED",
        intent=(json.optional_text(intent.get("name")) or "")[:_NAME_MAX] or None,
        slots=_slots(child(intent, "slots")),
        details=request,
    )


def skill_of(whole: Mapping[str, Any]) -> str | None:
    """The skill's id. The context and the session both name it; None where neither does, or they differ."""
    return _skill(child(whole.get("context"), "System"), child(whole, "session"))


def _skill(*places: Mapping[str, Any]) -> str | None:
    named = [child(place, "application").get("applicationId") for place in places if place]
    one = named[0] if named and all(each == named[0] for each in named) else None
    return json.optional_text(one)


def time_of(body: bytes) -> tuple[str | None, datetime | None]:
    """What `verify` needs of a body whose signature is good: the skill's id and the time. Raises `PayloadInvalid`."""
    whole = json.obj(json.loads(body), "the body")
    return skill_of(whole), _instant(child(whole, "request").get("timestamp"))


def _instant(value: Any) -> datetime | None:
    """ISO 8601, as documented; old requests and some of skill events have milliseconds since 1970."""
    if isinstance(value, int) and not isinstance(value, bool):
        return json.optional_instant(value, unit="ms")
    return json.optional_iso_instant(value)


def _slots(given: Mapping[str, Any]) -> dict[str, str]:
    """The values that were heard, by the names of their slots; what is no text is left out."""
    found = {}
    for name, slot in list(given.items())[:20]:
        value = json.optional_text(slot.get("value")) if isinstance(slot, dict) else None
        if value and value.strip() and value != "?":
            found[json.clean(name)] = value.strip()[:_SLOT_MAX]
    return found
