"""MessageBird's codes: of its answers (`API_MEANINGS`) and of failed deliveries (`MEANINGS`).

Source: developers.messagebird.com, API errors and SMS status error codes. Its own texts may hold numbers and are never
passed on.
"""

from collections.abc import Mapping

API_TRANSIENT = frozenset({"99"})
"""MessageBird's own failure, whatever the HTTP status."""

API_MEANINGS: Mapping[str, str] = {
    "2": "MessageBird refuses our credentials.",
    "9": "A parameter is missing.",
    "10": "A parameter is not valid: often the recipient's number.",
    "20": "MessageBird does not know this.",
    "21": "MessageBird can't read the request.",
    "25": "The MessageBird account has no credit left.",
}

OPTED_OUT = "103"

MEANINGS: Mapping[str, str] = {
    "1": "The recipient's number is unknown.",
    "9": "The recipient's number is not valid.",
    "11": "The recipient's phone has no SMS service.",
    "13": "The carrier bars messages to this recipient.",
    "27": "The recipient's phone is off or unreachable.",
    "31": "The recipient's phone was busy.",
    "32": "The recipient's phone failed to store the message.",
    "34": "The carrier's network failed.",
    "103": "The recipient has opted out.",
    "104": "The recipient's number is a landline.",
    "105": "There is no route to the recipient.",
}


def meaning(code: str) -> str | None:
    """A sentence for an agent about a failed delivery; None where the code says nothing."""
    return MEANINGS.get(code)
