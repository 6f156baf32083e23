"""Reference programs as child processes, ended by their ids."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.ports import answers

READY_WITHIN = 30.0


@contextmanager
def child(module: str, *arguments: str, port: int | None = None) -> Iterator["subprocess.Popen[bytes]"]:
    """`python -m <module> …`; with a port the block begins once something listens there. Raises `RuntimeError` if not."""
    process = subprocess.Popen([sys.executable, "-m", module, *arguments])
    try:
        deadline = time.monotonic() + READY_WITHIN
        while port is not None and not answers(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{module} {' '.join(arguments)} is not ready (exit {process.returncode})")
            time.sleep(0.05)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
