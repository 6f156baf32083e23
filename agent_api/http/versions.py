"""Versions of things as strong ETags, and the conditions on them (RFC 9110 §13)."""

from typing import Any

from backbone.errors import NotFound, PreconditionFailed, PreconditionRequired


def etag(version: int) -> str:
    """A strong tag: the row's version in quotes."""
    return f'"{version}"'


def expected_version(if_match: str | None) -> int | None:
    """The version that If-Match names; None for `*`, which any version meets.

    Raises `PreconditionRequired` without the header, and `PreconditionFailed` for tags that can't be ours (weak ones
    never match strongly).
    """
    if if_match is None:
        raise PreconditionRequired
    tags = [tag.strip() for tag in if_match.split(",")]
    if tags == ["*"]:
        return None
    digits = [tag[1:-1] for tag in tags if len(tag) > 2 and tag[0] == tag[-1] == '"']
    versions = [int(part) for part in digits if part.isascii() and part.isdigit() and len(part) <= 18]
    if len(versions) != 1:
        raise PreconditionFailed
    return versions[0]


def not_modified(if_none_match: str | None, version: int) -> bool:
    """Whether a GET with this header needs no body (weak comparison, RFC 9110 §13.1.2)."""
    if if_none_match is None:
        return False
    tags = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return "*" in tags or etag(version) in tags


def check_version(row: Any, if_match: str | None, what: str) -> None:
    """Compares a locked row with the header. Raises `NotFound` without a row, else as `expected_version` and
    `PreconditionFailed`.
    """
    expected = expected_version(if_match)
    if row is None:
        raise NotFound(f"There is no such {what}.")
    if expected is not None and row["version"] != expected:
        raise PreconditionFailed(f"The {what} is at version {row['version']}, not {expected}.")
