"""Microsoft's side: activities with a token, the keys that it is checked with, and the connector's answers."""

import hashlib
import html
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

from backbone.channel import jwt
from backbone.channel.port import (
    Account,
    HttpCall,
    ProviderReply,
    Request,
    SimulatedFault,
    SimulatedMessage,
    SimulatedSend,
)
from backbone.channel.simulated_rsa import simulated_key
from services.msteams.settings import TeamsSettings

_FAULTS: dict[str, tuple[int, tuple[tuple[str, str], ...], str]] = {
    "throttle": (429, (("retry-after", "2"),), "RateLimited"),
    "transient": (502, (), "ServiceError"),
    "final": (403, (), "BotNotInConversationRoster"),
}
_KID = "simulated-1"


class TeamsSimulator:
    """Pure: the same arguments give the same bytes. All demo bots are called by the same Microsoft."""

    demo_external_id = "00000000-0000-4000-8000-0000000000de"

    def demo_settings(self, base_url: str, seed: str) -> dict[str, Any]:
        digest = hashlib.sha256(f"msteams/{seed}".encode()).hexdigest()
        return {
            "app_id": digest[:32],
            "app_password": digest[32:],
            "login_base": base_url,
            "keys_url": f"{base_url}/v1/.well-known/keys",
            "service_url": f"{base_url}/teams",
            "service_hosts": [urlsplit(base_url).netloc, "smba.trafficmanager.net"],
        }

    def keys(self, account: Account, now: datetime) -> Mapping[str, bytes]:
        settings: TeamsSettings = account.settings
        key = {**jwt.jwk_of(simulated_key(), _KID), "endorsements": ["msteams", "webchat"]}
        return {settings.keys_url: json.dumps({"keys": [key]}).encode()}

    def sign(self, request: Request, account: Account, now: datetime) -> Request:
        settings: TeamsSettings = account.settings
        claims = {
            "iss": settings.issuer,
            "aud": settings.app_id,
            "serviceurl": _service_of(request.body),
            "nbf": int(now.timestamp()),
            "exp": int((now + timedelta(minutes=4)).timestamp()),
        }
        token = jwt.sign_rs256(claims, simulated_key(), {"kid": _KID})
        return replace(request, headers=(*request.headers, ("authorization", f"Bearer {token}")))

    def inbound(self, message: SimulatedMessage, account: Account, now: datetime) -> Request:
        activity: dict[str, Any] = {
            "type": "message",
            "id": hashlib.sha256(message.message_id.encode()).hexdigest()[:16],
            "timestamp": now.isoformat(),
            "serviceUrl": "https://smba.trafficmanager.net/emea/",
            "channelId": "msteams",
            "from": {"id": f"29:{message.sender}", "name": message.name or "Customer"},
            "conversation": {"id": f"a:{message.sender}", "conversationType": "personal"},
            "recipient": {"id": f"28:{account.external_id}", "name": "Desk"},
            "textFormat": "plain",
            "text": html.escape(message.text, quote=False),
        }
        if message.image_url:
            activity["attachments"] = [{"contentType": "image/jpeg", "contentUrl": message.image_url}]
        body = json.dumps(activity, separators=(",", ":")).encode()
        headers = (("content-type", "application/json"),)
        return self.sign(Request("POST", account.webhook_url, "", headers, body), account, now)

    def receipt(self, sent: SimulatedSend, status: str, account: Account, now: datetime) -> Request | None:
        """Teams tells a bot of read receipts only in tenants that allow it; none are simulated."""
        return None

    def answer(self, call: HttpCall, fault: SimulatedFault, number: int) -> tuple[ProviderReply, SimulatedSend | None]:
        if fault != "none":
            status, headers, code = _FAULTS[fault]
            problem = {"error": {"code": code, "message": "simulated"}}
            return ProviderReply(status, headers, json.dumps(problem).encode()), None
        if call.url.endswith("/oauth2/v2.0/token"):
            token = {"token_type": "Bearer", "expires_in": 3600, "access_token": f"simulated-{number}"}
            return ProviderReply(200, (), json.dumps(token).encode()), None
        if not call.body:
            return ProviderReply(200), None
        conversation = unquote(call.url.partition("/v3/conversations/")[2].partition("/")[0])
        sent = json.loads(call.body)
        identity = f"{1_795_165_200_000 + number}"
        return ProviderReply(201, (), json.dumps({"id": identity}).encode()), SimulatedSend(
            conversation, sent.get("text", ""), f"{conversation}|{identity}"
        )


def _service_of(body: bytes) -> str:
    """The service that the activity names, as Microsoft repeats it in the token; none for what is no activity."""
    try:
        activity = json.loads(body)
    except ValueError:
        return ""
    return str(activity.get("serviceUrl", "")) if isinstance(activity, dict) else ""


simulator = TeamsSimulator()
