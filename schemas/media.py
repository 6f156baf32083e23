"""What the router asks of the gateway for inbound media: the record on `media.wanted.v1`."""

from typing import Literal

from schemas.content import Media
from schemas.model import Record


class WantedMedia(Record):
    """One media part: its place in the message and where the provider holds it."""

    index: int
    media: Media


class MediaWanted(Record):
    """Media of one stored message to fetch once, soon: providers keep them for minutes."""

    v: Literal[1] = 1
    tenant_id: str
    account_id: str
    channel: str
    thread_key: str
    provider_message_id: str
    media: tuple[WantedMedia, ...]
