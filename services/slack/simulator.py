"""Slack's side: signed events, and the Web API's answers to our calls."""

import hashlib
import json
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from backbone.channel.port import (
    Account,
    HttpCall,
    ProviderReply,
    Request,
    SimulatedFault,
    SimulatedMessage,
    SimulatedSend,
)
from backbone.channel.signature import hmac_hex
from services.slack.codec import SIGNATURE_HEADER, TIME_HEADER
from services.slack.settings import SlackSettings

_FAULTS: dict[str, tuple[int, tuple[tuple[str, str], ...], str]] = {
    "throttle": (429, (("retry-after", "1"),), "ratelimited"),
    "transient": (200, (), "internal_error"),
    "final": (200, (), "channel_not_found"),
}


class SlackSimulator:
    """Pure: the same arguments give the same bytes."""

    demo_external_id = "T0DESKDEMO"

    def demo_settings(self, base_url: str, seed: str) -> dict[str, Any]:
        digest = hashlib.sha256(f"slack/{seed}".encode()).hexdigest()
        return {
            "signing_secrets": [digest[:32]],
            "bot_token": f"xoxb-{digest[32:]}",
            "bot_user_id": "U0DESKBOT",
            "bot_id": "B0DESKBOT",
            "api_base": base_url,
        }

    def sign(self, request: Request, account: Account, now: datetime) -> Request:
        settings: SlackSettings = account.settings
        at = str(int(now.timestamp()))
        signed = b"v0:" + at.encode() + b":" + request.body
        signature = f"v0={hmac_hex(settings.signing_secrets[0], signed)}"
        return replace(request, headers=(*request.headers, (SIGNATURE_HEADER, signature), (TIME_HEADER, at)))

    def inbound(self, message: SimulatedMessage, account: Account, now: datetime) -> Request:
        number = int.from_bytes(hashlib.sha256(message.message_id.encode()).digest()[:3], "big") % 1_000_000
        ts = f"{int(now.timestamp())}.{number:06d}"
        event: dict[str, Any] = {
            "type": "message",
            "user": _id("U", message.sender),
            "text": message.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"),
            "ts": ts,
            "event_ts": ts,
            "channel": _id("D", message.sender),
            "channel_type": "im",
        }
        if message.name:
            event["user_profile"] = {"display_name": message.name}
        if message.image_url:
            file = {"id": "F0SIMULATED", "mimetype": "image/jpeg", "url_private_download": message.image_url}
            event |= {"subtype": "file_share", "files": [file]}
        envelope = {
            "type": "event_callback",
            "team_id": account.external_id,
            "api_app_id": "A0DESKAPP",
            "event": event,
            "event_id": _id("Ev", message.message_id),
            "event_time": int(now.timestamp()),
        }
        body = json.dumps(envelope, separators=(",", ":")).encode()
        headers = (("content-type", "application/json"),)
        return self.sign(Request("POST", account.webhook_url, "", headers, body), account, now)

    def receipt(self, sent: SimulatedSend, status: str, account: Account, now: datetime) -> Request | None:
        """Slack tells no app what was delivered or read."""
        return None

    def answer(self, call: HttpCall, fault: SimulatedFault, number: int) -> tuple[ProviderReply, SimulatedSend | None]:
        if fault != "none" and "/upload/v1/" in call.url:
            return ProviderReply({"throttle": 429, "transient": 503, "final": 404}[fault], (), b"not taken"), None
        if fault != "none":
            status, headers, code = _FAULTS[fault]
            return ProviderReply(status, headers, json.dumps({"ok": False, "error": code}).encode()), None
        method = urlsplit(call.url).path.rpartition("/")[2]
        if method == "files.getUploadURLExternal":
            place = f"{call.url.removesuffix(method)}upload/v1/F{number:010d}"
            body = {"ok": True, "upload_url": place, "file_id": f"F{number:010d}"}
            return ProviderReply(200, (), json.dumps(body).encode()), None
        if "/upload/v1/" in call.url:
            return ProviderReply(200, (), f"OK - {len(call.body)}".encode()), None
        sent = json.loads(call.body)
        if method == "files.completeUploadExternal":
            body = {"ok": True, "files": [{"id": file["id"], "title": file.get("title")} for file in sent["files"]]}
            named = "".join(file["id"] for file in sent["files"][:1]) or None
            return ProviderReply(200, (), json.dumps(body).encode()), SimulatedSend(
                sent.get("channel_id") or sent["channels"], "", named or f"F{number:010d}"
            )
        ts = f"1795165200.{number:06d}"
        text = sent.get("text", "").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        body = {"ok": True, "channel": sent["channel"], "ts": ts, "message": {"text": sent.get("text", "")}}
        return ProviderReply(200, (), json.dumps(body).encode()), SimulatedSend(
            sent["channel"], text, f"{sent['channel']}:{ts}"
        )


def _id(letter: str, name: str) -> str:
    """A stable id in Slack's form; a name that has that form is its own."""
    if name.startswith(letter) and name.isalnum() and name.isupper():
        return name
    return letter + hashlib.sha256(name.encode()).hexdigest()[:10].upper()


simulator = SlackSimulator()
