"""What Twilio's error codes and call states mean for an answer read out by telephone.

Source: twilio.com/docs/api/errors and call-resource. Twilio's own texts may hold numbers, so they are never passed on.
"""

from collections.abc import Mapping

THROTTLED = frozenset({20429, 21220})
TRANSIENT = frozenset({20500, 20503})

MEANINGS: Mapping[int, str] = {
    20003: "Twilio refuses our credentials.",
    20404: "Twilio does not know this account or number.",
    21201: "There is no number to call.",
    21210: "The number we call from is not verified.",
    21211: "The number to call is not valid.",
    21214: "The number to call can't be reached.",
    21215: "This account may not call that country.",
    21216: "Twilio does not call this number.",
    21219: "A trial account calls verified numbers only.",
    13224: "The number to call is not valid.",
    13227: "This account may not call that country.",
}

STATES: Mapping[str, str] = {
    "busy": "The line was busy.",
    "no-answer": "Nobody answered.",
    "canceled": "The call was cancelled.",
    "failed": "The call could not be connected.",
}


def meaning(code: str) -> str:
    """A sentence for an agent, without any number."""
    return MEANINGS.get(int(code), f"Twilio reports error {code}.") if code.isdigit() else "Twilio reports an error."
