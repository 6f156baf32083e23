"""How well intents are told: `python -m bench.intents`, about two minutes.

The public set Banking77 (10,003 messages of 77 intents to learn from, 3,080 to tell): accuracy with all and with ten examples an intent, what
learning takes of one core and telling a message, and how many messages of 20 intents that were held out are not known, beside how
many of the others are lost. Beside it, in the same run, a plain machine: words of the message by tf-idf, the same method. The set is read
in place; where it is absent this says so and ends.
"""

import argparse
import csv
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from bench.support import ROOT, print_table
from router.domain.intents.features import words
from router.domain.intents.machine import descend, learn_words
from router.domain.intents.training import train

DATA = ROOT.parent / "shared" / "data"
HELD_OUT = 20
FEW = 10
Labelled = Sequence[tuple[str, str]]
Examples = Mapping[str, Sequence[str]]


def read(part: str) -> Labelled:
    with (DATA / f"banking77-{part}.csv").open(encoding="utf-8", newline="") as file:
        return [(row["text"].strip(), row["category"].strip()) for row in csv.DictReader(file)]


def by_intent(said: Labelled) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for text, name in said:
        found.setdefault(name, []).append(text)
    return found


def plain_margins(examples: Examples, asked: Sequence[str]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """The reference: single words by tf-idf, a linear machine, nothing else."""

    def bag(text: str) -> tuple[Counter[int], Counter[int], Counter[int]]:
        return Counter(hash(word) & 0xFFFFFFFF for word in words(text)), Counter(), Counter()

    names = sorted(examples)
    messages = [bag(text) for name in names for text in examples[name]]
    labels = np.array([place for place, name in enumerate(names) for _ in examples[name]], np.int64)
    vocabulary = learn_words(messages)
    vectors = [vocabulary.vector(message) for message in messages]
    weights = descend(vectors, labels, len(names), len(vocabulary.features))
    found = [vocabulary.vector(bag(text)) for text in asked]
    return np.array([values @ weights[places] + weights[-1] for places, values in found])


def accuracy(examples: Examples, asked: Labelled) -> tuple[float, float]:
    """Ours and the plain machine's."""
    names, model = sorted(examples), train(examples)
    ours = statistics.mean(model.tell(text).likely[0][0] == name for text, name in asked)
    best = plain_margins(examples, [text for text, _ in asked]).argmax(axis=1)
    return ours, statistics.mean(names[one] == name for one, (_, name) in zip(best, asked, strict=True))


def doubt(learnt: Examples, asked: Labelled, seed: int) -> tuple[float, float, float, float]:
    """Of messages outside the share not known, of those inside the share lost, the share caught if exactly one in twenty inside
    were lost, and the same by the plain machine's best margin.
    """
    out = set(random.Random(seed).sample(sorted(learnt), HELD_OUT))
    kept = {name: texts for name, texts in learnt.items() if name not in out}
    inside = np.array([name not in out for _, name in asked])
    model = train(kept)
    known = np.array([model.tell(text).known for text, _ in asked])
    plain = plain_margins(kept, [text for text, _ in asked]).max(axis=1)

    def caught(scores: "np.ndarray[tuple[int], np.dtype[np.floating]]") -> float:
        return float(np.mean(scores[~inside] < np.quantile(scores[inside], 0.05)))

    least = model.doubt.least
    return float(np.mean(known[~inside] < least)), float(np.mean(known[inside] < least)), caught(known), caught(plain)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--draws", type=int, default=3)
    asked = arguments.parse_args()
    if not (DATA / "banking77-train.csv").exists():
        print(f"{DATA / 'banking77-train.csv'} is not here: nothing is measured")
        sys.exit(0)
    learnt, test = by_intent(read("train")), read("test")
    began = time.process_time()
    model = train(learnt)
    seconds = time.process_time() - began
    began = time.process_time()
    for text, _ in test:
        model.tell(text)
    each = (time.process_time() - began) / len(test) * 1000
    all_ours, all_plain = accuracy(learnt, test)
    few = [
        accuracy({name: dice.sample(learnt[name], FEW) for name in sorted(learnt)}, test)
        for dice in map(random.Random, range(asked.seed, asked.seed + asked.draws))
    ]
    few_ours, few_plain = (statistics.mean(pair[place] for pair in few) for place in (0, 1))
    doubts = [doubt(learnt, test, seed) for seed in range(asked.seed, asked.seed + asked.draws)]
    found, lost, at_twentieth, plain = (statistics.mean(one[place] for one in doubts) for place in range(4))
    rows = [
        ("accuracy, all examples", f"{all_ours:.4f}", f"{all_plain:.4f}", f"{all_ours / all_plain:.3f}", "0.92"),
        ("accuracy, ten an intent", f"{few_ours:.4f}", f"{few_plain:.4f}", f"{few_ours / few_plain:.3f}", "0.76"),
        ("outside not known", f"{found:.3f}", "", "", "0.50"),
        ("inside lost by it", f"{lost:.3f}", "", "", "0.05"),
        ("outside caught at 5 % lost", f"{at_twentieth:.3f}", f"{plain:.3f}", f"{at_twentieth / plain:.3f}", "0.50"),
        ("learning, s of a core", f"{seconds:.1f}", "", "", "20"),
        ("telling, ms a message", f"{each:.2f}", "", "", "2"),
    ]
    print_table(("measured", "ours", "plain machine", "ratio", "asked"), rows)


if __name__ == "__main__":
    main()
