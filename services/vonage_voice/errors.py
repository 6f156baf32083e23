"""What Vonage's call states and problem types mean for an answer read out by telephone.

Vonage's own texts may hold numbers, so they are never passed on.
"""

import re
from collections.abc import Mapping

_CODE = re.compile(r"[A-Za-z0-9_-]{1,40}")

STATES: Mapping[str, str] = {
    "busy": "The line was busy.",
    "cancelled": "The call was cancelled.",
    "failed": "The call could not be connected.",
    "rejected": "The call was rejected before it was connected.",
    "timeout": "Nobody answered.",
    "unanswered": "Nobody answered.",
}

_MEANINGS: Mapping[int, str] = {
    400: "Vonage does not take this call: the number or the text is not valid.",
    401: "Vonage refuses our credentials.",
    402: "The account at Vonage has no credit left.",
    403: "This application may not make that call.",
    404: "Vonage does not know this application or call.",
}


def meaning(status: int) -> str:
    """A sentence for an agent, without any number of a customer."""
    return _MEANINGS.get(status, f"Vonage answers with status {status}.")


def code(kind: str | None) -> str:
    """The name at the end of a problem's type (RFC 9457), which is a link; empty where there is none."""
    name = (kind or "").rpartition("#")[2].rpartition("/")[2]
    return name if _CODE.fullmatch(name) else ""
