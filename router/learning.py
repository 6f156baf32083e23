"""The child process in which a model of intents is learnt: examples in, plain numbers out, by standard input and output."""

import os
import sys
import time

import msgspec

from router.domain.intents.training import train
from router.usecases.intents import Learnt

_NICER = 10

if __name__ == "__main__":
    os.nice(_NICER)
    examples = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=dict[str, list[str]])
    model = train(examples)
    learnt = Learnt(
        list(model.names),
        [(part.features, part.rarity, part.scales, part.weights) for part in model.parts()],
        model.offsets.astype("<f4").tobytes(),
        model.doubt.to_bytes(),
        time.process_time(),
    )
    sys.stdout.buffer.write(msgspec.msgpack.encode(learnt))
