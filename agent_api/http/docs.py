"""What operations declare about their answers, so that no answer is undocumented."""

from typing import Any

from backbone.web.problem import Problem

Responses = dict[int | str, dict[str, Any]]

_MEANING = {
    400: "The body is not JSON, or a header that is needed is missing.",
    401: "No valid credentials.",
    403: "The role may not do this.",
    404: "There is no such thing, or not for you.",
    409: "Its state does not allow this, or the same Idempotency-Key is at work.",
    410: "The stream no longer holds what was asked: take a snapshot.",
    412: "It has another version than If-Match says.",
    413: "The body is too large.",
    415: "The body is not application/json.",
    422: "A field is not valid, or the Idempotency-Key was used for another request.",
    428: "If-Match is missing.",
    429: "Too many requests.",
    500: "A defect of ours.",
    503: "Something Frontdesk depends on is away: try again.",
}
_ALWAYS = (401, 403, 422, 429, 500, 503)
_WITH_BODY = (400, 413, 415)


def problems(*statuses: int, body: bool = False) -> Responses:
    """The errors an operation may answer with, besides those that any may; `body` adds those of a JSON body."""
    wanted = {*_ALWAYS, *statuses, *(_WITH_BODY if body else ())}
    return {status: {"model": Problem, "description": _MEANING[status]} for status in sorted(wanted)}


def reading(*statuses: int) -> Responses:
    """A GET."""
    return problems(*statuses)


def posting(*statuses: int) -> Responses:
    """A POST with an Idempotency-Key."""
    return problems(400, 409, *statuses, body=True)


def versioned(*statuses: int) -> Responses:
    """A change under If-Match."""
    return problems(404, 409, 412, 428, *statuses, body=True)


NOT_MODIFIED: Responses = {304: {"description": "You have this version already."}}
