"""Frames that are not events: greetings, heartbeats, answers to commands, and the words a connection ends with."""

import json
from collections.abc import Mapping
from datetime import timedelta
from enum import IntEnum
from typing import Any

from agent_api.live.items import Frame
from backbone.errors import FrontdeskError

SUBPROTOCOL = "frontdesk.v1+json"
HEARTBEAT = timedelta(seconds=25)


class Close(IntEnum):
    """Why a socket was closed by us."""

    RESTART = 1012
    BAD_FRAME = 4400
    UNAUTHENTICATED = 4401
    FORBIDDEN = 4403
    TIMEOUT = 4408
    DUPLICATE = 4409
    TOO_FAST = 4429


_RETRY: Mapping[Close, tuple[bool, str]] = {
    Close.RESTART: (True, "Reconnect after retry_after_ms with your last number."),
    Close.BAD_FRAME: (False, "Mend the client: the same frame will be refused again."),
    Close.UNAUTHENTICATED: (False, "Get a new ticket or key first."),
    Close.FORBIDDEN: (False, "This role may not have what was asked."),
    Close.TIMEOUT: (True, "Reconnect with your last number, and authenticate or read sooner."),
    Close.DUPLICATE: (False, "Another connection of yours took this one's place."),
    Close.TOO_FAST: (True, "Send fewer frames; reconnect after retry_after_ms."),
}


def control(kind: str, **values: Any) -> Frame:
    """A frame without a number: it is not part of the stream."""
    return Frame(0, kind, json.dumps({"v": 1, "type": kind, **values}, separators=(",", ":")))


def hello(*, epoch: str, head: int, after: int, session: str) -> Frame:
    """The first frame. What follows begins after `after`; the client gives up after the heartbeat and 10 s of silence."""
    beat = HEARTBEAT.total_seconds()
    return control("hello", epoch=epoch, head=head, after=after, session=session, heartbeat_seconds=beat)


def ping(covered: int) -> Frame:
    """Alive; and everything up to `seq` was sent or is none of this subscription's: the next `prev` is this number."""
    return control("ping", seq=covered)


def snapshot_required(reason: str, *, epoch: str, head: int) -> Frame:
    """What was missed can't be replayed: read the lists again; what follows begins after `head`."""
    return control("snapshot_required", reason=reason, epoch=epoch, head=head)


def closing(code: Close, retry_after: timedelta) -> Frame:
    """Said before a close, since browsers show a program little of why."""
    retry, advice = _RETRY[code]
    after = int(retry_after.total_seconds() * 1000) if retry else None
    return control("closing", code=int(code), retry=retry, retry_after_ms=after, advice=advice)


def ack(command_id: str, **values: Any) -> Frame:
    return control("ack", id=command_id, **values)


def error(command_id: str | None, problem: FrontdeskError) -> Frame:
    """A command that was refused; its id is the command's."""
    found = [{"pointer": pointer, "detail": detail} for pointer, detail in problem.pointers.items()]
    return control(
        "error",
        id=command_id,
        code=problem.code,
        detail=problem.detail,
        next_step=problem.next_step,
        errors=found,
    )
