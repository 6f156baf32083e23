"""The codec of Instagram's public comments: handshake and signature here, the rest in `parse`, `render` and `mentions`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from backbone.channel import graph, hub
from backbone.channel.port import Account, Context, HttpCall, Outcome, Parsed, ProviderCall, ProviderReply, Request
from backbone.channel.signature import check_hmac_header
from backbone.channel.sources import PollPage
from schemas.outbound import OutboundMessage
from services.instagram_comments import mentions, poll
from services.instagram_comments.parse import events_of
from services.instagram_comments.render import calls_for
from services.instagram_comments.settings import InstagramCommentsSettings

SIGNATURE_HEADER = "x-hub-signature-256"
ENVELOPE = "instagram"


class InstagramCommentsCodec:
    """What stands in public about one account. Its private messages (`messaging`) are ignored here."""

    settings_type = InstagramCommentsSettings

    def verify(self, request: Request, context: Context) -> None:
        """Nothing for a poll; the word of the handshake on GET; else `X-Hub-Signature-256` over the raw body with the app's secret.

        The signature carries no time: a repeated webhook is stopped by its de-duplication key alone.
        """
        settings: InstagramCommentsSettings = context.account.settings
        if request.method == "POLL":
            return
        if request.method == "GET":
            hub.check_token(request, settings.verify_token)
        else:
            check_hmac_header(request, SIGNATURE_HEADER, settings.app_secrets, request.body, prefix="sha256=")

    def parse(self, request: Request, context: Context) -> Parsed:
        """The challenge on GET; else the events of every change, each on its own."""
        if request.method == "GET":
            return hub.challenge(request)
        if request.method == "POLL":
            return graph.read_polled(request.body, context.account.external_id, "comments", events_of)
        return graph.read_changes(request.body, ENVELOPE, events_of)

    def render(self, message: OutboundMessage, account: Account) -> Sequence[ProviderCall]:
        return calls_for(message, account)

    def interpret(self, call: ProviderCall, reply: ProviderReply) -> Outcome:
        return graph.outcome_of(reply)

    def media_call(self, ref: str, account: Account) -> HttpCall | None:
        """Asks where the picture or film is that names the account; None for all else."""
        return mentions.media_call(ref, account)

    def media_found(self, ref: str, reply: ProviderReply, account: Account) -> HttpCall | None:
        return mentions.media_found(reply)

    def poll_call(self, account: Account, cursor: Mapping[str, Any] | None, now: datetime) -> HttpCall | None:
        return poll.call_of(account)

    def poll_found(
        self, account: Account, call: HttpCall, reply: ProviderReply, cursor: Mapping[str, Any] | None
    ) -> PollPage:
        return poll.found(reply, cursor)


codec = InstagramCommentsCodec()
