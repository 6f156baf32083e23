"""The whole error tree: each error has a code, an HTTP status and what to do next.

FrontdeskError
├── CallerFault                   the caller must change the request
│   ├── InputInvalid              422  a field is wrong
│   │   └── UrlRefused            422  this URL may not be called from here
│   ├── PayloadInvalid            400  bytes that can't be parsed
│   ├── IdempotencyKeyMissing     400  a POST without its Idempotency-Key
│   ├── PayloadTooLarge           413
│   ├── Unauthenticated           401
│   │   ├── SignatureMissing      401
│   │   ├── SignatureInvalid      401
│   │   └── SignatureStale        401
│   ├── Forbidden                 403
│   ├── NotFound                  404
│   ├── MethodNotAllowed          405
│   ├── Conflict                  409
│   │   ├── IdempotencyRunning    409  the same key is at work: retry
│   │   ├── ReplyLeaseHeld        409  somebody else is writing the answer
│   │   ├── ReplyLeaseStale       409  something arrived, or another took over, while it was written
│   │   ├── WindowClosed          409  the channel's reply window is over
│   │   ├── ContactOptedOut       409  the customer forbade further messages
│   │   ├── ActionUnsupported     409  the channel can't do this to a message
│   │   ├── CapacityExhausted     409  the agent is full
│   │   └── ReservationEnded      409  the offer's time is over, or somebody else has the conversation
│   ├── UnsupportedMediaType      415
│   ├── IdempotencyMismatch       422
│   ├── PreconditionFailed        412
│   ├── PreconditionRequired      428
│   ├── SnapshotRequired          410  the stream no longer holds what was asked
│   └── RateLimited               429
├── Retriable                     the same call may succeed later
│   ├── Unavailable               503  bus or database away
│   │   └── CallFailed            503  another's server was not reached: nothing was asked
│   ├── OutcomeUnknown            503  another's server was asked, but its answer never came
│   ├── AnswerUnreadable          503  another's server answered too much, or in an encoding we don't read
│   ├── Overloaded                503
│   └── Fenced                    503  another holder has the lease now: start again
│       └── Rewound               503  the database lost what was written to it: read on from where it stands
├── DeadLetter                    keep it, a human or a later release looks at it
│   └── Poisoned                  500
└── AskHuman                      a setting is wrong; nothing helps but a change
    └── ConfigurationInvalid      500
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar, Literal

NextStep = Literal["fix_request", "retry", "dead_letter", "ask_human"]


class FrontdeskError(Exception):
    """Any error of ours. `detail` may be shown to the caller; `context` is for logs only and never leaves the process.

    `extensions` are further members of the problem that the caller gets (RFC 9457 §3.2), as JSON.
    """

    code: ClassVar[str] = "internal_error"
    status: ClassVar[int] = 500
    next_step: ClassVar[NextStep] = "ask_human"
    title: ClassVar[str] = "Something went wrong on our side."

    def __init__(
        self,
        detail: str = "",
        *,
        pointers: Mapping[str, str] | None = None,
        retry_after: timedelta | None = None,
        context: Mapping[str, object] | None = None,
        extensions: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.pointers = dict(pointers or {})
        self.retry_after = retry_after
        self.context = dict(context or {})
        self.extensions = dict(extensions or {})


class CallerFault(FrontdeskError):
    code = "bad_request"
    status = 400
    next_step: ClassVar[NextStep] = "fix_request"
    title = "The request can't be served as it is."


class InputInvalid(CallerFault):
    code = "input_invalid"
    status = 422
    title = "A field of the request is not valid."


class UrlRefused(InputInvalid):
    """`reason` is one of scheme, userinfo, port, host, address, characters."""

    code = "url_refused"
    title = "This URL may not be called from here."

    def __init__(self, detail: str = "", *, reason: str = "host") -> None:
        super().__init__(detail, context={"reason": reason})
        self.reason = reason


class PayloadInvalid(CallerFault):
    code = "payload_invalid"
    title = "The body can't be parsed."


class IdempotencyKeyMissing(CallerFault):
    code = "idempotency_key_missing"
    title = "A POST needs an Idempotency-Key header, so that a repeat can't do it twice."


class PayloadTooLarge(CallerFault):
    code = "payload_too_large"
    status = 413
    title = "The body is larger than this endpoint takes."


class Unauthenticated(CallerFault):
    code = "unauthenticated"
    status = 401
    title = "The request carries no valid credentials."


class SignatureMissing(Unauthenticated):
    code = "signature_missing"
    title = "The webhook carries no signature."


class SignatureInvalid(Unauthenticated):
    code = "signature_invalid"
    title = "The webhook's signature does not match its bytes."


class SignatureStale(Unauthenticated):
    code = "signature_stale"
    title = "The webhook's timestamp is too far from our clock."


class Forbidden(CallerFault):
    code = "forbidden"
    status = 403
    title = "These credentials may not do this."


class NotFound(CallerFault):
    code = "not_found"
    status = 404
    title = "There is no such thing, or not for you."


class MethodNotAllowed(CallerFault):
    code = "method_not_allowed"
    status = 405
    title = "This address does not take this method."


class UnsupportedMediaType(CallerFault):
    code = "unsupported_media_type"
    status = 415
    title = "The body must be application/json."


class Conflict(CallerFault):
    code = "conflict"
    status = 409
    title = "The thing is in a state that does not allow this."


class IdempotencyRunning(Conflict):
    code = "idempotency_running"
    next_step: ClassVar[NextStep] = "retry"
    title = "A request with this Idempotency-Key is still running."


class ReplyLeaseHeld(Conflict):
    """The extension `lease` tells who has it and until when."""

    code = "reply_lease_held"
    title = "Somebody else is writing an answer to this conversation."


class ReplyLeaseStale(Conflict):
    """The extension `meanwhile` lists the messages that came, and `lease` tells who has it now."""

    code = "reply_lease_stale"
    title = "The conversation went on while the answer was written: read what came and take the lease again."


class WindowClosed(Conflict):
    code = "window_closed"
    title = "The channel's reply window is closed."


class ContactOptedOut(Conflict):
    code = "contact_opted_out"
    title = "The customer does not want messages on this channel."


class ActionUnsupported(Conflict):
    code = "action_unsupported"
    title = "The channel can't do this to a message."


class CapacityExhausted(Conflict):
    code = "capacity_exhausted"
    title = "The agent has no capacity left for this conversation."


class ReservationEnded(Conflict):
    """The extension `state` tells how it ended: accepted, declined, timed_out or withdrawn."""

    code = "reservation_ended"
    title = "This offer is over: its time ran out, or somebody else has the conversation."


class IdempotencyMismatch(CallerFault):
    code = "idempotency_mismatch"
    status = 422
    title = "This Idempotency-Key was used with another request."


class PreconditionFailed(CallerFault):
    code = "precondition_failed"
    status = 412
    title = "The thing has changed since you read it: read it again."


class PreconditionRequired(CallerFault):
    code = "precondition_required"
    status = 428
    title = "This change needs an If-Match header with the version you read."


class SnapshotRequired(CallerFault):
    code = "snapshot_required"
    status = 410
    title = "The stream no longer holds the events you ask for: take a snapshot and go on from its number."


class RateLimited(CallerFault):
    code = "rate_limited"
    status = 429
    next_step: ClassVar[NextStep] = "retry"
    title = "Too many requests: slow down."


class Retriable(FrontdeskError):
    code = "unavailable"
    status = 503
    next_step: ClassVar[NextStep] = "retry"
    title = "Not possible right now: try again."


class Unavailable(Retriable):
    title = "Something Frontdesk depends on is away: try again."


class CallFailed(Unavailable):
    code = "call_failed"
    title = "The other side can't be reached: nothing was asked of it."


class OutcomeUnknown(Retriable):
    code = "outcome_unknown"
    title = "The other side was asked, but its answer never came: it may have done it."


class AnswerUnreadable(Retriable):
    """It did answer: `answered` is its HTTP status. `reason` is too_large or encoding."""

    code = "answer_unreadable"
    title = "The other side's answer is too large or encoded in a way we don't read."

    def __init__(self, detail: str = "", *, answered: int, reason: str = "too_large") -> None:
        super().__init__(detail, context={"answered": answered, "reason": reason})
        self.answered = answered
        self.reason = reason


class Overloaded(Retriable):
    code = "overloaded"
    title = "Frontdesk is at its limit: try again."


class Fenced(Retriable):
    code = "fenced"
    title = "Another process holds this lease now."


class Rewound(Fenced):
    """Where a standby that lagged was promoted, or a backup restored, under a process that went on."""

    code = "rewound"
    title = "The database stands before what was written to it: go on from where it stands."


class DeadLetter(FrontdeskError):
    code = "dead_letter"
    next_step: ClassVar[NextStep] = "dead_letter"
    title = "This can't be processed by this release."


class Poisoned(DeadLetter):
    code = "poisoned"
    title = "The record fails whenever it is processed."


class AskHuman(FrontdeskError):
    code = "configuration_invalid"
    title = "A setting is wrong."


class ConfigurationInvalid(AskHuman):
    pass
