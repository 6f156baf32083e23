"""What customers say, over their socket or REST: checked, made durable on the bus as the gateway does it, and only then acked."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from agent_api.customer import repository
from agent_api.customer.accounts import CustomerAccount
from agent_api.customer.shown import UPLOAD
from agent_api.parts import Parts
from backbone.bus.port import Message
from backbone.errors import InputInvalid, Unavailable
from backbone.ids import new_id
from backbone.storage.push import take_back
from schemas.content import Media, MediaKind
from schemas.customer import CustomerMedia, CustomerMessage, CustomerRead, CustomerTyping, to_event
from schemas.inbound import InboundRecord
from schemas.topics import INBOUND

PUBLISH_WITHIN = timedelta(seconds=10)
_TYPES = {
    MediaKind.IMAGE: "image/",
    MediaKind.STICKER: "image/",
    MediaKind.VIDEO: "video/",
    MediaKind.AUDIO: "audio/",
    MediaKind.VOICE: "audio/",
}


def owner_of(account_id: str, visitor_id: str) -> str:
    """Names the visitor as the owner of an upload."""
    return f"{account_id}/{visitor_id}"


def fitting_kind(kind: MediaKind, mime: str) -> MediaKind:
    """As what a file of that type can be shown: what is no picture or recording is a file."""
    return kind if mime.startswith(_TYPES.get(kind, "")) else MediaKind.FILE


async def say(
    parts: Parts, account: CustomerAccount, visitor_id: str, frame: CustomerMessage | CustomerTyping | CustomerRead
) -> None:
    """Returns once it is durable. The same frame said again is dropped by the router, by its id.

    Raises `InputInvalid` for files that this visitor has not uploaded, and `Unavailable` where it may have arrived or
    not: say it again with the same id.
    """
    media = None
    if isinstance(frame, CustomerMessage) and frame.media:
        media = await _uploaded(parts, account, visitor_id, frame.media)
    now = parts.clock.now()
    record = InboundRecord(
        id=new_id("evt"),
        tenant_id=account.tenant_id,
        account_id=account.id,
        channel=account.channel,
        received_at=now,
        event=to_event(frame, visitor_id, now, media),
    )
    value = record.model_dump_json(exclude_none=True).encode()
    try:
        async with asyncio.timeout(PUBLISH_WITHIN.total_seconds()):
            await parts.bus.publish(Message(INBOUND, record.key, value))
    except TimeoutError:
        raise Unavailable("It may have arrived: send it again with the same id.") from None
    if isinstance(frame, CustomerRead) and frame.status == "read" and account.rings:
        await parts.database.run(
            lambda connection: take_back(connection, account.id, visitor_id, frame.message_id), [account.tenant_id]
        )


async def _uploaded(
    parts: Parts, account: CustomerAccount, visitor_id: str, wanted: Sequence[CustomerMedia]
) -> tuple[Media, ...]:
    owner, ids = owner_of(account.id, visitor_id), [item.upload for item in wanted]
    async with parts.database.transaction([account.tenant_id], read_only=True) as connection:
        found = await repository.uploads(connection, owner, ids)
    missing = {f"/media/{n}/upload": "names no upload of yours" for n, name in enumerate(ids) if name not in found}
    if missing:
        raise InputInvalid("A file was not uploaded before.", pointers=missing)
    return tuple(_media(item, found[item.upload]) for item in wanted)


def _media(item: CustomerMedia, row: Any) -> Media:
    """What was stored counts, not what the frame says of it. The reference to the upload stays: links are made of it."""
    return Media(
        kind=fitting_kind(item.kind, row["mime"]),
        mime=row["mime"],
        filename=item.filename or row["filename"],
        size=row["size"],
        sha256=row["sha256"].hex(),
        caption=item.caption,
        provider_ref=f"{UPLOAD}{row['id']}",
        blob=row["blob"],
    )
