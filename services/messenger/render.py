"""Turns a message into calls of the Send API: `POST /{page_id}/messages`, one call a part."""

from collections.abc import Sequence

from backbone.channel import meta_send
from backbone.channel.meta_send import Sending
from backbone.channel.port import Account, ProviderCall
from schemas.content import MediaKind
from schemas.outbound import OutboundMessage
from services.messenger.settings import MessengerSettings

TEXT_MAX = 2000
KINDS = {
    MediaKind.IMAGE: "image",
    MediaKind.VIDEO: "video",
    MediaKind.AUDIO: "audio",
    MediaKind.VOICE: "audio",
    MediaKind.FILE: "file",
    MediaKind.STICKER: "image",
}


def calls_for(message: OutboundMessage, account: Account) -> Sequence[ProviderCall]:
    """The calls of a message, as `meta_send` makes them for a page. Raises `InputInvalid`."""
    settings: MessengerSettings = account.settings
    sending = Sending(
        title="Messenger",
        url=f"{settings.api_base}/{settings.api_version}/{account.external_id}/messages",
        access_token=settings.access_token,
        human_agent=settings.human_agent,
        text_max=TEXT_MAX,
        text_unit="characters",
        kinds=KINDS,
    )
    return meta_send.calls_for(message, sending)
