"""The worker's side of `isolation`: a process that parses what it is handed, within limits that the system enforces.

It reads orders (pickled by its parent, who alone can write to it) and writes answers (MessagePack, which is only data, so
that a worker that a mail took over can't reach into its parent). It ends with its input.
"""

import pickle
import resource
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO

import msgspec
from pydantic import TypeAdapter, ValidationError

from backbone.channel import registry
from backbone.channel.port import Context, MediaExtractor, Parsed, Rejected, Request, Response
from backbone.errors import PayloadInvalid
from schemas.inbound import AnyInboundEvent

SIZE_BYTES = 8
ANSWER_MAX = 256 * 1024 * 1024
INVALID, FAILED, MEMORY = "invalid", "failed", "memory"

_event: TypeAdapter[AnyInboundEvent] = TypeAdapter(AnyInboundEvent)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one worker may take: seconds of processor time for each order, and bytes of address space in all."""

    cpu_seconds: int = 10
    memory_bytes: int = 1024 * 1024 * 1024

    def as_argument(self) -> str:
        return f"{self.cpu_seconds}:{self.memory_bytes}"

    @classmethod
    def of_argument(cls, text: str) -> "Limits":
        seconds, _, size = text.partition(":")
        return cls(int(seconds), int(size))


@dataclass(frozen=True, slots=True)
class Parse:
    channel: str
    request: Request
    context: Context


@dataclass(frozen=True, slots=True)
class Extract:
    channel: str
    body: bytes
    refs: tuple[str, ...]


Order = Parse | Extract


class Answer(msgspec.Struct, array_like=True):
    """What came of an order. `failure` is one of the three, with `detail` that holds no content."""

    failure: str | None = None
    detail: str = ""
    events: list[bytes] = []
    rejected: list[tuple[str, bytes]] = []
    status: int = 200
    body: bytes = b""
    media_type: str = ""
    headers: list[tuple[str, str]] = []
    poll_now: bool = False
    files: list[tuple[str, str, str | None, bytes]] = []


_answers = msgspec.msgpack.Decoder(Answer)


def framed(data: bytes) -> bytes:
    return len(data).to_bytes(SIZE_BYTES, "big") + data


def size_of(prefix: bytes) -> int:
    """Raises `OSError` for a size that no answer has."""
    size = int.from_bytes(prefix, "big")
    if size > ANSWER_MAX:
        raise OSError("a worker's answer is too large")
    return size


def read_answer(data: bytes) -> Answer:
    """Raises `OSError` for what is no answer."""
    try:
        return _answers.decode(data)
    except msgspec.MsgspecError as error:
        raise OSError("a worker's answer can't be read") from error


def parsed_of(answer: Answer) -> Parsed:
    """What a codec parsed. Raises `PayloadInvalid` where an event is none."""
    try:
        events = tuple(_event.validate_json(event) for event in answer.events)
    except ValidationError as error:
        raise PayloadInvalid("a worker's event can't be read") from error
    return Parsed(
        events=events,
        rejected=tuple(Rejected(reason, fragment) for reason, fragment in answer.rejected),
        response=Response(answer.status, answer.body, answer.media_type, tuple(answer.headers)),
        poll_now=answer.poll_now,
    )


def carried_out(order: Order) -> Answer:
    """The answer to an order; a failure is one too. Raises `MemoryError`."""
    try:
        codec = registry.channel(order.channel).codec
        if isinstance(order, Parse):
            return _parsed(codec.parse(order.request, order.context))
        return _extracted(codec, order.body, order.refs)
    except PayloadInvalid as error:
        return Answer(INVALID, error.detail)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001  a bug of the codec is told to the parent, who says so
        return Answer(FAILED, type(error).__name__)


def _parsed(parsed: Parsed) -> Answer:
    return Answer(
        events=[event.model_dump_json(exclude_none=True).encode() for event in parsed.events],
        rejected=[(item.reason, item.fragment) for item in parsed.rejected],
        status=parsed.response.status,
        body=parsed.response.body,
        media_type=parsed.response.media_type,
        headers=list(parsed.response.headers),
        poll_now=parsed.poll_now,
    )


def _extracted(codec: object, body: bytes, refs: Sequence[str]) -> Answer:
    if not isinstance(codec, MediaExtractor):
        return Answer()
    found = codec.extract_media(body, refs)
    return Answer(files=[(ref, mime, filename, data) for ref, (mime, filename, data) in found.items()])


def limit(limits: Limits) -> None:
    """What holds for the whole process: its address space, no files written, no dump of what a mail said."""
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def limit_cpu(limits: Limits) -> None:
    """The processor time until the next order; the system counts it from the process's beginning."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = int(used.ru_utime + used.ru_stime) + 1 + limits.cpu_seconds
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (until, hard))


def serve(limits: Limits, orders: BinaryIO, answers: BinaryIO) -> None:
    """Says that it is ready, then answers until the orders end. One that takes too much memory is the last."""
    write(answers, b"ready")
    while prefix := orders.read(SIZE_BYTES):
        limit_cpu(limits)
        try:
            order = pickle.loads(orders.read(int.from_bytes(prefix, "big")))  # noqa: S301  written by our own parent
            answer = msgspec.msgpack.encode(carried_out(order))
        except MemoryError:
            write(answers, msgspec.msgpack.encode(Answer(MEMORY)))
            return
        write(answers, answer)


def write(answers: BinaryIO, data: bytes) -> None:
    answers.write(framed(data))
    answers.flush()


def main() -> None:
    limits = Limits.of_argument(sys.argv[1])
    answers, orders = sys.stdout.buffer, sys.stdin.buffer
    # What a library prints must not stand between our answers.
    sys.stdout = sys.stderr
    limit(limits)
    with suppress(BrokenPipeError):
        serve(limits, orders, answers)
