"""Bandwidth's codes of failed deliveries. Its own descriptions are never passed on.

Source: dev.bandwidth.com, messaging error codes. 4xxx are about the message or the recipient, 5xxx about networks.
"""

from collections.abc import Mapping

OPTED_OUT = "4775"

MEANINGS: Mapping[str, str] = {
    "4301": "The message is not valid.",
    "4403": "The carrier refused the message.",
    "4405": "The number may not send this message.",
    "4406": "The recipient's number can't receive messages.",
    "4432": "The recipient's country or carrier can't be reached.",
    "4470": "The carrier filtered the message as spam.",
    "4476": "The sender is not registered for business messaging in the USA (A2P 10DLC).",
    "4700": "The carrier refused the kind of message.",
    "4720": "The recipient's number is not valid.",
    "4730": "The recipient's number can't be reached.",
    "4750": "The recipient's carrier refused the message.",
    "4770": "The carrier filtered the message as spam.",
    "4775": "The recipient has opted out.",
    "4780": "The sender's daily limit at the carrier is reached.",
    "5100": "Bandwidth failed.",
    "5500": "The carrier's network failed.",
    "5600": "The recipient's carrier is away.",
    "5999": "The carrier gave no reason.",
    "9902": "Nobody knows whether it was delivered.",
}


def meaning(code: str) -> str | None:
    """A sentence for an agent about a failed delivery; None where the code says nothing."""
    return MEANINGS.get(code)
