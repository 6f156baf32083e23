"""Identifiers are RFC 9562's version 7, and nobody gets one twice."""

import os
import uuid
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

from backbone.ids import new_id

MANY = 2000


def test_an_id_is_a_version_7_uuid_behind_its_prefix() -> None:
    for made in (new_id("msg") for _ in range(MANY)):
        prefix, _, digits = made.partition("_")
        found = uuid.UUID(digits)
        assert (prefix, found.version, found.variant, found.hex) == ("msg", 7, uuid.RFC_4122, digits)


def test_all_74_bits_vary() -> None:
    seen = [int(new_id("")[1:], 16) for _ in range(MANY)]
    anywhere = 0
    for one, other in pairwise(seen):
        anywhere |= one ^ other
    assert anywhere & ((1 << 80) - 1) == (0xFFF << 64) | ((1 << 62) - 1)


def test_threads_get_no_id_twice() -> None:
    with ThreadPoolExecutor(4) as pool:
        made = [one for many in pool.map(lambda _: [new_id("x") for _ in range(MANY)], range(8)) for one in many]
    assert len(set(made)) == 8 * MANY


def test_a_forked_child_draws_its_own() -> None:
    new_id("x")
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, new_id("x")[14:].encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read().decode()
    assert len(told) == 20
    assert told not in {new_id("x")[14:] for _ in range(MANY)}
