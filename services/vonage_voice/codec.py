"""Vonage's voice webhooks as a dialogue, and its API for calls that read out an answer."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from backbone.channel import json, vonage
from backbone.channel.calls import events
from backbone.channel.calls.events import Call
from backbone.channel.calls.script import CALL_BACK, LANGUAGE, MENU, RECORDED, HangUp, Say, Script, State, Step
from backbone.channel.port import (
    Account,
    Context,
    HttpCall,
    Outcome,
    Parsed,
    ProviderCall,
    ProviderReply,
    Request,
    Response,
)
from backbone.channel.signature import same
from backbone.errors import SignatureInvalid, SignatureMissing
from schemas.outbound import OutboundMessage
from services.vonage_voice import inbound, ncco, outbound, state
from services.vonage_voice.settings import VonageVoiceSettings


class VonageVoiceCodec:
    """Calls in: a script whose state is in URLs that we seal, answered at once. Calls out: one that reads out an answer."""

    settings_type = VonageVoiceSettings

    def verify(self, request: Request, context: Context) -> None:
        """The bearer token, which covers the body and names the application, and our own seal of the URL's query.

        A GET has no body that could be covered, so it proves nothing.
        """
        settings: VonageVoiceSettings = context.account.settings
        if request.method != "POST":
            raise SignatureMissing
        claims = vonage.check(request, settings.signature_secrets, context.now)
        application = claims.get("application_id", settings.application_id)
        if not isinstance(application, str) or not same(settings.application_id.lower(), application.lower()):
            raise SignatureInvalid
        state.check(request, settings)

    def parse(self, request: Request, context: Context) -> Parsed:
        """The events of one webhook, and an NCCO for what the caller hears next where Vonage asks for one."""
        at = state.of(request)
        body = json.obj(json.loads(request.body), "the body")
        call = inbound.call_of(body, at, context.account)
        if body.get("recording_url"):
            return Parsed((inbound.recording(call, body, context.account.settings),))
        if "dtmf" in body or "speech" in body:
            return _input(call, body, at, context)
        if call.status:
            return Parsed((inbound.ended(call, body),))
        if at.step or not body.get("to"):
            return Parsed((inbound.ignored(call, _kind(body), body),))
        return Parsed((events.started(call),), response=_answer(call, context, _script(call, context).greeting()))

    def render(self, message: OutboundMessage, account: Account) -> Sequence[HttpCall]:
        return outbound.calls(message, account)

    def sign_attempt(self, call: HttpCall, account: Account, now: datetime) -> HttpCall:
        """The call with a token of this moment."""
        return outbound.signed(call, account, now)

    def interpret(self, call: ProviderCall, reply: ProviderReply) -> Outcome:
        return outbound.outcome(reply)

    def media_call(self, ref: str, account: Account) -> HttpCall | None:
        """A recording at Vonage, to be signed; None for a link to anywhere else."""
        return HttpCall("GET", ref) if inbound.is_recording(ref, account.settings) else None


def _kind(body: Mapping[str, Any]) -> str:
    if "conversation_uuid_to" in body:
        return "transfer"
    return "error in the instructions" if "reason" in body else "unknown"


def _script(call: Call, context: Context) -> Script:
    settings: VonageVoiceSettings = context.account.settings
    return Script(context, settings, call.number, tone=not settings.transcribe)


def _answer(call: Call, context: Context, steps: Sequence[Step]) -> Response:
    return ncco.answer(context.account, call.number, steps)


def _input(call: Call, body: Mapping[str, Any], at: State, context: Context) -> Parsed:
    """A key, or none, or words; what belongs to no question of ours changes nothing."""
    steps, digits = _script(call, context), inbound.digits_of(body)
    if at.step == LANGUAGE:
        language, chosen = steps.language_chosen(at, digits)
        spoken = events.in_language(call, language)
        return Parsed((events.running(spoken),) if language else (), response=_answer(call, context, chosen))
    if at.step == MENU:
        response = _answer(call, context, steps.menu_chosen(at, digits))
        if digits == CALL_BACK and call.number:
            return Parsed(events.callback_requested(call), response=response)
        return Parsed((events.running(call),), response=response)
    if at.step == RECORDED and "speech" in body:
        return _spoken(call, body, at, context)
    return Parsed((inbound.ignored(call, "input", body),))


def _spoken(call: Call, body: Mapping[str, Any], at: State, context: Context) -> Parsed:
    texts = _script(call, context).texts(at)
    heard = inbound.words(call, body, context.account.settings)
    end = (Say(texts.thanks if heard else texts.nothing_heard, texts.tag), HangUp())
    return Parsed((heard or events.running(call),), response=_answer(call, context, end))


codec = VonageVoiceCodec()
