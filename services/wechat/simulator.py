"""WeChat's side: signed queries, sealed messages where the account has a key, and the API's answers to our calls."""

import base64
import hashlib
import json
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit
from xml.sax.saxutils import escape

from backbone.channel.port import (
    Account,
    HttpCall,
    ProviderReply,
    Request,
    SimulatedFault,
    SimulatedMessage,
    SimulatedSend,
)
from services.wechat.sealing import seal, sha1_of
from services.wechat.settings import WeChatSettings, key_of

JSON_HEADERS = (("content-type", "application/json"),)
_FAULTS: dict[str, dict[str, Any]] = {
    "throttle": {"errcode": 45009, "errmsg": "reach max api daily quota limit"},
    "transient": {"errcode": -1, "errmsg": "system error"},
    "final": {"errcode": 45015, "errmsg": "response out of time limit or subscription is canceled"},
}


class WeChatSimulator:
    """Pure: the same input gives the same requests and answers."""

    demo_external_id = "gh_000000000001"

    def demo_settings(self, base_url: str, seed: str) -> dict[str, Any]:
        digest = hashlib.sha512(f"wechat/{seed}".encode()).hexdigest()
        return {
            "tokens": [digest[:32]],
            "encoding_aes_keys": [base64.b64encode(bytes.fromhex(digest[64:])).decode("ascii")[:43]],
            "app_id": "wx0000000000000001",
            "app_secret": digest[32:64],
            "access_token": digest[40:104],
            "api_base": base_url,
        }

    def sign(self, request: Request, account: Account, now: datetime) -> Request:
        """Signs time and nonce; with a key in the settings the body is sealed first and signed, too."""
        settings: WeChatSettings = account.settings
        token = settings.tokens[0].get_secret_value()
        timestamp, nonce = str(int(now.timestamp())), hashlib.sha256(request.body).hexdigest()[:10]
        fields = {"signature": sha1_of(token, timestamp, nonce), "timestamp": timestamp, "nonce": nonce}
        body = request.body
        if settings.encoding_aes_keys and request.method == "POST":
            random = hashlib.sha256(body).digest()[:16]
            sealed = seal(body, key_of(settings.encoding_aes_keys[0]), settings.app_id, random)
            fields |= {"encrypt_type": "aes", "msg_signature": sha1_of(token, timestamp, nonce, sealed)}
            body = _xml({"ToUserName": account.external_id, "Encrypt": sealed})
        query = "&".join(part for part in (request.query, urlencode(fields)) if part)
        url = f"{request.url.partition('?')[0]}?{query}"
        return replace(request, url=url, query=query, body=body)

    def inbound(self, message: SimulatedMessage, account: Account, now: datetime) -> Request:
        number = str(int.from_bytes(hashlib.sha256(message.message_id.encode()).digest()[:7], "big"))
        said = {"MsgType": "text", "Content": message.text}
        if message.image_url:
            said = {"MsgType": "image", "PicUrl": message.image_url, "MediaId": f"media-{number}"}
        head = {
            "ToUserName": account.external_id,
            "FromUserName": message.sender,
            "CreateTime": str(int(now.timestamp())),
        }
        body = _xml({**head, **said, "MsgId": number})
        return self.sign(Request("POST", account.webhook_url, "", (("content-type", "text/xml"),), body), account, now)

    def receipt(self, sent: SimulatedSend, status: str, account: Account, now: datetime) -> Request | None:
        """WeChat tells what became of templates only."""
        if status != "delivered":
            return None
        said = {
            "ToUserName": account.external_id,
            "FromUserName": sent.recipient,
            "CreateTime": str(int(now.timestamp())),
            "MsgType": "event",
            "Event": "TEMPLATESENDJOBFINISH",
            "MsgID": sent.provider_message_id,
            "Status": "success",
        }
        request = Request("POST", account.webhook_url, "", (("content-type", "text/xml"),), _xml(said))
        return self.sign(request, account, now)

    def answer(self, call: HttpCall, fault: SimulatedFault, number: int) -> tuple[ProviderReply, SimulatedSend | None]:
        if fault != "none":
            return ProviderReply(200, JSON_HEADERS, json.dumps(_FAULTS[fault]).encode()), None
        if urlsplit(call.url).path.endswith(("/stable_token", "/gettoken")):
            token = json.dumps({"errcode": 0, "access_token": f"simulated-{number}", "expires_in": 7200})
            return ProviderReply(200, JSON_HEADERS, token.encode()), None
        sent = json.loads(call.body or b"{}")
        if "touser" not in sent or sent.get("command") == "Typing":
            return ProviderReply(200, JSON_HEADERS, b'{"errcode":0,"errmsg":"ok"}'), None
        identity = 2_400_000_000 + number
        body = json.dumps({"errcode": 0, "errmsg": "ok", "msgid": identity}).encode()
        text = sent.get("text", {}).get("content") or sent.get("msgmenu", {}).get("head_content", "")
        return ProviderReply(200, JSON_HEADERS, body), SimulatedSend(sent["touser"], text, str(identity))


def _xml(fields: dict[str, str]) -> bytes:
    """One level of elements, escaped."""
    inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in fields.items())
    return f"<xml>{inner}</xml>".encode("utf-8", "replace")


simulator = WeChatSimulator()
