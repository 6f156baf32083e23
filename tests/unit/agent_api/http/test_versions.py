"""Versions as ETags and the conditions on them."""

import pytest

from agent_api.http.versions import check_version, etag, expected_version, not_modified
from backbone.errors import NotFound, PreconditionFailed, PreconditionRequired


def test_an_etag_names_its_version() -> None:
    assert expected_version(etag(7)) == 7


def test_a_star_takes_any_version() -> None:
    assert expected_version("*") is None


def test_a_missing_header_is_its_own_error() -> None:
    with pytest.raises(PreconditionRequired):
        expected_version(None)


@pytest.mark.parametrize("header", ["", "7", 'W/"7"', '"x"', '"7", "8"', '"' + "9" * 30 + '"', '""', '"٣"'])
def test_tags_that_are_not_ours_never_match(header: str) -> None:
    with pytest.raises(PreconditionFailed):
        expected_version(header)


@pytest.mark.parametrize(
    ("header", "same"), [(None, False), ('"3"', True), ('W/"3"', True), ('"1", "3"', True), ("*", True), ('"4"', False)]
)
def test_a_known_version_need_not_be_sent(header: str | None, same: bool) -> None:
    assert not_modified(header, 3) is same


def test_a_row_that_is_gone_is_not_found_before_its_version_is_asked() -> None:
    with pytest.raises(NotFound):
        check_version(None, '"1"', "team")
