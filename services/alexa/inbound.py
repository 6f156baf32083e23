"""What Alexa's requests tell: messages, wishes to be called back, consent, and trouble with the skill itself."""

from collections.abc import Sequence

from backbone.channel import json
from backbone.channel.port import Context, Parsed
from backbone.channel.replies import child
from schemas.content import Choice, Content
from schemas.inbound import (
    AccountNotice,
    AnyInboundEvent,
    CallUpdated,
    ConsentChanged,
    EventIgnored,
    MessageReceived,
    Sender,
)
from services.alexa import script
from services.alexa.envelope import Envelope
from services.alexa.script import Script

NOTICE = "AMAZON.MessageAlert.Activated"
_ENDS = frozenset({"AMAZON.StopIntent", "AMAZON.CancelIntent", "AMAZON.NavigateHomeIntent", "AMAZON.NoIntent"})
_SUBSCRIPTION = "AlexaSkillEvent.ProactiveSubscriptionChanged"
_DISABLED = "AlexaSkillEvent.SkillDisabled"


def parsed(asked: Envelope, context: Context) -> Parsed:
    """The events of one request and the answer to it. Raises `PayloadInvalid` where it names nobody but should."""
    steps = Script(context, asked)
    if asked.kind == "LaunchRequest":
        return _launched(asked, steps)
    if asked.kind == "IntentRequest":
        return _intended(asked, steps)
    if asked.kind in {"SessionEndedRequest", "System.ExceptionEncountered"}:
        return Parsed((_ended(asked),), response=script.nothing())
    if asked.kind in {_SUBSCRIPTION, _DISABLED}:
        return Parsed((_consent(asked),), response=script.nothing())
    return Parsed((_ignored(asked, asked.kind),), response=script.nothing())


def _launched(asked: Envelope, steps: Script) -> Parsed:
    """Opening the skill says nothing yet: no conversation begins by it."""
    if steps.settings.link_required and not asked.linked:
        return Parsed((_ignored(asked, "launch, account not linked"),), response=steps.link())
    reason = "launch, account linked" if asked.linked else "launch"
    return Parsed((_ignored(asked, reason),), response=steps.welcome())


def _intended(asked: Envelope, steps: Script) -> Parsed:
    settings, intent = steps.settings, asked.intent or ""
    reason = f"intent {intent}"
    if intent in _ENDS:
        return Parsed((_ignored(asked, reason),), response=steps.goodbye())
    if settings.link_required and not asked.linked:
        return Parsed((_ignored(asked, f"{reason}, account not linked"),), response=steps.link())
    if intent == settings.message_intent:
        words = asked.slots.get(settings.message_slot)
        if not words:
            return Parsed((_ignored(asked, f"{reason}, nothing said"),), response=steps.ask(settings.message_slot))
        return Parsed((_message(asked, words),), response=steps.message_taken())
    if intent == settings.callback_intent:
        number = asked.slots.get(settings.callback_slot)
        if not number:
            return Parsed((_ignored(asked, f"{reason}, no number"),), response=steps.ask(settings.callback_slot))
        return Parsed(_callback(asked, number), response=steps.callback_noted())
    if intent == "AMAZON.HelpIntent":
        return Parsed((_ignored(asked, reason),), response=steps.help())
    return Parsed((_ignored(asked, reason),), response=steps.not_understood())


def _sender(asked: Envelope) -> Sender:
    language = asked.locale.partition("-")[0].lower() if asked.locale else None
    return Sender(address=asked.thread_key, language=language or None)


def _message(asked: Envelope, words: str, choice: Choice | None = None) -> MessageReceived:
    """A linked account is told as a fact of the intent; whose it is, only the company's own login server knows."""
    fact = Choice(id=asked.intent or "", data={"linked": True}) if asked.linked else None
    return MessageReceived(
        thread_key=asked.thread_key,
        dedup_key=asked.id,
        provider_at=asked.at,
        account_ref=asked.skill,
        sender=_sender(asked),
        content=Content(text=words, choice=choice or fact),
        provider_message_id=asked.id,
    )


def _callback(asked: Envelope, number: str) -> tuple[AnyInboundEvent, ...]:
    """The wish as a fact, and as a message, so that a conversation opens with an owner and a deadline."""
    title = "Please call me back"
    data: dict[str, object] | None = {"linked": True} if asked.linked else None
    wish = Choice(id="call_back", title=title, data=data)
    sender = _sender(asked)
    fact = CallUpdated(
        thread_key=asked.thread_key,
        dedup_key=f"{asked.id}:callback_requested",
        provider_at=asked.at,
        account_ref=asked.skill,
        sender=sender,
        call_id=asked.id,
        state="callback_requested",
        language=sender.language,
    )
    return (fact, _message(asked, f"{title}: {number}", wish))


def _ended(asked: Envelope) -> AnyInboundEvent:
    """The end of a session; where it ended by an error of ours, a person must know. Amazon's words are not passed on."""
    error = json.optional_text(child(asked.details, "error").get("type"))
    if error is None:
        reason = json.optional_text(asked.details.get("reason")) or "unknown"
        return _ignored(asked, f"session ended: {reason[:40]}")
    return AccountNotice(
        thread_key="",
        dedup_key=asked.id,
        provider_at=asked.at,
        account_ref=asked.skill,
        code=error[:80],
        severity="error" if error == "INVALID_RESPONSE" else "warning",
        detail="Alexa ended a session with an error.",
    )


def _consent(asked: Envelope) -> ConsentChanged:
    """Notices allowed or forbidden in the Alexa app; who disables the skill can't be told anything any more."""
    allowed = asked.kind == _SUBSCRIPTION and NOTICE in _subscribed(asked)
    return ConsentChanged(
        thread_key=asked.thread_key,
        dedup_key=asked.id,
        provider_at=asked.at,
        account_ref=asked.skill,
        sender=_sender(asked),
        state="opted_in" if allowed else "opted_out",
    )


def _subscribed(asked: Envelope) -> Sequence[object]:
    found = child(asked.details, "body").get("subscriptions")
    return [each.get("eventName") for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _ignored(asked: Envelope, reason: str) -> EventIgnored:
    return EventIgnored(
        thread_key=asked.user or "",
        dedup_key=asked.id,
        provider_at=asked.at,
        account_ref=asked.skill,
        reason=reason,
    )
