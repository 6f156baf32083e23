"""Google's side of Play reviews: pages of reviews for polls, answers to our answers."""

import hashlib
import json
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from backbone.channel.port import (
    Account,
    HttpCall,
    ProviderReply,
    Request,
    SimulatedFault,
    SimulatedMessage,
    SimulatedSend,
)
from services.google_play.parse import answer_id

JSON_HEADERS = (("content-type", "application/json; charset=UTF-8"),)
_FAULTS: dict[str, tuple[int, dict[str, Any]]] = {
    "throttle": (429, {"status": "RESOURCE_EXHAUSTED", "message": "Quota exceeded for quota metric"}),
    "transient": (503, {"status": "UNAVAILABLE", "message": "The service is currently unavailable."}),
    "final": (404, {"status": "NOT_FOUND", "message": "The review was not found."}),
}


class GooglePlaySimulator:
    """Pure: the same input gives the same requests and answers. One person writes one review, in versions."""

    demo_external_id = "com.example.demo"

    def demo_settings(self, base_url: str, seed: str) -> dict[str, Any]:
        digest = hashlib.sha256(f"google_play/{seed}".encode()).hexdigest()
        return {"access_token": f"ya29.{digest}", "api_base": base_url, "token_url": f"{base_url}/token"}

    def sign(self, request: Request, account: Account, now: datetime) -> Request:
        """As it is: polls carry no signature."""
        return request

    def inbound(self, message: SimulatedMessage, account: Account, now: datetime) -> Request:
        # Versions of one review differ in their second: so do messages of one person here, within what polls bring again.
        offset = int(hashlib.sha256(message.message_id.encode()).hexdigest()[:8], 16) % 3000
        comment = {
            "text": message.text,
            "lastModified": {"seconds": str(int(now.timestamp()) - offset)},
            "starRating": 2,
            "reviewerLanguage": "en",
        }
        review = {
            "reviewId": f"gp:{message.sender}",
            "authorName": message.name or "",
            "comments": [{"userComment": comment}],
        }
        body = json.dumps({"reviews": [review]}, separators=(",", ":")).encode()
        return Request("POLL", account.webhook_url, "", (), body)

    def receipt(self, sent: SimulatedSend, status: str, account: Account, now: datetime) -> Request | None:
        """None: an answer to a review has no receipts."""
        return None

    def answer(self, call: HttpCall, fault: SimulatedFault, number: int) -> tuple[ProviderReply, SimulatedSend | None]:
        if fault != "none":
            status, error = _FAULTS[fault]
            return ProviderReply(status, JSON_HEADERS, json.dumps({"error": {"code": status, **error}}).encode()), None
        if call.method == "GET":
            return ProviderReply(200, JSON_HEADERS, b"{}"), None
        text, seconds = str(json.loads(call.body)["replyText"]), str(1_763_629_200 + number % 1_000_000)
        review = unquote(urlsplit(call.url).path.rpartition("/")[2].removesuffix(":reply"))
        body = json.dumps({"result": {"replyText": text, "lastEdited": {"seconds": seconds}}}).encode()
        return ProviderReply(200, JSON_HEADERS, body), SimulatedSend(review, text, answer_id(review, seconds))


simulator = GooglePlaySimulator()
