"""The script of an incoming call: greeting, language, a choice of two, and a way to leave word. It never waits for anybody.

Where a call stands travels in the URLs we give to the provider; nothing is remembered here. The steps are written in the
provider's own instructions by its channel.
"""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from backbone.channel.calls.settings import CallSettings
from backbone.channel.calls.texts import DEFAULT, TEXTS, Texts
from backbone.channel.form import Form
from backbone.channel.port import Context, DialogueView

LANGUAGE, MENU, RECORDED, RECORDING, TRANSCRIPTION, STATUS = (
    "language",
    "menu",
    "recorded",
    "recording",
    "transcription",
    "status",
)
LEAVE_MESSAGE, CALL_BACK = "1", "2"
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
    """Reads what `query_for` wrote; what it could not have written reads as absent. Raises `PayloadInvalid` for no query."""
    language = query.get("lang")
    offered = tuple(name for name in (query.get("langs") or "").split("-")[:9] if name in TEXTS)
    return State(
        step=query.get("step") or "",
        language=language if language in TEXTS else None,
        offered=offered,
        asked=query.integer("asked", most=9),
        caller=query.get("caller"),
    )


def query_for(state: State) -> str:
    """The query of a URL that brings a call back in this state."""
    fields = {
        "step": state.step,
        "lang": state.language,
        "langs": "-".join(state.offered),
        "asked": str(state.asked) if state.asked else None,
        "caller": state.caller,
    }
    return urlencode({key: value for key, value in fields.items() if value})


@dataclass(frozen=True, slots=True)
class Say:
    """Words to read out by the voice of the language `tag` (BCP 47)."""

    words: str
    tag: str


@dataclass(frozen=True, slots=True)
class Ask:
    """A question that one key answers. With the key, or after a wait without one, the call comes back in `state`."""

    state: State
    question: tuple[Say, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """What the caller says; the last step. What is heard afterwards goes by what the provider tells of it."""

    language: str


@dataclass(frozen=True, slots=True)
class HangUp:
    """The end of the call."""


Step = Say | Ask | Record | HangUp


@dataclass(frozen=True, slots=True)
class Script:
    """The answers to one caller's keys. `caller` is None where the number is hidden, so nobody can call back.

    `tone` says whether a tone goes before what the caller says.
    """

    context: Context
    settings: CallSettings
    caller: str | None
    tone: bool = True

    def offered(self) -> tuple[str, ...]:
        """The languages to choose from, at most nine, as each has a key."""
        team = tuple(name for name in self.context.dialogue.languages if name in TEXTS)
        return self.settings.languages or team[:9] or (DEFAULT,)

    def texts(self, state: State) -> Texts:
        """The sentences of the language of a call, of the first one where none was chosen."""
        return TEXTS[state.language or self.offered()[0]]

    def greeting(self) -> tuple[Step, ...]:
        """The welcome, then the question for a language where there is a choice."""
        offered = self.offered()
        first = TEXTS[offered[0]]
        name = self.settings.company
        welcome = Say(first.welcome_to.format(company=name) if name else first.welcome, first.tag)
        return (welcome, *(self._choices(offered[0]) if len(offered) == 1 else _languages(offered, 0)))

    def language_chosen(self, state: State, digits: str | None) -> tuple[str | None, tuple[Step, ...]]:
        """The language behind the key, and what comes next; without a right key the question again, then the first."""
        offered = state.offered or self.offered()
        if digits and digits.isascii() and digits.isdigit() and 1 <= int(digits[:2]) <= len(offered):
            language = offered[int(digits[:2]) - 1]
        elif state.asked + 1 < self.settings.tries:
            return None, _languages(offered, state.asked + 1)
        else:
            language = offered[0]
        return language, self._choices(language)

    def menu_chosen(self, state: State, digits: str | None) -> tuple[Step, ...]:
        """A message or a call back; without a right key the question again, then the message."""
        language = state.language or self.offered()[0]
        texts = TEXTS[language]
        if digits == CALL_BACK and self.caller:
            return (Say(texts.callback, texts.tag), HangUp())
        if digits != LEAVE_MESSAGE and state.asked + 1 < self.settings.tries:
            return _menu(language, state.asked + 1)
        return self._record(language)

    def _choices(self, language: str) -> tuple[Step, ...]:
        """When somebody answers, then the choice; where nobody can call back there is none, only the message."""
        texts = TEXTS[language]
        zone = ZoneInfo(self.settings.time_zone)
        status = Say(status_sentence(self.context.dialogue, self.context, texts, zone), texts.tag)
        return (status, *(_menu(language, 0) if self.caller else self._record(language)))

    def _record(self, language: str) -> tuple[Step, ...]:
        texts = TEXTS[language]
        hidden = () if self.caller else (Say(texts.hidden, texts.tag),)
        return (*hidden, Say(texts.record if self.tone else texts.speak, texts.tag), Record(language))


def _menu(language: str, asked: int) -> tuple[Step, ...]:
    texts = TEXTS[language]
    return (Ask(State(MENU, language, asked=asked), (Say(texts.menu, texts.tag),)),)


def _languages(offered: tuple[str, ...], asked: int) -> tuple[Step, ...]:
    questions = tuple(
        Say(TEXTS[name].choose.format(digit=digit), TEXTS[name].tag) for digit, name in enumerate(offered, start=1)
    )
    return (Ask(State(LANGUAGE, offered=offered, asked=asked), questions),)


def status_sentence(view: DialogueView, context: Context, texts: Texts, zone: ZoneInfo) -> str:
    """When somebody will answer, as far as the view knows: no time is promised that it doesn't hold."""
    if view.agents_online:
        ahead = " " + texts.position.format(count=view.waiting) if view.waiting else ""
        return _wait_sentence(view.expected_wait, texts) + ahead
    opening, now = view.next_opening, context.now
    if opening is None or not now < opening <= now + _WEEK:
        return texts.closed
    local = opening.astimezone(zone)
    day = texts.today if local.date() == now.astimezone(zone).date() else texts.days[local.weekday()]
    return texts.opens.format(day=day, time=f"{local:%H:%M}")


def _wait_sentence(expected: timedelta | None, texts: Texts) -> str:
    if expected is None:
        return texts.online
    if expected <= _SOON:
        return texts.online_soon
    return texts.online_minutes.format(minutes=-(-expected // timedelta(minutes=1)))
