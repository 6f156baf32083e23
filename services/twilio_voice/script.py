"""The script of an incoming call: greeting, language, a choice of two, and a way to leave word. It never waits for anybody.

Where a call stands travels in the URLs we give to Twilio, which Twilio signs; nothing is remembered here.
"""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from backbone.channel import form
from backbone.channel.form import Form
from backbone.channel.port import Account, Context, DialogueView, Response
from services.twilio_voice import twiml
from services.twilio_voice.settings import TwilioVoiceSettings
from services.twilio_voice.texts import TEXTS, Texts

LANGUAGE, MENU, RECORDED, RECORDING, TRANSCRIPTION, STATUS = (
    "language",
    "menu",
    "recorded",
    "recording",
    "transcription",
    "status",
)
LEAVE_MESSAGE, CALL_BACK = "1", "2"
_DEFAULT = "en"
_SOON = timedelta(seconds=90)
_WEEK = timedelta(days=6)


@dataclass(frozen=True, slots=True)
class State:
    """Where a call stands. `offered` are the languages in the order of their keys; `asked` counts unanswered questions."""

    step: str = ""
    language: str | None = None
    offered: tuple[str, ...] = ()
    asked: int = 0
    caller: str | None = None


def state_of(query: Form) -> State:
    """Reads what `url_for` wrote; what it could not have written reads as absent. Raises `PayloadInvalid` for no query."""
    language = query.get("lang")
    offered = tuple(name for name in (query.get("langs") or "").split("-")[:9] if name in TEXTS)
    return State(
        step=query.get("step") or "",
        language=language if language in TEXTS else None,
        offered=offered,
        asked=query.integer("asked", most=9),
        caller=query.get("caller"),
    )


def url_for(account: Account, state: State, *, override: str = "") -> str:
    """The URL that brings a call back in this state; `override` is Twilio's retry behaviour for it."""
    fields = {
        "step": state.step,
        "lang": state.language,
        "langs": "-".join(state.offered),
        "asked": str(state.asked) if state.asked else None,
        "caller": state.caller,
    }
    query = urlencode({key: value for key, value in fields.items() if value})
    return f"{account.webhook_url}?{query}" + (f"#{override}" if override else "")


@dataclass(frozen=True, slots=True)
class Script:
    """The answers to one caller's keys. `caller` is None where the number is hidden, so nobody can call back."""

    context: Context
    caller: str | None

    @property
    def settings(self) -> TwilioVoiceSettings:
        settings: TwilioVoiceSettings = self.context.account.settings
        return settings

    def offered(self) -> tuple[str, ...]:
        """The languages to choose from, at most nine, as each has a key."""
        team = tuple(name for name in self.context.dialogue.languages if name in TEXTS)
        return self.settings.languages or team[:9] or (_DEFAULT,)

    def greeting(self) -> Response:
        """The welcome, then the question for a language where there is a choice."""
        offered = self.offered()
        first = TEXTS[offered[0]]
        name = self.settings.company
        welcome = self._say(first.welcome_to.format(company=name) if name else first.welcome, first)
        if len(offered) == 1:
            return twiml.answer(welcome, *self._choices(offered[0], 0))
        return twiml.answer(welcome, *self._languages(offered, 0))

    def language_chosen(self, state: State, digits: str | None) -> tuple[str | None, Response]:
        """The language behind the key, and what comes next; without a right key the question again, then the first."""
        offered = state.offered or self.offered()
        if digits and digits.isascii() and digits.isdigit() and 1 <= int(digits[:2]) <= len(offered):
            language = offered[int(digits[:2]) - 1]
        elif state.asked + 1 < self.settings.tries:
            return None, twiml.answer(*self._languages(offered, state.asked + 1))
        else:
            language = offered[0]
        return language, twiml.answer(*self._choices(language, 0))

    def menu_chosen(self, state: State, digits: str | None) -> Response:
        """A message or a call back; without a right key the question again, then the message."""
        language = state.language or self.offered()[0]
        texts = TEXTS[language]
        if digits == CALL_BACK and self.caller:
            return twiml.answer(self._say(texts.callback, texts), "<Hangup/>")
        if digits != LEAVE_MESSAGE and state.asked + 1 < self.settings.tries:
            return twiml.answer(*self._menu(language, state.asked + 1))
        return twiml.answer(*self._record(language))

    def recorded(self, state: State, *, heard: bool) -> Response:
        texts = TEXTS[state.language or self.offered()[0]]
        return twiml.answer(self._say(texts.thanks if heard else texts.nothing_heard, texts), "<Hangup/>")

    def _choices(self, language: str, asked: int) -> list[str]:
        """When somebody answers, then the choice; where nobody can call back there is none, only the message."""
        texts = TEXTS[language]
        zone = ZoneInfo(self.settings.time_zone)
        status = self._say(status_sentence(self.context.dialogue, self.context, texts, zone), texts)
        return [status, *(self._menu(language, asked) if self.caller else self._record(language))]

    def _menu(self, language: str, asked: int) -> list[str]:
        texts = TEXTS[language]
        return self._ask(State(MENU, language, asked=asked), self._say(texts.menu, texts))

    def _languages(self, offered: tuple[str, ...], asked: int) -> list[str]:
        questions = (
            self._say(TEXTS[name].choose.format(digit=digit), TEXTS[name])
            for digit, name in enumerate(offered, start=1)
        )
        return self._ask(State(LANGUAGE, offered=offered, asked=asked), "".join(questions))

    def _ask(self, state: State, question: str) -> list[str]:
        """One key; without one the call comes back in the same state, with no digits."""
        url = url_for(self.context.account, state)
        wait = str(int(self.settings.key_wait.total_seconds()))
        gather = {"input": "dtmf", "numDigits": "1", "timeout": wait, "action": url, "method": "POST"}
        return [twiml.verb("Gather", gather, question), twiml.verb("Redirect", {"method": "POST"}, twiml.text(url))]

    def _record(self, language: str) -> list[str]:
        """The recording is told twice, by the call itself and by a callback that is retried: the same message."""
        texts, settings = TEXTS[language], self.settings
        account, override = self.context.account, settings.retry_override
        attributes = {
            "action": url_for(account, State(RECORDED, language)),
            "method": "POST",
            "maxLength": str(int(settings.record_max.total_seconds())),
            "timeout": str(int(settings.silence_max.total_seconds())),
            "finishOnKey": "#",
            "playBeep": "true",
            "recordingStatusCallback": url_for(
                account, State(RECORDING, language, caller=self.caller), override=override
            ),
            "recordingStatusCallbackEvent": "completed absent",
        }
        if settings.transcribe:
            attributes["transcribe"] = "true"
            attributes["transcribeCallback"] = url_for(
                account, State(TRANSCRIPTION, language, caller=self.caller), override=override
            )
        hidden = [] if self.caller else [self._say(texts.hidden, texts)]
        return [
            *hidden,
            self._say(texts.record, texts),
            twiml.verb("Record", attributes),
            self._say(texts.nothing_heard, texts),
            "<Hangup/>",
        ]

    def _say(self, words: str, texts: Texts) -> str:
        return twiml.say(words, texts.tag, self.settings.voice)


def status_sentence(view: DialogueView, context: Context, texts: Texts, zone: ZoneInfo) -> str:
    """When somebody will answer, as far as the view knows: no time is promised that it doesn't hold."""
    if view.agents_online:
        if view.expected_wait is None:
            return texts.online
        if view.expected_wait <= _SOON:
            return texts.online_soon
        minutes = -(-view.expected_wait // timedelta(minutes=1))
        return texts.online_minutes.format(minutes=minutes)
    opening, now = view.next_opening, context.now
    if opening is None or not now < opening <= now + _WEEK:
        return texts.closed
    local = opening.astimezone(zone)
    day = texts.today if local.date() == now.astimezone(zone).date() else texts.days[local.weekday()]
    return texts.opens.format(day=day, time=f"{local:%H:%M}")


def query_of(url: str) -> Form:
    """The state's query, taken from the URL, since that is what the signature covers."""
    return form.loads(form.query_of(url))


def texts_for(languages: tuple[str, ...]) -> Texts:
    """The sentences of the first language, English where there is none."""
    return TEXTS[languages[0]] if languages else TEXTS[_DEFAULT]
