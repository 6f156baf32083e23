"""What to do with a delivery after an attempt, worked out from the provider's answer without any IO."""

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from backbone.channel.port import Accepted, Final, Outcome, Throttled, Transient


class Fault(Enum):
    """Whom an attempt tells something about: the breaker counts only what the provider's end did wrong."""

    NONE = "none"
    PROVIDER = "provider"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Sent:
    """Taken; `provider_message_id` matches later receipts."""

    provider_message_id: str | None


@dataclass(frozen=True, slots=True)
class Again:
    """To be tried later. `asked` is the provider's own wish; `pauses_account` holds the whole account for it.

    `unknown`: it may have been taken.
    """

    code: str
    detail: str = ""
    asked: timedelta | None = None
    pauses_account: bool = False
    unknown: bool = False
    fault: Fault = Fault.PROVIDER


@dataclass(frozen=True, slots=True)
class Failed:
    """Given up."""

    code: str
    detail: str = ""
    fault: Fault = Fault.NONE


Verdict = Sent | Again | Failed


def verdict(outcome: Outcome, asked: timedelta | None) -> Verdict:
    """`asked` is the answer's Retry-After, for where the codec names no pause of its own."""
    match outcome:
        case Accepted(provider_message_id):
            return Sent(provider_message_id)
        case Throttled(code, after, scope):
            return Again(
                code, asked=after if after is not None else asked, pauses_account=scope == "account", fault=Fault.SILENT
            )
        case Transient(code, detail, after):
            return Again(code, detail, asked=after if after is not None else asked)
        case Final(code, detail):
            return Failed(code, detail)
