"""What stands in a partner's webhooks: reads `message.received`, writes `message.sent`."""

import json as stdlib_json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from backbone.channel import json, message_data, partner_data
from backbone.channel.message_data import bounded
from backbone.channel.port import Request
from backbone.errors import PayloadInvalid
from schemas.inbound import AnyInboundEvent, EventIgnored
from schemas.outbound import OutboundMessage


def read(request: Request) -> AnyInboundEvent:
    """The event of one webhook; types that are neither a message nor a report give `EventIgnored`. Raises `PayloadInvalid`."""
    webhook_id = bounded(request.header("webhook-id"), "webhook-id")
    body = json.obj(json.loads(request.body), "the body")
    kind = json.text(body.get("type"), "type")
    topic = partner_data.topic_of(kind, body.get("data"))
    if kind != "message.received" and topic is None:
        return EventIgnored(thread_key="", dedup_key=webhook_id, reason=f"an event of type {kind[:100]}")
    data = json.obj(body.get("data"), "data")
    at = _instant(body.get("timestamp"))
    if topic is not None:
        return partner_data.reported(data, topic, dedup_key=webhook_id, provider_at=at)
    return message_data.received(data, name=webhook_id, dedup_key=webhook_id, provider_at=at)


def _instant(value: Any) -> datetime | None:
    """An RFC 3339 time with its zone; None where it is absent. Raises `PayloadInvalid` for anything else."""
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(json.text(value, "timestamp"))
        return at.astimezone(UTC) if at.tzinfo else _refuse_naive()
    except (ValueError, OverflowError) as error:
        raise PayloadInvalid("timestamp is not an RFC 3339 time") from error


def _refuse_naive() -> datetime:
    raise PayloadInvalid("timestamp has no zone")


def write(message: OutboundMessage) -> Sequence[tuple[str, bytes]]:
    """The webhook id and the body of each part, in order. The same message gives the same bytes. Raises `InputInvalid`."""
    at = message.created_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return [
        (
            part_id,
            stdlib_json.dumps({"type": "message.sent", "timestamp": at, "data": data}, separators=(",", ":")).encode(),
        )
        for part_id, data in message_data.parts(message)
    ]
