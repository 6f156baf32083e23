"""Free TCP ports for servers under test: below the ephemeral range, tested by binding, and given to one process at a time."""

import fcntl
import os
import random
import socket
import tempfile
from functools import cache
from pathlib import Path

HOST = "127.0.0.1"
# Ephemeral ports begin at 32768: a client's socket could take a port of ours between the test and the start.
RANGE = range(20000, 32000)


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


@cache
def _claims() -> int:
    """A file in which a locked byte is a claimed port. It stays open: closing it would give all of this process's back."""
    path = Path(tempfile.gettempdir()) / f"frontdesk-ports-{os.getuid()}"
    return os.open(path, os.O_CREAT | os.O_RDWR, 0o600)


_given: set[int] = set()


def _claim(port: int) -> bool:
    """Between the test of a port and the start of its server, another process's tests could find it free as well."""
    if port in _given:
        return False
    try:
        fcntl.lockf(_claims(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except OSError:
        return False
    _given.add(port)
    return True


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on and no other test process, nor an earlier call, was given. They are kept until this
    process ends.
    """
    found: list[int] = []
    for port in random.sample(RANGE, len(RANGE)):
        if _claim(port) and is_free(port):
            found.append(port)
        if len(found) == count:
            return found
    raise OSError(f"no {count} free ports in {RANGE}")


def free_row(count: int) -> int:
    """The first of so many free ports in a row, kept like those of `free_ports`."""
    for first in random.sample(RANGE, len(RANGE) - count):
        row = range(first, first + count)
        if row[-1] in RANGE and all(_claim(port) and is_free(port) for port in row):
            return first
    raise OSError(f"no {count} free ports in a row in {RANGE}")


def answers(port: int) -> bool:
    """Whether something listens there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0
