"""What went wrong, as the API says it (RFC 9457), or as the network does."""

from collections.abc import Mapping
from typing import Any


class ApiError(Exception):
    """The API answered with an error. Go by `code`; `problem` is the whole answer."""

    def __init__(self, status: int, problem: Mapping[str, Any], retry_after: float | None = None) -> None:
        self.status = status
        self.code = str(problem.get("code", "unexpected"))
        self.detail = str(problem.get("detail", f"The answer was {status}."))
        self.problem = dict(problem)
        self.retry_after = retry_after
        super().__init__(f"{self.code}: {self.detail}")


class Unreachable(Exception):
    """There was no whole answer, on every try."""


class Refused(Exception):
    """The stream was closed and would be again: wrong credentials, or a role that may not have it."""

    def __init__(self, code: int, advice: str) -> None:
        self.code = code
        super().__init__(f"{code}: {advice}")


class SnapshotNeeded(Exception):
    """What was missed can't be replayed. Read the lists again; a new stream begins after `head` of `epoch`."""

    def __init__(self, reason: str, epoch: str, head: int) -> None:
        self.reason = reason
        self.epoch = epoch
        self.head = head
        super().__init__(f"{reason}: begin after {head}")
