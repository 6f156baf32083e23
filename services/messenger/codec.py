"""The Messenger codec: Meta's conversations as a page has them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from backbone.channel import meta_messaging, meta_poll, meta_send
from backbone.channel.meta_messaging import Medium
from backbone.channel.meta_poll import Source
from backbone.channel.newest_first import page_of
from backbone.channel.port import Account, Context, HttpCall, Outcome, Parsed, ProviderCall, ProviderReply, Request
from backbone.channel.sources import PollPage
from schemas.outbound import OutboundMessage
from services.messenger.content import content_of
from services.messenger.render import calls_for
from services.messenger.settings import MessengerSettings

MEDIUM = Medium("page", content_of)


class MessengerCodec:
    """The private messages of one page. Comments under its posts (`changes`) are ignored here."""

    settings_type = MessengerSettings

    def verify(self, request: Request, context: Context) -> None:
        """The word of the handshake on GET; else Meta's signature over the raw body, which carries no time."""
        settings: MessengerSettings = context.account.settings
        meta_messaging.verify(request, settings.verify_token, settings.app_secrets)

    def parse(self, request: Request, context: Context) -> Parsed:
        """The challenge on GET; else the events of every entry, each element on its own."""
        return meta_messaging.parse(request, MEDIUM, context)

    def render(self, message: OutboundMessage, account: Account) -> Sequence[ProviderCall]:
        return calls_for(message, account)

    def interpret(self, call: ProviderCall, reply: ProviderReply) -> Outcome:
        return meta_send.outcome_of(reply)

    def media_call(self, ref: str, account: Account) -> HttpCall | None:
        """None: attachments have plain links, which expire, so they are to be fetched at once."""
        return None

    def poll_call(self, account: Account, cursor: Mapping[str, Any] | None, now: datetime) -> HttpCall | None:
        """The newest conversations; None where the settings want no search for what webhooks left out."""
        settings: MessengerSettings = account.settings
        return meta_poll.call(_source(account), page_of(cursor)) if settings.look_for_missed else None

    def poll_found(
        self, account: Account, call: HttpCall, reply: ProviderReply, cursor: Mapping[str, Any] | None
    ) -> PollPage:
        return meta_poll.found(_source(account), reply, cursor)


def _source(account: Account) -> Source:
    settings: MessengerSettings = account.settings
    url = f"{settings.api_base}/{settings.api_version}/{account.external_id}/conversations"
    return Source(url, settings.access_token, "messenger")


codec = MessengerCodec()
