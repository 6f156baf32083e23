"""Vonage's codes: of its answers to our calls (`SEND_*`) and of failed deliveries (`MEANINGS`).

Source: developer.vonage.com, SMS API error codes and delivery receipt codes. Vonage's own texts may hold numbers of
people and are never passed on.
"""

from collections.abc import Mapping

SEND_THROTTLED = frozenset({"1", "10"})
"""Too many messages a second, and too many connections."""

SEND_TRANSIENT = frozenset({"5"})
"""Vonage's own failure."""

SEND_MEANINGS: Mapping[str, str] = {
    "2": "A parameter is missing.",
    "3": "A parameter is not valid.",
    "4": "Vonage refuses our credentials.",
    "6": "Vonage can't route the message.",
    "7": "The recipient's number is barred.",
    "8": "The Vonage account is barred.",
    "9": "The Vonage account has no credit left.",
    "11": "The Vonage account may not use this API.",
    "12": "The message is too long.",
    "15": "The sender is not valid or not allowed there.",
    "29": "A trial account sends to verified numbers only.",
    "33": "The recipient's number is no longer in service.",
}

MEANINGS: Mapping[str, str] = {
    "1": "The carrier gave no reason.",
    "2": "The recipient's phone is off or unreachable.",
    "3": "The recipient's number is no longer in service.",
    "4": "The recipient barred this sender.",
    "5": "The number moved to another carrier and was not found.",
    "6": "A carrier filtered the message as spam.",
    "7": "The recipient's phone was busy.",
    "8": "The carrier's network failed.",
    "9": "The recipient's number is not valid.",
    "10": "The message is not valid.",
    "11": "There is no route to the recipient.",
    "12": "The recipient can't be reached.",
    "13": "The recipient is too young for this message.",
    "14": "The recipient had this number blocked by the carrier.",
    "15": "The recipient's prepaid credit is used up.",
}


def meaning(code: str) -> str | None:
    """A sentence for an agent about a failed delivery; None where the code says nothing."""
    return MEANINGS.get(code)
