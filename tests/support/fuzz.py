"""Makes broken bodies from good ones, by seed: what a codec gets must be events or `PayloadInvalid`, never a surprise."""

import json
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from time import process_time
from typing import Any

from backbone.channel.port import Parsed, Request
from backbone.errors import PayloadInvalid
from tests.support import channels as support

ODD_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 2**63, 10**19, -(10**19), 1e308, "", " ", "0", "\0", "\ud800", "é" * 300, "9" * 400,
    [], {}, [[]], [{}], [None], {"": ""}, "a" * 70_000, "2026-13-45T99:99:99Z", "http://[::1", "%zz", "<x>", "💥",
)  # fmt: skip
BOMBS: tuple[bytes, ...] = (
    b"", b"\0", b"\xff\xfe\x00", b"\xef\xbb\xbf{}", b"null", b"true", b"0", b'""', b"[]", b"{}", b"[{}]", b"{", b"[",
    b"[" * 100_000, b'{"a":' * 100_000, b"[" * 100_000 + b"]" * 100_000, b"9" * 1_000_000, b'{"a":' + b"9" * 5_000 + b"}",
    b'{"a":1e999}', b'{"a":NaN}', b'{"a":-Infinity}', b'{"a":"\\ud800"}', b'{"a":1,"a":2}', b'"' + b"a" * 1_000_000 + b'"',
    b"a" * 1_048_576, b"\xf0\x9f\x92" * 1_000, b"a=%zz&b=%00&a=1", b"&" * 100_000, b"a=1&" * 100_000, b"%" * 100_000,
    b"--x\r\n\r\n" * 1_000, b"<xml>" * 10_000, b'{"a":' + b"[" * 63 + b"]" * 63 + b"}", b"\r\n" * 100_000, b" " * 1_000_000,
)  # fmt: skip


@dataclass
class Report:
    """What came of the inputs of one channel; `slowest` is in seconds of processor time."""

    channel: str
    parsed: int = 0
    refused: int = 0
    events: int = 0
    slowest: float = 0.0


def run(name: str, count: int, seed: int = 1) -> Report:
    """Feeds `count` broken bodies to one codec. Anything but `Parsed` and `PayloadInvalid` is raised with its input."""
    report = Report(name)
    for request, context in cases(name, count, seed):
        started = process_time()
        try:
            parsed = support.load(name).codec.parse(request, context)
        except PayloadInvalid:
            report.refused += 1
        except Exception as error:
            raise AssertionError(
                f"{name} raised {error!r} on {request.body[:2000]!r} ({request.query[:200]})"
            ) from error
        else:
            check(parsed)
            report.parsed += 1
            report.events += len(parsed.events)
        report.slowest = max(report.slowest, process_time() - started)
    return report


def check(parsed: Parsed) -> None:
    """What was parsed can be stored: it is `Parsed`, and its events survive UTF-8 and JSON."""
    assert isinstance(parsed, Parsed), type(parsed)
    for event in parsed.events:
        text = event.model_dump_json()
        assert "\\u0000" not in text, "an event holds NUL, which PostgreSQL refuses"
        assert type(event).model_validate_json(text) == event
    assert all(isinstance(item.fragment, bytes) for item in parsed.rejected)


def cases(name: str, count: int, seed: int) -> Iterator[tuple[Request, Any]]:
    """Requests with broken bodies, made from the channel's own fixtures; the same seed gives the same."""
    chance = random.Random(f"{name}/{seed}")
    bases = []
    for fixture in support.fixtures("inbound", name):
        account = support.fixture_account(fixture)
        bases.append((support.unsigned(fixture, account), support.context_of(fixture, account)))
    bodies = [request.body for request, _ in bases]
    for number in range(count):
        request, context = bases[number % len(bases)]
        body = request.body
        for _ in range(chance.randint(1, 3)):
            body = chance.choice(MUTATIONS)(body, chance, bodies)
        query = flip_bits(request.query.encode(), chance, []).decode("latin-1") if request.query else ""
        url = context.account.webhook_url + (f"?{query}" if query else "")
        yield replace(request, body=body, query=query, url=url), context


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


def swap_values(body: bytes, chance: random.Random, _: list[bytes]) -> bytes:
    """Replaces some JSON values by odd ones of another type; leaves what is no JSON."""
    return _json(body, lambda value: _swap(value, chance, 0.05))


def drop_keys(body: bytes, chance: random.Random, _: list[bytes]) -> bytes:
    return _json(body, lambda value: _drop(value, chance, 0.06))


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
    flip_bits, truncate, splice, random_bytes, cut_out, repeat_part,
    swap_values, swap_values, swap_values, swap_values, drop_keys, drop_keys, nest, double_keys, huge_number,
)  # fmt: skip


def _json(body: bytes, change: Callable[[Any], Any]) -> bytes:
    try:
        return json.dumps(change(json.loads(body))).encode("utf-8", "surrogatepass")
    except (ValueError, RecursionError):
        return body


def _swap(value: Any, chance: random.Random, rate: float) -> Any:
    if chance.random() < rate:
        return chance.choice(ODD_VALUES)
    if isinstance(value, Mapping):
        return {key: _swap(item, chance, rate) for key, item in value.items()}
    return [_swap(item, chance, rate) for item in value] if isinstance(value, list) else value


def _drop(value: Any, chance: random.Random, rate: float) -> Any:
    if isinstance(value, Mapping):
        return {key: _drop(item, chance, rate) for key, item in value.items() if chance.random() >= rate}
    if isinstance(value, list):
        return [_drop(item, chance, rate) for item in value if chance.random() >= rate]
    return value
