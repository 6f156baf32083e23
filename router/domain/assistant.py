"""What the assistant says next, from all that was said: pure, and kept nowhere, so that a dialogue can be worked out again.

It says nothing of its own: a passage of an article word for word with its title, a question that the tenant wrote, or one of the
sentences below. Where it has none of these it says that it doesn't know, and people go on.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from router.domain.intents.features import stem, words
from router.domain.language import code_of

SURE = 0.6
"""The share of a question's telling words that an article must have."""
QUOTED_MOST = 700
TRIES_MOST = 2
"""How often one thing is asked for."""
_VALUE_MOST = 500

Kind = Literal["text", "number", "email", "date"]
_KINDS: Mapping[Kind, re.Pattern[str]] = {
    "text": re.compile(r"\S.{0,499}", re.DOTALL),
    "number": re.compile(r"(?<![\w-])#?[A-Za-z]{0,4}-?\d[\w-]{2,29}(?!\w)"),
    "email": re.compile(r"[\w.%+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,30}){1,4}"),
    "date": re.compile(r"\b(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./-]\d{1,2}[./-]\d{2,4})\b"),
}

# fmt: off
_SAYINGS: Mapping[str, Mapping[str, str]] = {
    "unknown": {
        "ar": "لا أعرف الإجابة عن ذلك.", "da": "Det kender jeg ikke svaret på.", "de": "Darauf weiß ich keine Antwort.",
        "en": "I don't know the answer to that.", "es": "No sé la respuesta a eso.", "nl": "Daar weet ik het antwoord niet op.",
        "pl": "Nie znam odpowiedzi na to pytanie.",
    },
    "source": {
        "ar": "المصدر: {title}", "da": "Kilde: {title}", "de": "Quelle: {title}", "en": "Source: {title}", "es": "Fuente: {title}",
        "nl": "Bron: {title}", "pl": "Źródło: {title}",
    },
    "way_out": {
        "ar": "إن لم يُجب هذا عن سؤالك فاكتب أنك تريد التحدث مع شخص.", "da": "Hvis det ikke hjælper, så skriv, at du vil tale med et menneske.",
        "de": "Wenn das nicht hilft, schreib, dass du mit einem Menschen sprechen willst.",
        "en": "If that does not help, write that you want to speak to a person.",
        "es": "Si esto no te ayuda, escribe que quieres hablar con una persona.",
        "nl": "Als dat niet helpt, schrijf dan dat je met een mens wilt praten.",
        "pl": "Jeśli to nie pomaga, napisz, że chcesz porozmawiać z człowiekiem.",
    },
    "again": {
        "ar": "لم أفهم ذلك.", "da": "Det forstod jeg ikke.", "de": "Das habe ich nicht verstanden.", "en": "I did not understand that.",
        "es": "No lo he entendido.", "nl": "Dat heb ik niet begrepen.", "pl": "Nie zrozumiałem tego.",
    },
    "welcome": {
        "ar": "على الرحب والسعة.", "da": "Det var så lidt.", "de": "Gern geschehen.", "en": "You're welcome.", "es": "De nada.",
        "nl": "Graag gedaan.", "pl": "Nie ma za co.",
    },
}
_THANKS = re.compile(
    r"(?:ok(?:ay)?|great|super|perfect|perfekt|top|thanks?|thank you|thx|cheers|danke(?: schön)?|vielen dank|bedankt|dank (?:je|u)(?: wel)?|dankjewel|"
    r"(?:mange )?tak|dziękuję|dzięki|(?:muchas )?gracias|شكرا|شكراً|very much|so much|for your help|[\s!.,👍🙏😊❤️])+", re.IGNORECASE,
)
_NOT_HELPED = re.compile(
    r"(?:that |this |it )?(?:does ?n.t|did ?n.t|does not|did not|not) help\w*|das hilft (?:mir )?nicht\w*|(?:dat|dit) helpt (?:me |mij )?niet|det hjælper (?:mig )?ikke|"
    r"(?:to )?nie pomaga|(?:eso |esto )?no (?:me )?ayuda|(?:هذا )?لا يساعدني", re.IGNORECASE,
)
# fmt: on


def saying(name: str, language: str | None) -> str:
    """One of our own sentences in a language, English where we have none."""
    return _SAYINGS[name].get(code_of(language), _SAYINGS[name]["en"])


@dataclass(frozen=True, slots=True)
class Line:
    """What was said: by the customer, or by somebody of the desk."""

    customer: bool
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A field of a form, and how the tenant asks for it by language."""

    name: str
    kind: Kind
    ask: Mapping[str, str]

    def asked(self, language: str | None) -> str:
        """The question in a language, else the one for all others."""
        return (
            self.ask.get((language or "")[:2].lower()) or self.ask.get("default") or next(iter(self.ask.values()), "")
        )


@dataclass(frozen=True, slots=True)
class Form:
    """What must be known of a case before people have it."""

    intent: str
    fields: tuple[Wanted, ...]
    skill: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """An article that may answer, as plain text."""

    article_id: str
    title: str
    text: str = field(repr=False)
    coverage: float


@dataclass(frozen=True, slots=True)
class Move:
    """What happens next. `say` is told to the customer first; with a `reason` people go on, knowing the `fields`."""

    say: str | None = field(default=None, repr=False)
    reason: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)
    skill: str | None = None


def thanks(said: str) -> bool:
    """Whether nothing is asked: only thanks."""
    return bool(said.strip()) and _THANKS.fullmatch(" ".join(said.split())) is not None


def not_helped(said: str) -> bool:
    """Whether the customer says that the answer was none."""
    return _NOT_HELPED.search(" ".join(said.split())) is not None


def answer(found: Sequence[Found], question: str, said_before: Sequence[Line], language: str | None) -> Move:
    """A passage of the best article, unless it tells too little of the question or was quoted before: then people go on."""
    if not found or found[0].coverage < SURE:
        return give_up(language)
    best = found[0]
    passage = quote(best.text, question)
    shown = saying("source", language).replace("{title}", best.title)
    if any(not line.customer and shown in line.text for line in said_before):
        return give_up(language)
    return Move(f"{passage}\n\n{shown}\n\n{saying('way_out', language)}")


def give_up(language: str | None, skill: str | None = None) -> Move:
    """It doesn't know, says so, and people go on."""
    return Move(saying("unknown", language), "low_score", skill=skill)


def quote(text: str, question: str) -> str:
    """The text word for word; of a long one the sentences in a row that have most of the question's words."""
    if len(text) <= QUOTED_MOST:
        return text
    asked = {stem(word) for word in words(question)}
    ends = [found.end() for found in re.finditer(r"[.!?…؟]+(?=\s)", text)] + [len(text)]
    starts = [0, *ends[:-1]]
    best, most = "", -1
    for place, start in enumerate(starts):
        fitting = [end for end in ends[place:] if end - start <= QUOTED_MOST]
        piece = text[start : fitting[-1] if fitting else start + QUOTED_MOST].strip()
        hits = len(asked & {stem(word) for word in words(piece)})
        if hits > most:
            best, most = piece, hits
    return best


def open_form(said: Sequence[Line], forms: Sequence[Form]) -> Form | None:
    """The form whose question was the desk's last word."""
    last = next((line.text for line in reversed(said) if not line.customer), "")
    for form in forms:
        if any(_asks(last, wanted) for wanted in form.fields):
            return form
    return None


def fill(form: Form, said: Sequence[Line], language: str | None) -> Move:
    """Asks for the first field that is missing; all there, or asked in vain twice, people go on with what is known."""
    known: dict[str, str] = {}
    tries: dict[str, int] = {}
    asked: Wanted | None = None
    for line in said:
        if not line.customer:
            asked = next((wanted for wanted in form.fields if _asks(line.text, wanted)), None)
            if asked is not None:
                tries[asked.name] = tries.get(asked.name, 0) + 1
            continue
        for wanted in form.fields:
            # A free text is an answer only to its own question.
            if wanted.name not in known and (wanted is asked or wanted.kind != "text"):
                value = _KINDS[wanted.kind].search(line.text)
                if value is not None:
                    known[wanted.name] = value[0][:_VALUE_MOST]
    missing = next((wanted for wanted in form.fields if wanted.name not in known), None)
    if missing is None:
        return Move(reason="by_bot", fields=known, skill=form.skill)
    if tries.get(missing.name, 0) >= TRIES_MOST:
        return Move(reason="low_score", fields=known, skill=form.skill)
    question = missing.asked(language)
    return Move(f"{saying('again', language)} {question}" if tries.get(missing.name) else question)


def _asks(said: str, wanted: Wanted) -> bool:
    return any(text and said.endswith(text) for text in wanted.ask.values())
