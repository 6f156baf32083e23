"""Clickatell's states of failed messages. Source: docs.clickatell.com, message status codes; not verified on an account."""

from collections.abc import Mapping

MEANINGS: Mapping[str, str] = {
    "1": "Clickatell does not know the message.",
    "5": "The message is not valid.",
    "6": "The message was cancelled.",
    "7": "The message could not be delivered.",
    "9": "There is no route to the recipient.",
    "10": "The message was not delivered in time.",
    "12": "The Clickatell account has no credit left.",
    "14": "The account's limit of messages is reached.",
}


def meaning(code: str) -> str | None:
    """A sentence for an agent about a failed delivery; None where the code says nothing."""
    return MEANINGS.get(code)
