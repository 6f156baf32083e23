"""How friendly a short public text is, told from small lexicons: no model, no memory, microseconds.

It does not understand irony, comparisons ("better than the last one") or what a text is about.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache

from router.domain.language import without_accents
from router.domain.reputation.lexicon import BAD, BAD_SIGNS, GOOD, GOOD_SIGNS, NOT, VERY

LANGUAGES = tuple(GOOD)
TEXT_MOST = 5000
"""Characters that are looked at."""
NEUTRAL = 0.15
"""What is nearer to zero than this is called neutral."""
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_BEFORE = 3
_AFTER = 1
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "æ": "ae", "ß": "ss", "’": "'"})


def sentiment(text: str, language: str | None) -> float:
    """From -1 (complaint) to 1 (praise); 0 where nothing tells. Of a language without words of ours only signs count."""
    text = text[:TEXT_MOST]
    known = (language or "")[:2]
    words = [_plain(word) for word in _WORD.findall(text)]
    total, weight = (0.0, 0.0) if known and known not in GOOD else _weigh(words, known or None)
    good, bad = sum(text.count(sign) for sign in GOOD_SIGNS), sum(text.count(sign) for sign in BAD_SIGNS)
    total, weight = total + good - bad, weight + good + bad
    return 0.0 if weight == 0 else max(-1.0, min(1.0, total / (weight + 0.5)))


def label_of(score: float) -> str:
    """`positive`, `neutral` or `negative`."""
    return "neutral" if abs(score) < NEUTRAL else "positive" if score > 0 else "negative"


def _weigh(words: list[str], language: str | None) -> tuple[float, float]:
    marks, negators = _marks(language), _negators(language)
    total = weight = 0.0
    for place, word in enumerate(words):
        mark = marks.exact.get(word) or next(
            (m for stem, m in marks.stems.get(word[:3], ()) if word.startswith(stem)), 0.0
        )
        if not mark:
            continue
        before = words[max(0, place - _BEFORE) : place]
        size = 1.5 if before and before[-1] in VERY else 1.0
        around = (*before, *words[place + 1 : place + 1 + _AFTER]) if mark > 0 else before
        turned = word not in negators and any(other in negators for other in around)
        total += size * mark * (-0.8 if turned else 1.0)
        weight += size
    return total, weight


class _Marks:
    def __init__(self, languages: Iterable[str]) -> None:
        self.exact: dict[str, float] = {}
        self.stems: dict[str, list[tuple[str, float]]] = {}
        for mark, lexicon in ((1.0, GOOD), (-1.0, BAD)):
            for language in languages:
                self._add(lexicon, language, mark)

    def _add(self, lexicon: Mapping[str, tuple[str, ...]], language: str, mark: float) -> None:
        for word in lexicon[language]:
            if word.endswith("*"):
                self.stems.setdefault(word[:3], []).append((word[:-1], mark))
            else:
                self.exact[word] = mark


@cache
def _marks(language: str | None) -> _Marks:
    return _Marks([language] if language else LANGUAGES)


@cache
def _negators(language: str | None) -> frozenset[str]:
    return NOT[language] if language else frozenset().union(*NOT.values())


def _plain(word: str) -> str:
    """In lower case, without accents; letters that are no accented ones are written out."""
    return without_accents(word.casefold().translate(_LETTERS))
