"""Google's side of Business reviews: pages of reviews for polls, notifications by the URL's key, answers to our answers."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
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
from services.google_business_reviews.parse import answer_id
from services.google_business_reviews.settings import GoogleBusinessReviewsSettings

JSON_HEADERS = (("content-type", "application/json; charset=UTF-8"),)
FIRST = datetime(2025, 11, 20, 9, 0, tzinfo=UTC)
_FAULTS: dict[str, tuple[int, dict[str, Any]]] = {
    "throttle": (429, {"status": "RESOURCE_EXHAUSTED", "message": "Quota exceeded for quota metric"}),
    "transient": (503, {"status": "UNAVAILABLE", "message": "The service is currently unavailable."}),
    "final": (404, {"status": "NOT_FOUND", "message": "Requested entity was not found."}),
}


class GoogleBusinessReviewsSimulator:
    """Pure: the same input gives the same requests and answers. One person writes one review, in versions."""

    demo_external_id = "accounts/1001/locations/2001"

    def demo_settings(self, base_url: str, seed: str) -> dict[str, Any]:
        digest = hashlib.sha512(f"google_business_reviews/{seed}".encode()).hexdigest()
        return {
            "access_token": f"ya29.{digest[:64]}",
            "push_keys": [digest[64:]],
            "api_base": base_url,
            "token_url": f"{base_url}/token",
        }

    def sign(self, request: Request, account: Account, now: datetime) -> Request:
        """A notification's URL with its key; polls carry none."""
        settings: GoogleBusinessReviewsSettings = account.settings
        if request.method == "POLL" or not settings.push_keys:
            return request
        key = f"key={settings.push_keys[0].get_secret_value()}"
        query = f"{request.query}&{key}" if request.query else key
        return replace(request, query=query, url=f"{request.url.partition('?')[0]}?{query}")

    def inbound(self, message: SimulatedMessage, account: Account, now: datetime) -> Request:
        # Versions of one review differ in their moment: so do messages of one person here, within what polls bring again.
        offset = int(hashlib.sha256(message.message_id.encode()).hexdigest()[:8], 16) % 3000
        at = (now - timedelta(seconds=offset)).isoformat()
        place = account.external_id if "/" in account.external_id else self.demo_external_id
        review = {
            "name": f"{place}/reviews/{message.sender}",
            "reviewId": message.sender,
            "reviewer": {"displayName": message.name or ""},
            "starRating": "TWO",
            "comment": message.text,
            "createTime": at,
            "updateTime": at,
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
        if call.method != "PUT":
            return ProviderReply(200, JSON_HEADERS, b"{}"), None
        text, at = str(json.loads(call.body)["comment"]), FIRST + timedelta(seconds=number % 1_000_000)
        review = urlsplit(call.url).path.removesuffix("/reply").partition("/v4/")[2]
        body = json.dumps({"comment": text, "updateTime": at.isoformat().replace("+00:00", "Z")}).encode()
        return ProviderReply(200, JSON_HEADERS, body), SimulatedSend(review, text, answer_id(review, at.isoformat()))


simulator = GoogleBusinessReviewsSimulator()
