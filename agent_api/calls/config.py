"""Settings of calls between browsers, taken out of the process's own."""

from dataclasses import dataclass, field
from datetime import timedelta

from pydantic import SecretStr


@dataclass(frozen=True, slots=True)
class IceConfig:
    """`turn_secret` is shared with the TURN server (coturn's `static-auth-secret`)."""

    stun_urls: tuple[str, ...] = ()
    turn_urls: tuple[str, ...] = ()
    turn_secret: SecretStr = field(default=SecretStr(""), repr=False)
    turn_lifetime: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class CallConfig:
    """How long calls ring, and the servers by which browsers reach each other."""

    rings: timedelta = timedelta(seconds=45)
    ice: IceConfig = field(default_factory=IceConfig)
