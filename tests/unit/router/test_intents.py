"""Intents learnt from examples: what is told, what is not known, and numbers that come back as they were."""

import numpy as np
import pytest

from router.domain.intents.doubt import SIGNALS, Doubt, learn_doubt
from router.domain.intents.features import LOOKED_AT, blocks, stem, words
from router.domain.intents.model import Model, from_parts
from router.domain.intents.training import train
from router.repositories.intents import Intent
from router.usecases.intents import phrase_in

THINGS = ("parcel", "invoice", "password", "refund", "address", "voucher", "subscription", "warranty")
WAYS = (
    "where is my {}",
    "i have a problem with the {}",
    "please help with my {} today",
    "what happened to the {}",
    "{} still not right",
    "can you look at my {}",
    "question about {}",
    "the {} again",
)


@pytest.fixture(scope="module")
def model() -> Model:
    return train({thing: [way.format(thing) for way in WAYS] for thing in THINGS})


@pytest.mark.parametrize("thing", THINGS)
def test_what_was_never_said_so_is_told_by_its_words(model: Model, thing: str) -> None:
    guess = model.tell(f"Hello, my {thing}s are not what they should be")
    assert guess.likely[0][0] == thing
    assert guess.likely[0][1] > guess.likely[1][1]


def test_what_nobody_taught_is_not_known(model: Model) -> None:
    strange = model.tell("Do giraffes sleep standing up at night?")
    assert (strange.intent, strange.sure) == (None, False)
    assert model.tell("where is my parcel").intent == "parcel"
    assert strange.known < model.tell("where is my parcel").known


def test_an_empty_message_and_one_of_strange_signs_are_not_known(model: Model) -> None:
    assert [model.tell(text).intent for text in ("", "…", "\ud800", "🦒" * 5000)] == [None] * 4


def test_learning_is_the_same_each_time() -> None:
    examples = {"a": ["red apples"], "b": ["green pears"]}
    one, other = train(examples), train(examples)
    assert one.offsets.tobytes() == other.offsets.tobytes()
    assert list(one.parts()) == list(other.parts())


def test_a_model_in_rows_tells_the_same_as_before(model: Model) -> None:
    parts = list(model.parts())
    back = from_parts(model.names, parts, model.offsets.astype("<f4").tobytes(), model.doubt.to_bytes())
    for text in ("where is my parcel", "giraffes", ""):
        assert back.tell(text) == model.tell(text)
    with pytest.raises(ValueError, match="fit together"):
        from_parts(model.names[1:], parts, model.offsets.tobytes(), model.doubt.to_bytes())
    with pytest.raises(ValueError, match="no doubt"):
        Doubt.of(model.doubt.to_bytes()[:-8])


def test_one_intent_alone_can_not_be_told_from_anything() -> None:
    with pytest.raises(ValueError, match="two intents"):
        train({"a": ["red apples"]})


def test_doubt_catches_what_is_outside_and_loses_one_in_twenty_inside() -> None:
    dice = np.random.default_rng(7)
    inside, outside = dice.normal(2, 1, (500, SIGNALS)), dice.normal(-2, 1, (500, SIGNALS))
    doubt = learn_doubt(np.vstack([inside, outside]), np.arange(1000) < 500, inside)
    assert np.mean([doubt.known(one) < doubt.least for one in inside]) == pytest.approx(0.05, abs=0.01)
    assert np.mean([doubt.known(one) < doubt.least for one in outside]) > 0.99


def test_words_lose_accents_and_endings_and_long_messages_their_end() -> None:
    assert words("Où EST mon Colis?") == ["ou", "est", "mon", "colis"]
    assert stem("ordering") == stem("ordered") == "order"
    assert stem("bed") == "bed"
    assert blocks("a" * LOOKED_AT + " parcel") == blocks("a" * LOOKED_AT)


def test_a_phrase_counts_as_whole_words_and_the_longest_wins() -> None:
    known = [
        Intent("pay", ("my invoice",), (), {}),
        Intent("pay_twice", ("my invoice twice", "..."), (), {}),
    ]
    assert phrase_in("I paid MY  INVOICE, twice!", known) == "pay_twice"
    assert phrase_in("my invoices", known) is None
    assert phrase_in("... !", known) is None
