"""TikTok's side: signs webhooks with the app's secret and answers as the Business Messaging API does."""

import hashlib
import json
from dataclasses import replace
from datetime import datetime
from typing import Any

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
from services.tiktok.codec import SIGNATURE_HEADER
from services.tiktok.settings import TikTokSettings

JSON_HEADERS = (("content-type", "application/json"),)
_FAULTS: dict[str, dict[str, Any]] = {
    "throttle": {"code": 40064, "message": "Sending too fast"},
    "transient": {"code": 50000, "message": "System error"},
    "final": {"code": 40002, "message": "Invalid conversation"},
}


class TikTokSimulator:
    """Pure: the same input gives the same requests and answers."""

    demo_external_id = "-000demoBusinessOpenId"

    def demo_settings(self, base_url: str, seed: str) -> dict[str, Any]:
        digest = hashlib.sha512(f"tiktok/{seed}".encode()).hexdigest()
        return {
            "app_id": "7100000000000000001",
            "app_secrets": [digest[:40]],
            "access_token": f"act.{digest[40:90]}",
            "api_base": base_url,
        }

    def sign(self, request: Request, account: Account, now: datetime) -> Request:
        settings: TikTokSettings = account.settings
        at = str(int(now.timestamp()))
        signature = hmac_hex(settings.app_secrets[0], f"{at}.".encode() + request.body)
        return replace(request, headers=(*request.headers, (SIGNATURE_HEADER, f"t={at},s={signature}")))

    def inbound(self, message: SimulatedMessage, account: Account, now: datetime) -> Request:
        said: dict[str, Any] = {"type": "text", "text": {"body": message.text}}
        if message.image_url:
            said = {"type": "image", "image": {"media_id": message.image_url}}
        said |= {"message_id": message.message_id, "from": message.name or "Customer"}
        return self._webhook("im_receive_msg", message.sender, said, account, now)

    def receipt(self, sent: SimulatedSend, status: str, account: Account, now: datetime) -> Request | None:
        """TikTok tells what was read and nothing else."""
        if status != "read":
            return None
        said = {"read": {"last_read_timestamp": int(now.timestamp() * 1000)}}
        return self._webhook("im_mark_read_msg", sent.recipient, said, account, now)

    def _webhook(self, event: str, who: str, said: dict[str, Any], account: Account, now: datetime) -> Request:
        whole = {
            "conversation_id": f"conv-{who}",
            "timestamp": int(now.timestamp() * 1000),
            "from_user": {"id": who},
            "to": "Shop",
            "to_user": {"id": account.external_id},
            **said,
        }
        body = json.dumps({"event": event, "user_openid": account.external_id, "content": json.dumps(whole)}).encode()
        return self.sign(Request("POST", account.webhook_url, "", JSON_HEADERS, body), account, now)

    def answer(self, call: HttpCall, fault: SimulatedFault, number: int) -> tuple[ProviderReply, SimulatedSend | None]:
        if fault != "none":
            body: dict[str, Any] = {**_FAULTS[fault], "request_id": f"r{number}"}
            return ProviderReply(200, JSON_HEADERS, json.dumps(body).encode()), None
        if call.url.endswith("/media/upload/"):
            told = {"code": 0, "message": "OK", "data": {"media_id": f"media-{number}"}}
            return ProviderReply(200, JSON_HEADERS, json.dumps(told).encode()), None
        sent = json.loads(call.body)
        answer: dict[str, Any] = {"code": 0, "message": "OK", "request_id": f"r{number}"}
        if "media_id" in sent:
            answer["data"] = {"download_url": f"https://p16.tiktokcdn.com/{number}.jpg"}
            return ProviderReply(200, JSON_HEADERS, json.dumps(answer).encode()), None
        identity = f"tt-sent-{number}"
        answer["data"] = {"message": {"message_id": identity}}
        understood = SimulatedSend(sent["recipient"], sent.get("text", {}).get("body", ""), identity)
        return ProviderReply(200, JSON_HEADERS, json.dumps(answer).encode()), understood


simulator = TikTokSimulator()
