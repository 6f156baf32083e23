"""Discord's side: signed interactions, dispatches as webhook events, and the REST API's answers."""

import hashlib
import json
import re
from dataclasses import replace
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from backbone.channel.port import (
    Account,
    HttpCall,
    ProviderReply,
    Request,
    SimulatedFault,
    SimulatedMessage,
    SimulatedSend,
)
from services.discord.codec import SIGNATURE_HEADER, TIME_HEADER
from services.discord.settings import DiscordSettings

_FAULTS: dict[str, tuple[int, dict[str, Any]]] = {
    "throttle": (429, {"message": "You are being rate limited.", "retry_after": 1.5, "global": False}),
    "transient": (503, {"message": "Service unavailable"}),
    "final": (403, {"message": "Cannot send messages to this user", "code": 50007}),
}
_ESCAPED = re.compile(r"\\([\\*_~`|>\[\]])")


class DiscordSimulator:
    """Pure: the same arguments give the same bytes. The key it signs with derives from the demo account's token."""

    demo_external_id = "1100000000000000001"

    def demo_settings(self, base_url: str, seed: str) -> dict[str, Any]:
        token = hashlib.sha256(f"discord/{seed}".encode()).hexdigest()
        public = _key(token).public_key().public_bytes_raw().hex()
        return {"public_keys": [public], "bot_token": token, "api_base": base_url, "gateway": False}

    def sign(self, request: Request, account: Account, now: datetime) -> Request:
        settings: DiscordSettings = account.settings
        at = str(int(now.timestamp()))
        signature = _key(settings.bot_token.get_secret_value()).sign(at.encode() + request.body).hex()
        return replace(request, headers=(*request.headers, (SIGNATURE_HEADER, signature), (TIME_HEADER, at)))

    def inbound(self, message: SimulatedMessage, account: Account, now: datetime) -> Request:
        said: dict[str, Any] = {
            "id": _snowflake(message.message_id),
            "channel_id": _snowflake(f"channel/{message.sender}"),
            "type": 0,
            "content": message.text,
            "timestamp": now.isoformat(),
            "author": {"id": _snowflake(message.sender), "username": "customer", "global_name": message.name},
        }
        if message.image_url:
            said["attachments"] = [{"id": "1", "url": message.image_url, "content_type": "image/jpeg"}]
        event = {"type": "GAME_DIRECT_MESSAGE_CREATE", "timestamp": now.isoformat(), "data": said}
        return self._webhook(
            {"version": 1, "application_id": account.external_id, "type": 1, "event": event}, account, now
        )

    def receipt(self, sent: SimulatedSend, status: str, account: Account, now: datetime) -> Request | None:
        """Discord tells no bot what was delivered or read."""
        return None

    def _webhook(self, body: dict[str, Any], account: Account, now: datetime) -> Request:
        headers = (("content-type", "application/json"),)
        payload = json.dumps(body, separators=(",", ":")).encode()
        return self.sign(Request("POST", account.webhook_url, "", headers, payload), account, now)

    def answer(self, call: HttpCall, fault: SimulatedFault, number: int) -> tuple[ProviderReply, SimulatedSend | None]:
        if fault != "none":
            status, problem = _FAULTS[fault]
            return ProviderReply(status, (("content-type", "application/json"),), json.dumps(problem).encode()), None
        if not call.body:
            return ProviderReply(204), None
        sent = json.loads(_message_of(call.body))
        identity = f"{1_200_000_000_000_000_000 + number}"
        channel = call.url.partition("/channels/")[2].partition("/")[0]
        text = _ESCAPED.sub(r"\1", sent.get("content", ""))
        body = {"id": identity, "channel_id": channel, "content": sent.get("content", ""), "type": 0}
        return ProviderReply(200, (), json.dumps(body).encode()), SimulatedSend(channel, text, identity)


def _message_of(body: bytes) -> bytes:
    """The JSON of a message that came with files."""
    if not body.startswith(b"--"):
        return body
    return body.partition(b'name="payload_json"\r\n\r\n')[2].partition(b"\r\n--")[0]


def _key(token: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"simulated/{token}".encode()).digest())


def _snowflake(name: str) -> str:
    """A stable id for a name; a name that is an id is its own."""
    if name.isascii() and name.isdigit() and len(name) <= 20:
        return name
    return str(int.from_bytes(hashlib.sha256(name.encode()).digest()[:7], "big") + 10**17)


simulator = DiscordSimulator()
