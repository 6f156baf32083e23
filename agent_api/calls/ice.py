"""The servers by which two browsers find a way to each other, with TURN credentials that soon expire. Pure."""

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime

from agent_api.calls.config import IceConfig


@dataclass(frozen=True, slots=True)
class IceServer:
    """One RTCIceServer. A STUN server takes no credentials."""

    urls: tuple[str, ...]
    username: str | None = None
    credential: str | None = field(default=None, repr=False)


def ice_servers(config: IceConfig, who: str, now: datetime) -> list[IceServer]:
    """None where nothing is configured: browsers in one network need none.

    TURN credentials are those of draft-uberti-behave-turn-rest-00 §2.2: the username is the time of expiry and `who`, the
    password its HMAC-SHA1. SHA-1 is what TURN servers compute; as a keyed hash it is not broken.
    """
    found = [IceServer(config.stun_urls)] if config.stun_urls else []
    secret = config.turn_secret.get_secret_value()
    if config.turn_urls and secret:
        username = f"{int((now + config.turn_lifetime).timestamp())}:{who}"
        digest = hmac.new(secret.encode(), username.encode(), hashlib.sha1).digest()
        found.append(IceServer(config.turn_urls, username, base64.b64encode(digest).decode()))
    return found
