"""Media that came inside the request (the parts of a mail): each is stored as a blob of its own before the event goes out."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from backbone.channel.offload import Blobs
from backbone.channel.port import Account, Codec, MediaExtractor
from backbone.errors import PayloadInvalid
from backbone.telemetry.logs import get_logger
from backbone.telemetry.metrics import Metric, Metrics
from schemas.content import Content, Media
from schemas.inbound import AnyInboundEvent

log = get_logger(__name__)

PREFIX = "part:"
MOST_BYTES = 25 * 1024 * 1024
"""Of all parts of one request together: what most mail providers take for one mail."""
MOST_PARTS = 100

Addressed = tuple[Account, AnyInboundEvent]


@dataclass(slots=True)
class _Budget:
    bytes_left: int = MOST_BYTES
    parts_left: int = MOST_PARTS


def has_parts(events: Sequence[Addressed]) -> bool:
    for _, event in events:
        content = _content_of(event)
        if content is not None and content.media and any(_is_part(media) for media in content.media):
            return True
    return False


async def store_parts(
    codec: Codec, body: bytes, events: Sequence[Addressed], blobs: Blobs, metrics: Metrics
) -> list[Addressed]:
    """The events with the blob, size and hash of each part in place of its reference.

    A part that is too large, one too many or unreadable stays without blob and reference, so that nobody looks for it.
    Raises `Unavailable` if a part can't be stored.
    """
    budget = _Budget()
    stored: list[Addressed] = []
    for account, event in events:
        content = _content_of(event)
        if content is None or not any(_is_part(media) for media in content.media):
            stored.append((account, event))
            continue
        media = [
            await _store(codec, body, item, account, blobs, budget, metrics) if _is_part(item) else item
            for item in content.media
        ]
        changed = content.model_copy(update={"media": tuple(media)})
        stored.append((account, event.model_copy(update={"content": changed})))
    return stored


async def _store(
    codec: Codec, body: bytes, media: Media, account: Account, blobs: Blobs, budget: _Budget, metrics: Metrics
) -> Media:
    ref = media.provider_ref or ""
    channel = account.channel
    if budget.parts_left <= 0 or not isinstance(codec, MediaExtractor):
        metrics.inc(Metric.GATEWAY_MEDIA_FAILED, channel, "too_many" if budget.parts_left <= 0 else "no_extractor")
        return media.model_copy(update={"provider_ref": None})
    budget.parts_left -= 1
    try:
        mime, filename, data = await asyncio.to_thread(codec.extract_media, body, ref)
    except PayloadInvalid:
        log.warning("part unreadable", channel=channel, account_id=account.id)
        metrics.inc(Metric.GATEWAY_MEDIA_FAILED, channel, "unreadable")
        return media.model_copy(update={"provider_ref": None})
    if len(data) > budget.bytes_left:
        metrics.inc(Metric.GATEWAY_MEDIA_FAILED, channel, "too_large")
        return media.model_copy(update={"provider_ref": None, "size": len(data)})
    budget.bytes_left -= len(data)
    key = await blobs.put(account.tenant_id, data)
    metrics.inc(Metric.GATEWAY_MEDIA_FETCHED, channel)
    metrics.inc(Metric.GATEWAY_MEDIA_BYTES, channel, by=len(data))
    return media.model_copy(
        update={
            "blob": key,
            "size": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
            "mime": media.mime or mime,
            "filename": media.filename or filename,
            "provider_ref": None,
        }
    )


def _is_part(media: Media) -> bool:
    return media.blob is None and media.provider_ref is not None and media.provider_ref.startswith(PREFIX)


def _content_of(event: AnyInboundEvent) -> Content | None:
    return event.content if event.kind in {"message", "echo", "edit"} else None
