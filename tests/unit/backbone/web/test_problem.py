"""Problems: one form for every error, a page for every code, and nothing that was sent."""

import json
from datetime import timedelta

import pytest

from backbone.errors import FrontdeskError, InputInvalid, NotFound, RateLimited, Unauthenticated
from backbone.web.problem import error_classes, error_index, error_page, pointers, problem_response


def body(error: FrontdeskError) -> dict[str, object]:
    found: dict[str, object] = json.loads(bytes(problem_response(error, "req_1").body))
    return found


def test_a_problem_says_what_and_what_to_do_and_nothing_of_the_context() -> None:
    error = NotFound("There is no such team.", context={"secret": "canary"})
    assert body(error) == {
        "type": "/docs/errors/not_found",
        "title": "There is no such thing, or not for you.",
        "status": 404,
        "detail": "There is no such team.",
        "code": "not_found",
        "next_step": "fix_request",
        "errors": [],
        "request_id": "req_1",
    }


def test_retry_after_is_whole_seconds_and_at_least_one() -> None:
    for span, said in ((0.01, "1"), (1.6, "2"), (30, "30")):
        response = problem_response(RateLimited(retry_after=timedelta(seconds=span)), "req_1")
        assert response.headers["Retry-After"] == said


def test_a_caller_without_credentials_learns_how_to_bring_them() -> None:
    assert problem_response(Unauthenticated(), "req_1").headers["WWW-Authenticate"] == "Bearer"


def test_faults_name_their_place_by_json_pointer_and_never_the_value() -> None:
    found = pointers(
        [
            {"loc": ("body", "spans", 0, "a/b~c"), "msg": "Field required", "input": "canary"},
            {"loc": ("query", "limit"), "msg": "too large", "input": "canary"},
        ]
    )
    assert found == {"/spans/0/a~1b~0c": "Field required", "query/limit": "too large"}


def test_the_member_of_a_union_is_no_part_of_a_place() -> None:
    body = {"source": {"kind": "ical", "days": [{"date": 1}]}}
    found = [
        {"loc": ("body", "source", "ical"), "msg": "a", "type": "value_error"},
        {"loc": ("body", "source", "ical", "url"), "msg": "b", "type": "missing"},
        {"loc": ("body", "source", "days", 0, "whole", "date"), "msg": "c", "type": "date_type"},
    ]
    assert pointers(found, body) == {"/source": "a", "/source/url": "b", "/source/days/0/date": "c"}


def test_names_that_utf_8_can_not_hold_are_still_answered() -> None:
    error = InputInvalid(pointers=pointers([{"loc": ("body", "\ud800"), "msg": "Extra inputs are not permitted"}]))
    assert json.loads(bytes(problem_response(error, "req_1").body))["errors"][0]["pointer"] == "/\ud800"


@pytest.mark.parametrize("cls", list(error_classes()), ids=lambda cls: cls.code)
def test_every_code_has_a_page_and_is_listed(cls: type[FrontdeskError]) -> None:
    page = error_page(cls.code)
    assert page is not None
    assert str(cls.status) in page
    assert f"/{cls.code}" in error_index()


def test_there_is_no_page_for_what_is_no_code() -> None:
    assert error_page("<script>") is None
