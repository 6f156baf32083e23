"""Rooms of a LiveKit server, for calls that can't go from browser to browser: tokens to enter, and what its webhooks say.

Pure. Tokens are JWTs with a video grant (docs.livekit.io, "Tokens & grants"); webhooks carry one of the same kind whose claim
`sha256` is the hash of the body ("Webhooks & events").
"""

import base64
import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent_api.calls.config import RoomConfig
from backbone.channel import jwt
from backbone.channel.signature import same
from backbone.errors import InputInvalid, SignatureInvalid, SignatureMissing
from schemas.calls import Side

TOKEN_FOR = timedelta(minutes=10)
"""To enter; who is inside stays. A page that comes back gets a new one with its next join."""
_SIDES: Mapping[str, Side] = {"agent": "agent", "customer": "customer"}


def room_of(tenant_id: str, call_id: str) -> str:
    """The room's name on the server, which other programs may use too."""
    return f"{tenant_id}.{call_id}"


def room_token(config: RoomConfig, room: str, side: Side, now: datetime) -> str:
    """Lets one side into one room, to speak and to hear. The side is its identity there, so one that comes twice is one."""
    claims = {
        "iss": config.api_key,
        "sub": side,
        "nbf": int(now.timestamp()),
        "exp": int((now + TOKEN_FOR).timestamp()),
        "video": {"roomJoin": True, "room": room, "canPublish": True, "canSubscribe": True, "canPublishData": True},
    }
    return jwt.sign_hs256(claims, config.api_secret)


class _Named(BaseModel):
    model_config = ConfigDict(extra="ignore")

    name: str = Field(default="", max_length=1000)
    identity: str = Field(default="", max_length=1000)


class RoomEvent(BaseModel):
    """One webhook; of its many fields those that are about a call."""

    model_config = ConfigDict(extra="ignore")

    event: str = Field(max_length=100)
    room: _Named = _Named()
    participant: _Named = _Named()

    @property
    def call(self) -> tuple[str, str] | None:
        """Tenant and call, None for rooms that are no call's."""
        tenant_id, _, call_id = self.room.name.partition(".")
        return (tenant_id, call_id) if tenant_id.startswith("ten_") and call_id.startswith("cal_") else None

    @property
    def side(self) -> Side | None:
        """Whom it is about, None for recorders and guests."""
        return _SIDES.get(self.participant.identity)


def read_webhook(config: RoomConfig, authorization: str | None, body: bytes, now: datetime) -> RoomEvent:
    """What a webhook says, believed only as far as its token covers these very bytes.

    Raises `SignatureMissing`, `SignatureInvalid` or `SignatureStale`, and `InputInvalid` for a signed body that is none.
    """
    if not authorization:
        raise SignatureMissing
    # LiveKit sends the bare token; proxies that know only bearer tokens add the word.
    token = jwt.read(authorization.removeprefix("Bearer ").strip())
    jwt.check_hs256(token, [config.api_secret.get_secret_value().encode()])
    claims: Mapping[str, Any] = token.claims
    if claims.get("iss") != config.api_key:
        raise SignatureInvalid
    jwt.check_times(claims, now)
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    if not same(digest, str(claims.get("sha256", ""))):
        raise SignatureInvalid
    try:
        return RoomEvent.model_validate_json(body)
    except ValidationError:
        raise InputInvalid("The body is no webhook of LiveKit.") from None
