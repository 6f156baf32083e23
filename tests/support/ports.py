"""Free TCP ports for servers under test: below the ephemeral range, tested by binding."""

import random
import socket

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


def free_ports(count: int) -> list[int]:
    found: list[int] = []
    for port in random.sample(RANGE, len(RANGE)):
        if is_free(port):
            found.append(port)
        if len(found) == count:
            return found
    raise OSError(f"no {count} free ports in {RANGE}")


def answers(port: int) -> bool:
    """Whether something listens there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0
