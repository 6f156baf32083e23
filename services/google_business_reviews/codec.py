"""The codec of Google Business reviews: notifications in `push`, polls in `poll`, reviews in `parse`, answers in `render`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from backbone.channel import google_api
from backbone.channel.port import (
    Account,
    Context,
    Final,
    HttpCall,
    Outcome,
    Parsed,
    ProviderCall,
    ProviderReply,
    Request,
    Transient,
)
from backbone.channel.sources import PollPage, Token
from schemas.outbound import OutboundMessage
from services.google_business_reviews import poll, push, render
from services.google_business_reviews.parse import parse_reviews
from services.google_business_reviews.settings import GoogleBusinessReviewsSettings

SCOPE = "https://www.googleapis.com/auth/business.manage"


class GoogleBusinessReviewsCodec:
    """What people write about one place. A notification says only that there is something new: then Google is asked."""

    settings_type = GoogleBusinessReviewsSettings

    def verify(self, request: Request, context: Context) -> None:
        """A poll, or a notification with Google's token or the key of the URL."""
        if request.method != "POLL":
            push.check(request, context)

    def parse(self, request: Request, context: Context) -> Parsed:
        if request.method == "POLL":
            return parse_reviews(request.body, context.account.external_id)
        return push.parse_notification(request.body, context.account.external_id)

    def render(self, message: OutboundMessage, account: Account) -> Sequence[ProviderCall]:
        return render.calls_for(message, account)

    def interpret(self, call: ProviderCall, reply: ProviderReply) -> Outcome:
        return render.outcome_of(call, reply)

    def media_call(self, ref: str, account: Account) -> HttpCall | None:
        """None: the API tells of no media in reviews."""
        return None

    def key_urls(self, request: Request, account: Account) -> Sequence[str]:
        return push.key_urls(account)

    def token_call(self, account: Account, now: datetime) -> HttpCall | None:
        return google_api.token_call(account, account.settings, SCOPE, now)

    def token_found(self, reply: ProviderReply, account: Account) -> Token | Transient | Final:
        return google_api.token_found(reply)

    def poll_call(self, account: Account, cursor: Mapping[str, Any] | None, now: datetime) -> HttpCall | None:
        return poll.call_of(account, cursor)

    def poll_found(
        self, account: Account, call: HttpCall, reply: ProviderReply, cursor: Mapping[str, Any] | None
    ) -> PollPage:
        return poll.found(account, reply, cursor)


codec = GoogleBusinessReviewsCodec()
