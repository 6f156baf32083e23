"""The codec of LinkedIn comments: proof in `proof`, notifications in `parse`, polls in `poll`, calls in `render` and `api`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

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
from services.linkedin import api, poll, proof
from services.linkedin.parse import parse_notifications
from services.linkedin.render import calls_for
from services.linkedin.settings import LinkedinSettings


class LinkedinCodec:
    """What people say in public to one page. LinkedIn's private messages have no public way in."""

    settings_type = LinkedinSettings

    def verify(self, request: Request, context: Context) -> None:
        """A poll; LinkedIn's challenge on GET; else the signature over the raw body. It carries no time: ids stop repeats."""
        if request.method != "POLL":
            proof.check(request, context.account.settings)

    def parse(self, request: Request, context: Context) -> Parsed:
        """The answer to the challenge on GET; else the events of each notification, by webhook and by poll alike."""
        if request.method == "GET":
            return proof.challenge(request, context.account.settings)
        return parse_notifications(request.body, context.account.external_id)

    def render(self, message: OutboundMessage, account: Account) -> Sequence[ProviderCall]:
        return calls_for(message, account)

    def interpret(self, call: ProviderCall, reply: ProviderReply) -> Outcome:
        return api.outcome_of(reply)

    def media_call(self, ref: str, account: Account) -> HttpCall | None:
        """None: notifications tell of no media."""
        return None

    def token_call(self, account: Account, now: datetime) -> HttpCall | None:
        return api.token_call(account)

    def token_found(self, reply: ProviderReply, account: Account) -> Token | Transient | Final:
        return api.token_found(reply)

    def poll_call(self, account: Account, cursor: Mapping[str, Any] | None, now: datetime) -> HttpCall | None:
        return poll.call_of(account, cursor, now)

    def poll_found(
        self, account: Account, call: HttpCall, reply: ProviderReply, cursor: Mapping[str, Any] | None
    ) -> PollPage:
        return poll.found(call, reply, cursor)


codec = LinkedinCodec()
