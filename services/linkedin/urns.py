"""LinkedIn's names of things: `urn:li:comment:(urn:li:activity:1,2)` is comment 2 under activity 1."""

import re
from typing import NamedTuple

POST = re.compile(r"urn:li:(?:activity|share|ugcPost|groupPost|article):[A-Za-z0-9_-]{1,64}")
ORGANIZATION = re.compile(r"urn:li:organization(?:Brand)?:[0-9]{1,20}")
_COMMENT = re.compile(
    r"urn:li:comment:\((?:urn:li:)?((?:activity|share|ugcPost|groupPost|article):[A-Za-z0-9_-]{1,64}),([A-Za-z0-9_-]{1,64})\)"
)


class Comment(NamedTuple):
    """A comment by its post and its own id."""

    post: str
    number: str

    @property
    def urn(self) -> str:
        return f"urn:li:comment:({self.post},{self.number})"


def comment_of(urn: object) -> Comment | None:
    """A comment's parts; notifications also leave `urn:li:` out within the brackets. None for all else."""
    found = _COMMENT.fullmatch(urn) if isinstance(urn, str) else None
    return Comment(f"urn:li:{found[1]}", found[2]) if found else None


def post_of(urn: object) -> str | None:
    return urn if isinstance(urn, str) and POST.fullmatch(urn) else None
