"""When a customer is asked how it went, in which words, and what their answer means.

A question goes out once a case is resolved; the next message on its thread that is nothing but a rating is the answer,
and a text that follows it is what they wish to add. Everything else is an ordinary message.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from router.domain.language import code_of

Stage = Literal["asked", "effort", "rated", "done"]
"""What is waited for: the rating, then the effort where the tenant wants it, then a text, then nothing."""
Says = Literal["effort", "comment", "thanks"]
Thanks = Literal["comment", "thanks"]

ANSWER_WITHIN = timedelta(hours=72)
"""A rating that comes later is an ordinary message."""
COMMENT_WITHIN = timedelta(hours=1)
"""A text that comes later than this after the rating is an ordinary message."""
COMMENT_MOST = 2000
POOR = 2
"""A text after a rating of this or less also wakes somebody: an unhappy customer is not left with a thank-you."""

_AFTER: Mapping[str, timedelta] = {"live": timedelta(minutes=1), "messaging": timedelta(minutes=10)}
_AFTER_OTHERS = timedelta(hours=1)
_MARGIN = timedelta(minutes=5)
"""A question shortly before the window closes couldn't be thanked for."""
_PREFIX = "csat:"
_SCORES = (1, 2, 3, 4, 5)
_CLASSES = frozenset({"live", "messaging", "mail"})


@dataclass(frozen=True, slots=True)
class Asking:
    """What the tenant wants: nobody is asked unless `enabled`; `after` None is what suits the class of the channel."""

    enabled: bool = False
    after: timedelta | None = None
    every: timedelta = timedelta(days=30)
    effort: bool = False


def asking_from(settings: Mapping[str, Any]) -> Asking:
    """The settings' part `satisfaction` as stored; its shape was checked when it was written."""
    stored = settings.get("satisfaction") or {}
    after = stored.get("after_seconds")
    return Asking(
        enabled=stored.get("enabled") is True,
        after=None if after is None else timedelta(seconds=after),
        every=timedelta(days=stored.get("every_days", 30)),
        effort=stored.get("effort") is True,
    )


@dataclass(frozen=True, slots=True)
class Heard:
    """A customer's message as far as it may be an answer. `text` None where more than a text came, a picture say."""

    text: str | None = None
    choice_id: str | None = None
    choice_title: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """`options` are (id, title), best last; `shown` is how: as buttons, as a list opened by `choose`, or not at all."""

    text: str
    options: tuple[tuple[str, str], ...]
    shown: Literal["buttons", "list", "digits"]
    choose: str


def ask_at(
    asking: Asking,
    *,
    channel_class: str,
    own_client: bool,
    visibility: str,
    wrote: bool,
    window_expires_at: datetime | None,
    now: datetime,
) -> datetime | None:
    """When to ask about a case that is resolved now; None: not at all.

    Nobody is asked in public, by telephone, where a client of ours asks by itself (`own_client`), outside the reply window, or about a
    case in which the customer wrote nothing (`wrote`).
    """
    if not asking.enabled or not wrote or visibility != "private" or channel_class not in _CLASSES or own_client:
        return None
    at = now + (asking.after if asking.after is not None else _AFTER.get(channel_class, _AFTER_OTHERS))
    if window_expires_at is not None:
        at = min(at, window_expires_at - _MARGIN)
    return at if at >= now else None


def question(
    buttons_max: int, list_rows_max: int, language: str | None, kind: Literal["rating", "effort"] = "rating"
) -> Question:
    """The question as a channel with so many buttons and rows carries it: five buttons, else a list, else digits to write."""
    words = _WORDS.get(code_of(language), _WORDS["en"])
    text, titles = (words.rating, words.scores) if kind == "rating" else (words.effort, words.efforts)
    options = tuple((f"{_PREFIX}{score}", title) for score, title in zip(_SCORES, titles, strict=True))
    if buttons_max >= len(options):
        return Question(text, options, "buttons", words.choose)
    if list_rows_max >= len(options):
        return Question(text, options, "list", words.choose)
    return Question(f"{text}\n{words.digits}", options, "digits", words.choose)


def words_of(says: Thanks, language: str | None) -> str:
    """What a customer is told after an answer, in their language, else in English."""
    words = _WORDS.get(code_of(language), _WORDS["en"])
    return words.comment if says == "comment" else words.thanks


@dataclass(frozen=True, slots=True)
class Answer:
    """What a message says to the question: one of the three, what is waited for then, and what is said back.

    `ordinary`: it is a message like every other one, too.
    """

    stage: Stage
    score: int | None = None
    effort: int | None = None
    comment: str | None = None
    says: Says | None = None
    ordinary: bool = False


def answer(
    stage: Stage, heard: Heard, *, since: datetime, score: int | None, effort: bool, at: datetime
) -> Answer | None:
    """What `heard` answers while `stage` is waited for since `since`; None for a message that is no answer.

    `score` is the rating that was given, `effort` whether the tenant asks for it.
    """
    if stage == "asked":
        given = score_of(heard) if at - since <= ANSWER_WITHIN else None
        if given is None:
            return None
        return Answer("effort", given, says="effort") if effort else Answer("rated", given, says="comment")
    if stage == "effort":
        given = score_of(heard) if at - since <= ANSWER_WITHIN else None
        return None if given is None else Answer("rated", effort=given, says="comment")
    if stage != "rated" or at - since > COMMENT_WITHIN:
        return None
    said = _comment_of(heard)
    if said is None:
        return None
    poor = score is not None and score <= POOR
    return Answer("done", comment=said, says=None if poor else "thanks", ordinary=poor)


_RATING = re.compile(r"([1-5])(?:\s*(?:/|of|van|af|z|von|de|من)\s*5)?\s*[.!]?")
_STARS = re.compile(r"(?:(?:⭐|★|🌟)\ufe0f?\s*){1,5}")
_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹１２３４５", "0123456789012345678912345")
_KEYCAP = re.compile("[\ufe0f\u20e3]")


def score_of(heard: Heard) -> int | None:
    """The rating that a message is, and nothing else: a picked choice, a digit, "4/5", stars, or a number's word."""
    if heard.choice_id is not None and heard.choice_id.startswith(_PREFIX):
        given = heard.choice_id.removeprefix(_PREFIX)
        return int(given) if given in {"1", "2", "3", "4", "5"} else None
    said = heard.choice_title if heard.choice_id is not None else heard.text
    if not said:
        return None
    line = said.strip().partition("\n")[0].strip().casefold().translate(_DIGITS)
    found = _RATING.fullmatch(_KEYCAP.sub("", line))
    if found:
        return int(found[1])
    if _STARS.fullmatch(line):
        return sum(line.count(star) for star in "⭐★🌟")
    return _NAMES.get(line.rstrip(".!"))


def _comment_of(heard: Heard) -> str | None:
    """A text by itself that asks nothing; who asks wants an answer, and gets one as always."""
    said = (heard.text or "").strip() if heard.choice_id is None else ""
    if not said or any(mark in said for mark in "?؟¿"):
        return None
    return said[:COMMENT_MOST]


@dataclass(frozen=True, slots=True)
class _Words:
    rating: str
    scores: tuple[str, ...]
    effort: str
    efforts: tuple[str, ...]
    digits: str
    choose: str
    comment: str
    thanks: str
    numbers: tuple[str, ...]


_WORDS: Mapping[str, _Words] = {
    "en": _Words(
        "How satisfied are you with our help?",
        ("1 – very poor", "2 – poor", "3 – fair", "4 – good", "5 – very good"),
        "How easy was it to get help?",
        ("1 – very hard", "2 – hard", "3 – fair", "4 – easy", "5 – very easy"),
        "Please answer with a digit from 1 (low) to 5 (high).",
        "Choose",
        "Thank you. Would you like to add anything?",
        "Thank you, that helps us.",
        ("one", "two", "three", "four", "five"),
    ),
    "nl": _Words(
        "Hoe tevreden bent u over onze hulp?",
        ("1 – heel slecht", "2 – slecht", "3 – redelijk", "4 – goed", "5 – heel goed"),
        "Hoe makkelijk was het om hulp te krijgen?",
        ("1 – heel lastig", "2 – lastig", "3 – redelijk", "4 – makkelijk", "5 – heel makkelijk"),
        "Antwoord met een cijfer van 1 (laag) tot 5 (hoog).",
        "Kies",
        "Dank u wel. Wilt u nog iets toevoegen?",
        "Dank u wel, daar hebben we veel aan.",
        ("een", "twee", "drie", "vier", "vijf"),
    ),
    "da": _Words(
        "Hvor tilfreds er du med vores hjælp?",
        ("1 – meget dårlig", "2 – dårlig", "3 – rimelig", "4 – god", "5 – meget god"),
        "Hvor let var det at få hjælp?",
        ("1 – meget svært", "2 – svært", "3 – rimeligt", "4 – let", "5 – meget let"),
        "Svar med et tal fra 1 (lavt) til 5 (højt).",
        "Vælg",
        "Tak. Vil du tilføje noget?",
        "Tak, det hjælper os.",
        ("en", "to", "tre", "fire", "fem"),
    ),
    "pl": _Words(
        "Jak oceniasz naszą pomoc?",
        ("1 – bardzo źle", "2 – źle", "3 – średnio", "4 – dobrze", "5 – bardzo dobrze"),
        "Jak łatwo było uzyskać pomoc?",
        ("1 – bardzo trudno", "2 – trudno", "3 – średnio", "4 – łatwo", "5 – bardzo łatwo"),
        "Odpowiedz cyfrą od 1 (nisko) do 5 (wysoko).",
        "Wybierz",
        "Dziękujemy. Czy chcesz coś dodać?",
        "Dziękujemy, to nam pomaga.",
        ("jeden", "dwa", "trzy", "cztery", "pięć"),
    ),
    "de": _Words(
        "Wie zufrieden sind Sie mit unserer Hilfe?",
        ("1 – sehr schlecht", "2 – schlecht", "3 – mittel", "4 – gut", "5 – sehr gut"),
        "Wie leicht war es, Hilfe zu bekommen?",
        ("1 – sehr schwer", "2 – schwer", "3 – mittel", "4 – leicht", "5 – sehr leicht"),
        "Bitte antworten Sie mit einer Ziffer von 1 (niedrig) bis 5 (hoch).",
        "Wählen",
        "Vielen Dank. Möchten Sie noch etwas ergänzen?",
        "Vielen Dank, das hilft uns.",
        ("eins", "zwei", "drei", "vier", "fünf"),
    ),
    "es": _Words(
        "¿Qué le ha parecido nuestra ayuda?",
        ("1 – muy mala", "2 – mala", "3 – regular", "4 – buena", "5 – muy buena"),
        "¿Le resultó fácil recibir ayuda?",
        ("1 – muy difícil", "2 – difícil", "3 – regular", "4 – fácil", "5 – muy fácil"),
        "Responda con una cifra del 1 (bajo) al 5 (alto).",
        "Elegir",
        "Gracias. ¿Desea añadir algo?",
        "Gracias, nos sirve de mucho.",
        ("uno", "dos", "tres", "cuatro", "cinco"),
    ),
    "ar": _Words(
        "ما مدى رضاك عن مساعدتنا؟",
        ("1 – سيئة جدا", "2 – سيئة", "3 – مقبولة", "4 – جيدة", "5 – جيدة جدا"),
        "ما مدى سهولة الحصول على المساعدة؟",
        ("1 – صعب جدا", "2 – صعب", "3 – مقبول", "4 – سهل", "5 – سهل جدا"),
        "أجب برقم من 1 (منخفض) إلى 5 (مرتفع).",
        "اختر",
        "شكرا لك. هل تود إضافة شيء؟",
        "شكرا لك، هذا يساعدنا.",
        ("واحد", "اثنان", "ثلاثة", "أربعة", "خمسة"),
    ),
}
LANGUAGES = tuple(_WORDS)
_NAMES = {
    name.casefold(): score
    for words in _WORDS.values()
    for names in (words.numbers, words.scores, words.efforts)
    for score, name in zip(_SCORES, names, strict=True)
}
