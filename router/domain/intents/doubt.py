"""When to say "I don't know": how likely a message is one of the intents at all, learnt from intents that were held out.

What a message from outside looks like is tried on the tenant's own examples: a machine that never saw some of the intents is
shown their messages, and messages of those it knows. What tells the two apart is a logistic regression over a few signals.
"""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from router.domain.intents.machine import Floats, Vector

LOST = 0.05
"""The share of messages inside that may be taken for unknown."""
SIGNALS = 14
_ROUNDS = 30
_RIDGE = 1.0
Doubles = NDArray[np.float64]


def signals(margins: Floats, vector: Vector, strange: tuple[float, float, float]) -> Doubles:
    """Numbers that are larger, or smaller, for messages from outside. Of the margins only their order of size counts."""
    ordered = np.sort(margins.astype(np.float64))[::-1]
    best, next_, third, fifth = (float(ordered[min(place, len(ordered) - 1)]) for place in (0, 1, 2, 4))
    chances = [1 / float(np.exp((ordered - best) * heat).sum()) for heat in (3, 8)]
    energy = best + float(np.log(np.exp((ordered - best) * 3).sum())) / 3
    return np.array(
        [
            best,
            best - next_,
            next_,
            third,
            fifth,
            *chances,
            energy,
            ordered.mean(),
            ordered.std(),
            float(len(vector[0])),
            *strange,
        ]
    )


@dataclass(frozen=True, slots=True)
class Doubt:
    """`known` is a logistic function of the signals; who has less than `least` is unknown."""

    means: Doubles = field(repr=False)
    spans: Doubles = field(repr=False)
    weights: Doubles = field(repr=False)
    """The last one is the offset."""
    least: float

    def known(self, found: Doubles) -> float:
        """The chance, from 0 to 1, that the message is one of the intents."""
        scaled = np.clip((found - self.means) / self.spans, -8, 8)
        return float(1 / (1 + np.exp(-(scaled @ self.weights[:-1] + self.weights[-1]))))

    def to_bytes(self) -> bytes:
        """Little-endian 64-bit floats: means, spans, weights, the least."""
        return np.concatenate([self.means, self.spans, self.weights, [self.least]]).astype("<f8").tobytes()

    @classmethod
    def of(cls, raw: bytes) -> "Doubt":
        """The inverse. Raises ValueError for another length than such numbers have, as those of another release may."""
        numbers = np.frombuffer(raw, "<f8").astype(np.float64)
        many, left = divmod(len(numbers) - 2, 3)
        if left or many != SIGNALS:
            raise ValueError("these numbers are no doubt")
        return cls(numbers[:many], numbers[many : 2 * many], numbers[2 * many : -1], float(numbers[-1]))


UNTAUGHT = Doubt(np.zeros(SIGNALS), np.ones(SIGNALS), np.array([4.0, *np.zeros(SIGNALS - 1), 2.0]), 0.5)
"""For too few examples to learn from: the best margin alone, known from half way between the sides."""


def learn_doubt(found: Doubles, inside: NDArray[np.bool_], usual: Doubles) -> Doubt:
    """Fits the regression (Newton's method, a little ridge) to the signals found of messages from inside and outside, and sets the
    least so that `LOST` of the `usual` ones fall below: messages from inside for a machine that knows all intents.
    """
    means, spans = found.mean(axis=0), np.maximum(found.std(axis=0), 1e-9)
    rows = np.hstack([np.clip((found - means) / spans, -8, 8), np.ones((len(found), 1))])
    ridge = np.diag([*np.full(found.shape[1], _RIDGE), 0.0])
    weights = np.zeros(rows.shape[1])
    for _ in range(_ROUNDS):
        chance = 1 / (1 + np.exp(-np.clip(rows @ weights, -30, 30)))
        slope = rows.T @ (chance - inside) + ridge @ weights
        bend = (rows * (chance * (1 - chance) + 1e-9)[:, None]).T @ rows + ridge
        step = np.linalg.solve(bend, slope)
        weights -= step
        if float(np.abs(step).max()) < 1e-6:
            break
    taught = Doubt(means, spans, weights, 0.0)
    return replace(taught, least=float(np.quantile([taught.known(one) for one in usual], LOST)))
