"""The Instagram codec: Meta's conversations as a professional account has them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from backbone.channel import meta_messaging, meta_poll, meta_send
from backbone.channel.meta_messaging import Medium
from backbone.channel.meta_poll import Source
from backbone.channel.meta_send import Sending
from backbone.channel.newest_first import page_of
from backbone.channel.port import Account, Context, HttpCall, Outcome, Parsed, ProviderCall, ProviderReply, Request
from backbone.channel.sources import PollPage
from schemas.content import MediaKind
from schemas.outbound import OutboundMessage
from services.instagram.content import content_of, post_of
from services.instagram.settings import InstagramSettings

TEXT_MAX = 1000
MESSAGE_FIELDS = frozenset({
    "messages", "message_echoes", "message_edit", "message_reactions", "messaging_postbacks", "messaging_seen",
})  # fmt: skip
"""Changes that are messages: some apps, and the test button of Meta's console, get them in this shape."""

MEDIUM = Medium("instagram", content_of, post_of, MESSAGE_FIELDS)
KINDS = {
    MediaKind.IMAGE: "image",
    MediaKind.VIDEO: "video",
    MediaKind.AUDIO: "audio",
    MediaKind.VOICE: "audio",
    MediaKind.FILE: "file",
    MediaKind.STICKER: "image",
}


class InstagramCodec:
    """Private messages of one account. Comments and mentions under posts (other `changes`) are ignored here."""

    settings_type = InstagramSettings

    def verify(self, request: Request, context: Context) -> None:
        """The word of the handshake on GET; else Meta's signature over the raw body, which carries no time."""
        settings: InstagramSettings = context.account.settings
        meta_messaging.verify(request, settings.verify_token, settings.app_secrets)

    def parse(self, request: Request, context: Context) -> Parsed:
        """The challenge on GET; else the events of every entry, each element on its own."""
        return meta_messaging.parse(request, MEDIUM, context)

    def render(self, message: OutboundMessage, account: Account) -> Sequence[ProviderCall]:
        """The calls of a message, as `meta_send` makes them; text counts in bytes here. Raises `InputInvalid`."""
        settings: InstagramSettings = account.settings
        sending = Sending(
            title="Instagram",
            url=f"{settings.api_base}/{settings.api_version}/{settings.node}/messages",
            access_token=settings.access_token,
            human_agent=settings.human_agent,
            text_max=TEXT_MAX,
            text_unit="bytes",
            kinds=KINDS,
        )
        return meta_send.calls_for(message, sending)

    def interpret(self, call: ProviderCall, reply: ProviderReply) -> Outcome:
        return meta_send.outcome_of(reply)

    def media_call(self, ref: str, account: Account) -> HttpCall | None:
        """None: attachments have plain links, which expire, so they are to be fetched at once."""
        return None

    def poll_call(self, account: Account, cursor: Mapping[str, Any] | None, now: datetime) -> HttpCall | None:
        """The newest conversations; None where the settings want no search for what webhooks left out."""
        settings: InstagramSettings = account.settings
        return meta_poll.call(_source(account), page_of(cursor)) if settings.look_for_missed else None

    def poll_found(
        self, account: Account, call: HttpCall, reply: ProviderReply, cursor: Mapping[str, Any] | None
    ) -> PollPage:
        return meta_poll.found(_source(account), reply, cursor)


def _source(account: Account) -> Source:
    settings: InstagramSettings = account.settings
    url = f"{settings.api_base}/{settings.api_version}/{settings.node}/conversations"
    return Source(url, settings.access_token, "instagram")


codec = InstagramCodec()
