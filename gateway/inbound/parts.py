"""Media that came inside the request (the parts of a mail): each is stored as a blob of its own before the event goes out."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress

from backbone.channel.offload import Blobs
from backbone.channel.port import Account, Codec, MediaExtractor
from backbone.errors import PayloadInvalid
from backbone.telemetry.logs import get_logger
from backbone.telemetry.metrics import Metric, Metrics
from gateway.inbound.isolation import BeyondLimits, CodecFailed, Isolation
from schemas.content import Content, Media
from schemas.inbound import AnyInboundEvent

log = get_logger(__name__)

PREFIX = "part:"
MOST_BYTES = 25 * 1024 * 1024
"""Of all parts of one request together: what most mail providers take for one mail."""
MOST_PARTS = 100

Addressed = tuple[Account, AnyInboundEvent]
Extracted = tuple[str, str | None, bytes]


def has_parts(events: Sequence[Addressed]) -> bool:
    for _, event in events:
        content = _content_of(event)
        if content is not None and content.media and any(_is_part(media) for media in content.media):
            return True
    return False


async def store_parts(
    codec: Codec,
    body: bytes,
    events: Sequence[Addressed],
    blobs: Blobs,
    metrics: Metrics,
    *,
    isolation: Isolation | None = None,
) -> list[Addressed]:
    """The events with the blob, size and hash of each part in place of its reference.

    A part that is too large, one too many or unreadable stays without blob and reference, so that nobody looks for it.
    With an `isolation` a worker takes the body apart. Raises `Retriable` if there is none to be had, or a part can't be stored.
    """
    found = await _extract(codec, body, _refs(events)[:MOST_PARTS], events[0][0], isolation)
    keeper = _Keeper(found, blobs, metrics)
    stored: list[Addressed] = []
    for account, event in events:
        content = _content_of(event)
        if content is None or not any(_is_part(media) for media in content.media):
            stored.append((account, event))
            continue
        media = [await keeper.keep(item, account) if _is_part(item) else item for item in content.media]
        changed = content.model_copy(update={"media": tuple(media)})
        stored.append((account, event.model_copy(update={"content": changed})))
    return stored


async def _extract(
    codec: Codec, body: bytes, refs: Sequence[str], account: Account, isolation: Isolation | None
) -> Mapping[str, Extracted]:
    """What the codec finds; nothing where it can't read the body or isn't one that extracts."""
    if isinstance(codec, MediaExtractor):
        with suppress(PayloadInvalid, BeyondLimits, CodecFailed):
            if isolation is not None:
                return await isolation.extract(account.channel, body, refs)
            return await asyncio.to_thread(codec.extract_media, body, refs)
    log.warning("parts unreadable", channel=account.channel, account_id=account.id, parts=len(refs))
    return {}


class _Keeper:
    """Stores the parts of one request, as many bytes as one mail may bring."""

    def __init__(self, found: Mapping[str, Extracted], blobs: Blobs, metrics: Metrics) -> None:
        self._found = found
        self._blobs = blobs
        self._metrics = metrics
        self._left = MOST_BYTES

    async def keep(self, media: Media, account: Account) -> Media:
        """The media with what was stored of it; without any reference if nothing was."""
        part = self._found.get(media.provider_ref or "")
        if part is None:
            self._metrics.inc(Metric.GATEWAY_MEDIA_FAILED, account.channel, "unreadable")
            return media.model_copy(update={"provider_ref": None})
        mime, filename, data = part
        if len(data) > self._left:
            self._metrics.inc(Metric.GATEWAY_MEDIA_FAILED, account.channel, "too_large")
            return media.model_copy(update={"provider_ref": None, "size": len(data)})
        self._left -= len(data)
        key = await self._blobs.put(account.tenant_id, data)
        self._metrics.inc(Metric.GATEWAY_MEDIA_FETCHED, account.channel)
        self._metrics.inc(Metric.GATEWAY_MEDIA_BYTES, account.channel, by=len(data))
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


def _refs(events: Sequence[Addressed]) -> list[str]:
    """Each reference once, in order."""
    found: dict[str, None] = {}
    for _, event in events:
        content = _content_of(event)
        for media in content.media if content is not None else ():
            if _is_part(media) and media.provider_ref is not None:
                found[media.provider_ref] = None
    return list(found)


def _is_part(media: Media) -> bool:
    return media.blob is None and media.provider_ref is not None and media.provider_ref.startswith(PREFIX)


def _content_of(event: AnyInboundEvent) -> Content | None:
    return event.content if event.kind in {"message", "echo", "edit"} else None
