"""The script of an incoming call as TwiML. Where a call stands travels in the URLs we give to Twilio, which Twilio signs."""

from collections.abc import Iterable

from backbone.channel import form
from backbone.channel.calls.script import (
    RECORDED,
    RECORDING,
    TRANSCRIPTION,
    Ask,
    HangUp,
    Record,
    Say,
    Script,
    State,
    Step,
    query_for,
)
from backbone.channel.calls.speech import escaped
from backbone.channel.calls.texts import TEXTS
from backbone.channel.form import Form
from backbone.channel.port import Account, Response
from services.twilio_voice import twiml
from services.twilio_voice.settings import TwilioVoiceSettings


def url_for(account: Account, state: State, *, override: str = "") -> str:
    """The URL that brings a call back in this state; `override` is Twilio's retry behaviour for it."""
    return f"{account.webhook_url}?{query_for(state)}" + (f"#{override}" if override else "")


def query_of(url: str) -> Form:
    """The state's query, taken from the URL, since that is what the signature covers."""
    return form.loads(form.query_of(url))


def answer(account: Account, caller: str | None, steps: Iterable[Step]) -> Response:
    """The steps as TwiML; `caller` travels to the callbacks of a recording, which name no number themselves."""
    return twiml.answer(*(verb for step in steps for verb in _verbs(account, caller, step)))


def recorded(script: Script, state: State, *, heard: bool) -> Response:
    """What a caller hears who has spoken, or was not heard."""
    texts = script.texts(state)
    end = (Say(texts.thanks if heard else texts.nothing_heard, texts.tag), HangUp())
    return answer(script.context.account, script.caller, end)


def _verbs(account: Account, caller: str | None, step: Step) -> list[str]:
    match step:
        case Say():
            return [_say(account.settings, step)]
        case Ask():
            return _ask(account, step)
        case Record():
            return _record(account, caller, step.language)
        case HangUp():
            return ["<Hangup/>"]


def _say(settings: TwilioVoiceSettings, step: Say) -> str:
    return twiml.say(step.words, step.tag, settings.voice)


def _ask(account: Account, step: Ask) -> list[str]:
    """One key; without one the call comes back in the same state, with no digits."""
    settings: TwilioVoiceSettings = account.settings
    url = url_for(account, step.state)
    wait = str(int(settings.key_wait.total_seconds()))
    gather = {"input": "dtmf", "numDigits": "1", "timeout": wait, "action": url, "method": "POST"}
    question = "".join(_say(settings, each) for each in step.question)
    return [twiml.verb("Gather", gather, question), twiml.verb("Redirect", {"method": "POST"}, escaped(url))]


def _record(account: Account, caller: str | None, language: str) -> list[str]:
    """The recording is told twice, by the call itself and by a callback that is retried: the same message."""
    settings: TwilioVoiceSettings = account.settings
    override, texts = settings.retry_override, TEXTS[language]
    attributes = {
        "action": url_for(account, State(RECORDED, language)),
        "method": "POST",
        "maxLength": str(int(settings.record_max.total_seconds())),
        "timeout": str(int(settings.silence_max.total_seconds())),
        "finishOnKey": "#",
        "playBeep": "true",
        "recordingStatusCallback": url_for(account, State(RECORDING, language, caller=caller), override=override),
        "recordingStatusCallbackEvent": "completed absent",
    }
    if settings.transcribe:
        attributes["transcribe"] = "true"
        attributes["transcribeCallback"] = url_for(
            account, State(TRANSCRIPTION, language, caller=caller), override=override
        )
    unheard = _say(settings, Say(texts.nothing_heard, texts.tag))
    return [twiml.verb("Record", attributes), unheard, "<Hangup/>"]
