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
class RoomConfig:
    """A LiveKit server: where browsers find it (wss://), and the key that signs tokens and its webhooks."""

    url: str
    api_key: str
    api_secret: SecretStr = field(repr=False)


@dataclass(frozen=True, slots=True)
class CallConfig:
    """How long calls ring, and the servers by which browsers reach each other."""

    rings: timedelta = timedelta(seconds=45)
    ice: IceConfig = field(default_factory=IceConfig)
    room: RoomConfig | None = None
