"""Every HTTP error as problem+json (RFC 9457), and the page that each error's `type` opens."""

import html
import json
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from backbone import errors
from backbone.errors import FrontdeskError
from backbone.telemetry.logs import get_logger
from schemas.pointer import escaped

MEDIA_TYPE = "application/problem+json"
PAGES = "/docs/errors"

log = get_logger(__name__)


class Fault(BaseModel):
    """One place of the request that is wrong."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"pointer": "/name", "detail": "Field required"}]})

    pointer: str = Field(description="JSON pointer into the body, or `query/…`, `header/…`, `path/…`.")
    detail: str = Field(description="What is wrong there.")


class Problem(BaseModel):
    """What every error answer holds (RFC 9457). Go by `code`: titles may change."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": f"{PAGES}/not_found",
                    "title": "There is no such thing, or not for you.",
                    "status": 404,
                    "detail": "There is no such conversation.",
                    "code": "not_found",
                    "next_step": "fix_request",
                    "errors": [],
                    "request_id": "req_0190f3a87b3c7d5e8f9a0b1c2d3e4f50",
                }
            ]
        }
    )

    type: str = Field(description="Opens a page that explains this error.")
    title: str = Field(description="The kind of error in words.")
    status: int = Field(description="The HTTP status.", ge=400, le=599)
    detail: str = Field(description="What went wrong this time.")
    code: str = Field(description="The kind of error, stable.")
    next_step: str = Field(description="fix_request, retry, dead_letter or ask_human.")
    errors: list[Fault] = Field(default_factory=list, description="Places of the request that are wrong.")
    request_id: str = Field(description="Names this request in our logs.")


def problem_response(error: FrontdeskError, request_id: str) -> Response:
    """The answer for an error of ours. Holds its `detail` and `extensions`, and never its `context`."""
    problem = Problem(
        type=f"{PAGES}/{error.code}",
        title=error.title,
        status=error.status,
        detail=error.detail,
        code=error.code,
        next_step=error.next_step,
        errors=[Fault(pointer=pointer, detail=detail) for pointer, detail in error.pointers.items()],
        request_id=request_id,
    )
    headers = {"Cache-Control": "no-store"}
    if error.retry_after is not None:
        headers["Retry-After"] = str(max(1, round(error.retry_after.total_seconds())))
    if isinstance(error, errors.Unauthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    # ASCII only: the name of an unknown field may hold what UTF-8 can't.
    body = json.dumps(error.extensions | problem.model_dump(), separators=(",", ":"))
    return Response(body, status_code=error.status, headers=headers, media_type=MEDIA_TYPE)


def request_id_of(request: Request) -> str:
    """The id the middleware gave this request; `-` outside of it."""
    return str(request.scope.get("state", {}).get("request_id", "-"))


async def answer_error(request: Request, error: Exception) -> Response:
    """For errors of our tree, as an exception handler of the application."""
    assert isinstance(error, FrontdeskError)
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.warning("request_failed", code=error.code, exc_info=error)
    return problem_response(error, request_id_of(request))


async def answer_validation(request: Request, error: Exception) -> Response:
    """For what FastAPI refuses. What was sent is never repeated: it may be a secret or somebody's words."""
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    if any(item.get("type") == "json_invalid" for item in found):
        return problem_response(errors.PayloadInvalid("The body is not JSON."), request_id_of(request))
    return problem_response(errors.InputInvalid(pointers=pointers(found, error.body)), request_id_of(request))


async def answer_http(request: Request, error: Exception) -> Response:
    """For what the framework raises itself: no such route, no such method, a body that is too large."""
    assert isinstance(error, HTTPException)
    ours = _OF_STATUS.get(error.status_code, errors.CallerFault)
    response = problem_response(ours(), request_id_of(request))
    allow = (error.headers or {}).get("Allow")
    if allow:
        response.headers["Allow"] = allow
    return response


async def answer_unexpected(request: Request, error: Exception) -> Response:
    """For defects: the caller learns an id to tell us, the log the rest."""
    log.error("request_crashed", exc_info=error)
    return problem_response(FrontdeskError(), request_id_of(request))


HANDLERS: Mapping[Any, Any] = {
    FrontdeskError: answer_error,
    RequestValidationError: answer_validation,
    HTTPException: answer_http,
    Exception: answer_unexpected,
}

_OF_STATUS: Mapping[int, type[FrontdeskError]] = {
    400: errors.PayloadInvalid,
    404: errors.NotFound,
    405: errors.MethodNotAllowed,
    413: errors.PayloadTooLarge,
    415: errors.UnsupportedMediaType,
}


def pointers(found: Sequence[Any], body: object = None) -> dict[str, str]:
    """Where and what, at most twenty, each with its place's own name and none of the value.

    With the `body` that was sent, only parts that it has are named: pydantic also names which member of a union it took.
    """
    places: dict[str, str] = {}
    for item in found[:20]:
        where, *path = [str(part) for part in _sent(item, body)]
        # pydantic's own word for a name that is wrong: no member of the body.
        pointer = "/" + "/".join(escaped(part)[:100] for part in path if part != "[key]")
        places[pointer if where == "body" else where + pointer] = str(item.get("msg", "is not valid"))
    return places


def _sent(item: Any, body: object) -> Iterator[Any]:
    """The parts of a fault's place, without those that the `body` doesn't have, but for one that is missed at the end."""
    where, *parts = item.get("loc") or ["body"]
    yield where
    here = body if where == "body" else None
    for number, part in enumerate(parts):
        missed = number == len(parts) - 1 and item.get("type") == "missing"
        if isinstance(here, dict) and part not in here and part != "[key]" and not missed:
            continue
        yield part
        here = _child(here, part)


def _child(here: object, part: object) -> object:
    if isinstance(here, dict):
        return here.get(part)
    if isinstance(here, list) and isinstance(part, int) and part < len(here):
        return here[part]
    return None


def error_classes() -> Iterator[type[FrontdeskError]]:
    """The tree from its root down; a class that only stands for a group of the same code comes once."""
    seen: set[str] = set()
    waiting: list[type[FrontdeskError]] = [FrontdeskError]
    while waiting:
        found = waiting.pop(0)
        if found.code not in seen:
            seen.add(found.code)
            yield found
        waiting.extend(found.__subclasses__())


_NEXT = {
    "fix_request": "Change the request: the same one will fail again.",
    "retry": "Send the same request again, after the time in Retry-After where the answer has one, else with growing pauses.",
    "dead_letter": "Frontdesk keeps what it could not process; a human looks at it.",
    "ask_human": "Nothing you can do by program. Tell us the request_id.",
}


def error_page(code: str) -> str | None:
    """The page of one error code as HTML without scripts or styles; None if there is no such code."""
    found = {cls.code: cls for cls in error_classes()}.get(code)
    if found is None:
        return None
    title, status = html.escape(found.title), found.status
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{code}</title>'
        f"<h1>{code}</h1><p>{title}</p><dl><dt>HTTP status</dt><dd>{status} {HTTPStatus(status).phrase}</dd>"
        f"<dt>What to do</dt><dd>{html.escape(_NEXT[found.next_step])}</dd></dl>"
        f'<p><a href="{PAGES}">All error codes</a></p></html>'
    )


def error_index() -> str:
    """The list of all error codes as HTML."""
    rows = "".join(
        f'<li><a href="{PAGES}/{cls.code}">{cls.code}</a> ({cls.status}): {html.escape(cls.title)}</li>'
        for cls in sorted(error_classes(), key=lambda cls: (cls.status, cls.code))
    )
    return f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Errors</title><h1>Errors</h1><ul>{rows}</ul></html>'
