"""An answer by telephone: a call that reads it out."""

import base64

from backbone.channel import form
from backbone.channel.calls.script import STATUS, State
from backbone.channel.calls.speech import words_of
from backbone.channel.calls.texts import texts_for
from backbone.channel.port import Account, HttpCall
from backbone.channel.text import split
from backbone.errors import InputInvalid
from schemas.content import Content
from schemas.outbound import OutboundMessage
from services.twilio_voice import twiml
from services.twilio_voice.script import url_for
from services.twilio_voice.settings import TwilioVoiceSettings

TEXT_MAX = 3000
TWIML_MAX = 4000
"""Characters of the parameter `Twiml` (twilio.com/docs/voice/api/call-resource)."""
_API = "/2010-04-01/Accounts/"


def calls(message: OutboundMessage, account: Account) -> tuple[HttpCall, ...]:
    """One call for each 3,000 characters. Raises `InputInvalid` for what can't be said, or a hidden number."""
    settings: TwilioVoiceSettings = account.settings
    if message.recipient.startswith("call:"):
        raise InputInvalid("the caller's number was hidden: nobody can call back")
    url = f"{settings.api_base.rstrip('/')}{_API}{settings.account_sid}/Calls.json"
    headers = (authorization(settings), ("content-type", form.MEDIA_TYPE), ("accept", "application/json"))
    callback = url_for(account, State(STATUS), override=settings.retry_override)
    common = [
        ("To", message.recipient),
        ("From", account.external_id),
        ("Timeout", str(int(settings.ring_for.total_seconds()))),
        ("StatusCallback", callback),
        ("StatusCallbackEvent", "completed"),
        ("StatusCallbackMethod", "POST"),
    ]
    return tuple(
        HttpCall("POST", url, headers, form.dumps([*common, ("Twiml", script)]))
        for script in scripts(message.content, settings)
    )


def scripts(content: Content, settings: TwilioVoiceSettings) -> list[str]:
    """The instructions of each call, none longer than Twilio takes: escaped text may be five times as long."""
    words = words_of(content)
    found: list[str] = []
    for limit in (TEXT_MAX, TEXT_MAX // 2, TEXT_MAX // 5):
        found = [_script(part, settings) for part in split(words, limit, "utf16")]
        if all(len(script) <= TWIML_MAX for script in found):
            break
    return found


def _script(words: str, settings: TwilioVoiceSettings) -> str:
    texts = texts_for(settings.languages)
    name = settings.company
    greeting = texts.answer_from.format(company=name) if name else texts.answer
    first, then = (twiml.say(each, texts.tag, settings.voice) for each in (greeting, words))
    return twiml.document([first, "<Pause/>", then])


def authorization(settings: TwilioVoiceSettings) -> tuple[str, str]:
    user, password = settings.credentials()
    return "authorization", "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
