"""NCCO, the instructions that a call follows (developer.vonage.com, NCCO reference).

A text is SSML where it is a `speak` element, so text with signs of XML is always sent as one, escaped.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from backbone.channel.calls.script import RECORDED, RECORDING, Ask, HangUp, Record, Say, State, Step
from backbone.channel.calls.speech import escaped, printable
from backbone.channel.calls.texts import TEXTS
from backbone.channel.port import Account, Response
from backbone.channel.text import split
from services.vonage_voice.settings import VonageVoiceSettings
from services.vonage_voice.state import url_for

MEDIA_TYPE = "application/json"
TALK_MAX = 1500
"""Characters of one talk; whether escapes count as one is not documented, so they count as they are written."""
_ESCAPE_MAX = 5
_SPEAK = "<speak>", "</speak>"
_SPEECH_MAX = timedelta(seconds=60)

Action = dict[str, Any]


def answer(account: Account, caller: str | None, steps: Iterable[Step]) -> Response:
    """The steps as the answer to a webhook; `caller` travels to the callbacks, which name no number themselves."""
    actions = [action for step in steps for action in _actions(account, caller, step)]
    return Response(body=json.dumps(actions, ensure_ascii=False, separators=(",", ":")).encode(), media_type=MEDIA_TYPE)


def talk(say: Say, settings: VonageVoiceSettings) -> Action:
    """Reads words out, at most 1,500 characters: `talks` cuts."""
    spoken = _spoken(say.words)
    premium = {"premium": True} if settings.premium else {}
    return {"action": "talk", "text": spoken, "language": say.tag, "style": settings.style, **premium}


def talks(words: str, tag: str, settings: VonageVoiceSettings) -> list[Action]:
    """Reads words out, however long, each part cut where a sentence ends."""
    pieces: Sequence[str] = ()
    for limit in (TALK_MAX, TALK_MAX // 2, TALK_MAX // _ESCAPE_MAX - 10):
        pieces = split(words, limit, "utf16")
        if all(len(_spoken(piece).encode("utf-16-le")) // 2 <= TALK_MAX for piece in pieces):
            break
    return [talk(Say(piece, tag), settings) for piece in pieces]


def _spoken(words: str) -> str:
    text = printable(words)
    return escaped(text).join(_SPEAK) if "<" in text or "&" in text else text


def _actions(account: Account, caller: str | None, step: Step) -> list[Action]:
    match step:
        case Say():
            return [talk(step, account.settings)]
        case Ask():
            return _ask(account, caller, step)
        case Record():
            return _listen(account, caller, step) if account.settings.transcribe else _record(account, caller, step)
        case HangUp():
            # The call ends with its instructions.
            return []


def _ask(account: Account, caller: str | None, step: Ask) -> list[Action]:
    """The question, cut short by a key; the call comes back with it, or after the wait without one."""
    settings: VonageVoiceSettings = account.settings
    question = [{**talk(each, settings), "bargeIn": True} for each in step.question]
    dtmf = {"maxDigits": 1, "timeOut": _seconds(settings.key_wait)}
    return [*question, {"action": "input", "type": ["dtmf"], "dtmf": dtmf, **_back(account, step.state, caller)}]


def _record(account: Account, caller: str | None, step: Record) -> list[Action]:
    """The recording is told by a callback of its own, to which nothing can be answered: thanks follow in any case."""
    settings: VonageVoiceSettings = account.settings
    texts = TEXTS[step.language]
    record = {
        "action": "record",
        "format": "mp3",
        "beepStart": True,
        "endOnKey": "#",
        "endOnSilence": _seconds(settings.silence_max),
        "timeOut": _seconds(settings.record_max),
        **_back(account, State(RECORDING, step.language), caller),
    }
    return [record, talk(Say(texts.thanks, texts.tag), settings)]


def _listen(account: Account, caller: str | None, step: Record) -> list[Action]:
    """Speech recognition that keeps the sound, too; it has no tone."""
    settings: VonageVoiceSettings = account.settings
    speech = {
        "language": TEXTS[step.language].tag,
        "endOnSilence": _seconds(settings.silence_max),
        "startTimeout": 10,
        "maxDuration": _seconds(min(settings.record_max, _SPEECH_MAX)),
        "saveAudio": True,
    }
    back = _back(account, State(RECORDED, step.language), caller)
    return [{"action": "input", "type": ["speech"], "speech": speech, **back}]


def _back(account: Account, state: State, caller: str | None) -> Action:
    digits = caller.removeprefix("+") if caller else None
    return {"eventUrl": [url_for(account, replace(state, caller=digits))], "eventMethod": "POST"}


def _seconds(wait: timedelta) -> int:
    return int(wait.total_seconds())
