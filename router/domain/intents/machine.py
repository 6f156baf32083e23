"""A linear support vector machine over sparse messages: one against the rest for each intent, by dual coordinate descent.

The method of Hsieh and others (2008, "A dual coordinate descent method for large-scale linear SVM") with squared loss. All intents
are descended at once, a message at a time, so that NumPy's vectors run over intents. Weights of features and their rarity
(tf-idf, each kind of feature of length one) are part of it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from router.domain.intents.features import Blocks

Floats = NDArray[np.float32]
Vector = tuple[NDArray[np.int64], Floats]
"""Places of a message's known features, and what each weighs."""

COST = 0.5
"""What a wrong side costs, beside small weights."""
FEATURES_MOST = 120_000
_TOGETHER_LEAST = 2
"""Messages that must have a pair of stems, so that it counts."""
_EPOCHS_MOST, _EPOCHS_LEAST = 10, 4
_WORK = 8_000_000
"""Messages times intents times rounds: about what ten seconds of one core do."""
_STILL = 1e-4
_DONE = 0.02


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The known features in ascending order, and how rare each is."""

    features: NDArray[np.uint32]
    rarity: Floats = field(repr=False)

    def vector(self, message: Blocks) -> Vector:
        """What is known of a message; both parts are empty where nothing is."""
        found = [self._block(block) for block in message]
        return np.concatenate([places for places, _ in found]), np.concatenate([values for _, values in found])

    def strange(self, message: Blocks) -> tuple[float, float, float]:
        """The share of a message's features of each kind that is unknown."""
        first, second, third = (1 - len(self._block(block)[0]) / max(1, len(block)) for block in message)
        return first, second, third

    def _block(self, block: Counter[int]) -> Vector:
        asked = np.fromiter(block.keys(), np.uint32, len(block))
        counts = np.fromiter(block.values(), np.float32, len(block))
        places = np.minimum(np.searchsorted(self.features, asked), len(self.features) - 1)
        known = self.features[places] == asked
        places, counts = places[known], counts[known]
        values = (1 + np.log(counts)) * self.rarity[places]
        length = float(np.sqrt(values @ values)) or 1.0
        return places.astype(np.int64), (values / length).astype(np.float32)


def learn_words(messages: Sequence[Blocks]) -> Vocabulary:
    """The features of some messages; of too many the most frequent stay."""
    seen: Counter[int] = Counter()
    for message in messages:
        rows, pieces, together = message
        seen.update(rows.keys())
        seen.update(pieces.keys())
        seen.update(together.keys())
    pairs = {pair for message in messages for pair in message[2] if seen[pair] < _TOGETHER_LEAST}
    for pair in pairs:
        del seen[pair]
    kept = sorted(feature for feature, _ in seen.most_common(FEATURES_MOST)) or [0]
    counts = np.array([seen[feature] for feature in kept], np.float64)
    rarity = np.log((1 + len(messages)) / (1 + counts)) + 1
    return Vocabulary(np.array(kept, np.uint32), rarity.astype(np.float32))


def descend(
    vectors: Sequence[Vector], labels: NDArray[np.int64], intents: int, features: int, *, epochs: int = _EPOCHS_MOST
) -> Floats:
    """The weights of features (rows; the last one is the offset) for intents (columns). The order of messages is fixed."""
    weights = np.zeros((features + 1, intents), np.float32)
    duals = np.zeros((len(vectors), intents), np.float32)
    sides = np.full((len(vectors), intents), -1, np.float32)
    sides[np.arange(len(vectors)), labels] = 1
    places = [np.append(found, features) for found, _ in vectors]
    values = [np.append(weight, np.float32(1)) for _, weight in vectors]
    lengths = [float(value @ value) for value in values]
    slack = np.float32(0.5 / COST)
    dice = np.random.default_rng(1)
    for _ in range(max(_EPOCHS_LEAST, min(epochs, _WORK // max(1, len(vectors) * intents)))):
        moved = 0.0
        for one in dice.permutation(len(vectors)):
            where, what, side, dual = places[one], values[one], sides[one], duals[one]
            slope = side * (what @ weights[where]) - 1 + slack * dual
            step = np.maximum(dual - slope / (lengths[one] + slack), 0) - dual
            most = float(np.abs(step).max())
            if most > _STILL:
                duals[one] += step
                weights[where] += np.outer(what, step * side)
                moved = max(moved, most)
        if moved < _DONE:
            break
    return weights
