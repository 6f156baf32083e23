"""Makes broken bodies from good ones, by seed: what a codec gets must be events or `PayloadInvalid`, never a surprise."""

import copy
import json
import random
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from time import process_time
from typing import Any
from urllib.parse import parse_qsl, urlencode

from backbone.channel.port import Codec, Context, Parsed, Request
from backbone.errors import PayloadInvalid
from tests.support import channels as support

ODD_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 2**63, 10**19, -(10**19), 1e308, "", " ", "0", "\0", "\ud800", "é" * 300, "9" * 400,
    [], {}, [[]], [{}], [None], {"": ""}, "a" * 70_000, "2026-13-45T99:99:99Z", "http://[::1", "%zz", "<x>", "💥",
)  # fmt: skip
REPLACEMENTS: tuple[tuple[Any, ...], ...] = ((), (), (), *((value,) for value in ODD_VALUES))
SINGLE_REPLACEMENTS: tuple[tuple[Any, ...], ...] = (
    (), (None,), (17,), ("odd",), ("",), ("\0",), ([],), ([17],), ({},), (True,), (-1.5e300,)
)  # fmt: skip
BOMBS: tuple[bytes, ...] = (
    b"", b"\0", b"\xff\xfe\x00", b"\xef\xbb\xbf{}", b"null", b"true", b"0", b'""', b"[]", b"{}", b"[{}]", b"{", b"[",
    b"[" * 100_000, b'{"a":' * 100_000, b"[" * 100_000 + b"]" * 100_000, b"9" * 1_000_000, b'{"a":' + b"9" * 5_000 + b"}",
    b'{"a":1e999}', b'{"a":NaN}', b'{"a":-Infinity}', b'{"a":"\\ud800"}', b'{"a":1,"a":2}', b'"' + b"a" * 1_000_000 + b'"',
    b"a" * 1_048_576, b"\xf0\x9f\x92" * 1_000, b"a=%zz&b=%00&a=1", b"&" * 100_000, b"a=1&" * 100_000, b"%" * 100_000,
    b"--x\r\n\r\n" * 1_000, b"<xml>" * 10_000, b'{"a":' + b"[" * 63 + b"]" * 63 + b"}", b"\r\n" * 100_000, b" " * 1_000_000,
)  # fmt: skip


SECONDS_MOST = 0.05
"""Of processor time for one input, on a machine at rest."""
BYTES_MOST = 20 * 1024 * 1024
"""Of Python's memory for one input, at its peak and beyond what was there before."""


@dataclass(frozen=True)
class Case:
    """One broken request, and the fixture it was made from: that is where its account and its time come from."""

    fixture: support.Fixture
    request: Request
    context: Context


@dataclass(frozen=True)
class Outcome:
    """What a codec made of a case. `broken` says what is wrong with it; else it was parsed, or refused by its type."""

    seconds: float
    peak: int
    events: int | None
    broken: str = ""


@dataclass
class Report:
    """What came of the inputs of one channel; `slowest` is in seconds of processor time, `largest` in bytes."""

    channel: str
    parsed: int = 0
    refused: int = 0
    events: int = 0
    slowest: float = 0.0
    largest: int = 0

    def add(self, outcome: Outcome) -> None:
        self.slowest = max(self.slowest, outcome.seconds)
        self.largest = max(self.largest, outcome.peak)
        self.parsed += outcome.events is not None
        self.refused += outcome.events is None
        self.events += outcome.events or 0


def run(name: str, count: int, seed: int = 1) -> Report:
    """Feeds `count` broken bodies to one codec. Anything but `Parsed` and `PayloadInvalid` is raised with its input."""
    report = Report(name)
    for case in cases(name, count, seed):
        outcome = attempt(name, case)
        if outcome.broken:
            request = case.request
            raise AssertionError(f"{name}: {outcome.broken} on {request.body[:2000]!r} ({request.query[:200]})")
        report.add(outcome)
    return report


def attempt(name: str, case: Case, *, memory: bool = False) -> Outcome:
    """Parses once for the time, and once more with every allocation traced where `memory` is asked for."""
    codec = support.load(name).codec
    started = process_time()
    try:
        parsed = codec.parse(case.request, case.context)
    except PayloadInvalid:
        parsed = None
    except Exception as error:  # noqa: BLE001  whatever a codec raises besides is what we look for
        return Outcome(process_time() - started, 0, None, f"raised {error!r}")
    seconds = process_time() - started
    try:
        if parsed is not None:
            check(parsed)
    except (AssertionError, ValueError) as error:
        return Outcome(seconds, 0, None, f"can't be stored: {error!r}"[:500])
    return Outcome(seconds, peak_of(codec, case) if memory else 0, None if parsed is None else len(parsed.events))


def peak_of(codec: Codec, case: Case) -> int:
    """The most memory of Python's that one parse holds at a time; what a C library takes by itself is not seen."""
    tracemalloc.start()
    try:
        with suppress(PayloadInvalid):
            codec.parse(case.request, case.context)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def check(parsed: Parsed) -> None:
    """What was parsed can be stored: it is `Parsed`, and its events survive UTF-8 and JSON."""
    assert isinstance(parsed, Parsed), type(parsed)
    for event in parsed.events:
        text = event.model_dump_json()
        assert "\\u0000" not in text, "an event holds NUL, which PostgreSQL refuses"
        assert type(event).model_validate_json(text) == event
    assert all(isinstance(item.fragment, bytes) for item in parsed.rejected)


def cases(name: str, count: int, seed: int) -> Iterator[Case]:
    """Requests with broken bodies, made from the channel's own fixtures; the same seed gives the same."""
    chance = random.Random(f"{name}/{seed}")
    bases = []
    for fixture in support.fixtures("inbound", name):
        account = support.fixture_account(fixture)
        bases.append(Case(fixture, support.request_of(fixture, account), support.context_of(fixture, account)))
    assert bases, f"{name} has no inbound fixtures to change"
    bodies = [base.request.body for base in bases]
    for number in range(count):
        base = bases[number % len(bases)]
        request = base.request
        body = change_values(request.body, chance, bodies) if chance.random() < 0.6 else request.body
        if body == request.body or chance.random() < 0.2:
            body = chance.choice(MUTATIONS)(body, chance, bodies)
        query = flip_bits(request.query.encode(), chance, []).decode("latin-1") if request.query else ""
        url = base.context.account.webhook_url + (f"?{query}" if query else "")
        yield replace(base, request=replace(request, body=body, query=query, url=url))


def flip_bits(body: bytes, chance: random.Random, _: list[bytes]) -> bytes:
    changed = bytearray(body)
    for _unused in range(chance.randint(1, 8) if changed else 0):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def truncate(body: bytes, chance: random.Random, _: list[bytes]) -> bytes:
    return body[: chance.randrange(len(body) + 1)]


def splice(body: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    other = chance.choice(others)
    return body[: chance.randrange(len(body) + 1)] + other[chance.randrange(len(other) + 1) :]


def random_bytes(_: bytes, chance: random.Random, __: list[bytes]) -> bytes:
    return chance.randbytes(chance.randrange(400))


def cut_out(body: bytes, chance: random.Random, _: list[bytes]) -> bytes:
    start = chance.randrange(len(body) + 1)
    return body[:start] + body[start + chance.randrange(40) :]


def repeat_part(body: bytes, chance: random.Random, _: list[bytes]) -> bytes:
    start = chance.randrange(len(body) + 1)
    part = body[start : start + chance.randrange(60)]
    return body[:start] + part * chance.randint(2, 20) + body[start:]


def change_values(body: bytes, chance: random.Random, _: list[bytes]) -> bytes:
    """Takes out or replaces one to three values of a JSON or form body; leaves what is neither."""
    for _unused in range(chance.randint(1, 3)):
        tree = tree_of(body)
        places = [] if tree is None else list(paths(tree))
        if not places:
            return body
        body = bytes_of(put(tree, chance.choice(places), chance.choice(REPLACEMENTS)), like=body)
    return body


def nest(body: bytes, chance: random.Random, _: list[bytes]) -> bytes:
    depth = chance.choice((5, 62, 63, 64, 65, 1_000))
    return b'{"a":' * depth + body + b"}" * depth if chance.random() < 0.5 else b"[" * depth + body + b"]" * depth


def double_keys(body: bytes, chance: random.Random, _: list[bytes]) -> bytes:
    """Repeats the first key of an object with another value: parsers differ on which one counts."""
    place = body.find(b"{", chance.randrange(len(body) + 1))
    end = body.find(b":", place)
    if place < 0 or end < 0:
        return body
    return body[: place + 1] + body[place + 1 : end] + b":17," + body[place + 1 :]


def huge_number(body: bytes, chance: random.Random, _: list[bytes]) -> bytes:
    digits = [index for index, byte in enumerate(body) if 48 <= byte <= 57]
    if not digits:
        return body
    place = chance.choice(digits)
    return body[:place] + chance.choice((b"9" * 25, b"9" * 5_000, b"1e400", b"-1", b"0.1")) + body[place:]


MUTATIONS: tuple[Callable[[bytes, random.Random, list[bytes]], bytes], ...] = (
    flip_bits, truncate, splice, random_bytes, cut_out, repeat_part, nest, double_keys, huge_number,
)  # fmt: skip


def tree_of(body: bytes) -> Any:
    """A JSON body as it is, a form body as a list of pairs; None for anything else."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        pairs = parse_qsl(body.decode("latin-1"), keep_blank_values=True) if b"=" in body[:100] else []
        return [list(pair) for pair in pairs] or None


def bytes_of(tree: Any, like: bytes) -> bytes:
    """Writes a tree in the format that `like` has."""
    if like.lstrip()[:1] in {b"{", b"["}:
        return json.dumps(tree).encode("utf-8", "surrogatepass")
    pairs = [(str(pair[0]), str(pair[1])) for pair in tree if isinstance(pair, list) and len(pair) == 2]
    return urlencode(pairs, errors="surrogatepass").encode()


Path = tuple[str | int, ...]


def paths(tree: Any, above: Path = ()) -> Iterator[Path]:
    """The place of every value below the root."""
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in items:
        yield (*above, key)
        yield from paths(value, (*above, key))


def put(tree: Any, path: Path, replacement: tuple[Any, ...]) -> Any:
    """A copy of the tree with the value at `path` replaced, or taken out where the replacement is empty."""
    tree = copy.deepcopy(tree)
    parent = tree
    for key in path[:-1]:
        parent = parent[key]
    if replacement:
        parent[path[-1]] = replacement[0]
    else:
        del parent[path[-1]]
    return tree


def single_changes(body: bytes) -> Iterator[bytes]:
    """Every body that differs from this one in one value: missing, or of each other type."""
    tree = tree_of(body)
    for path in paths(tree) if tree is not None else ():
        for replacement in SINGLE_REPLACEMENTS:
            yield bytes_of(put(tree, path, replacement), like=body)
