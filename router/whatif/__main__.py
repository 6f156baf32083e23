"""The child process in which a comparison is played: `Inputs` in, `Comparison` out, both pickled, by standard input and output."""

import pickle
import sys

from router.usecases.whatif import compare

if __name__ == "__main__":
    # From the process that started this one, over a pipe that nobody else can write to.
    inputs = pickle.load(sys.stdin.buffer)  # noqa: S301
    sys.stdout.buffer.write(pickle.dumps(compare(inputs)))
