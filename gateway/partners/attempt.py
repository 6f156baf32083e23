"""One try: the body, the signed call, and what its outcome means in plain words. Holds no state."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from pydantic import SecretStr

from backbone.channel.port import ProviderReply
from backbone.errors import AnswerUnreadable, CallFailed, FrontdeskError, OutcomeUnknown, UrlRefused
from backbone.web.fetcher import Answer
from backbone.web.signatures import headers
from gateway.outbound.backoff import retry_after

DEADLINE = timedelta(seconds=15)
ANSWER_MOST = 64 * 1024
GONE = 410


class Caller(Protocol):
    """The part of the fetcher that a try needs."""

    async def call(
        self,
        method: str,
        url: str,
        *,
        headers: tuple[tuple[str, str], ...],
        body: bytes,
        deadline: timedelta,
        most: int,
    ) -> Answer: ...


@dataclass(frozen=True, slots=True)
class Leased:
    """A delivery leased by this process, with what its endpoint says."""

    id: str
    tenant_id: str
    endpoint_id: str
    event_id: str
    seq: int | None
    type: str
    conversation_id: str | None
    at: datetime
    data: Mapping[str, Any]
    failed: int
    attempts: int
    late: bool
    lease: str
    url: str = field(repr=False)
    secrets: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a try ended. `cause` is None for a success, else what was wrong in words."""

    status: int | None
    cause: str | None
    asked: timedelta | None = None

    @property
    def succeeded(self) -> bool:
        return self.cause is None

    @property
    def gone(self) -> bool:
        return self.status == GONE


def envelope(
    *, event_id: str, seq: int | None, kind: str, at: datetime, data: Mapping[str, Any], late: bool = False
) -> bytes:
    """What is posted: `{type, timestamp, data}` as Standard Webhooks has it, and what places the event in the stream.

    `late` says that a later event of its conversation may have come before; one without a number is a test.
    """
    moment = at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    content = {
        "type": kind,
        "timestamp": moment,
        "id": event_id,
        "seq": seq,
        "late": late,
        "test": seq is None,
        "data": data,
    }
    return json.dumps(content, separators=(",", ":")).encode()


def body_of(delivery: Leased) -> bytes:
    """The same delivery gives the same bytes, save for `late`."""
    data = dict(delivery.data)
    if delivery.conversation_id is not None:
        data = {"conversation_id": delivery.conversation_id} | data
    return envelope(
        event_id=delivery.event_id,
        seq=delivery.seq,
        kind=delivery.type,
        at=delivery.at,
        data=data,
        late=delivery.late,
    )


async def attempt(caller: Caller, delivery: Leased, secrets: Sequence[SecretStr], now: datetime) -> Outcome:
    """Signs, calls and judges. Only a 2xx succeeds; redirects are not followed. Never raises for what the other side does."""
    body = body_of(delivery)
    signed = headers(secrets, delivery.id, now, body)
    try:
        answer = await caller.call(
            "POST",
            delivery.url,
            headers=(("content-type", "application/json"), *signed),
            body=body,
            deadline=DEADLINE,
            most=ANSWER_MOST,
        )
    except AnswerUnreadable as error:
        # It did answer; what else it had to say matters to nobody.
        return _judged(error.answered, None)
    except (UrlRefused, CallFailed, OutcomeUnknown) as error:
        return Outcome(None, _words(error))
    return _judged(answer.status, retry_after(ProviderReply(answer.status, answer.headers), now))


def _judged(status: int, asked: timedelta | None) -> Outcome:
    if 200 <= status < 300:
        return Outcome(status, None)
    return Outcome(
        status, _STATUS.get(status) or _CLASS.get(status // 100, "It answered with an unknown status."), asked
    )


_STATUS = {
    401: "It refused our signature or wants other credentials (401).",
    403: "It forbids this call (403).",
    404: "There is nothing at this URL (404).",
    405: "It takes no POST at this URL (405).",
    410: "It wants no more webhooks (410): the endpoint was disabled.",
    413: "The body is too large for it (413).",
    429: "It is being asked too often (429).",
}
_CLASS = {
    1: "It never came to a final answer.",
    3: "It answered with a redirect, which is not followed: register the final URL.",
    4: "It refused the request (4xx).",
    5: "It failed while handling the request (5xx).",
}
_KINDS = {
    "gaierror": "The name of its host can not be resolved.",
    "ConnectError": "The connection was refused, or its name or certificate is not right.",
    "ConnectTimeout": "It took too long to connect.",
    "PoolTimeout": "There was no free connection on our side.",
    "TimeoutError": f"It did not answer within {int(DEADLINE.total_seconds())} s.",
    "ReadTimeout": f"It did not answer within {int(DEADLINE.total_seconds())} s.",
    "ReadError": "It closed the connection before it answered.",
    "RemoteProtocolError": "What it answered is not HTTP.",
}


def _words(error: FrontdeskError) -> str:
    if isinstance(error, UrlRefused):
        return f"The URL may not be called from here: {error.detail}."
    return _KINDS.get(str(error.context.get("error")), "It was not reached, or its answer broke off.")
