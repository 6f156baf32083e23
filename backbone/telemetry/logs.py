"""Structured logs: one pipeline for ours, uvicorn's and every library's, as JSON lines or for a human's terminal."""

import logging
import os
import re
import sys
import time
import traceback
from collections.abc import Callable, Mapping, MutableMapping
from contextvars import Token
from types import TracebackType
from typing import Any, Literal, Self, TextIO, cast

import structlog
from structlog.typing import FilteringBoundLogger, Processor

from backbone.errors import FrontdeskError
from backbone.telemetry import tracing
from backbone.telemetry.redaction import clean, redact, scrub

Level = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]

NOISY: Mapping[str, Level] = {
    "uvicorn.access": "WARNING",
    "httpx2": "WARNING",
    "httpcore2": "WARNING",
    "aiokafka": "WARNING",
    "asyncio": "WARNING",
    "alembic": "INFO",
    "sqlalchemy.engine": "WARNING",
}
"""Lowest levels of libraries that would print each call, some with a token in its URL."""

_FRAMES = 12
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_PROCESSORS: list[Processor] = []
"""One list for good: loggers made before a second `configure_logging` hold it, so it is changed in place."""


def get_logger(name: str) -> FilteringBoundLogger:
    """A logger for `log.info("batch committed", records=12)`: a constant event, values under keys.

    Never put message text, names, addresses or tokens in, not even under a harmless key: redaction is a net, not a
    licence.
    """
    return cast("FilteringBoundLogger", structlog.get_logger(name))


class Binding:
    """Values bound to all log lines of this task and of those it starts. As a context manager it takes them back."""

    def __init__(self, tokens: Mapping[str, Token[Any]]) -> None:
        self._tokens = tokens

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        structlog.contextvars.reset_contextvars(**self._tokens)


def bind(**values: object) -> Binding:
    """Binds at once, for the rest of the task; as a context manager, for a block.

    `bind(request_id=…)`, or `with bind(conversation_id=…): …`.
    """
    return Binding(structlog.contextvars.bind_contextvars(**values))


class RateLimit:
    """Lets `burst` lines of one kind pass in each `window` seconds, and tells how many it held back before this one.

    A kind is a logger and a message template. Kinds are bounded: with `kinds` of them known the window starts anew.
    """

    def __init__(
        self,
        *,
        burst: int = 20,
        window: float = 10.0,
        kinds: int = 1000,
        monotonic: Callable[[], float] = time.monotonic,
        on_suppressed: Callable[[], None] = lambda: None,
    ) -> None:
        self._burst = burst
        self._window = window
        self._kinds = kinds
        self._monotonic = monotonic
        self._on_suppressed = on_suppressed
        self._seen: dict[tuple[str, str], tuple[float, int]] = {}

    def admit(self, logger: str, template: str) -> int | None:
        """How many lines of this kind were held back since the last one admitted; None to hold this one back too."""
        key, now = (logger, template), self._monotonic()
        started, count = self._seen.get(key, (now, 0))
        if now - started >= self._window:
            held, started, count = max(0, count - self._burst), now, 0
        else:
            held = 0
        if len(self._seen) >= self._kinds and key not in self._seen:
            self._seen.clear()
        self._seen[key] = (started, count + 1)
        if count >= self._burst:
            self._on_suppressed()
            return None
        return held


class RateLimitFilter(logging.Filter):
    """`RateLimit` for the standard library's handlers; what was held back is told as `suppressed` on the next line."""

    def __init__(self, limit: RateLimit) -> None:
        super().__init__()
        self._limit = limit

    def filter(self, record: logging.LogRecord) -> bool:
        held = self._limit.admit(record.name, str(record.msg))
        if held:
            record.suppressed = held
        return held is not None


def _rate_limited(limit: RateLimit) -> Processor:
    def process(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        held = limit.admit(str(event.get("logger", "")), str(event.get("event", "")))
        if held is None:
            raise structlog.DropEvent
        if held:
            event["suppressed"] = held
        return event

    return process


def _text(error: BaseException) -> str:
    """The first line of an exception's text: PostgreSQL and pydantic put values in those that follow.

    Errors about a value quote it, and a value may be what a customer wrote: there what stands in quotes goes too.
    """
    first = scrub(str(error).partition("\n")[0])
    about_value = isinstance(error, ValueError | LookupError) or str(getattr(error, "sqlstate", "")).startswith("22")
    return _QUOTED.sub("'…'", first) if about_value else first


def describe(error: BaseException) -> dict[str, object]:
    """An exception without what it may quote: type, text, the innermost frames, its cause."""
    told: dict[str, object] = {"type": type(error).__name__, "text": _text(error)}
    if isinstance(error, FrontdeskError):
        told |= {"code": error.code, "next_step": error.next_step}
        if error.context:
            told["context"] = clean(error.context)
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    told["frames"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        told["cause"] = {"type": type(cause).__name__, "text": _text(cause)}
    if isinstance(error, BaseExceptionGroup):
        told["errors"] = [describe(inner) for inner in error.exceptions[:_FRAMES]]
    return told


def _exception(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    found = event.pop("exc_info", None)
    if found is True:
        found = sys.exc_info()
    error = found[1] if isinstance(found, tuple) else found
    if isinstance(error, BaseException):
        event["exception"] = describe(error)
    return event


def _ids(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    ids = tracing.current_ids()
    if ids is not None:
        event["trace_id"], event["span_id"] = ids
    return event


def _foreign(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A library's record: its text is free, so it is scrubbed; its logger and level become fields."""
    record: logging.LogRecord = event["_record"]
    event["logger"], event["level"] = record.name, record.levelname.lower()
    event["event"] = scrub(str(event["event"]))
    if record.exc_info:
        event["exc_info"] = record.exc_info
    held = getattr(record, "suppressed", 0)
    if held:
        event["suppressed"] = held
    return event


class _Sink:
    """Where lines go; replaced by a second `configure_logging`, so that cached loggers never hold a closed stream."""

    stream: TextIO = sys.stderr

    def write(self, text: str) -> int:
        return _Sink.stream.write(text)

    def flush(self) -> None:
        _Sink.stream.flush()


class _Writer:
    """What structlog calls at the end of the pipeline."""

    def __init__(self, name: str = "") -> None:
        self.name = name

    def msg(self, line: str) -> None:
        # One write, so that lines of two threads don't mix.
        _Sink.stream.write(line + "\n")
        _Sink.stream.flush()

    log = debug = info = warning = warn = error = critical = fatal = exception = msg


def _named(logger: _Writer, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event["logger"] = logger.name
    return event


def configure_logging(
    level: Level = "INFO",
    json: bool | None = None,
    *,
    stream: TextIO | None = None,
    access_log: bool = False,
    limit: RateLimit | None = None,
) -> None:
    """Sends every log line of the process to `stream` (standard error, so that a command's output stays clean).

    JSON lines unless the stream is a terminal, or as `json` says; colours only on a terminal and with `NO_COLOR` unset or
    empty (no-color.org). `access_log` turns uvicorn's line for each request on: off, since metrics tell more and URLs
    may carry tickets. May be called again; `reset_logging` undoes it.
    """
    _Sink.stream = stream or sys.stderr
    terminal = _Sink.stream.isatty()
    json = not terminal if json is None else json
    limit = limit or RateLimit()
    renderer: Processor = (
        structlog.processors.JSONRenderer(default=str, ensure_ascii=False)
        if json
        else structlog.dev.ConsoleRenderer(colors=terminal and not os.environ.get("NO_COLOR"), sort_keys=False)
    )
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        _ids,
        _exception,
        redact,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    tail: list[Processor] = [_flatten] if not json else []
    _PROCESSORS[:] = [_named, structlog.processors.add_log_level, _rate_limited(limit), *shared, *tail, renderer]
    structlog.configure(
        processors=_PROCESSORS,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_Writer,
        cache_logger_on_first_use=True,
    )
    _route_standard_library(level, [_foreign, *shared, *tail], renderer, limit, access_log=access_log)


def _flatten(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The console shows an exception as text below the line; the frames stand in for the traceback."""
    told = event.get("exception")
    if isinstance(told, dict):
        event["exception"] = "\n".join([*(f"  {frame}" for frame in told["frames"]), f"{told['type']}: {told['text']}"])
    return event


def _route_standard_library(
    level: Level, before: list[Processor], renderer: Processor, limit: RateLimit, *, access_log: bool
) -> None:
    handler = logging.StreamHandler(cast("TextIO", _Sink()))
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[*before, structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer]
        )
    )
    handler.addFilter(RateLimitFilter(limit))
    root = logging.getLogger()
    root.handlers[:] = [
        kept for kept in root.handlers if not isinstance(kept.formatter, structlog.stdlib.ProcessorFormatter)
    ]
    root.addHandler(handler)
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    for name, lowest in NOISY.items():
        floor = logging.getLevelName(lowest)
        logging.getLogger(name).setLevel(max(floor, logging.getLevelName(level)))
    if access_log:
        logging.getLogger("uvicorn.access").setLevel(logging.INFO)
    logging.captureWarnings(capture=True)


def reset_logging() -> None:
    """Undoes `configure_logging`, for tests."""
    logging.captureWarnings(capture=False)
    root = logging.getLogger()
    root.handlers[:] = [
        kept for kept in root.handlers if not isinstance(kept.formatter, structlog.stdlib.ProcessorFormatter)
    ]
    for name in NOISY:
        logging.getLogger(name).setLevel(logging.NOTSET)
    _Sink.stream = sys.stderr
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
