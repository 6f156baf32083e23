"""Twilio's voice webhooks as a dialogue, and its API for calls that read out an answer."""

from collections.abc import Sequence

from backbone.channel import form, json, replies
from backbone.channel.calls import events
from backbone.channel.calls.events import Call
from backbone.channel.calls.script import CALL_BACK, LANGUAGE, MENU, RECORDED, STATUS, Script, State, Step, state_of
from backbone.channel.form import Form
from backbone.channel.form_signature import matches
from backbone.channel.port import (
    Accepted,
    Account,
    Context,
    Final,
    HttpCall,
    Outcome,
    Parsed,
    ProviderCall,
    ProviderReply,
    Request,
    Response,
    Throttled,
    Transient,
)
from backbone.errors import SignatureInvalid, SignatureMissing
from schemas.inbound import AnyInboundEvent
from schemas.outbound import OutboundMessage
from services.twilio_voice import errors, inbound, outbound, script, twiml
from services.twilio_voice.settings import TwilioVoiceSettings

SIGNATURE = "x-twilio-signature"


class TwilioVoiceCodec:
    """Calls in: a script whose state is in the signed URL, answered at once. Calls out: one that reads out an answer."""

    settings_type = TwilioVoiceSettings

    def verify(self, request: Request, context: Context) -> None:
        """HMAC-SHA1 over the public URL, with the script's state in it, and the sorted form fields."""
        settings: TwilioVoiceSettings = context.account.settings
        signature = request.header(SIGNATURE)
        if signature is None:
            raise SignatureMissing
        is_form = form.is_form(request.header("content-type"))
        override = settings.retry_override
        if not matches(settings.tokens(), signature, request.url, request.body, is_form=is_form, override=override):
            raise SignatureInvalid

    def parse(self, request: Request, context: Context) -> Parsed:
        """The events of one callback, and TwiML for what the caller hears next."""
        query = script.query_of(request.url)
        fields = query if request.method == "GET" else form.loads(request.body)
        state = state_of(query)
        call = inbound.call_of(fields, context.account.settings, state.language, state.caller)
        if fields.get("TranscriptionSid"):
            return Parsed((inbound.transcription(call, fields),), response=twiml.answer())
        if state.step == RECORDED:
            return _recorded(call, fields, state, context)
        if fields.get("RecordingSid"):
            return Parsed((inbound.recording(call, fields),), response=twiml.answer())
        if call.outgoing or state.step == STATUS or call.status not in {None, *inbound.LIVE}:
            return Parsed((inbound.ended(call, fields),), response=twiml.answer())
        return _dialogue(call, fields, state, context)

    def render(self, message: OutboundMessage, account: Account) -> Sequence[HttpCall]:
        return outbound.calls(message, account)

    def interpret(self, call: ProviderCall, reply: ProviderReply) -> Outcome:
        answer = replies.json_object(reply)
        number = answer.get("code")
        code = str(number) if isinstance(number, int) and not isinstance(number, bool) else str(reply.status)
        if 200 <= reply.status < 300:
            return Accepted(json.optional_text(answer.get("sid")))
        if reply.status == 429 or number in errors.THROTTLED:
            return Throttled(code, replies.retry_after(reply))
        if number in errors.TRANSIENT:
            return Transient(code, errors.meaning(code), replies.retry_after(reply))
        if 400 <= reply.status < 500 and number in errors.MEANINGS:
            return Final(code, errors.meaning(code))
        return replies.by_status(reply, code, errors.meaning(code))

    def media_call(self, ref: str, account: Account) -> HttpCall | None:
        """A recording as MP3, with our credentials; None for anything that is no recording's id."""
        settings: TwilioVoiceSettings = account.settings
        if not inbound.RECORDING_ID.fullmatch(ref):
            return None
        url = f"{settings.api_base.rstrip('/')}/2010-04-01/Accounts/{settings.account_sid}/Recordings/{ref}.mp3"
        return HttpCall("GET", url, (outbound.authorization(settings),))


def _recorded(call: Call, fields: Form, state: State, context: Context) -> Parsed:
    """The caller is done. The same recording comes again by its own callback, under the same key."""
    heard = bool(fields.get("RecordingSid")) and fields.get("RecordingDuration") != "0"
    event: AnyInboundEvent = inbound.recording(call, fields) if heard else events.running(call)
    return Parsed((event,), response=script.recorded(_script(call, context), state, heard=heard))


def _script(call: Call, context: Context) -> Script:
    return Script(context, context.account.settings, call.number)


def _dialogue(call: Call, fields: Form, state: State, context: Context) -> Parsed:
    steps, digits = _script(call, context), fields.get("Digits")

    def answer(chosen: Sequence[Step]) -> Response:
        return script.answer(context.account, call.number, chosen)

    if state.step == LANGUAGE:
        language, chosen = steps.language_chosen(state, digits)
        spoken = events.in_language(call, language)
        return Parsed((events.running(spoken),) if language else (), response=answer(chosen))
    if state.step == MENU:
        response = answer(steps.menu_chosen(state, digits))
        if digits == CALL_BACK and call.number:
            return Parsed(events.callback_requested(call), response=response)
        return Parsed((events.running(call),), response=response)
    return Parsed((events.started(call),), response=answer(steps.greeting()))


codec = TwilioVoiceCodec()
