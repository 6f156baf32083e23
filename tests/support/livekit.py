"""A LiveKit server's side: webhooks as it sends them, signed over their very bytes (livekit/protocol, `webhook`)."""

import base64
import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

from pydantic import SecretStr

from agent_api.calls.config import RoomConfig
from backbone.channel import jwt
from backbone.ids import new_id

ROOMS = RoomConfig("wss://rooms.example", "APIkey1", SecretStr("a-secret-of-the-room-server"))


def webhook(
    event: str, room: str, now: datetime, *, identity: str | None = None, config: RoomConfig = ROOMS, **more: Any
) -> tuple[dict[str, str], bytes]:
    """Headers and body. Numbers of 64 bits are strings, as protobuf's JSON has them."""
    told: dict[str, Any] = {
        "event": event,
        "room": {"sid": "RM_1", "name": room, "emptyTimeout": 300, "creationTime": str(int(now.timestamp()))},
        "id": new_id("EV"),
        "createdAt": str(int(now.timestamp())),
    }
    if identity is not None:
        told["participant"] = {"sid": "PA_1", "identity": identity, "state": "ACTIVE", "joinedAt": told["createdAt"]}
    return signed(json.dumps(told | more).encode(), now, config)


def signed(body: bytes, now: datetime, config: RoomConfig = ROOMS) -> tuple[dict[str, str], bytes]:
    claims = {
        "iss": config.api_key,
        "nbf": int(now.timestamp()),
        "exp": int((now + timedelta(minutes=5)).timestamp()),
        "sha256": base64.b64encode(hashlib.sha256(body).digest()).decode(),
    }
    token = jwt.sign_hs256(claims, config.api_secret)
    return {"Content-Type": "application/webhook+json", "Authorization": token}, body
