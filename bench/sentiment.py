"""How often the tone of a short public text is told right, by language, and how long it takes.

`python -m bench.sentiment` prints the figures on the hand-made set of the tests (`tests/support/opinions.py`), beside what
always naming the most frequent label gives, and what the signs alone give.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence

from router.domain.reputation.sentiment import label_of, sentiment
from tests.support.opinions import opinions

Labelled = Sequence[tuple[str, str, str]]
_ROUNDS = 50


def accuracy(texts: Labelled, tell: Callable[[str, str], str]) -> float:
    """The share of labels that `tell(text, language)` names."""
    return sum(tell(text, language) == label for language, label, text in texts) / len(texts)


def tone(text: str, language: str) -> str:
    """What the product says."""
    return label_of(sentiment(text, language))


def macro_f1(texts: Labelled, tell: Callable[[str, str], str]) -> float:
    """The mean of the three labels' F1."""
    told = [(label, tell(text, language)) for language, label, text in texts]
    scores = []
    for name in ("positive", "neutral", "negative"):
        right = sum(label == said == name for label, said in told)
        named, meant = sum(said == name for _, said in told), sum(label == name for label, _ in told)
        scores.append(2 * right / (named + meant) if named + meant else 0.0)
    return sum(scores) / len(scores)


def main() -> None:
    texts = opinions()
    most = Counter(label for _, label, _ in texts).most_common(1)[0][0]
    print(f"{len(texts)} texts, made by hand")
    print(f"most frequent label  accuracy {accuracy(texts, lambda _text, _language: most):.3f}")
    print(f"signs alone          accuracy {accuracy(texts, lambda text, _language: tone(text, 'xx')):.3f}")
    print(f"lexicons             accuracy {accuracy(texts, tone):.3f}  macro F1 {macro_f1(texts, tone):.3f}")
    for language in sorted({language for language, _, _ in texts}):
        own = [one for one in texts if one[0] == language]
        print(f"  {language} ({len(own)})  accuracy {accuracy(own, tone):.3f}")
    started = time.perf_counter()
    for _ in range(_ROUNDS):
        accuracy(texts, tone)
    print(f"{(time.perf_counter() - started) / _ROUNDS / len(texts) * 1e6:.1f} microseconds a text")


if __name__ == "__main__":
    main()
