"""What a public post weighs, what it is about, and when many on one subject are a storm."""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from router.domain.language import without_accents

WINDOW = timedelta(hours=1)
"""Posts of so long are looked at together."""
USUAL = timedelta(days=7)
"""What came before the window and says how many posts on a subject are usual."""
LEAST_POSTS = 8
LEAST_AUTHORS = 5
"""A storm is of many people: one who writes a hundred times is a flood."""
RARE = 1e-6
"""A storm has more posts than would come by chance once in a million windows at the usual rate."""
QUIET = timedelta(hours=6)
"""An incident ends once no post came for so long."""
TERMS_MOST = 12
_TERM = re.compile(r"[^\W\d_]{4,30}")
_STOP_WORDS = """
    this that with have your from they been were will what when just about there their would could which them then than
    some very over only also after because please again still even more much hello niet voor maar deze heeft naar werd
    zijn hebben wordt omdat jullie mijn weer nog door heel alleen gewoon hallo ikke eller jeres bliver blev efter fordi
    meget kunne skulle denne dette hvad hvor igen bare jest nie tylko przez jako moze wasza wasze bardzo kiedy gdzie
    jeszcze znowu prosze nicht auch noch eine einen einem einer haben wird wurde sind aber oder mein meine euer eure
    ihre wieder immer sehr ganz schon nach para pero como esta este esto estan tiene desde cuando donde porque sobre
    todo toda otra otro muy nada
"""
_STOP = frozenset(_STOP_WORDS.split())
_REACH_FULL = 6.0
"""A million followers (ten to this power) weigh the most."""


@dataclass(frozen=True, slots=True)
class Post:
    """One public message: who wrote it (by address), in which conversation, on what, and how friendly it is."""

    conversation_id: str
    author: str
    terms: tuple[str, ...]
    sentiment: float = 0.0
    message_id: str = ""
    reach: int | None = None
    rating: int | None = None


@dataclass(frozen=True, slots=True)
class Storm:
    """`usual` is how many posts on the subject a window has by the past week; `conversations` are in the order of posts."""

    subject: str
    posts: int
    usual: float
    conversations: tuple[str, ...]


def score(*, reach: int | None, rating: int | None, sentiment: float, hourly: int = 0) -> float:
    """How much a public post weighs against us, from 0 to 1; `hourly` is how many posts share its subject within the hour.

    Four tenths are the displeasure (stars where there are some, else the tone), three the reach, three the spread; praise
    weighs nothing.
    """
    displeasure = (5 - rating) / 4 if rating is not None else max(0.0, -sentiment)
    heard = min(1.0, math.log10(max(1, reach or 0)) / _REACH_FULL)
    spread = min(1.0, math.log2(1 + hourly) / 6)
    return round(displeasure * (0.4 + 0.3 * heard + 0.3 * spread), 4)


def terms_of(text: str | None, post_id: str | None) -> tuple[str, ...]:
    """What a post may be about: the post it stands under, and its longer words without accents, at most twelve."""
    words = dict.fromkeys(without_accents(word.casefold()) for word in _TERM.findall((text or "")[:2000]))
    told = [word for word in words if word not in _STOP][:TERMS_MOST]
    return (f"post:{post_id[:200]}", *told) if post_id else tuple(told)


def storms(posts: Sequence[Post], usual: Mapping[str, float]) -> list[Storm]:
    """Subjects with far more posts in the window than usual, the largest first; `usual` says how many a window has of each.

    Subjects whose conversations are mostly those of a larger storm are that storm under another word, and are left out.
    """
    by_term: dict[str, list[Post]] = {}
    for post in posts:
        for term in post.terms:
            by_term.setdefault(term, []).append(post)
    found = []
    for term, about in by_term.items():
        expected = max(usual.get(term, 0.0), 0.05)
        enough = len(about) >= LEAST_POSTS and len({post.author for post in about}) >= LEAST_AUTHORS
        if enough and _by_chance(len(about), expected) < RARE:
            conversations = tuple(dict.fromkeys(post.conversation_id for post in about))
            found.append(Storm(term, len(about), expected, conversations))
    found.sort(key=lambda storm: (-storm.posts, -len(storm.subject), storm.subject))
    kept: list[Storm] = []
    for storm in found:
        mine = set(storm.conversations)
        if not any(2 * len(mine & set(other.conversations)) > len(mine) for other in kept):
            kept.append(storm)
    return kept


def spread(posts: Sequence[Post]) -> list[tuple[str, float]]:
    """The weight by message of those whose subject at least eight posts of the window share: how fast it spreads is known now."""
    counts = Counter(term for post in posts for term in post.terms)
    found = []
    for post in posts:
        hourly = max((counts[term] for term in post.terms), default=0)
        if hourly >= LEAST_POSTS:
            weight = score(reach=post.reach, rating=post.rating, sentiment=post.sentiment, hourly=hourly)
            found.append((post.message_id, weight))
    return found


def candidates(posts: Sequence[Post]) -> list[str]:
    """The subjects for which it is worth knowing what is usual, the most frequent first; at most 200."""
    counts = Counter(term for post in posts for term in post.terms)
    return [term for term, count in counts.most_common(200) if count >= LEAST_POSTS]


def _by_chance(many: int, expected: float) -> float:
    """The chance of `many` or more where `expected` are usual (Poisson, upper tail), by its largest terms."""
    if many <= expected:
        return 1.0
    term = math.exp(-expected + many * math.log(expected) - math.lgamma(many + 1))
    total = 0.0
    for more in range(many, many + 200):
        total += term
        term *= expected / (more + 1)
    return min(1.0, total)
