"""The codec of YouTube comments: asked by polls, in `poll`; what a comment says is in `parse`, answers in `render`."""

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
from backbone.errors import SignatureMissing
from schemas.outbound import OutboundMessage
from services.youtube import poll, render
from services.youtube.parse import parse_comments
from services.youtube.settings import YoutubeSettings

SCOPE = "https://www.googleapis.com/auth/youtube.force-ssl"


class YoutubeCodec:
    """What people say under one channel's videos. YouTube calls nobody about comments: it is asked."""

    settings_type = YoutubeSettings

    def verify(self, request: Request, context: Context) -> None:
        """Polls only, which no webhook can claim to be: all else raises `SignatureMissing`."""
        if request.method != "POLL":
            raise SignatureMissing

    def parse(self, request: Request, context: Context) -> Parsed:
        return parse_comments(request.body, context.account.external_id)

    def render(self, message: OutboundMessage, account: Account) -> Sequence[ProviderCall]:
        return render.calls_for(message, account)

    def interpret(self, call: ProviderCall, reply: ProviderReply) -> Outcome:
        return render.outcome_of(reply)

    def media_call(self, ref: str, account: Account) -> HttpCall | None:
        """None: comments have no media."""
        return None

    def token_call(self, account: Account, now: datetime) -> HttpCall | None:
        return google_api.token_call(account, account.settings, SCOPE, now)

    def token_found(self, reply: ProviderReply, account: Account) -> Token | Transient | Final:
        return google_api.token_found(reply)

    def poll_call(self, account: Account, cursor: Mapping[str, Any] | None, now: datetime) -> HttpCall | None:
        return poll.call_of(account, cursor)

    def poll_found(
        self, account: Account, call: HttpCall, reply: ProviderReply, cursor: Mapping[str, Any] | None
    ) -> PollPage:
        return poll.found(account, call, reply, cursor)


codec = YoutubeCodec()
