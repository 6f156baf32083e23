"""What messages are told apart by: stems of words one by one and two in a row, pieces of words, and stems that stand together.

Every feature is a number (CRC-32 of what it is), so that a stored model holds no word of any customer. The stems are endings cut
off, of six European languages at once; a script without these endings keeps its words whole.
"""

import re
import zlib
from collections import Counter
from functools import lru_cache
from itertools import pairwise

from router.domain.language import without_accents

LOOKED_AT = 1000
"""Characters of a message."""
_WORDS_MOST = 60
_WORD_MOST = 32
_WORD = re.compile(r"\w+")
# fmt: off
_ENDINGS = sorted([
    "ingly", "edly", "fully", "ing", "ed", "es", "s", "ly", "er", "ers", "ment", "ments", "ation", "ations", "en", "n", "e", "et",
    "erne", "erna", "de", "d", "te", "t", "aje", "aj", "ach", "ami", "om", "ow", "am", "a", "o", "ado", "ada", "ando", "iendo",
    "ar", "ir", "os", "as",
], key=lambda ending: (-len(ending), ending))
# fmt: on
_SHORTEST = 4
_PIECES = (2, 3, 4)

Blocks = tuple[Counter[int], Counter[int], Counter[int]]
"""How often each feature stands in a message: of stems in a row, of pieces of words, of stems that stand together."""


def words(text: str) -> list[str]:
    """The first sixty words, in small letters without accents."""
    return [word[:_WORD_MOST] for word in _WORD.findall(without_accents(text[:LOOKED_AT].casefold()))[:_WORDS_MOST]]


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """The word without the longest known ending that leaves four letters."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST:
            return word[: -len(ending)]
    return word


def blocks(text: str) -> Blocks:
    """The features of a message, three kinds apart."""
    said = words(text)
    stems = [stem(word) for word in said]
    rows = [_number("w" + one) for one in stems]
    rows += [_number(f"b{one} {other}") for one, other in pairwise(stems)]
    apart = sorted(set(stems))
    together = [_number(f"p{one} {other}") for place, one in enumerate(apart) for other in apart[place + 1 :]]
    pieces = [piece for word in said for piece in _pieces(word)]
    return Counter(rows), Counter(pieces), Counter(together)


@lru_cache(maxsize=20_000)
def _pieces(word: str) -> tuple[int, ...]:
    whole = f" {word} "
    return tuple(
        _number("c" + whole[start : start + size]) for size in _PIECES for start in range(len(whole) - size + 1)
    )


def _number(feature: str) -> int:
    return zlib.crc32(feature.encode("utf-8", "surrogatepass"))
