"""Plivo's codes of failed deliveries. Its own texts are never passed on.

Source: plivo.com/docs/messaging, error codes.
"""

from collections.abc import Mapping

OPTED_OUT = "200"

MEANINGS: Mapping[str, str] = {
    "10": "The message is not valid.",
    "20": "The carrier's network failed.",
    "30": "A carrier filtered the message as spam.",
    "40": "The sender's number is not valid for this recipient.",
    "50": "The recipient's number is not valid.",
    "60": "The message went in a circle.",
    "70": "The recipient can't be reached for good.",
    "80": "The recipient can't be reached now.",
    "90": "There is no route to the recipient.",
    "100": "The carrier prohibits the message.",
    "110": "The message is too long.",
    "200": "The recipient has opted out by STOP.",
    "300": "The recipient's country or carrier can't be reached.",
    "420": "The message was not delivered in time.",
    "450": "The recipient's country is not enabled for this account.",
    "900": "The Plivo account has no credit left.",
    "910": "The Plivo account is disabled.",
    "1000": "The carrier gave no reason.",
}


def meaning(code: str) -> str | None:
    """A sentence for an agent about a failed delivery; None where the code says nothing."""
    return MEANINGS.get(code.lstrip("0") or code)
