"""One pipeline for all log lines."""

import asyncio
import io
import json
import logging
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from backbone.errors import Poisoned
from backbone.telemetry.logs import RateLimit, RateLimitFilter, bind, configure_logging, get_logger, reset_logging


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Log lines as JSON."""
    out = io.StringIO()
    configure_logging("INFO", json=True, stream=out)
    yield out
    reset_logging()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_carries_event_logger_level_time_and_values(stream: io.StringIO) -> None:
    get_logger("router.batch").info("batch committed", records=12)
    (line,) = lines(stream)
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "batch committed", "logger": "router.batch", "level": "info", "records": 12}


def test_lines_below_the_level_are_not_printed(stream: io.StringIO) -> None:
    get_logger("x").debug("detail")
    logging.getLogger("library").debug("detail")
    assert lines(stream) == []


def test_sensitive_values_are_not_printed(stream: io.StringIO) -> None:
    get_logger("x").info("received", body="my card is stolen", request={"token": "abc"})
    assert "stolen" not in stream.getvalue()
    assert "abc" not in stream.getvalue()


def test_bound_values_are_on_every_line_of_the_task_and_go_with_the_block(stream: io.StringIO) -> None:
    log = get_logger("x")
    bind(request_id="req_1")
    with bind(conversation_id="cnv_1"):
        log.info("inside")
    log.info("outside")
    inside, outside = lines(stream)
    assert (inside["request_id"], inside["conversation_id"]) == ("req_1", "cnv_1")
    assert outside["request_id"] == "req_1"
    assert "conversation_id" not in outside


async def test_values_bound_in_one_task_are_not_seen_by_another(stream: io.StringIO) -> None:
    async def work(name: str) -> None:
        bind(request_id=name)
        await asyncio.sleep(0)
        get_logger("x").info("worked", task=name)

    await asyncio.gather(work("a"), work("b"))
    assert [(line["request_id"], line["task"]) for line in lines(stream)] == [("a", "a"), ("b", "b")]


def test_a_librarys_line_is_scrubbed_and_goes_the_same_way(stream: io.StringIO) -> None:
    logging.getLogger("smtp.client").warning("mail to %s refused", "anna@example.org")
    (line,) = lines(stream)
    assert (line["event"], line["logger"], line["level"]) == ("mail to [redacted] refused", "smtp.client", "warning")


@pytest.mark.parametrize("name", ["uvicorn", "uvicorn.error"])
def test_uvicorns_lines_go_the_same_way(name: str) -> None:
    logging.getLogger(name).addHandler(logging.StreamHandler())
    out = io.StringIO()
    configure_logging("INFO", json=True, stream=out)
    logging.getLogger(name).info("Application startup complete.")
    reset_logging()
    assert [line["logger"] for line in lines(out)] == [name]
    assert logging.getLogger(name).handlers == []


def test_access_lines_are_printed_only_when_asked_for_and_without_tickets() -> None:
    for wanted, count in ((False, 0), (True, 1)):
        out = io.StringIO()
        configure_logging("INFO", json=True, stream=out, access_log=wanted)
        logging.getLogger("uvicorn.access").info('%s "%s %s" %d', "127.0.0.1", "GET", "/live?ticket=abcdef", 200)
        reset_logging()
        assert len(lines(out)) == count
        assert "abcdef" not in out.getvalue()


def test_a_warning_of_the_interpreter_becomes_a_line(stream: io.StringIO) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("soon gone", DeprecationWarning, stacklevel=1)
    assert [line["logger"] for line in lines(stream)] == ["py.warnings"]


class Said(BaseModel):
    number: int


def broken_model() -> None:
    Said.model_validate({"number": "my card is stolen"})


def broken_number() -> None:
    int("my card is stolen")


def broken_record() -> None:
    raise Poisoned("the record fails", context={"body": "my card is stolen", "offset": 7})


def broken_by_another() -> None:
    try:
        broken_number()
    except ValueError as error:
        raise RuntimeError("could not store") from error


@pytest.mark.parametrize(
    ("work", "kind"),
    [
        (broken_model, "ValidationError"),
        (broken_number, "ValueError"),
        (broken_record, "Poisoned"),
        (broken_by_another, "RuntimeError"),
    ],
)
def test_an_exception_is_told_without_what_it_quotes(stream: io.StringIO, work: Any, kind: str) -> None:
    try:
        work()
    except (ValidationError, ValueError, RuntimeError, Poisoned):
        get_logger("x").exception("failed")
    (line,) = lines(stream)
    assert line["exception"]["type"] == kind
    assert any(work.__name__ in frame for frame in line["exception"]["frames"])
    assert "stolen" not in stream.getvalue()


def test_an_error_of_ours_is_told_with_code_and_next_step(stream: io.StringIO) -> None:
    try:
        broken_record()
    except Poisoned as error:
        get_logger("x").error("failed", exc_info=error)
    told = lines(stream)[0]["exception"]
    assert (told["code"], told["next_step"]) == ("poisoned", "dead_letter")
    assert told["context"] == {"body": "[redacted]", "offset": 7}


def test_an_exception_group_is_told_with_its_members(stream: io.StringIO) -> None:
    get_logger("x").error("failed", exc_info=ExceptionGroup("two", [OSError("disk full"), KeyError("name")]))
    told = lines(stream)[0]["exception"]
    assert [(inner["type"], inner["text"]) for inner in told["errors"]] == [
        ("OSError", "disk full"),
        ("KeyError", "'…'"),
    ]


def test_a_terminal_gets_readable_lines_with_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    out = Terminal()
    configure_logging("INFO", stream=out)
    get_logger("x").info("hello", records=1)
    reset_logging()
    assert "hello" in out.getvalue()
    assert "\x1b[" in out.getvalue()


def test_no_color_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    out = Terminal()
    configure_logging("INFO", stream=out)
    try:
        broken_number()
    except ValueError:
        get_logger("x").exception("failed")
    reset_logging()
    assert "\x1b[" not in out.getvalue()
    assert "ValueError" in out.getvalue()


def test_what_is_no_terminal_gets_json() -> None:
    out = io.StringIO()
    configure_logging("INFO", stream=out)
    get_logger("x").info("hello")
    reset_logging()
    assert lines(out)[0]["event"] == "hello"


def test_a_logger_made_before_follows_a_second_configuration(stream: io.StringIO) -> None:
    log = get_logger("x")
    log.info("first")
    second = io.StringIO()
    configure_logging("INFO", json=True, stream=second)
    log.info("second")
    assert [line["event"] for line in lines(stream)] == ["first"]
    assert [line["event"] for line in lines(second)] == ["second"]


class Time:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_flood_of_one_kind_is_held_back_and_counted_and_others_pass() -> None:
    clock, held = Time(), []
    limit = RateLimit(burst=3, window=10, monotonic=clock, on_suppressed=lambda: held.append(1))
    out = io.StringIO()
    configure_logging("INFO", json=True, stream=out, limit=limit)
    for _ in range(10):
        get_logger("x").warning("bus away")
    get_logger("x").warning("another thing")
    clock.now = 11
    get_logger("x").warning("bus away")
    reset_logging()
    told = lines(out)
    assert [line["event"] for line in told] == ["bus away"] * 3 + ["another thing", "bus away"]
    assert told[-1]["suppressed"] == 7
    assert len(held) == 7


def test_the_filter_holds_back_by_template_not_by_formatted_text() -> None:
    limit = RateLimitFilter(RateLimit(burst=2, window=10, monotonic=Time()))
    records = [logging.LogRecord("aiokafka", 30, "f", 1, "node %d away", (number,), None) for number in range(5)]
    assert [limit.filter(record) for record in records] == [True, True, False, False, False]


def test_the_limit_forgets_kinds_when_there_are_too_many() -> None:
    limit = RateLimit(burst=1, window=10, kinds=5, monotonic=Time())
    for number in range(1000):
        limit.admit("library", f"text {number}")
    assert len(limit._seen) <= 5
