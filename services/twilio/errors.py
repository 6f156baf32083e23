"""Twilio's error codes: which ask to slow down, which may pass, and what the others tell an agent.

Source: twilio.com/docs/api/errors. Codes not listed are final with a general sentence: Twilio's own text may hold
telephone numbers, so it is never passed on.
"""

from collections.abc import Mapping

THROTTLED = frozenset({14107, 20429, 21611, 63018, 63038})
"""Rate limits of the API, of a sender, of its queue, of WhatsApp and of a day."""

TRANSIENT = frozenset({20500, 20503, 30001, 30008})
"""Twilio's own failure, a full queue, and the carrier's unknown error."""

OPTED_OUT = "21610"
"""The recipient wrote STOP to this sender: it is as good as their word to us."""

MEANINGS: Mapping[int, str] = {
    20003: "Twilio refuses our credentials.",
    20404: "Twilio does not know this account or sender.",
    21211: "The recipient's number is not valid.",
    21408: "This account may not send to the recipient's country.",
    21602: "The message is empty.",
    21606: "The sender can't send messages to this recipient.",
    21608: "A trial account sends to verified numbers only.",
    21610: "The recipient has opted out by STOP.",
    21614: "The recipient's number can't receive SMS.",
    21617: "The message is too long.",
    21620: "A media link is not valid.",
    21655: "The template does not exist.",
    21656: "The template's variables are not valid.",
    30001: "The sender's queue was full.",
    30002: "The Twilio account is suspended.",
    30003: "The recipient's phone is off or unreachable.",
    30004: "The recipient blocks this message.",
    30005: "The recipient's number is unknown or no longer in service.",
    30006: "The recipient's number is a landline or its carrier can't be reached.",
    30007: "A carrier filtered the message.",
    30008: "The carrier gave no reason.",
    30034: "The sender is not registered for business messaging in the USA (A2P 10DLC).",
    63003: "WhatsApp does not know the recipient.",
    63016: "WhatsApp's 24-hour window is closed: only a template may be sent.",
    63018: "WhatsApp's rate limit for this sender is reached.",
    63024: "WhatsApp does not accept this recipient.",
    63032: "WhatsApp does not let us write to this person now.",
}


def meaning(code: str) -> str:
    """A sentence for an agent, without any number or text of the message."""
    return MEANINGS.get(int(code), f"Twilio reports error {code}.") if code.isdigit() else "Twilio reports an error."
