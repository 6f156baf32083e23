"""Learns a model from a tenant's examples. It takes a core for seconds: callers run it in a process of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from router.domain.intents.doubt import UNTAUGHT, Doubles, Doubt, learn_doubt, signals
from router.domain.intents.features import Blocks, blocks
from router.domain.intents.machine import descend, learn_words
from router.domain.intents.model import Model, from_weights

INTENTS_MOST = 200
EXAMPLES_MOST = 20_000
_FOLDS = 3
_HELD = 4
"""One in so many messages of the intents that a machine knows is held out with those that it doesn't."""
_HELD_USUAL = 8
"""The same for the machine that knows all intents, which must be like the one that tells."""
_FOLD_MOST = 6000
"""Messages by which doubt is learnt; more of them tell no more."""
_LEAST = 60
_EPOCHS, _FOLD_EPOCHS = 10, 6
_SPACES = str.maketrans("_-.", "   ")


@dataclass(frozen=True, slots=True)
class _Lesson:
    """Messages with the numbers of their intents."""

    messages: Sequence[Blocks]
    labels: NDArray[np.int64]


def train(examples: Mapping[str, Sequence[str]]) -> Model:
    """Learns to tell the intents by their examples; an intent's name is one more. Raises ValueError for less than two intents."""
    names = sorted(examples)
    if len(names) < 2:
        raise ValueError("there must be two intents to tell apart")
    said = [(text, place) for place, name in enumerate(names) for text in (*examples[name], name.translate(_SPACES))]
    lesson = _Lesson([blocks(text) for text, _ in said], np.array([place for _, place in said], np.int64))
    vocabulary = learn_words(lesson.messages)
    vectors = [vocabulary.vector(message) for message in lesson.messages]
    weights = descend(vectors, lesson.labels, len(names), len(vocabulary.features), epochs=_EPOCHS)
    return from_weights(names, vocabulary, weights, _doubt(lesson, len(names)))


def _doubt(lesson: _Lesson, intents: int) -> Doubt:
    """What doubt looks like, by machines each of which never sees a third of the intents, and by one that knows all."""
    if len(lesson.messages) < _LEAST or intents < 2 * _FOLDS:
        return UNTAUGHT
    dice = np.random.default_rng(2)
    fold_of = dice.permutation(intents) % _FOLDS
    trials = [
        _try(lesson, dice.permutation(len(lesson.messages))[:_FOLD_MOST], np.flatnonzero(fold_of != fold))
        for fold in range(_FOLDS)
    ]
    usual, _ = _try(lesson, dice.permutation(len(lesson.messages)), np.arange(intents), _HELD_USUAL)
    return learn_doubt(
        np.vstack([found for found, _ in trials]), np.concatenate([inside for _, inside in trials]), usual
    )


def _try(
    lesson: _Lesson, order: NDArray[np.int64], known: NDArray[np.int64], share: int = _HELD
) -> tuple[Doubles, NDArray[np.bool_]]:
    """The signals of messages that a machine didn't learn, which knows some of the intents; and which are of these."""
    held, kept = order[: len(order) // share], order[len(order) // share :]
    kept = kept[np.isin(lesson.labels[kept], known)]
    vocabulary = learn_words([lesson.messages[one] for one in kept])
    vectors = [vocabulary.vector(lesson.messages[one]) for one in kept]
    labels = np.searchsorted(known, lesson.labels[kept])
    weights = descend(vectors, labels, len(known), len(vocabulary.features), epochs=_FOLD_EPOCHS)
    found: list[Doubles] = []
    for one in held:
        message = lesson.messages[one]
        places, values = vector = vocabulary.vector(message)
        found.append(signals(values @ weights[places] + weights[-1], vector, vocabulary.strange(message)))
    return np.array(found), np.isin(lesson.labels[held], known)
