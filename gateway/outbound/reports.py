"""What became of a message, as an inbound event for the router: the gateway never writes to messages itself."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from backbone.bus.port import Message
from backbone.ids import new_id
from backbone.storage.outbox import OutboxRow
from schemas.inbound import AnyInboundEvent, DeliveryReported, InboundRecord
from schemas.outbound import OutboundMessage
from schemas.topics import INBOUND


@dataclass(frozen=True, slots=True)
class Result:
    """`sending` after a part or a failed attempt, `sent` when the last part is taken, `failed` when it is given up."""

    state: Literal["sending", "sent", "failed"]
    part: int = 0
    attempt: int = 1
    provider_message_ids: tuple[str, ...] = ()
    error_code: str | None = None
    error_detail: str | None = None
    possibly_sent_twice: bool = False


def report(message: OutboundMessage, result: Result, now: datetime) -> OutboxRow:
    """The record to publish; the same result of the same attempt has the same de-duplication key.

    One that may be a second sending has a key of its own: after a promoted standby lost the note of an attempt, the next
    one has its number, and the report of the first is still on the bus.
    """
    doubt = "/twice" if result.possibly_sent_twice else ""
    event = DeliveryReported(
        thread_key=message.thread_key,
        dedup_key=f"delivery/{message.message_id}/{result.part}/{result.attempt}/{result.state}{doubt}",
        message_id=message.message_id,
        state=result.state,
        provider_message_ids=result.provider_message_ids,
        attempt=result.attempt,
        error_code=result.error_code,
        error_detail=result.error_detail,
        possibly_sent_twice=result.possibly_sent_twice,
    )
    return own_event(message.tenant_id, message.account_id, message.channel, event, now)


def own_event(tenant_id: str, account_id: str, channel: str, event: AnyInboundEvent, now: datetime) -> OutboxRow:
    """An event of the gateway's own on its way through the outbox to `messages.inbound.v1`."""
    record = InboundRecord(
        id=new_id("evt"), tenant_id=tenant_id, account_id=account_id, channel=channel, received_at=now, event=event
    )
    return OutboxRow(tenant_id, Message(INBOUND, record.key, record.model_dump_json().encode()))
