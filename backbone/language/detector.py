"""Detects the language of a short text by its script, its commonest words and its letters; says nothing where it can't tell.

A table of words instead of a trained model: py3langid took 98 MB and lingua 33 MB in its small mode for 19 languages, and of
19 messages of three words 3 and 4 came out wrong. This takes 3 MB and rather says nothing than something wrong.
"""

import re
from collections import Counter
from typing import Protocol

from backbone.language.words import LETTERS, PERSIAN, SCRIPTS, URDU, WORDS

LOOKED_AT = 240
"""Characters: more tell no more, and what customers send may be long."""
ENOUGH = 0.6
"""A score below it is chance: a name, a number, an order code."""
AHEAD = 1.15
"""The best must be so many times as likely as the second."""

_TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_NOISE = re.compile(r"\S*(?:://|@|www\.)\S*|#\S+")
_FOREIGN = re.compile(r"[\u0370-\u03ff\u0530-\u1fff\u3040-\ud7af]")
"""Letters beyond Latin and Cyrillic."""
_LETTER_SHARE = 0.8


class Detector(Protocol):
    """A port: another one may know more."""

    def detect(self, text: str) -> str | None:
        """An ISO 639-1 code; None where it can't be told. Raises nothing."""
        ...


def _table() -> dict[str, tuple[tuple[str, float], ...]]:
    where: dict[str, list[str]] = {}
    for language, words in WORDS.items():
        for word in set(words.split()):
            where.setdefault(word, []).append(language)
    # A word of one language says more than one of five, and a longer word more than a letter.
    return {
        word: tuple((language, min(1.0, 0.25 + len(word) / 6) / len(several)) for language in several)
        for word, several in where.items()
    }


def _letters() -> dict[str, tuple[tuple[str, float], ...]]:
    where: dict[str, list[str]] = {}
    for language, letters in LETTERS.items():
        for letter in letters:
            where.setdefault(letter, []).append(language)
    return {
        letter: tuple((language, _LETTER_SHARE / len(several)) for language in several)
        for letter, several in where.items()
    }


class WordDetector:
    """About 2,000 words in 28 languages of Latin and Cyrillic script, and twelve scripts that speak for themselves."""

    def __init__(self) -> None:
        self._words = _table()
        self._letters = _letters()

    def detect(self, text: str) -> str | None:
        plain = text[:LOOKED_AT].lower()
        if "@" in plain or "/" in plain or "#" in plain:
            plain = _NOISE.sub(" ", plain)
        scores: dict[str, float] = {}
        if not plain.isascii():
            by_script = _by_script(plain)
            if by_script is not None:
                return by_script
            plain = plain.replace("’", "'")
            for letter in set(plain):
                for language, weight in self._letters.get(letter, ()):
                    scores[language] = scores.get(language, 0.0) + weight
        words = self._words
        for token in _TOKEN.findall(plain):
            for language, weight in words.get(token, ()):
                scores[language] = scores.get(language, 0.0) + weight
        return _best(scores)


def _best(scores: dict[str, float]) -> str | None:
    if not scores:
        return None
    best = max(scores, key=scores.__getitem__)
    most = scores.pop(best)
    second = max(scores.values(), default=0.0)
    return best if most >= ENOUGH and most >= AHEAD * second else None


def _by_script(plain: str) -> str | None:
    """The language of a script that most letters are in; Japanese where there is any kana."""
    found: Counter[str] = Counter()
    for character in _FOREIGN.findall(plain):
        code = ord(character)
        found[next((language for first, last, language in SCRIPTS if first <= code <= last), "other")] += 1
    if not found:
        return None
    if found["ja"] and found["ja"] + found["zh"] > len(plain) / 5:
        return "ja"
    language, many = found.most_common(1)[0]
    if language == "other" or many <= len(plain) / 3:
        return None
    if language == "ar":
        return "ur" if any(letter in plain for letter in URDU) else "fa" if any(c in plain for c in PERSIAN) else "ar"
    return language
