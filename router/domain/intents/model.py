"""What was learnt of a tenant's intents: plain numbers that fit into rows, and how a message is told by them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from router.domain.intents.doubt import Doubt, signals
from router.domain.intents.features import blocks
from router.domain.intents.machine import Floats, Vector, Vocabulary

PART = 4096
"""Features in a part."""
_LIKELY = 3


@dataclass(frozen=True, slots=True)
class Guess:
    """What a message is most likely about. `known` is the chance that it is one of the intents at all; `sure` that this
    is enough. `likely` are the best intents with their margins, the best first.
    """

    likely: tuple[tuple[str, float], ...]
    known: float
    sure: bool

    @property
    def intent(self) -> str | None:
        """None: it doesn't know."""
        return self.likely[0][0] if self.sure and self.likely else None


@dataclass(frozen=True, slots=True)
class Part:
    """Some features of a model, little-endian: 32-bit numbers, their rarity and scales as 32-bit floats, weights as bytes."""

    features: bytes = field(repr=False)
    rarity: bytes = field(repr=False)
    scales: bytes = field(repr=False)
    weights: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Model:
    """Weights are whole numbers from -127 to 127, times the scale of their feature."""

    names: tuple[str, ...]
    vocabulary: Vocabulary
    weights: NDArray[np.int8] = field(repr=False)
    scales: Floats = field(repr=False)
    offsets: Floats = field(repr=False)
    doubt: Doubt

    def tell(self, text: str) -> Guess:
        """What the text is about: the first 1,000 characters of it count."""
        message = blocks(text)
        vector = self.vocabulary.vector(message)
        margins = self.margins(vector)
        best = np.argsort(-margins, kind="stable")[:_LIKELY]
        known = self.doubt.known(signals(margins, vector, self.vocabulary.strange(message)))
        likely = tuple((self.names[one], round(float(margins[one]), 4)) for one in best)
        return Guess(likely, known, known >= self.doubt.least)

    def margins(self, vector: Vector) -> Floats:
        """How far on its side each intent has the message; 1 is where the examples of an intent should be."""
        places, values = vector
        found: Floats = (values * self.scales[places]) @ self.weights[places].astype(np.float32) + self.offsets
        return found

    def parts(self) -> Iterator[Part]:
        """The features in ascending order, some thousands a part."""
        for start in range(0, len(self.vocabulary.features), PART):
            span = slice(start, start + PART)
            yield Part(
                self.vocabulary.features[span].astype("<u4").tobytes(),
                self.vocabulary.rarity[span].astype("<f4").tobytes(),
                self.scales[span].astype("<f4").tobytes(),
                self.weights[span].tobytes(),
            )


def from_weights(names: Sequence[str], vocabulary: Vocabulary, weights: Floats, doubt: Doubt) -> Model:
    """Rounds the weights that were learnt, the last row of which are the offsets."""
    scales = np.maximum(np.abs(weights[:-1]).max(axis=1), np.float32(1e-9)) / np.float32(127)
    small = np.rint(weights[:-1] / scales[:, None]).astype(np.int8)
    return Model(tuple(names), vocabulary, small, scales.astype(np.float32), weights[-1].copy(), doubt)


def from_parts(names: Sequence[str], parts: Iterable[Part], offsets: bytes, doubt: bytes) -> Model:
    """The inverse of `parts`. Raises ValueError where the numbers don't fit together."""
    found = list(parts)
    features = np.frombuffer(b"".join(part.features for part in found), "<u4").astype(np.uint32)
    rarity, scales = (
        np.frombuffer(b"".join(raw), "<f4").astype(np.float32)
        for raw in ([part.rarity for part in found], [part.scales for part in found])
    )
    weights = np.frombuffer(b"".join(part.weights for part in found), np.int8)
    shift = np.frombuffer(offsets, "<f4").astype(np.float32)
    if not len(features) == len(rarity) == len(scales) or len(shift) != len(names):
        raise ValueError("the parts of a model don't fit together")
    return Model(
        tuple(names), Vocabulary(features, rarity), weights.reshape(len(features), len(names)), scales, shift, Doubt.of(doubt)
    )  # fmt: skip
